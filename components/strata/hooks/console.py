"""What a gate says while it works. A broken console never decides a rollout."""

import contextlib
from collections.abc import Callable
from typing import Protocol

import pulumi

__all__ = ["Console", "PulumiConsole", "giving_up", "reason_given_up"]

_GIVING_UP = ": stopping the rollout: "


def giving_up(service: str, reason: str) -> str:
    """What a gate says when it stops a rollout.

    Args:
        service: whose rollout.
        reason: why, as a clause.
    """
    return f"{service}{_GIVING_UP}{reason}"


def reason_given_up(line: str) -> tuple[str, str] | None:
    """The service and the reason that `giving_up` put into a line; None for any other line.

    Args:
        line: something that was said during a run.
    """
    service, found, reason = line.strip().partition(_GIVING_UP)
    return (service, reason) if found else None


class Console(Protocol):
    """Where progress goes."""

    def tick(self, text: str) -> None:
        """A line that the next one replaces."""
        ...

    def say(self, text: str) -> None:
        """A line that stays."""
        ...

    def warn(self, text: str) -> None:
        """A warning that stays."""
        ...


class PulumiConsole:
    """Lines in Pulumi's own display, attached to the component.

    Attached to the record itself they would be held back until it exists. Call it from the event loop only.
    """

    def __init__(self, component: pulumi.Resource) -> None:
        self._component = component

    def tick(self, text: str) -> None:
        self._log(lambda: pulumi.log.info(text, resource=self._component, ephemeral=True))

    def say(self, text: str) -> None:
        self._log(lambda: pulumi.log.info(text, resource=self._component))

    def warn(self, text: str) -> None:
        self._log(lambda: pulumi.log.warn(text, resource=self._component))

    def _log(self, write: Callable[[], object]) -> None:
        # the engine may be gone or shutting down; the rollout goes on in AWS and its outcome must still decide
        with contextlib.suppress(Exception):
            write()
