"""What is in servers beside what their images were baked with: each compares itself."""
