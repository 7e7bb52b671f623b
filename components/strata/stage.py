"""The stages a stack can be in."""

from enum import StrEnum

__all__ = ["Stage"]


class Stage(StrEnum):
    """Picks the defaults of a stack; every default can be overridden in its file."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
