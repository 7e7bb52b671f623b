"""What each component is about, as it declares itself."""

from collections.abc import Iterator, Sequence
from typing import Final

import strata
from strata.components.base import Component
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


def about(kind: str, classes: Sequence[Mutability]) -> Mutability:
    """The class a component is about.

    Args:
        kind: the component's class; for one that declares none it is what most of its resources are.
        classes: the classes of its resources.
    """
    declared = _declared(kind)
    if declared is not None:
        return declared
    order = list(Mutability)
    return max(classes, key=lambda each: (classes.count(each), order.index(each)), default=Mutability.STABLE)


def _declared(kind: str) -> Mutability | None:
    """What a component of that name declares: one of Strata's, or one of the program's that is written like these."""
    if kind in strata.__all__:
        # A state is read without its program, so that the component may not be imported yet.
        getattr(strata, kind)
    return next((found for each in _below(Component) if each.__name__ == kind and (found := _own(each))), None)


def _own(component: type[Component]) -> Mutability | None:
    return getattr(component, "MUTABILITY", None)


def _below(component: type[Component]) -> Iterator[type[Component]]:
    for each in component.__subclasses__():
        yield each
        yield from _below(each)
