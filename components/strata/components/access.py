"""What one component lets another use and reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi

from strata.arguments import checked_class

__all__ = ["Access", "Door", "Usable", "variable"]


@checked_class
@dataclass(frozen=True)
class Door:
    """A port behind a security group.

    Args:
        name: what is behind it, for the names of rules, such as `orders`.
        security_group_id: the group that has to let the client in.
        port: the port.
    """

    name: str
    security_group_id: pulumi.Input[str]
    port: pulumi.Input[int]


@checked_class
@dataclass(frozen=True)
class Access:
    """Everything a service needs to use something: what its role may do, what its environment has, whom it may reach.

    Args:
        name: what is used, such as `orders`; unique among what one service uses.
        statements: IAM statements, least privilege; resources may be outputs.
        environment: variables for the service's environment file: names, addresses and ARNs, never a secret value.
            They are part of the release, so a change of one rolls the service.
        doors: security groups that are to let the service in.
    """

    name: str
    statements: Sequence[Mapping[str, Any]] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    doors: Sequence[Door] = ()

    @property
    def access(self) -> "Access":
        """Itself: a ready access can be passed wherever a `Usable` can."""
        return self


class Usable(Protocol):
    """What a service can be given under `uses`: a component that offers one access, or an `Access`."""

    @property
    def access(self) -> Access:
        """What is needed to use it: the least of what the component offers."""
        ...


def variable(name: str, what: str) -> str:
    """The environment variable that gives a service something about what it uses, such as `ORDERS_HOST`.

    Args:
        name: the component that is used, such as `orders`.
        what: what it gives, such as `host`.
    """
    return f"{name}_{what}".replace("-", "_").upper()
