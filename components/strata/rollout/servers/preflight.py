"""Everything that must hold before a rollout starts, found out at once.

The checks are pure functions of the facts, one a rule, in the table `CHECKS`.
"""

from collections.abc import Callable, Iterator, Sequence

from strata.images.key_use import grant_command, show_policy_command
from strata.naming import recorded_service
from strata.rollout.break_glass_note import BreakGlass, GlassPhase
from strata.rollout.preflight_findings import (
    PreflightFinding,
    PreflightSeverity,
    find_break_glass,
    find_gone,
    find_retry,
    find_sick,
    find_verdicts,
    refuse,
    warn,
)
from strata.rollout.record import DIGEST_TAG
from strata.rollout.registered_targets import describe_gone_group
from strata.rollout.servers.findings import failed_before, unrollable
from strata.rollout.servers.machine_trust import TrustedMachine, find_untrusted
from strata.rollout.servers.preflight_facts import PreflightFacts
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import Launches
from strata.settings.models import AlarmGate, ProtectedServers

__all__ = ["CHECKS", "SAVE_CHECKS", "check"]

ESSENTIAL_PROCESSES = frozenset({"Launch", "Terminate", "HealthCheck", "AddToLoadBalancer", "InstanceRefresh"})
"""Scaling processes an instance refresh stalls without (EC2 Auto Scaling, "suspend processes")."""


def check(
    rollout: ServerRollout, facts: PreflightFacts, rules: "Sequence[PreflightCheck] | None" = None
) -> list[PreflightFinding]:
    """Every finding, refusals first.

    Args:
        rollout: the rollout.
        facts: what AWS reported.
        rules: the checks to make. Default: all.
    """
    found = [finding for rule in (CHECKS if rules is None else rules) for finding in rule(rollout, facts)]
    return sorted(found, key=lambda each: each.severity is not PreflightSeverity.REFUSE)


