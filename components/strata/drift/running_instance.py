"""An instance as EC2 describes it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from strata.clock import parse_moment
from strata.rollout.servers.once_calls import ONCE_TAG, ONCE_UNTIL_TAG

__all__ = ["GROUP_TAG", "RunningInstance"]

GROUP_TAG: Final = "aws:autoscaling:groupName"
"""The tag with the name of the group that launched an instance; AWS sets it, and nobody else can."""


@dataclass(frozen=True)
class RunningInstance:
    """An instance of EC2, as far as it may differ from what it was launched as.

    Args:
        id: its id.
        state: such as running.
        image: id of its image.
        instance_type: its type.
        launched: when.
        tags: all of them.
        security_groups: ids of those of its first network interface.
    """

    id: str
    state: str
    image: str
    instance_type: str
    launched: datetime
    tags: Mapping[str, str]
    security_groups: frozenset[str]

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "RunningInstance":
        """Read one instance of DescribeInstances."""
        return cls(
            id=found["InstanceId"],
            state=found["State"]["Name"],
            image=found["ImageId"],
            instance_type=found["InstanceType"],
            launched=found["LaunchTime"],
            tags={each["Key"]: each["Value"] for each in found.get("Tags", ())},
            security_groups=frozenset(each["GroupId"] for each in found.get("SecurityGroups", ())),
        )

    @property
    def runs(self) -> bool:
        """Whether it runs, or is about to."""
        return self.state in ("pending", "running")

    def runs_once(self, now: float) -> bool:
        """Whether it was launched to run something once before a rollout, and its time is not over.

        Args:
            now: epoch seconds.
        """
        if ONCE_TAG not in self.tags or self.group is not None:
            return False
        try:
            return now < parse_moment(self.tags.get(ONCE_UNTIL_TAG, "")).timestamp()
        except ValueError:
            return False

    @property
    def group(self) -> str | None:
        """Name of the Auto Scaling group that launched it."""
        return self.tags.get(GROUP_TAG)
