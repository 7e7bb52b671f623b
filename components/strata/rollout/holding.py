"""Holds a group with AWS's own deletion protection, for which the provider has no input.

Pulumi's protection is an option of one run, and a group that goes takes its servers along. AWS refuses the delete
itself, whoever asks for it, until the protection is set to none. The provider would scale a group down to zero before
it deletes it, so a group that is held is also told to be deleted at once (`forceDelete`): that delete is what AWS
refuses, with every server still in service.
"""

from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from strata.rollout.watch import Calls

__all__ = ["HELD", "RELEASED", "hold"]

HELD = "prevent-all-deletion"
RELEASED = "none"
"""Values of DeletionProtection (CreateAutoScalingGroup)."""


async def hold(calls: "Calls", group: str, *, protect: bool) -> None:
    """Set the protection of a group that was made or changed.

    Args:
        calls: makes the call.
        group: its name.
        protect: whether AWS is to refuse its deletion.

    Raises:
        AwsError: AWS refuses.
    """
    if not pulumi.runtime.is_dry_run():
        await calls(calls.driver.set_deletion_protection, group, HELD if protect else RELEASED)
