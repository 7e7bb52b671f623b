"""The escape hatch: inputs of single children that Strata has no setting for."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from strata.errors import UsageError

__all__ = ["Overrides"]


class Overrides:
    """Inputs a caller sets on a component's children, by the child's name.

    A value replaces Strata's own value of that input as a whole; nested values are not merged.

    Args:
        component: the component's name, for messages.
        children: names a caller may use.
        given: `{child: {input: value}}`, input names as pulumi_aws spells them.

    Raises:
        UsageError: `given` names a child the component does not have.
    """

    def __init__(self, component: str, children: Iterable[str], given: Mapping[str, Mapping[str, Any]] | None) -> None:
        self._given = given or {}
        known = sorted(set(children))
        unknown = [name for name in self._given if name not in known]
        if unknown:
            near = difflib.get_close_matches(unknown[0], known, n=1)
            raise UsageError(
                f"overrides of {component} name the unknown child {', '.join(repr(name) for name in unknown)}",
                fix=f"{f'Did you mean {near[0]!r}? ' if near else ''}Its children are {', '.join(known) or 'none'}.",
            )

    def __contains__(self, child: str) -> bool:
        return child in self._given

    def apply(self, child: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of a child with the caller's put over them."""
        return {**inputs, **self._given.get(child, {})}
