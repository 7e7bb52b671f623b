"""Resource hooks that cannot fail silently, and cannot be bound where Pulumi runs none."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from strata.errors import RolloutError, StrataError, UsageError

if TYPE_CHECKING:
    import boto3

__all__ = ["Work", "hook", "hooks_work", "require_session"]

Work = Callable[[pulumi.ResourceHookArgs], Awaitable[None]]


def hooks_work() -> bool:
    """Whether hooks can be bound: Pulumi's mocks have nobody to call them."""
    return not isinstance(get_monitor(), MockMonitor)


def require_session(
    component: pulumi.ComponentResource, session: "boto3.Session | None", *, owner: str, reader: str
) -> None:
    """Refuse a component on an explicit provider that brings no session: a provider tells its credentials to nobody.

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

    It runs in previews too; `pulumi.runtime.is_dry_run()` tells.

    Args:
        name: unique in the program: hooks are global.
        owner: whose work it is, for messages; such as `web`.
        work: awaited with what the engine tells.
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
