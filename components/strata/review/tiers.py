"""What each component is about, whatever else it needs."""

from collections.abc import Mapping, Sequence
from typing import Final

from strata.spectrum import Mutability

__all__ = ["RISK", "about"]

RISK: Final[Sequence[Mutability]] = (
    Mutability.CONTROLLED,
    Mutability.ROTATED,
    Mutability.STABLE,
    Mutability.REBUILDABLE,
    Mutability.VERSIONED,
    Mutability.REPLACED,
)
"""The classes, what would hurt most to lose first: data, secrets, what everything stands on, what can be made again."""

_ABOUT: Final[Mapping[str, Mutability]] = {
    "Network": Mutability.STABLE,
    "Ingress": Mutability.STABLE,
    "ImmutableService": Mutability.REPLACED,
    "Alarms": Mutability.REPLACED,
    "RuntimeConfig": Mutability.VERSIONED,
    "ReadReplica": Mutability.REBUILDABLE,
    "Database": Mutability.CONTROLLED,
    "ObjectStore": Mutability.CONTROLLED,
    "FileStore": Mutability.CONTROLLED,
    "Backup": Mutability.CONTROLLED,
    "Secret": Mutability.ROTATED,
    "Certificate": Mutability.ROTATED,
}
"""By the name of the component's class."""


def about(kind: str, classes: Sequence[Mutability]) -> Mutability:
    """The class a component is about.

    Args:
        kind: the component's class; for one of another library it is what most of its resources are.
        classes: the classes of its resources.
    """
    if kind in _ABOUT:
        return _ABOUT[kind]
    order = list(Mutability)
    return max(classes, key=lambda each: (classes.count(each), order.index(each)), default=Mutability.STABLE)
