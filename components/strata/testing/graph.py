"""What a program registered, to be asked in tests."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Graph", "LogLine", "Options", "Registered"]


@dataclass(frozen=True)
class Options:
    """The options a resource was registered with.

    Args:
        protect: whether it is protected; None when nothing was said.
        retain_on_delete: whether AWS keeps it when Pulumi deletes it; None when nothing was said.
        delete_before_replace: None when nothing was said.
        ignore_changes: properties whose changes are ignored.
        replace_on_changes: properties whose changes make a new one.
        depends_on: URNs of everything it depends on, by option or by input, sorted.
        aliases: other names it may have had.
        provider: reference of its explicit provider; empty for the default one.
        timeouts: custom timeouts by operation.
    """

    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    ignore_changes: Sequence[str] = ()
    replace_on_changes: Sequence[str] = ()
    depends_on: Sequence[str] = ()
    aliases: Sequence[str] = ()
    provider: str = ""
    timeouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """One resource as it was handed to the engine.

    Args:
        type: its type token, such as aws:autoscaling/group:Group.
        name: its name in the program.
        urn: its identity.
        parent: URN of its parent.
        inputs: its inputs, with Pulumi's camelCase keys.
        custom: False for a component.
        options: what it was registered with.
    """

    type: str
    name: str
    urn: str
    parent: str
    inputs: Mapping[str, Any]
    custom: bool
    options: Options

    def __str__(self) -> str:
        return f"{self.type} {self.name!r}"


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

    resources: Sequence[Registered]
    outputs: Mapping[str, Mapping[str, Any]]
    exports: Mapping[str, Any]
    log: Sequence[LogLine]

    def __iter__(self) -> Iterator[Registered]:
        return iter(self.resources)

    def of_type(self, token: str) -> list[Registered]:
        """Resources of a type token, or of its last part alone, such as Group."""
        return [it for it in self.resources if it.type == token or it.type.endswith(f":{token}")]

    def one(self, token: str, name: str | None = None) -> Registered:
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

    def children(self, parent: Registered) -> list[Registered]:
        """Direct children of a resource."""
        return [it for it in self.resources if it.parent == parent.urn]

    def descendants(self, parent: Registered) -> list[Registered]:
        """Children, their children, and so on."""
        return [found for child in self.children(parent) for found in (child, *self.descendants(child))]
