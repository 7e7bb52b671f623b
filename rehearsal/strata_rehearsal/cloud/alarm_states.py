"""CloudWatch alarms whose states have reasons: no data at first, OK once what they watch exists, ALARM by a fault.

Alarms on metrics that are reported here have the state that their data gives them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.elbv2.models import elbv2_backends

from strata.rollout.servers.refresh import AlarmState
from strata_rehearsal.cloud import state
from strata_rehearsal.cloud.container_services import SimulatedService
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.reported_metrics import EVALUATION_SECONDS, datapoints, is_reported, judge
from strata_rehearsal.cloud.scaling_groups import Group
from strata_rehearsal.cloud.state import Cloud

__all__ = ["alarm_states", "drive", "evaluate", "evaluate_all", "evaluate_later", "patch", "period_of", "set_state"]

FIRST_STATE_SECONDS = 60.0
"""The soonest a new alarm has its first state; it takes at least one of its periods, at most two minutes."""
LATEST_FIRST_STATE_SECONDS = 120.0


def alarm_states(account: str, region: str, names: Iterable[str]) -> Mapping[str, AlarmState]:
    """The states of alarms by name; those that do not exist are absent."""
    alarms = cloudwatch_backends[account][region].alarms
    return {name: AlarmState(alarms[name].state_value) for name in names if name in alarms}


def set_state(alarm: Alarm, value: AlarmState, reason: str) -> None:
    """Put an alarm into a state, unless it is in it."""
    if alarm.state_value != value.value:
        alarm.update_state(reason, "{}", value.value)


def drive(cloud: Cloud) -> None:
    """Let alarm faults show or pass: ALARM while a server or task that drives an alarm serves, OK afterwards."""
    now = cloud.world.now
    firing: dict[tuple[str, str, str], bool] = {}
    for group in cloud.groups.values():
        drives = any(_drives(each.faults, each.in_service_since, now) for each in group.counting())
        for alarm in _gating(group):
            key = (group.account, group.region, alarm.name)
            firing[key] = firing.get(key, False) or drives
    for service in cloud.services.values():
        drives = any(_drives(task.faults, task.started_at, now) for task in service.tasks.values() if task.active)
        for alarm in _gating_service(service):
            key = (service.account, service.region, alarm.name)
            firing[key] = firing.get(key, False) or drives
    for (account, region, name), fires in firing.items():
        alarm: Any = cloudwatch_backends[account][region].alarms[name]
        if fires and not alarm.strata_driven:
            alarm.strata_driven = True
            set_state(alarm, AlarmState.ALARM, "Threshold Crossed: a fault of this rehearsal drives the metric")
        elif alarm.strata_driven and not fires:
            alarm.strata_driven = False
            set_state(alarm, AlarmState.OK, "Threshold no longer crossed: the servers with the fault are gone")


def patch() -> None:
    """Give moto's alarms a first state that is earned, and let a change of state reach the refreshes it gates.

    moto creates alarms as OK, and resets an alarm's state whenever its settings are put again.
    """
    replace(Alarm, "strata_driven", value=False)
    replace(Alarm, "strata_told", value=False)
    replace(Alarm, "strata_due", value=0.0)
    replace(Alarm, "strata_evaluated_at", value=0.0)
    wrap(CloudWatchBackend, "put_metric_alarm", _put)
    wrap(CloudWatchBackend, "put_metric_data", _reported)
    wrap(CloudWatchBackend, "set_alarm_state", _told)
    wrap(Alarm, "update_state", _updated)


def _put(original: Callable[..., Alarm]) -> Callable[..., Alarm]:
    def put_metric_alarm(self: CloudWatchBackend, name: str, *args: Any, **kwargs: Any) -> Alarm:
        before, cloud = self.alarms.get(name), state.current()
        alarm: Any = original(self, name, *args, **kwargs)
        if before is not None:
            alarm.history, alarm.state_value = before.history, before.state_value
            alarm.state_reason, alarm.state_reason_data = before.state_reason, before.state_reason_data
            alarm.state_updated_timestamp = before.state_updated_timestamp
        else:
            alarm.state_value = AlarmState.INSUFFICIENT_DATA.value
            cloud.world.record("alarm", name, alarm.state_value)
        if is_reported(alarm):
            _evaluate_again(self, alarm)
        elif alarm.state_value == AlarmState.INSUFFICIENT_DATA.value:
            seconds = min(max(FIRST_STATE_SECONDS, period_of(alarm)), LATEST_FIRST_STATE_SECONDS)
            alarm.strata_due = cloud.world.now + seconds
            cloud.world.after(seconds, lambda: evaluate(self, name))
        return alarm

    return put_metric_alarm


def _told(original: Callable[..., None]) -> Callable[..., None]:
    """A state that somebody set stays: AWS would evaluate again, but here are no metrics to do so with."""

    def set_alarm_state(self: CloudWatchBackend, alarm_name: str, *args: Any, **kwargs: Any) -> None:
        original(self, alarm_name, *args, **kwargs)
        self.alarms[alarm_name].strata_told = True  # pyright: ignore[reportAttributeAccessIssue]

    return set_alarm_state


def evaluate(backend: CloudWatchBackend, name: str) -> None:
    """Give an alarm without data its first state: OK once what it watches exists, or if missing data is no breach."""
    alarm: Any = backend.alarms.get(name)
    if (
        alarm is None
        or is_reported(alarm)
        or alarm.state_value != AlarmState.INSUFFICIENT_DATA.value
        or alarm.strata_told
    ):
        return
    if state.current().world.now < alarm.strata_due:
        return
    if alarm.rule or alarm.treat_missing_data == "notBreaching" or _watched_exists(backend, alarm):
        set_state(alarm, AlarmState.OK, "no datapoints were breaching")
    elif alarm.treat_missing_data == "breaching":
        set_state(alarm, AlarmState.ALARM, "no datapoints were received and missing ones are treated as breaching")


def _reported(original: Callable[..., None]) -> Callable[..., None]:
    def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        original(self, namespace, metric_data)
        names = {each["MetricName"] for each in metric_data}
        for alarm in self.alarms.values():
            if is_reported(alarm) and alarm.namespace == namespace and alarm.metric_name in names:
                _evaluate_again(self, alarm)

    return put_metric_data


def _evaluate_again(backend: CloudWatchBackend, alarm: Any) -> None:
    """Evaluate an alarm at the end of this minute, and of each minute after it in which its data may change it."""
    world = state.current().world
    end = (world.now // EVALUATION_SECONDS + 1) * EVALUATION_SECONDS
    if alarm.strata_evaluated_at < end:
        alarm.strata_evaluated_at = end
        world.at(end, lambda: _evaluate_data(backend, alarm))


def _evaluate_data(backend: CloudWatchBackend, alarm: Any) -> None:
    if backend.alarms.get(alarm.name) is not alarm:
        return
    points = datapoints(backend, alarm, state.current().world.now)
    found = judge(alarm, points)
    if found is not None:
        there = sum(point is not None for point in points)
        set_state(alarm, found, f"{there} of the last {len(points)} periods have a datapoint")
    if any(point is not None for point in points):
        _evaluate_again(backend, alarm)


def evaluate_all(account: str, region: str) -> None:
    """Look at the alarms without data again, because what they watch may exist now."""
    backend = cloudwatch_backends[account][region]
    for name in list(backend.alarms):
        evaluate(backend, name)


def evaluate_later(cloud: Cloud, account: str, region: str) -> None:
    """Do so once, when everything else of this moment has happened."""
    cloud.world.settle(("first states", account, region), lambda: evaluate_all(account, region))


def _updated(original: Callable[..., None]) -> Callable[..., None]:
    def update_state(self: Alarm, reason: str, reason_data: str, state_value: str) -> None:
        cloud = state.current()
        original(self, reason, reason_data, state_value)
        cloud.world.record("alarm", self.name, state_value, reason=reason)
        backend = cloudwatch_backends[self.alarm_arn.split(":")[4]][self.region_name]
        if is_reported(self) and backend.alarms.get(self.name) is self:
            # whoever set it: the next evaluation goes by the data again
            _evaluate_again(backend, self)
        for group in cloud.groups.values():
            if group.refresh is not None and self.name in group.refresh.refresh.preferences.alarms:
                cloud.touch(group)
        for service in cloud.services.values():
            if service.rollout is not None and self.name in service.rollout.deployment.configuration.alarms.names:
                cloud.touch_service(service)

    return update_state


def _drives(faults: Iterable[Fault], since: float | None, now: float) -> bool:
    """Whether what has served since then, and serves, drives an alarm."""
    return since is not None and any(fault.kind is FaultKind.ALARM and now >= since + fault.delay for fault in faults)


def _gating_service(service: SimulatedService) -> list[Any]:
    """The alarms that gate a container service: its deployment's own, without one those that watch it."""
    alarms = cloudwatch_backends[service.account][service.region].alarms
    named = () if service.rollout is None else service.rollout.deployment.configuration.alarms.names
    if named:
        return [alarms[name] for name in named if name in alarms]
    groups = {
        group.rsplit(":", 1)[-1] for balancer in service.value("loadBalancers", ()) for group in _groups(balancer)
    }
    return [alarm for alarm in alarms.values() if (groups | {service.name}) & set(_dimensions(alarm).values())]


