"""The AWS calls of break-glass on servers, one method each."""

from strata.rollout.servers.driver import Driver
from strata.tags import TAINTED_TAG, VALUE_LIMIT

__all__ = ["GlassDriver"]


class GlassDriver(Driver):
    """AWS, as far as letting somebody into a server needs it."""

    def group_of(self, instance: str) -> str | None:
        """Name of the group that has an instance; None where none has."""
        answer = self._client("autoscaling").describe_auto_scaling_instances(InstanceIds=[instance])
        found = answer["AutoScalingInstances"]
        return str(found[0]["AutoScalingGroupName"]) if found else None

    def enter_standby(self, group: str, instance: str) -> None:
        """Take a server out of service; a fresh one is launched in its place."""
        self._client("autoscaling").enter_standby(
            AutoScalingGroupName=group, InstanceIds=[instance], ShouldDecrementDesiredCapacity=False
        )

    def protect(self, group: str, instance: str) -> None:
        """Protect a server from scale-in."""
        self._client("autoscaling").set_instance_protection(
            AutoScalingGroupName=group, InstanceIds=[instance], ProtectedFromScaleIn=True
        )

    def taint(self, instance: str, said: str) -> None:
        """Mark a server as one that somebody was let into.

        Args:
            instance: its id.
            said: when, and who.
        """
        self._client("ec2").create_tags(Resources=[instance], Tags=[{"Key": TAINTED_TAG, "Value": said[:VALUE_LIMIT]}])
