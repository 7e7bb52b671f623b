"""The escape hatch: inputs of single children that Strata has no setting for."""

from collections.abc import Iterable, Mapping
from typing import Any

from strata.errors import UsageError
from strata.naming import PhysicalName
from strata.suggest import nearest

__all__ = ["Overrides"]


class Overrides:
    """Inputs a caller sets on a component's children, by the child's name.

    A value replaces Strata's own value of that input as a whole; nested values are not merged.

    Args:
        component: the component's name, for messages.
        children: names a caller may use.
        given: `{child: {input: value}}`, input names as pulumi_aws spells them.
        owned: `{child: {input: the way that is meant}}`: inputs that only the component decides. Default: none.

    Raises:
        UsageError: `given` names a child the component does not have, or inputs that it owns.
    """

    def __init__(
        self,
        component: str,
        children: Iterable[str],
        given: Mapping[str, Mapping[str, Any]] | None,
        owned: Mapping[str, Mapping[str, str]] | None = None,
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
            for name, way in (owned or {}).get(child, {}).items()
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
