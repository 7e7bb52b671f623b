"""What is in a target group, and that a target group is gone, whatever the targets are (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["RegisteredTargets", "describe_gone_group"]


@dataclass(frozen=True)
class RegisteredTargets:
    """Targets of a target group, by their ids: of instances, or addresses of tasks.

    Args:
        registered: all of them, whatever their health: ELB checks none in a group that no rule leads to.
        healthy: those that are healthy.
        states: state of each, in AWS's words.
    """

    registered: frozenset[str] = frozenset()
    healthy: frozenset[str] = frozenset()
    states: Mapping[str, str] = field(default_factory=dict[str, str])

    def after(self, before: "RegisteredTargets") -> "RegisteredTargets":
        """What two looks have seen, one soon after the other; as for a fleet, what either found healthy counts.

        Args:
            before: the look before this one.
        """
        well = dict.fromkeys(before.healthy & self.registered, "healthy")
        return RegisteredTargets(self.registered, self.healthy | well.keys(), {**self.states, **well})


def describe_gone_group(group: str, units: str) -> str:
    """That a target group was deleted.

    Args:
        group: its ARN.
        units: what was registered in it, such as "servers".
    """
    return f"target group {group}, in which its {units} are found, is gone"
