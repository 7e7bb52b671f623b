"""Measurements of speed and memory against their goals: `python -m bench`."""
