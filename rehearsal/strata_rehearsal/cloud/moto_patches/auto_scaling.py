"""moto's Auto Scaling groups have servers at once, all in one subnet, for ever; ours come from `fleet`.

It shows scaling policies as switched off and with an empty forecast, which the real provider sees as changes. It
keeps one scheduled action of a name in all groups, lets two be at one time, and never says when one starts.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeScheduledAction
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.parse import default_timestamp_parser

from strata.aws.facts.recurrence import next_time, recurrence_of
from strata_rehearsal.cloud.api import attributes, capacity, groups, refreshes
from strata_rehearsal.cloud.api.answers import Refused, invalid
from strata_rehearsal.cloud.patches import replace, wrap
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
            if name not in ("read_hook", "begin"):
                replace(AutoScalingResponse, name, getattr(module, name))
    for name in UNKNOWN:
        replace(AutoScalingResponse, name, _refuse(name))
    replace(AutoScalingBackend, "set_desired_capacity", _set_desired_capacity)
    replace(AutoScalingBackend, "change_capacity", _change_capacity)
    replace(AutoScalingBackend, "change_capacity_percent", _change_capacity_percent)
    wrap(AutoScalingResponse, "put_scaling_policy", _as_put)
    replace(AutoScalingBackend, "put_scheduled_update_group_action", _put_action)
    replace(AutoScalingBackend, "describe_scheduled_actions", _describe_actions)
    replace(AutoScalingBackend, "delete_scheduled_action", _delete_action)


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


def _as_put(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_scaling_policy(self: Any) -> Any:
        answer = original(self)
        asked = self._get_params()
        policy = self.autoscaling_backend.policies[asked["PolicyName"]]
        policy.enabled = asked.get("Enabled", True)
        policy.predictive_scaling_configuration = asked.get("PredictiveScalingConfiguration")
        return answer

    return put_scaling_policy


def _put_action(
    self: Any,
    name: str,
    desired_capacity: Any,
    max_size: Any,
    min_size: Any,
    scheduled_action_name: str,
    start_time: Any,
    end_time: Any,
    recurrence: str | None,
    timezone: str | None,
) -> Any:
    now = current().world.moment()
    start = _moment(start_time) if start_time else _next_start(recurrence, timezone, now)
    if start_time and start is not None and start < now:
        raise invalid("Given start time is in the past")
    others = [each for each in _describe_actions(self, name) if each.scheduled_action_name != scheduled_action_name]
    if start is not None and any(each.start_time == start for each in others):
        raise Refused("AlreadyExists", "Scheduled action with this scheduled start time already exists")
    action = FakeScheduledAction(
        autos_caling_group_name=name,
        desired_capacity=_number(desired_capacity),
        max_size=_number(max_size),
        min_size=_number(min_size),
        scheduled_action_name=scheduled_action_name,
        start_time=start,  # pyright: ignore[reportArgumentType] - a moment is written as one
        end_time=_moment(end_time) if end_time else None,  # pyright: ignore[reportArgumentType]
        recurrence=recurrence,
        time_zone=timezone,
    )
    self.scheduled_actions[name, scheduled_action_name] = action
    return action


def _describe_actions(
    self: Any, autoscaling_group_name: str | None = None, scheduled_action_names: Sequence[str] | None = None
) -> list[Any]:
    now = current().world.moment()
    found = [
        action
        for (group, name), action in self.scheduled_actions.items()
        if autoscaling_group_name in (None, "", group)
        and (not scheduled_action_names or name in scheduled_action_names)
    ]
    for action in found:
        if action.recurrence and action.start_time is not None and action.start_time <= now:
            action.start_time = _next_start(action.recurrence, action.time_zone, now)
    return found


def _delete_action(self: Any, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
    if self.scheduled_actions.pop((auto_scaling_group_name, scheduled_action_name), None) is None:
        raise invalid("Scheduled action name not found")


def _next_start(text: str | None, zone: str | None, now: datetime) -> datetime | None:
    if not text:
        return None
    recurrence = recurrence_of(text, zone or "UTC")
    if recurrence is None:
        raise invalid("Given recurrence string is invalid")
    return next_time(recurrence, now)


def _moment(given: Any) -> datetime:
    found = given if isinstance(given, datetime) else default_timestamp_parser(given)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(given: Any) -> int | None:
    return None if given is None else int(given)
