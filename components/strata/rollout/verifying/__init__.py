"""Asking a new release, while its rollout can still be taken back, whether it does what it should."""
