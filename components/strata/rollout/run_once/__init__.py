"""What a release runs once before its rollout, whatever runs the service: its notes, its plan, and the course of it."""
