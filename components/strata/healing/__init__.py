"""Healing: what drifted is replaced by what was released, a batch at a time, and never repaired."""
