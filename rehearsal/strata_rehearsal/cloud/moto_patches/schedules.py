"""moto keeps one scheduled action of a name in all groups, lets two be at one time, and never says when one starts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import AutoScalingBackend, FakeScheduledAction
from moto.core.parse import default_timestamp_parser

from strata.aws.facts.recurrence import next_time, recurrence_of
from strata_rehearsal.cloud.api.answers import Refused, invalid
from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]


def patch() -> None:
    """Give every action its next start, and refuse those that EC2 Auto Scaling refuses."""
    replace(AutoScalingBackend, "put_scheduled_update_group_action", _put)
    replace(AutoScalingBackend, "describe_scheduled_actions", _describe)
    replace(AutoScalingBackend, "delete_scheduled_action", _delete)


def _put(
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
    start = _moment(start_time) if start_time else _next(recurrence, timezone, now)
    if start_time and start is not None and start < now:
        raise invalid("Given start time is in the past")
    others = [each for each in _describe(self, name) if each.scheduled_action_name != scheduled_action_name]
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


def _describe(
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
            action.start_time = _next(action.recurrence, action.time_zone, now)
    return found


def _delete(self: Any, auto_scaling_group_name: str, scheduled_action_name: str) -> None:
    if self.scheduled_actions.pop((auto_scaling_group_name, scheduled_action_name), None) is None:
        raise invalid("Scheduled action name not found")


def _next(text: str | None, zone: str | None, now: datetime) -> datetime | None:
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
