"""What a refresh of a stack would find: resources that are not as the engine's state has them (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.engine.events import Step

__all__ = ["NOT_SEEN", "ResourceDifference", "ResourceLook", "resources_of"]

NOT_SEEN: Final = (
    "a refresh compares what the state has; what somebody added beside it, such as a rule in a security group or a "
    "policy attached to a role, it does not see"
)
"""What no refresh shows, however much it has compared."""
GONE: Final = "gone"
CHANGED: Final = "changed"
_SAME: Final = frozenset({"same", "refresh", "read"})
_OF_THE_ENGINE: Final = "pulumi:"


@dataclass(frozen=True, order=True)
class ResourceDifference:
    """A resource that is not as the state has it.

    Args:
        name: as the program calls it.
        type: its type token.
        how: `changed`, or `gone`.
        urn: its URN.
        properties: what of it differs, by path. No value is kept: it may be a secret that nobody marked as one.
        fix: what to do about it, as a clause.
    """

    name: str
    type: str
    how: str
    urn: str
    properties: tuple[str, ...]
    fix: str

    @property
    def said(self) -> str:
        """What differs, as a sentence without its subject."""
        if self.how == GONE:
            return "is gone"
        return f"has another {', '.join(self.properties)}" if self.properties else "is not as the state has it"

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "type": self.type,
            "how": self.how,
            "urn": self.urn,
            "paths": list(self.properties),
            "said": self.said,
            "fix": self.fix,
        }


@dataclass(frozen=True)
class ResourceLook:
    """All resources of a stack beside the engine's state.

    Args:
        compared: how many were.
        differing: those that differ.
    """

    compared: int
    differing: tuple[ResourceDifference, ...] = ()

    @property
    def headline(self) -> str:
        """What it comes to, as a clause."""
        if not self.compared:
            return "no resources to compare"
        what, them = ("resource", "it") if self.compared == 1 else ("resources", "them")
        if not self.differing:
            return f"{self.compared} {what} as the state has {them}"
        return f"{len(self.differing)} of {self.compared} {what} not as the state has {them}"

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        differing = [each.document() for each in self.differing]
        return {"compared": self.compared, "differing": differing, "note": NOT_SEEN}


def resources_of(steps: Iterable[Step], ignored: Mapping[str, Sequence[str]], fix: str) -> ResourceLook:
    """What the steps of a refresh that changes nothing show.

    A refresh reports also what a program ignores, such as the desired capacity of a group: it is left to somebody else
    on purpose, and no drift.

    Args:
        steps: those that ended.
        ignored: paths of the properties whose changes the program ignores, by the URN of their resource.
        fix: what to do about each that differs, as a clause.
    """
    known = [each for each in steps if not each.type.startswith(_OF_THE_ENGINE)]
    differing = (_difference(each, ignored.get(each.urn, ()), fix) for each in known if each.operation not in _SAME)
    return ResourceLook(len({each.urn for each in known}), tuple(sorted(each for each in differing if each)))


def _difference(step: Step, ignored: Sequence[str], fix: str) -> ResourceDifference | None:
    properties = tuple(each for each in step.differing if not any(_within(each, path) for path in ignored))
    gone = step.operation == "delete"
    if step.differing and not properties and not gone:
        return None
    name = step.urn.rpartition("::")[2]
    return ResourceDifference(name, step.type, GONE if gone else CHANGED, step.urn, properties, fix)


def _within(path: str, whole: str) -> bool:
    """Whether a property is one that is ignored, or a part of it."""
    return whole in {"*", path} or path.startswith((f"{whole}.", f"{whole}["))
