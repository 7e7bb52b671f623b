"""Resource hooks, and what they say while they work."""
