"""moto's Auto Scaling groups have servers at once, all in one subnet, for ever; ours come from `fleet`."""

from collections.abc import Callable

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse

from strata_rehearsal.cloud.api import attributes, capacity, groups, refreshes
from strata_rehearsal.cloud.api.answers import invalid
from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.scaling_groups import Group
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

UNKNOWN = (
    "attach_instances",
    "attach_load_balancers",
    "create_launch_configuration",
    "describe_load_balancers",
    "detach_load_balancers",
    "put_warm_pool",
    "describe_warm_pool",
    "delete_warm_pool",
)


def patch() -> None:
    """Answer everything about groups and their servers from `fleet`; policies and schedules stay with moto."""
    for module in (attributes, capacity, groups, refreshes):
        for name in module.__all__:
            if name != "read_hook":
                replace(AutoScalingResponse, name, getattr(module, name))
    for name in UNKNOWN:
        replace(AutoScalingResponse, name, _refuse(name))
    replace(AutoScalingBackend, "set_desired_capacity", _set_desired_capacity)
    replace(AutoScalingBackend, "change_capacity", _change_capacity)
    replace(AutoScalingBackend, "change_capacity_percent", _change_capacity_percent)


def _refuse(name: str) -> Callable[[AutoScalingResponse], None]:
    action = "".join(part.capitalize() for part in name.split("_"))

    def refuse(_self: AutoScalingResponse) -> None:
        raise invalid(f"{action} is not simulated by the local AWS of a rehearsal")

    return refuse


def _group(self: AutoScalingBackend, name: str) -> Group:
    return current().groups[self.account_id, self.region_name, name]


def _set_desired_capacity(self: AutoScalingBackend, group_name: str, desired_capacity: int | None) -> None:
    """What a scaling policy that is executed asks for; a policy stays within the group's bounds."""
    group = _group(self, group_name)
    group.desired = min(max(int(desired_capacity or 0), group.min_size), group.max_size)
    current().world.record("group", group.name, "desired", service=group.service, desired=group.desired)
    current().touch(group)


def _change_capacity(self: AutoScalingBackend, group_name: str, scaling_adjustment: int | None) -> None:
    _set_desired_capacity(self, group_name, _group(self, group_name).desired + int(scaling_adjustment or 0))


def _change_capacity_percent(self: AutoScalingBackend, group_name: str, scaling_adjustment: int | None) -> None:
    desired = _group(self, group_name).desired
    change = desired * int(scaling_adjustment or 0) / 100
    # AWS rounds towards zero, but changes by at least one
    step = int(change) if abs(change) >= 1 else (change > 0) - (change < 0)
    _set_desired_capacity(self, group_name, desired + step)
