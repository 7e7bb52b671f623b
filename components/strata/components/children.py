"""The children of a component, declared once with their names and types, and what a caller overrides of them."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from strata.errors import UsageError
from strata.naming import PhysicalName
from strata.problem import nearest

__all__ = ["Children", "Overrides"]


class Children:
    """The resources a component has made, by the name under which `overrides` finds them.

    Each component declares its own: an annotation for each child, with pulumi_aws' type and a line that says what it
    is. `Type` is always made, `Type | None` depends on the settings, and of `Sequence[Type]` there are as many as the
    settings ask for, in the order they were made. Annotations are texts: reading them imports nothing of pulumi_aws.

    Args:
        component: the component's name, for messages.
    """

    def __init__(self, component: str) -> None:
        self._component = component
        for name, kind in self.declared().items():
            if _several(kind):
                setattr(self, name, ())
            elif "None" in kind:
                setattr(self, name, None)

    @classmethod
    def declared(cls) -> dict[str, str]:
        """What is annotated, by child."""
        return {name: str(kind) for name, kind in inspect.get_annotations(cls).items() if not name.startswith("_")}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every child."""
        return tuple(cls.declared())

    def __getattr__(self, name: str) -> Any:
        if name in self.declared():
            raise AttributeError(f"{self._component} has not made its {name} yet")
        raise AttributeError(f"{self._component} has no child {name!r}; it has {', '.join(self.names()) or 'none'}")

    def add(self, name: str, resource: pulumi.Resource) -> None:
        """Keep a child that was just made.

        Args:
            name: the child.
            resource: the resource.
        """
        several = _several(self.declared().get(name, ""))
        setattr(self, name, (*getattr(self, name), resource) if several else resource)


def _several(kind: str) -> bool:
    return kind.startswith("Sequence[")


class Overrides:
    """Inputs a caller sets on a component's children, by the child's name.

    A value replaces Strata's own value of that input as a whole; nested values are not merged.

    Args:
        component: the component's name, for messages.
        children: names a caller may use.
        given: `{child: {input: value}}`, input names as pulumi_aws spells them.
        fixed: `{child: {input: the way that is meant}}`: inputs that only the component decides. Default: none.

    Raises:
        UsageError: `given` names a child the component does not have, or inputs that it owns.
    """

    def __init__(
        self,
        component: str,
        children: Iterable[str],
        given: Mapping[str, Mapping[str, Any]] | None,
        fixed: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._given = given or {}
        known = sorted(set(children))
        unknown = [name for name in self._given if name not in known]
        if unknown:
            near = nearest(unknown[0], known)
            raise UsageError(
                f"overrides of {component} name the unknown child {', '.join(repr(name) for name in unknown)}",
                fix=f"{f'Did you mean {near!r}? ' if near else ''}Its children are {', '.join(known) or 'none'}.",
            )

        taken = {
            f"{child}.{name}": way
            for child, inputs in self._given.items()
            for name, way in (fixed or {}).get(child, {}).items()
            if name in inputs
        }
        if taken:
            raise UsageError(
                f"overrides of {component} set {', '.join(taken)}, which no override may: "
                "the release record, its digest or the gate rest on it",
                fix=f"Take it out. Instead, {'; '.join(f'for {name} {way}' for name, way in taken.items())}.",
            )

    def __contains__(self, child: str) -> bool:
        return child in self._given

    def inputs(self, child: str) -> frozenset[str]:
        """The inputs of a child that the caller sets.

        Args:
            child: the child.
        """
        return frozenset(self._given.get(child, ()))

    def names(self, child: str, rule: PhysicalName) -> bool:
        """Whether the caller names a child, whole or by a prefix.

        Args:
            child: the child.
            rule: the inputs that name one of its type.
        """
        return bool({rule.whole, rule.prefix} & self._given.get(child, {}).keys())

    def apply(self, child: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a child with the caller's put over them."""
        return {**inputs, **self._given.get(child, {})}