def _groups(balancer: Mapping[str, Any]) -> list[str]:
    other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
    return [arn for arn in (balancer.get("targetGroupArn"), other) if arn]


def _gating(group: Group) -> list[Any]:
    """The alarms that gate the group: its refresh's own, without one those that watch its target groups or itself."""
    alarms = cloudwatch_backends[group.account][group.region].alarms
    if group.refresh is not None and group.refresh.refresh.preferences.alarms:
        named = [alarms[name] for name in group.refresh.refresh.preferences.alarms if name in alarms]
        return [alarm for alarm in named if not is_reported(alarm)]
    watched = {arn.rsplit(":", 1)[-1] for arn in group.target_groups} | {group.name}
    return [alarm for alarm in alarms.values() if watched & set(_dimensions(alarm).values())]


def _dimensions(alarm: Any) -> dict[str, str]:
    found = {each.name: each.value for each in alarm.dimensions}
    for query in alarm.metric_data_queries:
        if query.metric_stat is not None:
            found.update({each.name: each.value for each in query.metric_stat.metric.dimensions})
    return found


def period_of(alarm: Any) -> float:
    """Seconds that one evaluation of an alarm looks at."""
    periods = [query.metric_stat.period for query in alarm.metric_data_queries if query.metric_stat is not None]
    return max(float(each or 0) for each in (alarm.period, *periods))


def _watched_exists(backend: CloudWatchBackend, alarm: Alarm) -> bool:
    """Whether what reports the metric exists: a target group with a target, a load balancer, a group, tasks."""
    cloud, dimensions = state.current(), _dimensions(alarm)
    account, region = backend.account_id, backend.region_name
    balancers = elbv2_backends[account][region]
    suffix = dimensions.get("TargetGroup")
    if suffix is not None:
        return any(arn.endswith(f":{suffix}") and cloud.targets.of(arn) for arn in balancers.target_groups)
    if "LoadBalancer" in dimensions:
        return any(arn.endswith(f":loadbalancer/{dimensions['LoadBalancer']}") for arn in balancers.load_balancers)
    if "AutoScalingGroupName" in dimensions:
        return (account, region, dimensions["AutoScalingGroupName"]) in cloud.groups
    if "ServiceName" in dimensions:
        services = cloud.services_of(account, region)
        return any(each.name == dimensions["ServiceName"] and each.tasks for each in services)
    return False
