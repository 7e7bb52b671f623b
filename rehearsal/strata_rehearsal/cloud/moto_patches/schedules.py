"""moto keeps the schedules of EventBridge Scheduler and starts nothing; those that refresh a fleet are played here.

A schedule by cron whose target is StartInstanceRefresh calls it at simulated time, when its flexible window begins.
What AWS refuses then is logged and not repeated. Every other schedule is kept and starts nothing.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule

from strata.aws.facts.recurrence import next_time
from strata.aws.facts.scheduler_cron import read_scheduler_cron
from strata_rehearsal.cloud.api.answers import Refused
from strata_rehearsal.cloud.api.refreshes import begin
from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_REFRESH: Final = "aws-sdk:autoscaling:startInstanceRefresh"
_EXPRESSION: Final = re.compile(r"(?:rate\(\d+ (?:minute|hour|day)s?\)|at\([^()]+\)|cron\((?P<fields>[^()]+)\))")
_FIELDS: Final = 6


def patch() -> None:
    """Let a schedule fire from when it is made or changed."""
    wrap(EventBridgeSchedulerBackend, "create_schedule", _playing)
    wrap(EventBridgeSchedulerBackend, "update_schedule", _playing)


def _playing(original: Callable[..., Schedule]) -> Callable[..., Schedule]:
    def keep(self: EventBridgeSchedulerBackend, **asked: Any) -> Schedule:
        _refuse_expression(str(asked["schedule_expression"]))
        # moto forgets the default where one is changed
        schedule = original(self, **{**asked, "state": asked.get("state") or "ENABLED"})
        _queue(self, schedule, schedule.schedule_expression, schedule.schedule_expression_timezone)
        return schedule

    return keep


def _refuse_expression(expression: str) -> None:
    found = _EXPRESSION.fullmatch(expression)
    fields = found["fields"].split() if found and found["fields"] else None
    # one of the two kinds of days has to be left open, and only one
    if found is None or (fields is not None and (len(fields) != _FIELDS or (fields[2] == "?") == (fields[4] == "?"))):
        raise ValidationException(message=f"Invalid Schedule Expression {expression}.")


def _queue(backend: EventBridgeSchedulerBackend, schedule: Schedule, expression: str, zone: str) -> None:
    world = current().world
    recurrence = read_scheduler_cron(expression, zone)
    moment = next_time(recurrence, world.moment()) if recurrence is not None else None
    if moment is not None:
        world.at(moment.timestamp(), lambda: _fire(backend, schedule, expression, zone, moment))


def _fire(backend: EventBridgeSchedulerBackend, schedule: Schedule, expression: str, zone: str, at: datetime) -> None:
    kept: Any = backend.schedule_groups.get(schedule.group_name)
    there = kept is not None and kept.schedules.get(schedule.name) is schedule
    if not there or (schedule.schedule_expression, schedule.schedule_expression_timezone) != (expression, zone):
        # it was deleted, or changed, which has queued it anew
        return
    if schedule.state == "ENABLED" and str(schedule.target.get("Arn")).endswith(_REFRESH):
        _start(backend, schedule, at)
    _queue(backend, schedule, expression, zone)


def _start(backend: EventBridgeSchedulerBackend, schedule: Schedule, at: datetime) -> None:
    cloud = current()
    asked = json.loads(schedule.target["Input"])
    name = asked["AutoScalingGroupName"]
    group = cloud.groups.get((backend.account_id, backend.region_name, name))
    due = f"{at:%Y-%m-%dT%H:%MZ}"
    if group is None:
        cloud.world.record("schedule", schedule.name, "failed", due=due, reason=f"there is no group {name}")
        return
    try:
        ongoing = begin(group, asked.get("Preferences") or {})
    except Refused as error:
        cloud.world.record(
            "schedule", schedule.name, "failed", service=group.service, due=due, reason=f"{error.code}: {error.message}"
        )
        return
    cloud.world.record("schedule", schedule.name, "started", service=group.service, due=due, refresh=ongoing.identity)
