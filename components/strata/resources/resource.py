"""One resource, whoever tells of it: a program under mocks, a plan, a state, the engine's events or the policy SDK."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Options", "Resource", "name_of", "read_resource"]


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
            secret stand there as the markers of `strata.resources.wire` or, made plain, as a `Mark`.
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
