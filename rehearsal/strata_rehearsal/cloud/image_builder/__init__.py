"""EC2 Image Builder, of which moto has nothing: its parts, what builds images of them, and what comes of it."""
