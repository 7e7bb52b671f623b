"""What a program registered, to be asked in tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from strata.resources.resource import Resource

__all__ = ["Graph", "LogLine"]


@dataclass(frozen=True)
class LogLine:
    """One line the program logged; level is info, warning or error."""

    level: str
    text: str


@dataclass(frozen=True)
class Graph:
    """Everything a program registered.

    Args:
        resources: in the order of registration.
        outputs: what each component registered as outputs, by URN.
        exports: the stack's outputs, resolved.
        log: what the program logged.
    """

    resources: Sequence[Resource]
    outputs: Mapping[str, Mapping[str, Any]]
    exports: Mapping[str, Any]
    log: Sequence[LogLine]

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def of_type(self, token: str) -> list[Resource]:
        """Resources of a type token, or of its last part alone, such as Group."""
        return [it for it in self.resources if it.type == token or it.type.endswith(f":{token}")]

    def one(self, token: str, name: str | None = None) -> Resource:
        """The only resource of a type, or the one of that name.

        Raises:
            AssertionError: there is none, or more than one.
        """
        found = [it for it in self.of_type(token) if name is None or it.name == name]
        if len(found) != 1:
            wanted = token if name is None else f"{token} named {name!r}"
            there = sorted({f"{it.type} {it.name!r}" for it in (found or self.of_type(token) or self.resources)})
            raise AssertionError(f"expected one {wanted}, found {len(found)}; there are {', '.join(there) or 'none'}")
        return found[0]

    def children(self, parent: Resource) -> list[Resource]:
        """Direct children of a resource."""
        return [it for it in self.resources if it.parent == parent.urn]

    def descendants(self, parent: Resource) -> list[Resource]:
        """Children, their children, and so on."""
        return [found for child in self.children(parent) for found in (child, *self.descendants(child))]
