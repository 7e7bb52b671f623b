"""What is kept about an image beside the image itself: its pins, its catalogue, and what forbids it."""
