"""Why an image must stay (pure)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Claim", "KeepReason", "KeepWhy", "claims_on"]


class KeepWhy(StrEnum):
    """What kind of need it is."""

    PINNED = "pinned"
    """A stack file of the project names it."""
    RECORDED = "recorded"
    """A release record names it: a service is proven to run it."""
    ROLLBACK = "rollback"
    """A service could go back to it."""
    LAUNCHED = "launched"
    """A group, a launch configuration or an ECS service would launch it."""
    RUNNING = "running"
    """A server or a task runs it."""
    REFERENCED = "referenced"
    """A launch template, a recipe or a parameter names it."""
    VETOED = "vetoed"
    """It is vetoed: evidence of what went wrong."""
    SHARED = "shared"
    """Other accounts may use it, and nobody sees from here whether they do."""
    PROTECTED = "protected"
    """Somebody has protected it from being deregistered, or such protection has not run out yet."""
    USED_LATELY = "used-lately"
    """AWS has seen a launch or a pull of it a short time ago."""
    YOUNG = "young"
    """It is younger than what may be removed, or its age is not known."""
    UNFINISHED = "unfinished"
    """It is being made."""
    FOREIGN = "foreign"
    """It belongs to another account."""
    PART = "part"
    """It is part of an image that stays, or says something about one."""


@dataclass(frozen=True)
class KeepReason:
    """One reason.

    Args:
        why: of which kind.
        text: who needs it, as a clause about the image.
    """

    why: KeepWhy
    text: str

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image prune` has it."""
        return {"reason": self.why.value, "text": self.text}


@dataclass(frozen=True)
class Claim:
    """Somebody's need of an image, by its id or digest, or by its version.

    Args:
        reason: the need.
        identity: id or digest; empty for one that is known by its version only.
        version: the version; considered only without an identity.
        name: the image of that version; empty for any.
    """

    reason: KeepReason
    identity: str = ""
    version: str = ""
    name: str = ""

    def on(self, identity: str, versions: Iterable[str], names: Iterable[str]) -> bool:
        """Whether it is a need of an image.

        Args:
            identity: its id or digest.
            versions: all that it is called.
            names: what the image of all its versions is called: as a pin, and as an application.
        """
        if self.identity:
            return self.identity == identity
        return self.version in versions and (not self.name or self.name in names)


def claims_on(
    claims: Sequence[Claim], identity: str, versions: Iterable[str], names: Iterable[str]
) -> tuple[KeepReason, ...]:
    """The reasons among so many claims to keep an image; each once."""
    called, known = tuple(versions), tuple(names)
    return tuple(dict.fromkeys(each.reason for each in claims if each.on(identity, called, known)))
