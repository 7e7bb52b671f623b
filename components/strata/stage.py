"""The stages a stack can be in."""

from enum import StrEnum

__all__ = ["Stage"]


class Stage(StrEnum):
    """Picks the defaults of a stack; every default can be overridden in its file."""

    DEV = "dev"
    """For experiments: the least protection, the lowest cost, and refusals of the guard are warnings."""
    STAGING = "staging"
    """A rehearsal of prod: data is protected, the rest may go."""
    PROD = "prod"
    """Everything that matters is protected and redundant."""
