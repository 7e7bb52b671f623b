"""The AWS calls that keep one server of a rollout that has failed, and that end a server.

EC2 Auto Scaling keeps a server (`Terminating:Retained`) where its group has an instance lifecycle policy that retains,
and a termination hook of the server is abandoned. It is out of service by then, and no part of the desired capacity.
"""

from typing import Final

from strata.aws.outage import error_code
from strata.rollout.aws_calls import BaseDriver

__all__ = ["KEEPING_HOOK", "KeepingCalls"]

KEEPING_HOOK: Final = "strata-keep-failed"
"""A termination hook that a group has only while a rollout goes back. Whatever waits in it goes on by itself when
nobody answers: a gate that dies keeps nothing."""

_KEEPING_HOOK_SECONDS: Final = 300
"""Many looks at a rollout, and the longest that a server stays when the gate dies in between."""

_INVALID: Final = "ValidationError"
"""Auto Scaling's code for what is not there."""


class KeepingCalls(BaseDriver):
    """AWS, as far as a server is ended, or kept in place of that."""

    def terminate(self, instance: str) -> None:
        """Let the group of a server end it. One in service is replaced; one that is apart has no place to fill."""
        self._client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=instance, ShouldDecrementDesiredCapacity=False
        )

    def put_keeping_hook(self, group: str) -> None:
        """Let servers that the group ends wait a while, so that one of them can be kept; see `KEEPING_HOOK`."""
        self._client("autoscaling").put_lifecycle_hook(
            AutoScalingGroupName=group,
            LifecycleHookName=KEEPING_HOOK,
            LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
            HeartbeatTimeout=_KEEPING_HOOK_SECONDS,
            DefaultResult="CONTINUE",
        )

    def has_keeping_hook(self, group: str) -> bool:
        """Whether the group has that hook."""
        found = self._client("autoscaling").describe_lifecycle_hooks(
            AutoScalingGroupName=group, LifecycleHookNames=[KEEPING_HOOK]
        )
        return bool(found["LifecycleHooks"])

    def delete_keeping_hook(self, group: str) -> None:
        """Let servers go again without a wait; AWS lets those go on that wait. One that is not there is no error."""
        try:
            self._client("autoscaling").delete_lifecycle_hook(
                AutoScalingGroupName=group, LifecycleHookName=KEEPING_HOOK
            )
        except Exception as error:
            if error_code(error) != _INVALID or "No Lifecycle Hook found" not in str(error):
                raise

    def answer_keeping_hook(self, group: str, instance: str, *, keep: bool) -> bool:
        """Let a server that waits go, or be kept; gives whether it has waited.

        Args:
            group: name of its group.
            instance: its id.
            keep: whether it is kept, where its group keeps servers whose hook is abandoned.
        """
        try:
            self._client("autoscaling").complete_lifecycle_action(
                AutoScalingGroupName=group,
                LifecycleHookName=KEEPING_HOOK,
                InstanceId=instance,
                LifecycleActionResult="ABANDON" if keep else "CONTINUE",
            )
        except Exception as error:
            if error_code(error) != _INVALID or "No active Lifecycle Action found" not in str(error):
                raise
            return False
        return True
