"""What a container image is built from: its context, what is left out of it, and its Dockerfile."""
