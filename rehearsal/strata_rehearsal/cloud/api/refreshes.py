"""StartInstanceRefresh, DescribeInstanceRefreshes, CancelInstanceRefresh, RollbackInstanceRefresh: moto has none."""

import uuid
from collections.abc import Mapping
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from strata.rollout.servers.preferences import InvalidPreferences, Preferences
from strata.rollout.servers.refresh import AlarmState, Irreversible, NotActive, cancel, rollback, start
from strata_rehearsal.cloud.alarm_states import alarm_states
from strata_rehearsal.cloud.api.answers import Refused, ec2_of, find_group, invalid, page, parameter
from strata_rehearsal.cloud.fleet.ec2 import configuration_of, image_alias
from strata_rehearsal.cloud.fleet.instance_refresh import Ongoing, fleet_of
from strata_rehearsal.cloud.scaling_groups import Configuration, Group, GroupRefresh
from strata_rehearsal.cloud.state import current

__all__ = [
    "begin",
    "cancel_instance_refresh",
    "describe_instance_refreshes",
    "rollback_instance_refresh",
    "start_instance_refresh",
]

KEPT_SECONDS = 42 * 86_400
"""DescribeInstanceRefreshes goes back six weeks."""


def start_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Start replacing the servers of a group."""
    group, params = find_group(self), self._get_params()
    if params.get("Strategy") not in (None, "Rolling"):
        raise invalid(f"The strategy {params['Strategy']} is not simulated, only Rolling is.")
    desired = _desired(self, params.get("DesiredConfiguration") or {})
    if (params.get("Preferences") or {}).get("AutoRollback"):
        _must_be_reversible(self, group, desired)
    reversible = desired is not None and _reversible(self, group, desired) is None
    ongoing = begin(group, params.get("Preferences") or {}, desired, reversible=reversible)
    return ActionResult({"InstanceRefreshId": ongoing.identity})


def begin(
    group: Group, asked: Mapping[str, Any], desired: Configuration | None = None, *, reversible: bool = False
) -> Ongoing:
    """Start an instance refresh.

    Args:
        group: the group.
        asked: its preferences, in AWS's words.
        desired: what to replace its servers by. Default: what the group has saved.
        reversible: whether it can be taken back. Default: it cannot.

    Raises:
        Refused: AWS would refuse it.
    """
    cloud = current()
    if group.refresh is not None:
        raise Refused(
            "InstanceRefreshInProgress",
            f"An instance refresh is already in progress for the Auto Scaling group {group.name}.",
        )
    preferences = _preferences(group, asked)
    _alarms_must_be_ok(group, preferences)
    fleet = fleet_of(cloud, group, desired or group.configuration, group.configuration)
    refresh = start(preferences, fleet, cloud.world.now, can_roll_back=reversible)
    ongoing = Ongoing(str(uuid.uuid4()), group, desired, refresh)
    group.refreshes.insert(0, ongoing)
    group.refused_until = 0.0
    cloud.touch(group)
    cloud.check_alarms()
    return ongoing


def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    """The refreshes of a group, newest first, of the last six weeks."""
    cloud, group = current(), find_group(self)
    wanted = set(parameter(self, "InstanceRefreshIds", []))
    oldest = cloud.world.now - KEPT_SECONDS
    found = [
        each
        for each in group.refreshes
        if (not wanted or each.identity in wanted) and (each.ended_at is None or each.ended_at >= oldest)
    ]
    shown, token = page(found, parameter(self, "NextToken"), min(100, int(parameter(self, "MaxRecords", 50))))
    return ActionResult({"InstanceRefreshes": [each.document() for each in shown], "NextToken": token})


def cancel_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Stop a refresh or a rollback where it is; nothing is undone."""
    cloud, group = current(), find_group(self)
    ongoing = _active(group)
    try:
        ongoing.refresh = cancel(ongoing.refresh, cloud.world.now)
    except NotActive as error:
        raise _not_active(group) from error
    cloud.touch(group)
    return ActionResult({"InstanceRefreshId": ongoing.identity})


def rollback_instance_refresh(self: AutoScalingResponse) -> ActionResult:
    """Turn a refresh in progress back to the saved configuration."""
    cloud, group = current(), find_group(self)
    ongoing = _active(group)
    try:
        fleet = ongoing.fleet(cloud)
        ongoing.refresh = rollback(ongoing.refresh, fleet, cloud.world.now, "Rollback requested by a user")
    except NotActive as error:
        raise _not_active(group) from error
    except Irreversible as error:
        raise Refused(
            "IrreversibleInstanceRefresh",
            f"The instance refresh of {group.name} cannot be rolled back: it has no desired configuration, or the "
            "group's launch template is not a numbered version with an image id.",
        ) from error
    cloud.touch(group)
    cloud.check_alarms()
    return ActionResult({"InstanceRefreshId": ongoing.identity})


def _active(group: Group) -> GroupRefresh:
    if group.refresh is None:
        raise _not_active(group)
    return group.refresh


def _not_active(group: Group) -> Refused:
    return Refused(
        "ActiveInstanceRefreshNotFound",
        f"No in progress or pending Instance Refresh found for Auto Scaling group {group.name}",
    )


def _preferences(group: Group, values: Mapping[str, Any]) -> Preferences:
    policy = group.maintenance or {}
    unset = Preferences(
        min_healthy_percent=policy.get("MinHealthyPercentage", 90),
        max_healthy_percent=policy.get("MaxHealthyPercentage", 100),
        instance_warmup_seconds=int(group.grace) if group.warmup is None else group.warmup,
    )
    try:
        return Preferences.from_api(values, defaults=unset)
    except InvalidPreferences as error:
        raise invalid(str(error)) from error


def _desired(self: AutoScalingResponse, values: dict[str, dict[str, object]]) -> Configuration | None:
    if not values:
        return None
    try:
        return configuration_of(ec2_of(self), values.get("LaunchTemplate"), values.get("MixedInstancesPolicy"))
    except ServiceException as error:
        raise invalid(f"The desired configuration is not valid. {error.message}") from error


def _must_be_reversible(self: AutoScalingResponse, group: Group, desired: Configuration | None) -> None:
    problem = _reversible(self, group, desired) if desired is not None else "a desired configuration is required"
    if problem is not None:
        raise invalid(f"AutoRollback cannot be enabled: {problem}.")


def _reversible(self: AutoScalingResponse, group: Group, desired: Configuration | None) -> str | None:
    """Why the refresh could not be rolled back; None when it could."""
    for configuration, whose in ((group.configuration, "the Auto Scaling group's"), (desired, "the desired")):
        if configuration is None:
            continue
        if not configuration.numbered:
            said = configuration.version or "the default version"
            return f"{whose} launch template version is {said}, must be a number, not $Latest or $Default"
        try:
            alias = image_alias(ec2_of(self), configuration)
        except ServiceException:
            # what is to be launched was looked up before: it is the group's own version that somebody deleted
            return f"{whose} launch template does not have version {configuration.version} any more"
        if alias:
            return f"{whose} launch template uses the SSM parameter {alias} for its image, must be an image id"
    return None


def _alarms_must_be_ok(group: Group, preferences: Preferences) -> None:
    states = alarm_states(group.account, group.region, preferences.alarms)
    for name in preferences.alarms:
        if name not in states:
            raise invalid(f"The CloudWatch alarm {name} does not exist.")
        if states[name] is not AlarmState.OK:
            raise invalid(
                f"The CloudWatch alarm {name} is in {states[name].value}, must be in OK before an instance "
                "refresh starts."
            )
