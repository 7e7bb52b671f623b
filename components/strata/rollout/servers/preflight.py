"""Everything that must hold before a rollout starts, found out at once.

The checks are pure functions of the facts, one a rule, in the table `CHECKS`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from strata.errors import PreflightError
from strata.hooks.console import Console
from strata.rollout.record import DIGEST_TAG
from strata.rollout.servers.facts import Facts
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.rollable import Finding, Severity, unrollable
from strata.rollout.servers.views import Launches, RefreshView
from strata.rollout.spec import Rollout
from strata.settings.models import AlarmGate, ProtectedServers, Retry

__all__ = ["CHECKS", "Finding", "Severity", "check", "failed_before", "heed"]

ESSENTIAL_PROCESSES = frozenset({"Launch", "Terminate", "HealthCheck", "AddToLoadBalancer", "InstanceRefresh"})
"""Scaling processes an instance refresh stalls without (EC2 Auto Scaling, "suspend processes")."""

FAILED = frozenset({Status.FAILED, Status.CANCELLED, Status.ROLLBACK_SUCCESSFUL, Status.ROLLBACK_FAILED})


def check(rollout: Rollout, facts: Facts, rules: "Sequence[Rule] | None" = None) -> list[Finding]:
    """Every finding, refusals first.

    Args:
        rollout: the rollout.
        facts: what AWS said.
        rules: the checks to make. Default: all.
    """
    found = [finding for rule in (CHECKS if rules is None else rules) for finding in rule(rollout, facts)]
    return sorted(found, key=lambda each: each.severity is not Severity.REFUSE)


def heed(findings: Sequence[Finding], console: Console, service: str, refusal: str) -> None:
    """Say the warnings among findings, and stop for the refusals, all at once.

    Args:
        findings: what was found.
        console: where warnings go.
        service: whose rollout it is.
        refusal: what must not be done for the refusals, as a clause.

    Raises:
        PreflightError: there are refusals.
    """
    for finding in findings:
        if finding.severity is Severity.WARN:
            console.warn(f"{service}: {finding}")
    if refused := [finding for finding in findings if finding.severity is Severity.REFUSE]:
        listed = "\n".join(f"  - {finding}" for finding in refused)
        raise PreflightError(f"{service}: {refusal}:\n{listed}")


def _identity(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    region, account = facts.group.arn.split(":")[3:5]
    if (account, region) != (facts.account, facts.region):
        yield Finding(
            Severity.REFUSE,
            f"the gate's credentials reach account {facts.account} in {facts.region}, "
            f"but {facts.group.name} is in account {account}, {region}",
            "Give the service the session of its provider: ImmutableService(..., session=...).",
        )


def _rollable(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    yield from unrollable(rollout, facts.group)


def _template(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    """The record names an image; what is launched is what the template says."""
    wanted = rollout.release
    version = f"version {wanted.template_version} of template {wanted.template}"
    if facts.launched_image != wanted.image.id:
        yield Finding(
            Severity.REFUSE,
            f"{version} launches image {facts.launched_image or 'none'}, but the record would name {wanted.image}",
            "Pin the image under strata:images, and take out what puts another one into the template.",
        )
    if facts.launched_digest != wanted.digest:
        yield Finding(
            Severity.REFUSE,
            f"{version} tags its servers as release {facts.launched_digest or 'none'}, but the record would name "
            f"{wanted.digest}",
            f"Take out what changes the tag {DIGEST_TAG} of the template.",
        )
    if not facts.instance_type:
        yield Finding(
            Severity.REFUSE,
            f"{version} names no instance type",
            "Set `instance_type`; instance types chosen by attributes cannot be rolled by a gate.",
        )


def _provable(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    """A rollout that replaces no server would end well at once and prove nothing."""
    protected = rollout.spec.settings.scale_in_protected is ProtectedServers.IGNORE
    places = [each for each in facts.group.servers if each.counts]
    if protected and places and all(each.protected for each in places) and len(places) >= facts.group.desired:
        yield Finding(
            Severity.REFUSE,
            f"all {len(places)} servers are protected from scale-in and would be left alone: no server would run "
            f"{rollout.release.image}",
            "Take the protection off one server at least, or say `rollout.scale_in_protected: replace`.",
        )


def _processes(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    if suspended := sorted(ESSENTIAL_PROCESSES & set(facts.group.suspended)):
        yield Finding(
            Severity.REFUSE,
            f"the group's processes {', '.join(suspended)} are suspended: a refresh would stall for an hour",
            f"Run `aws autoscaling resume-processes --auto-scaling-group-name {facts.group.name}`.",
        )


def _out_of_reach(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    settings = rollout.spec.settings
    standby = [each.id for each in facts.group.servers if each.standby]
    protected = [each.id for each in facts.group.servers if each.protected]
    for setting, action, servers in (
        ("standby", settings.standby, standby),
        ("scale_in_protected", settings.scale_in_protected, protected),
    ):
        if servers:
            kept = action is ProtectedServers.IGNORE
            yield Finding(
                Severity.WARN,
                f"{len(servers)} servers are {setting.replace('_', ' ')} "
                f"and will be {'left alone' if kept else 'replaced'}: "
                f"{', '.join(sorted(servers))}",
                f"Say `rollout.{setting}: {'replace' if kept else 'ignore'}` for the other.",
            )


def _saved_version(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    group, saved = facts.group, facts.group.saved_version
    if group.launches is Launches.TEMPLATE and not (saved or "").isdigit():
        yield Finding(
            Severity.REFUSE,
            f"the group names template version {saved or 'none'}, not a number: AWS could not roll back",
            f"Run `aws autoscaling update-auto-scaling-group --auto-scaling-group-name {group.name} "
            f"--launch-template LaunchTemplateId={group.template},Version=NUMBER` with the number it runs.",
        )


def _image(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    wanted, image = rollout.release.image, facts.image
    if image is None:
        yield Finding(
            Severity.REFUSE,
            f"image {wanted} does not exist, or is not shared with account {facts.account}",
            "Pin an image this account can see.",
        )
        return
    if image.state != "available":
        yield Finding(
            Severity.REFUSE, f"image {wanted} is {image.state}", "Wait until it is available, or pin another."
        )
    if facts.architectures and image.architecture not in facts.architectures:
        yield Finding(
            Severity.REFUSE,
            f"image {wanted} is built for {image.architecture}, "
            f"but {facts.instance_type} runs {', '.join(facts.architectures)}",
            "Pin an image of the right architecture, or change instance_type.",
        )
    if not image.root_device:
        yield Finding(Severity.REFUSE, f"image {wanted} has no root device", "Bake it with an EBS root volume.")


def _instance_type(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    if facts.architectures is None:
        yield Finding(
            Severity.REFUSE,
            f"there is no instance type {facts.instance_type} in {facts.region}",
            "Correct the service's instance_type, or choose one that the region offers.",
        )


def _disk(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    if facts.image is not None and 0 < facts.disk_gib < facts.image.root_gib:
        yield Finding(
            Severity.REFUSE,
            f"image {rollout.release.image} needs a root volume of {facts.image.root_gib} GiB, "
            f"the template asks for one of {facts.disk_gib}",
            f"Set disk.size_gib to {facts.image.root_gib} or more.",
        )


def _verdicts(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    for name, reason in facts.verdicts.items():
        what = "revoked" if name.endswith("/revoked") else "vetoed for this service"
        yield Finding(Severity.REFUSE, f"image {rollout.release.image} is {what}: {reason}", "Pin another version.")


def _key_grants(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    for key in facts.locked_keys:
        yield Finding(
            Severity.REFUSE,
            f"Auto Scaling has no right to use {key}, which encrypts image {rollout.release.image}",
            "Grant the key to the AWSServiceRoleForAutoScaling role.",
        )
    for key in facts.unread_keys:
        yield Finding(
            Severity.WARN,
            f"whether Auto Scaling may use {key} could not be read",
            "Allow kms:ListGrants and kms:GetKeyPolicy to the deployer.",
        )


def _alarms(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    if rollout.spec.settings.alarms is not AlarmGate.ON:
        return
    for name in rollout.alarms:
        state, reason = facts.alarms.get(name, ("missing", ""))
        if state == "OK":
            continue
        because = f" ({reason})" if reason else ""
        yield Finding(
            Severity.REFUSE,
            f"alarm {name} is {state}{because}: AWS starts no refresh while a gating alarm is not OK",
            "Clear the alarm, or say `rollout.alarms: ignore-once` when this release is the cure.",
        )


def _addresses(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    surge = facts.plan.highest_total - facts.group.desired
    if surge > facts.free_addresses:
        yield Finding(
            Severity.REFUSE,
            f"the rollout needs {surge} addresses more, but the subnets have {facts.free_addresses} left",
            "Lower rollout.max_healthy_percent, or give the group larger subnets.",
        )


def _floor(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    plan = facts.plan
    if facts.group.desired and plan.lowest_capacity < plan.floor:
        yield Finding(
            Severity.REFUSE,
            f"a floor of {plan.floor} healthy servers cannot be held with {facts.group.desired}: "
            f"the rollout would drop to {plan.lowest_capacity}",
            "Raise rollout.max_healthy_percent above 100, or accept the outage: `rollout.min_healthy_percent: 0`.",
        )


def _sick(_order: Rollout, facts: Facts) -> Iterator[Finding]:
    if len(facts.healthy) < facts.plan.floor:
        yield Finding(
            Severity.WARN,
            f"only {len(facts.healthy)} of {facts.group.desired} servers are healthy now, "
            f"under the floor of {facts.plan.floor}",
            "Nothing, if this release is the cure.",
        )


def _retry(rollout: Rollout, facts: Facts) -> Iterator[Finding]:
    failed = failed_before(rollout, facts.refreshes, facts.digests)
    if failed and rollout.spec.settings.retry is Retry.NEVER:
        yield Finding(
            Severity.REFUSE,
            f"{rollout.release.image.version} was tried before and ended {failed.status}: "
            f"{failed.reason or 'no reason given'}",
            "Pin another version, or say `rollout.retry: always`.",
        )


def failed_before(
    rollout: Rollout, refreshes: tuple[RefreshView, ...], digests: Mapping[str, str | None]
) -> RefreshView | None:
    """The newest refresh, if it was for this very release and did not succeed."""
    wanted = rollout.release
    for refresh in refreshes:
        if refresh.active:
            continue
        same = refresh.template == wanted.template and digests.get(refresh.version or "") == wanted.digest
        return refresh if same and refresh.status in FAILED else None
    return None


Rule = Callable[[Rollout, Facts], Iterator[Finding]]

CHECKS: tuple[Rule, ...] = (
    _identity,
    _rollable,
    _template,
    _provable,
    _processes,
    _out_of_reach,
    _saved_version,
    _image,
    _instance_type,
    _disk,
    _verdicts,
    _key_grants,
    _alarms,
    _addresses,
    _floor,
    _sick,
    _retry,
)

SAVE_CHECKS: tuple[Rule, ...] = (_identity, _rollable, _template, _image, _instance_type, _disk, _verdicts, _key_grants)
"""Those that also hold where no server is replaced and the group is only told what to launch."""
