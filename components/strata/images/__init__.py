"""What is kept about an image beside the image itself."""
