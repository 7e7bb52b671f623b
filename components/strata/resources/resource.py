"""One resource, and the graph of all that a program registered, however they are read: from mocks, plan or state."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Graph", "LogLine", "Options", "Resource", "name_of", "read_resource"]


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
class Resource:
    """One resource, as far as it is known.

    Args:
        type: its type token, such as aws:autoscaling/group:Group.
        name: its name in the program.
        urn: its identity.
        parent: URN of its parent; empty where it is not known.
        inputs: its inputs, with Pulumi's camelCase keys. Who judges them knows whether values that are unknown or
            secret are there as the markers of `strata.resources.wire` or, made plain, as a `Mark`.
        custom: False for a component, which is nothing in AWS.
        options: what it was registered with.
        id: its id in AWS; empty for one that is yet to be made.
        outputs: what the provider answered, or what a component registered. Default: nothing is known.
        external: whether the program only reads it: nothing that a plan does to it reaches AWS.
    """

    type: str
    name: str = ""
    urn: str = ""
    parent: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    custom: bool = True
    options: Options = field(default_factory=Options)
    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    external: bool = False

    @property
    def protected(self) -> bool:
        """Whether Pulumi refuses to delete it."""
        return self.options.protect is True

    @property
    def retained(self) -> bool:
        """Whether a delete leaves it in AWS."""
        return self.options.retain_on_delete is True

    def __str__(self) -> str:
        return f"{self.type} {self.name!r}"


def name_of(urn: str) -> str:
    """The name of a resource in the program, which ends its URN and may itself hold two colons."""
    return urn.split("::", 3)[-1]


def read_resource(state: Mapping[str, Any]) -> Resource:
    """A resource as the engine writes it into a state, a plan or an event. How it is replaced is not kept.

    Args:
        state: the JSON of the resource. In events the engine leaves out what is false.
    """
    urn = str(state.get("urn", ""))
    return Resource(
        type=str(state.get("type", "")),
        name=name_of(urn),
        urn=urn,
        parent=str(state.get("parent", "")),
        inputs=state.get("inputs") or {},
        custom=bool(state.get("custom")),
        options=Options(
            protect=state.get("protect"),
            retain_on_delete=state.get("retainOnDelete"),
            depends_on=tuple(state.get("dependencies") or ()),
        ),
        id=str(state.get("id", "")),
        outputs=state.get("outputs") or {},
        external=bool(state.get("external")),
    )


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
