"""How a service that is not its release gets back to it, as a line that can be acted on: pure.

`up` repairs no fleet: where the record is what the program asks for, there is nothing for it to do. A fleet that was
changed by hand goes back by hand, and whoever reads that it is not the release should not have to work out how.
"""

import json

from strata.rollout.record import Release
from strata.rollout.servers.fleet import Fleet
from strata.rollout.servers.service_status import ServiceStatus

__all__ = ["restoring"]

PREFERENCES = {
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "SkipMatching": True,
    "ScaleInProtectedInstances": "Ignore",
    "StandbyInstances": "Ignore",
}
"""New servers come first, those of the release stay, and what somebody holds for a reason is not touched: by default
AWS waits for such servers, for an hour, and then fails (EC2 Auto Scaling, RefreshPreferences)."""


def restoring(status: ServiceStatus) -> str:
    """What brings the recorded release back, or a record where there is none; empty where all is true.

    Args:
        status: the record beside what the group is, while no rollout is running.
    """
    recorded, fleet = status.recorded, status.fleet
    if next(status.deviations(), None) is None:
        return ""
    if recorded is None:
        return "`pulumi up` waits for its servers and records what they prove, once the group has some"
    if fleet is None or fleet.group.name != recorded.group:
        return f"to bring {recorded.image.version} back: `pulumi up --refresh` makes its group again"
    if status.lost:
        return "a deleted template version does not come back: pin another image and run `pulumi up`, which rolls to it"
    return _changed(status, recorded, fleet)


def _changed(status: ServiceStatus, recorded: Release, fleet: Fleet) -> str:
    name = recorded.image.version
    if status.unproven and fleet.group.empty:
        return f"`pulumi up` proves it once the group has servers; to bring {name} back, pin it and run `pulumi up`"
    if status.foreign:
        return f"to bring {name} back: {_command(status.command_line, recorded, empty=fleet.group.empty)}"
    return (
        f"nothing else runs: find out why (`{status.command_line} autoscaling describe-scaling-activities "
        f"--auto-scaling-group-name {recorded.group}`), or pin an image that works and run `pulumi up`"
    )


def _command(aws: str, recorded: Release, *, empty: bool) -> str:
    """What makes the group launch the recorded template version, and replaces the servers that are of another."""
    template = {"LaunchTemplateId": recorded.template, "Version": str(recorded.template_version)}
    if empty:
        return (
            f"{aws} autoscaling update-auto-scaling-group --auto-scaling-group-name {recorded.group} "
            f"--launch-template {_quoted(template)}"
        )
    return (
        f"{aws} autoscaling start-instance-refresh --auto-scaling-group-name {recorded.group} "
        f"--desired-configuration {_quoted({'LaunchTemplate': template})} --preferences {_quoted(PREFERENCES)}"
    )


def _quoted(value: object) -> str:
    return f"'{json.dumps(value, separators=(',', ':'))}'"
