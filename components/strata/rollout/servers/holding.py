"""Holds a group with AWS's own deletion protection, for which the provider has no input.

Pulumi's protection is an option of one run, and a group that goes takes its servers along. AWS refuses the delete
itself, whoever asks for it, until the protection is set to none. The provider would scale a group down to zero before
it deletes it, so a group that is held is also told to be deleted at once (`forceDelete`): that delete is what AWS
refuses, with every server still in service.
"""

from typing import TYPE_CHECKING

import pulumi

from strata.aws.outage import describe_failure

if TYPE_CHECKING:
    from strata.hooks.console import Console
    from strata.rollout.servers.async_driver import AsyncDriver

__all__ = ["HELD", "RELEASED", "hold", "still_held"]

HELD = "prevent-all-deletion"
RELEASED = "none"
"""Values of DeletionProtection (CreateAutoScalingGroup)."""


async def hold(aws: "AsyncDriver", group: str, *, protect: bool) -> None:
    """Set the protection of a group that was made or changed.

    Args:
        aws: makes the call.
        group: its name.
        protect: whether AWS is to refuse its deletion.

    Raises:
        AwsError: AWS refuses.
    """
    if not pulumi.runtime.is_dry_run():
        await aws.set_deletion_protection(group, HELD if protect else RELEASED)


async def still_held(aws: "AsyncDriver", console: "Console", service: str, group: str) -> None:
    """Set the protection of a group again that should have it and has not.

    The engine records a group as made or changed although the hook after it failed, and sees no difference in the next
    `up`; somebody may have taken the protection off, too. Without it `forceDelete` would end every server at once. A
    failure is a warning: it says nothing about the release.

    Args:
        aws: makes the calls.
        console: where lines go.
        service: whose group it is.
        group: its name.
    """
    try:
        found = await aws.group(group)
        if found is None or found.deletion_protection == HELD:
            return
        await aws.set_deletion_protection(group, HELD)
    except Exception as error:  # noqa: BLE001  whatever it is, the release is decided elsewhere
        console.warn(f"{service}: AWS does not refuse the deletion of its group {group}: {describe_failure(error)}")
    else:
        console.say(f"{service}: AWS did not refuse the deletion of its group {group}, and does so again")
