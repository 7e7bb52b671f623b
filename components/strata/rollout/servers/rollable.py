"""Groups a gate must not touch: pure, and asked before anything is changed.

Whatever a gate saves on a group is a launch template and a number. On a group that launches from anything else, that
would take something away: a mixed instances policy, for one, goes as soon as a template is saved beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from strata.rollout.servers.views import GroupView, Launches
from strata.rollout.spec import Rollout

__all__ = ["Finding", "Severity", "unrollable"]


class Severity(StrEnum):
    """What a finding means for the rollout."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """One thing a preflight found, with what to do about it."""

    severity: Severity
    text: str
    fix: str

    def __str__(self) -> str:
        return f"{self.text}\n    fix: {self.fix}"


def unrollable(rollout: Rollout, group: GroupView) -> Iterator[Finding]:
    """Why the gate cannot roll this group, if it cannot.

    Args:
        rollout: the rollout asked for.
        group: as AWS describes it now.
    """
    if group.launches is not Launches.TEMPLATE:
        yield Finding(
            Severity.REFUSE,
            f"{group.name} launches its servers from {group.launches}, which saving a launch template would delete",
            "Take what sets it (a transform, an override, a change by hand) off the group, so that it has a launch "
            "template and a version number only.",
        )
        return
    if rollout.recorded is None:
        # an adopted group comes with a template of its own; its servers are replaced by ours
        return
    if group.template not in (rollout.release.template, rollout.recorded.template):
        ours, version = rollout.recorded.template, rollout.recorded.template_version
        yield Finding(
            Severity.REFUSE,
            f"{group.name} launches from template {group.template}, not from {ours} of its release: "
            "somebody has changed it",
            f"Run `aws autoscaling update-auto-scaling-group --auto-scaling-group-name {group.name} "
            f"--launch-template LaunchTemplateId={ours},Version={version}`.",
        )
