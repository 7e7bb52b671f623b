"""What speaks against a rollout of servers: groups that a gate must not touch, and an attempt that failed before.

Whatever a gate saves on a group is a launch template and a number. On a group that launches from anything else, that
would remove something: a mixed instances policy, for one, goes as soon as a template is saved beside it.
"""

from collections.abc import Iterator, Mapping

from strata.rollout.preflight_findings import PreflightFinding, refuse
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import GroupView, Launches, RefreshView

__all__ = ["failed_before", "unrollable"]

FAILED = frozenset({Status.FAILED, Status.CANCELLED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED})
"""How a refresh ends that did not bring what it was started for."""


def unrollable(rollout: ServerRollout, group: GroupView) -> Iterator[PreflightFinding]:
    """Why the gate cannot roll this group, if it cannot.

    Args:
        rollout: the rollout asked for.
        group: as AWS describes it now.
    """
    if group.launches is not Launches.TEMPLATE:
        yield refuse(
            f"{group.name} launches its servers from {group.launches}, which saving a launch template would delete",
            "Remove what sets it (a transform, an override, a change by hand), so that the group has a launch template "
            "and a version number only.",
        )
        return
    if rollout.recorded is None:
        # an adopted group comes with a template of its own; its servers are replaced by ours
        return
    if group.template not in (rollout.release.template, rollout.recorded.template):
        ours, version = rollout.recorded.template, rollout.recorded.template_version
        yield refuse(
            f"{group.name} launches from template {group.template}, not from {ours} of its release: "
            "somebody has changed it",
            f"Run `aws autoscaling update-auto-scaling-group --auto-scaling-group-name {group.name} "
            f"--launch-template LaunchTemplateId={ours},Version={version}`.",
        )


def failed_before(
    rollout: ServerRollout, refreshes: tuple[RefreshView, ...], digests: Mapping[str, str | None]
) -> RefreshView | None:
    """The newest refresh, if it was for this very release and did not succeed."""
    wanted = rollout.release
    for refresh in refreshes:
        if refresh.active:
            continue
        same = refresh.template == wanted.template and digests.get(refresh.version or "") == wanted.digest
        return refresh if same and refresh.status in FAILED else None
    return None
