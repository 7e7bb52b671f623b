"""Resource hooks that cannot fail silently, and the lines they print while they work.

Hooks cannot be bound where Pulumi runs none, as under its mocks. A broken console never decides a rollout.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from strata.errors import RolloutError, StrataError, UsageError

if TYPE_CHECKING:
    import boto3

__all__ = ["Console", "PulumiConsole", "Work", "giving_up", "hook", "hooks_work", "reason_given_up", "require_session"]

Work = Callable[[pulumi.ResourceHookArgs], Awaitable[None]]


def hooks_work() -> bool:
    """Whether hooks can be bound: Pulumi's mocks have nobody to call them."""
    return not isinstance(get_monitor(), MockMonitor)


def require_session(
    component: pulumi.ComponentResource, session: "boto3.Session | None", *, owner: str, reader: str
) -> None:
    """Refuse a component on an explicit provider that brings no session: a provider shows its credentials to nobody.

    Args:
        component: whose hooks are to call AWS.
        session: what it was given to call AWS with.
        owner: the component, for the message; such as `service web`.
        reader: who would call AWS, for the message; such as `gate`.

    Raises:
        UsageError: hooks would call AWS as somebody else than the provider.
    """
    if session is None and component.get_provider("aws:index:Any") is not None:
        raise UsageError(
            f"{owner} uses an explicit AWS provider, whose credentials its {reader} cannot read",
            fix=f"Give it the same account and region: {type(component).__name__}(..., session=boto3.Session(...)).",
        )


def hook(name: str, owner: str, work: Work, *, what: str = "the gate") -> pulumi.ResourceHook:
    """A hook that fails for every exception: one with an empty message passes the engine as success.

    It runs in previews too; `pulumi.runtime.is_dry_run()` shows which it is.

    Args:
        name: unique in the program: hooks are global.
        owner: whose work it is, for messages; such as `web`.
        work: awaited with the arguments that the engine gives a hook.
        what: what fails when it fails, for messages. Default: the gate.
    """

    async def run(args: pulumi.ResourceHookArgs) -> None:
        try:
            await work(args)
        except StrataError as error:
            error.note()
            raise
        except BaseException as error:
            text = str(error) or type(error).__name__
            raise RolloutError(f"{owner}: {what} failed: {text}") from error

    return pulumi.ResourceHook(name, run, opts=pulumi.ResourceHookOptions(on_dry_run=True))


_GIVING_UP = ": stopping the rollout: "


def giving_up(service: str, reason: str) -> str:
    """The line a gate prints when it stops a rollout.

    Args:
        service: whose rollout.
        reason: why, as a clause.
    """
    return f"{service}{_GIVING_UP}{reason}"


def reason_given_up(line: str) -> tuple[str, str] | None:
    """The service and the reason that `giving_up` put into a line; None for any other line.

    Args:
        line: something that was printed during a run.
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
