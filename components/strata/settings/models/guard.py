"""What the guard lets pass, and for how long."""

from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.rule import Conflict, no_day, rule

__all__ = ["AllowanceSettings", "AllowedOperation", "GuardSettings", "TeardownSettings"]


class AllowedOperation(StrEnum):
    """What an override allows to be done with a resource."""

    CREATE = "create"
    """Make it."""
    UPDATE = "update"
    """Change it in place, also where that weakens its protection."""
    REPLACE = "replace"
    """Delete it and make another one."""
    DELETE = "delete"
    """Delete it."""


class AllowanceSettings(Settings):
    """An override: one thing that the guard would refuse, allowed for a reason and until a day."""

    resource: str = Field(pattern=patterns.TEXT, examples=["orders-db"])
    """The resource: its URN, `type::name`, or its name where no other resource of the plan has it."""
    operation: AllowedOperation = Field(examples=["update"])
    """What may be done with it: create, update, replace or delete."""
    reason: str = Field(pattern=patterns.TEXT, examples=["the move to the new network"])
    """Why, for those who read the report."""
    until: str = Field(pattern=patterns.DATE, examples=["2026-12-01"])
    """The last day it holds, such as 2026-12-01, at most 30 days ahead (Strata: an override is no state)."""

    @rule("until-day", "The last day of an override or a teardown exists.")
    def _day(self) -> Iterator[Conflict]:
        yield from no_day("until", self.until)


class GuardSettings(Settings):
    """What `strata guard` allows by override."""

    allow: tuple[AllowanceSettings, ...] = ()
    """Overrides. Default: none."""


class TeardownSettings(Settings):
    """Declares that the stack is to go: one `up` lifts its protection, then `pulumi destroy` can delete it."""

    until: str = Field(pattern=patterns.DATE, examples=["2026-12-01"])
    """The last day it holds, such as 2026-12-01, at most 7 days ahead (Strata: protection is not off for long)."""
    reason: str = Field(pattern=patterns.TEXT, examples=["the move to the new network"])
    """Why, for those who read the report."""

    @rule("until-day", "The last day of an override or a teardown exists.")
    def _day(self) -> Iterator[Conflict]:
        yield from no_day("until", self.until)
