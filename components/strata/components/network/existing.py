"""Networks that Strata did not make, and what a rehearsal has in place of a network of another stack.

A rehearsal has a backend of its own, in which the stack of somebody else's network is not. The engine would end the
program there. In a rehearsal, and only there, a reference to such a stack is made without asking the engine: it has no
outputs, and `Network.from_stack` receives a network of made-up ids in their place.
"""

import functools
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pulumi

from strata.arguments import checked_class
from strata.clock import CLOCK_VARIABLE
from strata.errors import UsageError

__all__ = [
    "AnyNetwork",
    "ExistingNetwork",
    "Tier",
    "follow_references",
    "network_elsewhere",
]

_KEYS = ("vpc_id", "cidr", "public_subnet_ids", "private_subnet_ids", "isolated_subnet_ids")
_ORGANIZATION: Final = "organization"
"""The only one that a backend of files has."""
_ZONES: Final = 3
_MARK: Final = "strata_elsewhere"


class Tier(StrEnum):
    """Who can be reached from a subnet, and from where."""

    PUBLIC = "public"
    """Reaches the internet and can be reached: load balancers and NAT gateways only."""
    PRIVATE = "private"
    """Reaches the internet through NAT, if there is any: servers."""
    ISOLATED = "isolated"
    """Reaches the network only: databases."""


class AnyNetwork(Protocol):
    """What other components need of a network."""

    @property
    def vpc_id(self) -> pulumi.Output[str]:
        """Id of the VPC."""
        ...

    @property
    def cidr(self) -> pulumi.Output[str]:
        """The VPC's address range."""
        ...

    @property
    def public_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for public load balancers."""
        ...

    @property
    def private_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for servers."""
        ...

    @property
    def isolated_subnet_ids(self) -> pulumi.Output[Sequence[str]]:
        """Subnets for databases."""
        ...

    def ready(self, tier: Tier) -> Sequence[pulumi.Resource]:
        """What must exist before something in a tier's subnets can reach, or be reached."""
        ...


@checked_class
@dataclass(frozen=True)
class ExistingNetwork:
    """A network made elsewhere; Strata uses it and never changes it."""

    name: str
    vpc_id: pulumi.Output[str]
    cidr: pulumi.Output[str]
    public_subnet_ids: pulumi.Output[Sequence[str]]
    private_subnet_ids: pulumi.Output[Sequence[str]]
    isolated_subnet_ids: pulumi.Output[Sequence[str]]

    def ready(self, tier: Tier) -> Sequence[pulumi.Resource]:  # noqa: ARG002 (it exists, whatever the tier)
        """Nothing: it exists."""
        return ()

    @classmethod
    def from_output(cls, name: str, exported: pulumi.Output[Any], *, source: str) -> "ExistingNetwork":
        """Read what `Network.exports` wrote.

        Args:
            name: what the network is called here, for messages.
            exported: the output's value.
            source: where it comes from, for messages.

        Raises:
            UsageError: when the program runs and the output is not what a network exports.
        """

        def part(key: str) -> pulumi.Output[Any]:
            return exported.apply(lambda value: _require(value, key, source))

        return cls(name, *(part(key) for key in _KEYS))


def _require(value: object, key: str, source: str) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    raise UsageError(
        f"{source} is not a network: it has no {key!r}",
        fix="Export it in the network's own program: pulumi.export('network', network.exports).",
    )


def follow_references(environment: Mapping[str, str] | None = None) -> None:
    """In a rehearsal, let references to stacks that it does not have be made; outside of one, change nothing.

    Args:
        environment: of the process. Default: `os.environ`.
    """
    found = os.environ if environment is None else environment
    state = urlsplit(found.get("PULUMI_BACKEND_URL", ""))
    if CLOCK_VARIABLE in found and state.scheme == "file":
        folder = Path(url2pathname(state.path), ".pulumi", "stacks")
        original = getattr(pulumi.StackReference.__init__, "__wrapped__", pulumi.StackReference.__init__)
        pulumi.StackReference.__init__ = _standing_in(original, folder)


def network_elsewhere(reference: pulumi.StackReference, output: str) -> dict[str, Any] | None:
    """A network as `Network.exports` writes it, for a stack that the rehearsal does not have; None for one it has.

    Args:
        reference: the stack.
        output: name of its output, so that two networks of a stack are two.
    """
    stack = getattr(reference, _MARK, None)
    if stack is None:
        return None
    return {
        "vpc_id": f"vpc-{_digits(stack, output)}",
        "cidr": "10.0.0.0/16",
        **{
            f"{tier}_subnet_ids": [f"subnet-{_digits(stack, output, tier, str(zone))}" for zone in range(_ZONES)]
            for tier in ("public", "private", "isolated")
        },
    }


def _standing_in(original: Callable[..., None], folder: Path) -> Callable[..., None]:
    @functools.wraps(original)
    def __init__(  # noqa: N807
        self: Any, name: str, stack_name: str | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        target = name if stack_name is None else stack_name
        if _in_backend(target, folder):
            original(self, name, stack_name, opts)
            return
        setattr(self, _MARK, target)
        self.name = pulumi.Output.from_input(target)
        self.outputs = pulumi.Output.from_input({})
        self.secret_output_names = pulumi.Output.from_input([])
        pulumi.log.info(f"stack {target} is not part of this rehearsal: its network is made up, other outputs are none")

    return __init__


def _in_backend(target: str, folder: Path) -> bool:
    *owner, stack = target.split("/")
    match owner:
        case []:
            project = pulumi.get_project()
        case [organization]:
            project = pulumi.get_project() if organization == _ORGANIZATION else ""
        case [organization, named]:
            project = named if organization == _ORGANIZATION else ""
        case _:
            return True  # no name of a stack: the engine says so better
    return bool(project) and any(Path(folder, project).glob(f"{stack}.json*"))


def _digits(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:17]