def _identity(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    region, account = facts.group.arn.split(":")[3:5]
    if (account, region) != (facts.account, facts.region):
        yield refuse(
            f"the gate's credentials reach account {facts.account} in {facts.region}, "
            f"but {facts.group.name} is in account {account}, {region}",
            "Give the service the session of its provider: ImmutableService(..., session=...).",
        )


def _rollable(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    yield from unrollable(rollout, facts.group)


def _template(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    """The record names an image; what is launched is what the template names."""
    wanted = rollout.release
    version = f"version {wanted.template_version} of template {wanted.template}"
    if facts.launched_image != wanted.image.id:
        yield refuse(
            f"{version} launches image {facts.launched_image or 'none'}, but the record would name {wanted.image}",
            "Pin the image under strata:images, and remove what puts another one into the template.",
        )
    if facts.launched_digest != wanted.digest:
        yield refuse(
            f"{version} tags its servers as release {facts.launched_digest or 'none'}, but the record would name "
            f"{wanted.digest}",
            f"Remove what changes the tag {DIGEST_TAG} of the template.",
        )
    if not facts.instance_type:
        yield refuse(
            f"{version} names no instance type",
            "Set `instance_type`; instance types chosen by attributes cannot be rolled by a gate.",
        )


def _provable(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    """A rollout that replaces no server would end well at once and prove nothing."""
    protected = rollout.spec.settings.scale_in_protected is ProtectedServers.IGNORE or facts.keeps_protected
    places = [each for each in facts.group.servers if each.counts]
    every = "the only server is" if len(places) == 1 else f"all {len(places)} servers are"
    stack, _ = recorded_service(rollout.spec.record) or ("STACK", "")
    if protected and places and all(each.protected for each in places) and len(places) >= facts.group.desired:
        yield refuse(
            f"{every} protected from scale-in and would be left alone: no server would run {rollout.release.image}",
            f"Close the break-glass of at least one: `strata break-glass list {stack}` shows all."
            if facts.keeps_protected
            else "Remove the protection of at least one server, or set `rollout.scale_in_protected: replace`.",
        )


def _processes(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    if suspended := sorted(ESSENTIAL_PROCESSES & set(facts.group.suspended)):
        yield refuse(
            f"the group's processes {', '.join(suspended)} are suspended: a refresh would stall for an hour",
            f"Run `aws autoscaling resume-processes --auto-scaling-group-name {facts.group.name}`.",
        )


def _out_of_reach(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    settings, held = rollout.spec.settings, facts.held
    standby = [each.id for each in facts.group.servers if each.standby and each.id not in held]
    protected = [each.id for each in facts.group.servers if each.protected and each.id not in held]
    for setting, action, servers, keeps in (
        ("standby", settings.standby, standby, facts.keeps_standby),
        ("scale_in_protected", settings.scale_in_protected, protected, facts.keeps_protected),
    ):
        if servers:
            if keeps and action is ProtectedServers.REPLACE:
                # EC2 has one preference for all of them
                yield warn(
                    f"{_counted(servers)} {setting.replace('_', ' ')} and will be left alone beside those of "
                    f"break-glass: {', '.join(sorted(servers))}",
                    "A rollout replaces them once break-glass is closed.",
                )
                continue
            kept = action is ProtectedServers.IGNORE
            yield warn(
                f"{_counted(servers)} {setting.replace('_', ' ')} "
                f"and will be {'left alone' if kept else 'replaced'}: "
                f"{', '.join(sorted(servers))}",
                f"Set `rollout.{setting}: {'replace' if kept else 'ignore'}` for the other.",
            )


def _counted(servers: Sequence[str]) -> str:
    return "1 server is" if len(servers) == 1 else f"{len(servers)} servers are"


def _break_glass(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    members = {each.id for each in facts.group.servers}
    stack, _ = recorded_service(rollout.spec.record) or ("STACK", "")
    beside: list[BreakGlass] = []
    for unit, note in sorted(facts.glass.items()):
        close = note.how_to_close(stack)
        if note.came_back(facts.serving):
            yield warn(
                f"{unit} was put back in service, and {note.sentence(facts.now)}: what was done by hand in it serves, "
                "and the rollout ends it like any other server",
                f"Run {close}, which ends it, or let the rollout do so, which closes the note.",
            )
        elif unit not in members and note.phase is not GlassPhase.UNREADABLE:
            yield warn(
                f"{unit} is not in group {facts.group.name} any more, and {note.sentence(facts.now)}", f"Run {close}."
            )
        else:
            beside.append(note)
    yield from find_break_glass(rollout.spec.record, beside, facts.now)
    if not facts.glass_whole:
        yield warn(
            "whether somebody was let into a server that is in service again could not be read",
            "Allow ssm:GetParametersByPath on the parameters of the stack to whoever runs `pulumi up`.",
        )


def _saved_version(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    group, saved = facts.group, facts.group.saved_version
    if group.launches is Launches.TEMPLATE and not (saved or "").isdigit():
        yield refuse(
            f"the group names template version {saved or 'none'}, not a number: AWS could not roll back",
            f"Run `aws autoscaling update-auto-scaling-group --auto-scaling-group-name {group.name} "
            f"--launch-template LaunchTemplateId={group.template},Version=NUMBER` with the number it runs.",
        )


def _image(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    wanted, image = rollout.release.image, facts.image
    if image is None and facts.hidden:
        yield refuse(
            f"image {wanted} cannot be found: the Allowed AMIs of account {facts.account} are enabled and do not let "
            "it through, or it does not exist, or is not shared with the account",
            "Add what lets it through to the criteria, such as its owner: `aws ec2 get-allowed-images-settings` shows "
            "them. Or pin an image this account can see.",
        )
        return
    if image is None:
        yield refuse(
            f"image {wanted} does not exist, or is not shared with account {facts.account}",
            "Pin an image this account can see.",
        )
        return
    if image.state != "available":
        yield refuse(f"image {wanted} is {image.state}", "Wait until it is available, or pin another.")
    if facts.architectures and image.architecture not in facts.architectures:
        yield refuse(
            f"image {wanted} is built for {image.architecture}, "
            f"but {facts.instance_type} runs {', '.join(facts.architectures)}",
            "Pin an image of the right architecture, or change instance_type.",
        )
    if not image.root_device:
        yield refuse(f"image {wanted} has no root device", "Bake it with an EBS root volume.")


def _instance_type(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    if facts.architectures is None:
        yield refuse(
            f"there is no instance type {facts.instance_type} in {facts.region}",
            "Correct the service's instance_type, or choose one that the region offers.",
        )


def _disk(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    if facts.image is not None and 0 < facts.disk_gib < facts.image.root_gib:
        yield refuse(
            f"image {rollout.release.image} needs a root volume of {facts.image.root_gib} GiB, "
            f"the template asks for one of {facts.disk_gib}",
            f"Set disk.size_gib to {facts.image.root_gib} or more.",
        )


def _verdicts(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    yield from find_verdicts(rollout.release.image, facts.kept.values)
    yield from facts.copied
    yield from facts.passed


def _trust(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    """The image is what it is said to be, and was scanned as the stage requires."""
    yield from find_untrusted(
        TrustedMachine(
            image=rollout.release.image,
            view=facts.image,
            account=facts.account,
            terms=rollout.spec.terms,
            kept=facts.kept,
            now=facts.now,
            revoked=facts.revoked,
        )
    )


def _key_grants(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    for key, use in facts.key_uses.items():
        grant = grant_command(key, facts.account)
        if use.allowed is None:
            yield warn(
                f"whether Auto Scaling may use {key}, which encrypts image {rollout.release.image}, could not be "
                f"judged: {use.doubt}",
                f"Look at it: {show_policy_command(key)}. What lets it for certain: {grant}",
            )
        elif not use.allowed:
            lack = f": {use.lack}" if use.lack else ""
            yield refuse(
                f"Auto Scaling has no right to use {key}, which encrypts image {rollout.release.image}{lack}",
                f"Grant it: {grant}",
            )
    for key in facts.unread_keys:
        yield warn(
            f"whether Auto Scaling may use {key} could not be read",
            "Allow kms:ListGrants, kms:GetKeyPolicy and kms:DescribeKey to the deployer.",
        )


def _alarms(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    if rollout.spec.settings.alarms is not AlarmGate.ON:
        return
    for name in rollout.alarms:
        if name == rollout.spec.heartbeat:
            continue
        state, reason = facts.alarms.get(name, ("missing", ""))
        if state == "OK":
            continue
        because = f" ({reason})" if reason else ""
        yield refuse(
            f"alarm {name} is {state}{because}: AWS starts no refresh while a gating alarm is not OK",
            "Clear the alarm, or set `rollout.alarms: ignore-once` when this release is the cure.",
        )


def _heartbeat(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    name = rollout.spec.heartbeat
    if name is None or name not in rollout.alarms:
        return
    state, _ = facts.alarms.get(name, ("missing", ""))
    if state != "OK":
        yield refuse(
            f"alarm {name} is {state} although the gate has sent its heartbeat: AWS starts no refresh with it",
            "Run `pulumi up --refresh`, which makes it as it should be, or remove `rollout.heartbeat_minutes`.",
        )


def _gone(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    yield from find_gone(describe_gone_group(each, "servers") for each in facts.gone)


def _addresses(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    surge = facts.plan.highest_total - facts.group.desired
    if surge > facts.free_addresses:
        yield refuse(
            f"the rollout needs {surge} more addresses, but the subnets have {facts.free_addresses} left",
            "Lower rollout.max_healthy_percent, or give the group larger subnets.",
        )


def _floor(_order: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    plan = facts.plan
    if facts.group.desired and plan.lowest_capacity < plan.floor:
        yield refuse(
            f"a floor of {plan.floor} healthy servers cannot be held with {facts.group.desired}: "
            f"the rollout would drop to {plan.lowest_capacity}",
            "Raise rollout.max_healthy_percent above 100, or accept the outage: `rollout.min_healthy_percent: 0`.",
        )


def _sick(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    yield from find_sick(rollout.spec, len(facts.healthy), facts.group.desired, facts.plan.floor)


def _retry(rollout: ServerRollout, facts: PreflightFacts) -> Iterator[PreflightFinding]:
    yield from find_retry(rollout, failed_before(rollout, facts.refreshes, facts.digests))


PreflightCheck = Callable[[ServerRollout, PreflightFacts], Iterator[PreflightFinding]]

CHECKS: tuple[PreflightCheck, ...] = (
    _identity,
    _rollable,
    _template,
    _provable,
    _processes,
    _out_of_reach,
    _break_glass,
    _saved_version,
    _image,
    _instance_type,
    _disk,
    _verdicts,
    _trust,
    _key_grants,
    _alarms,
    _heartbeat,
    _gone,
    _addresses,
    _floor,
    _sick,
    _retry,
)

SAVE_CHECKS: tuple[PreflightCheck, ...] = (
    _identity,
    _rollable,
    _template,
    _image,
    _instance_type,
    _disk,
    _verdicts,
    _trust,
    _key_grants,
)
"""Those that also hold where no server is replaced and only what the group launches is set."""
