"""What speaks against a rollout of tasks before it starts: every finding at once (pure)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from strata.naming import recorded_service
from strata.rollout.preflight_findings import (
    PreflightFinding,
    find_gone,
    find_retry,
    find_sick,
    find_verdicts,
    refuse,
    warn,
)
from strata.rollout.record import DIGEST_TAG
from strata.rollout.tasks.access_checks import find_closed_subnets, find_refused_actions
from strata.rollout.tasks.container_scans import find_scan_findings
from strata.rollout.tasks.image_lookup import architectures_of, digest_of
from strata.rollout.tasks.image_presence import find_absent
from strata.rollout.tasks.task_facts import TaskFacts
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import ContainerServiceView
from strata.settings.models import AlarmGate
from strata.verdict_names import sidecar_verdict_names

__all__ = ["SAVE_TASK_CHECKS", "check_tasks", "undeployable"]

_ALL = 100
_WARNED = frozenset({"deployment-breaker-late", "deployment-hook-continues", "deployment-no-rollback"})
"""Warnings of a plan that are worth repeating when the rollout starts."""


def check_tasks(
    rollout: TaskRollout, facts: TaskFacts, checks: "tuple[TaskCheck, ...] | None" = None
) -> list[PreflightFinding]:
    """Everything that was found.

    Args:
        rollout: the rollout.
        facts: what AWS reported.
        checks: which checks. Default: all.
    """
    return [finding for each in (checks or TASK_CHECKS) for finding in each(rollout, facts)]


def undeployable(service: ContainerServiceView) -> Iterator[PreflightFinding]:
    """Why the gate cannot deploy to this service, if it cannot.

    Args:
        service: as AWS describes it now.
    """
    if service.status != "ACTIVE":
        yield refuse(f"{service.name} is {service.status}", "Wait until it is gone, then run `pulumi up` again.")
    if service.controller != "ECS":
        yield refuse(
            f"deployments of {service.name} are carried out by {service.controller}, which no gate follows",
            "Remove `deployment_controller` from what changes the service.",
        )


def _identity(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    _, _, _, region, account, _ = facts.fleet.service.arn.split(":", 5)
    if (account, region) != (facts.account, facts.region):
        yield refuse(
            f"the gate calls account {facts.account} in {facts.region}, but the service is in {account}, {region}",
            "Configure the default provider (aws:region, aws:profile, ...), or pass gate=task_gate(session=...).",
        )


def _deployable(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    yield from undeployable(facts.fleet.service)


def _break_glass(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """ECS has no way around a protected task: a deployment waits for it until its protection ends."""
    stack, _ = recorded_service(rollout.spec.record) or ("STACK", "")
    for note in sorted(facts.glass.values(), key=lambda each: each.unit):
        if note.holds(facts.now):
            yield refuse(
                f"task {note.unit} is protected, so the deployment would wait for it: {note.sentence(facts.now)}",
                f"Close it first: {note.how_to_close(stack)}.",
            )
        else:
            yield warn(
                f"task {note.unit} is tainted: {note.sentence(facts.now)}",
                f"The deployment replaces it; then close it: {note.how_to_close(stack)}.",
            )


def _definition(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """The record names an image; what is launched is what the task definition names."""
    wanted, found = rollout.release, facts.definition
    name = wanted.task_definition.rpartition("/")[2]
    if found is None or found.status != "ACTIVE":
        yield refuse(
            f"task definition {name} is {found.status if found else 'not there'}: AWS starts no task of it",
            "Run `pulumi refresh`, then `pulumi up`, so that a new one is registered.",
        )
        return
    if found.digest != wanted.digest:
        yield refuse(
            f"task definition {name} is tagged as release {found.digest or 'none'}, but the record would name "
            f"{wanted.digest}",
            f"Remove what changes the tag {DIGEST_TAG} of the task definition.",
        )
    for image in wanted.images:
        digest = digest_of(image.id)
        if digest is None or any(digest_of(each) == digest for each in found.images):
            continue
        yield refuse(
            f"task definition {name} runs {', '.join(found.images)}, but the record would name {image}",
            "Pin the image under strata:images, and remove what puts another one into the task definition.",
        )


def _images(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    for reference in facts.definition.images if facts.definition else ():
        if digest_of(reference) is None:
            yield refuse(
                f"image {reference} is named by a tag, which may be another image when a task starts",
                "Name it by its digest: NAME@sha256:...",
            )
    yield from find_absent(facts.presence)


def _platform(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    for reference, manifest in facts.presence.manifests.items():
        built = architectures_of(manifest) if manifest else None
        if facts.definition is not None and built is not None and facts.definition.architecture not in built:
            yield refuse(
                f"image {reference} is built for {', '.join(sorted(built)) or 'no architecture of ECS'}, but its tasks "
                f"run on {facts.definition.architecture}",
                "Build it for that platform, or change the service's architecture.",
            )


def _verdicts(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    release = rollout.release
    yield from find_verdicts(release.image, facts.verdicts)
    for image in release.sidecars.values():
        names = sidecar_verdict_names(rollout.spec.record, image.name, image.version, image.id)
        verdicts = facts.sidecar_verdicts
        yield from find_verdicts(image, {name: verdicts[name] for name in names if name in verdicts})
    yield from facts.shared
    yield from facts.passed


def _scanned(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """Its images were scanned as the stage requires."""
    yield from find_scan_findings(facts.scans, rollout.spec.terms, facts.now)


def _alarms(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """ECS leaves out an alarm that is in ALARM at the start, and then nothing of it stops the deployment."""
    if rollout.spec.settings.alarms is not AlarmGate.ON:
        return
    for name in rollout.alarms:
        state, reason = facts.alarms.get(name, ("missing", ""))
        if state in ("OK", "INSUFFICIENT_DATA"):
            continue
        because = f" ({reason})" if reason else ""
        yield refuse(
            f"alarm {name} is {state}{because}: AWS would leave it out of the deployment",
            "Clear the alarm, or set `rollout.alarms: ignore-once` when this release is the cure.",
        )


def _addresses(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    if facts.fleet.service.subnets and facts.plan.surge > facts.free_addresses:
        yield refuse(
            f"the rollout needs {facts.plan.surge} more addresses, but the subnets have {facts.free_addresses} left",
            "Lower the maximum of running tasks, or give the service larger subnets.",
        )


def _gone(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    yield from find_gone(facts.gone)


def _weights(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """A shift from weights that ECS does not expect sends traffic where nothing runs (containers-roadmap 2853)."""
    if not facts.fleet.service.desired or facts.gone:
        return
    if not rollout.spec.configuration.strategy.shifts_traffic:
        yield from _left_behind(rollout, facts)
        return
    serving = {address for each in facts.fleet.tasks for address in each.addresses}
    service = facts.fleet.service
    for pair, weighted in zip(service.target_groups, service.with_requests(facts.weights), strict=True):
        if not pair <= facts.live_addresses.keys():
            # one of them is gone, and the rollout brings another
            continue
        if not weighted:
            yield refuse(
                f"no target group of {', '.join(sorted(pair))} has weight in the production rule",
                "Give the one that the tasks are in a weight of 100, then run `pulumi up` again.",
            )
        elif len(weighted) > 1:
            yield refuse(
                f"both target groups have weight in the production rule: {_listed(weighted, facts)}",
                "Give the one that the tasks are in a weight of 100 and the other 0, then run `pulumi up` again.",
            )
        elif facts.fleet.tasks and not facts.live_addresses.get(weighted[0], frozenset()) & serving:
            elsewhere = [each for each in sorted(pair) if facts.live_addresses.get(each, frozenset()) & serving]
            if elsewhere:
                yield refuse(
                    f"the healthy tasks are in target group {elsewhere[0]}, and {weighted[0]} has the traffic",
                    "Give the one that the tasks are in a weight of 100 and the other 0, then run `pulumi up` again.",
                )
                continue
            yield warn(
                f"the target group that has the traffic, {weighted[0]}, has no healthy task",
                "Nothing, if this release is the cure.",
            )


def _left_behind(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    """A rolling deployment moves no requests: its tasks must come where another strategy has left them."""
    wanted: Sequence[Mapping[str, Any]] = rollout.parameters.get("loadBalancers") or ()
    joined = {each["targetGroupArn"] for each in wanted}
    for weighted in facts.fleet.service.with_requests(facts.weights):
        if joined and weighted and not joined & set(weighted):
            yield refuse(
                f"the requests go to target group {weighted[0]}, where a deployment that shifted them has left them, "
                f"and the new tasks would be in {min(joined)}: nothing would serve",
                "Roll one more release with the strategy before, which moves the requests to the other target group; "
                "then change the strategy.",
            )


def _listed(groups: Sequence[str], facts: TaskFacts) -> str:
    return ", ".join(f"{each} {facts.weights[each]}" for each in groups)


def _movable(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    for warning in facts.plan.warnings:
        if warning.id == "deployment-cannot-move":
            yield refuse(warning.text, "Raise the maximum of running tasks, or lower the minimum of healthy ones.")
        elif warning.id in _WARNED:
            yield warn(warning.text, "Change the service's `rollout`, if that is not meant.")


def _floor(_rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    plan = facts.plan
    if plan.desired and plan.lowest_capacity < plan.floor:
        yield refuse(
            f"a floor of {plan.floor} healthy tasks cannot be held with {plan.desired}: the rollout would drop to "
            f"{plan.lowest_capacity}",
            "Raise the maximum of running tasks, or accept the outage: `rollout.min_healthy_percent: 0`.",
        )


def _sick(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    yield from find_sick(rollout.spec, len(facts.fleet.healthy), facts.plan.desired, facts.plan.floor)


def _retry(rollout: TaskRollout, facts: TaskFacts) -> Iterator[PreflightFinding]:
    yield from find_retry(rollout, facts.failed)


TaskCheck = Callable[[TaskRollout, TaskFacts], Iterator[PreflightFinding]]

TASK_CHECKS: tuple[TaskCheck, ...] = (
    _identity,
    _deployable,
    _break_glass,
    _definition,
    _images,
    _platform,
    _verdicts,
    _scanned,
    _alarms,
    _addresses,
    find_closed_subnets,
    find_refused_actions,
    _gone,
    _weights,
    _movable,
    _floor,
    _sick,
    _retry,
)

SAVE_TASK_CHECKS: tuple[TaskCheck, ...] = (
    _identity,
    _deployable,
    _definition,
    _images,
    _platform,
    _verdicts,
    _scanned,
    _gone,
)
"""Those that also hold where no task is replaced and only what the service launches is set."""
