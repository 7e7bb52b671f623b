"""What AWS reports when a rollout of tasks is about to start; read-only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from strata.aws.outage import error_code
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.denials import is_denied
from strata.rollout.image_parameters import image_parameters_of
from strata.rollout.preflight_findings import PreflightFinding
from strata.rollout.run_once.passed_image import look_for_passed
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.container_scans import ScanLook, look_at_scans
from strata.rollout.tasks.deployment import DeploymentConfiguration, configuration_from_api
from strata.rollout.tasks.deployment_plan import DeploymentPlan, plan_deployment
from strata.rollout.tasks.deployment_requests import hooks_of, moved_rules, tested_rules
from strata.rollout.tasks.image_presence import ImagePresence, look_for_images
from strata.rollout.tasks.moved_requests import groups_of
from strata.rollout.tasks.released_tasks import TaskFleet
from strata.rollout.tasks.shared_manifests import find_revoked_parts
from strata.rollout.tasks.task_access import RefusedAction, SubnetWays, actions_needed, secrets_of
from strata.rollout.tasks.task_routing import TaskRouting
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import ContainerServiceView, DefinitionView, DeploymentView
from strata.verdict_names import sidecar_verdict_names

__all__ = ["TaskFacts", "gather_task_facts"]

_NO_ROLE = "NoSuchEntity"


@dataclass(frozen=True)
class TaskFacts:
    """What AWS reported when a rollout of tasks was about to start."""

    fleet: TaskFleet
    account: str
    region: str
    deployments: tuple[DeploymentView, ...]
    failed: DeploymentView | None
    """The newest deployment, if it was for this very release and did not succeed."""
    definition: DefinitionView | None
    presence: ImagePresence
    """Whether the images of the task definition are in their repositories."""
    alarms: Mapping[str, tuple[str, str]]
    free_addresses: int
    verdicts: Mapping[str, str]
    """Revocation and veto of the image, by parameter name."""
    plan: DeploymentPlan
    sidecar_verdicts: Mapping[str, str] = field(default_factory=dict[str, str])
    """What forbids its sidecars' images, by parameter name."""
    weights: Mapping[str, int] = field(default_factory=dict[str, int])
    """Live weights of the target groups between which traffic is shifted."""
    live_addresses: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Healthy addresses of those target groups, as far as they are there."""
    gone: tuple[str, ...] = ()
    """What the release's tasks need and somebody has deleted, in words."""
    ways: tuple[SubnetWays, ...] | None = ()
    """How tasks reach what is outside their VPC; None where that could not be read."""
    public: bool = False
    """Whether tasks have public addresses."""
    keys_read: bool = True
    """Whether it could be read which keys the secrets are encrypted with."""
    refused_actions: tuple[RefusedAction, ...] | None = ()
    """What the execution role may not do and has to; None where that could not be read."""
    role_there: bool = True
    """Whether there is an execution role of that name."""
    scans: tuple[ScanLook, ...] = ()
    """What scans found in its images, where its terms ask for one."""
    now: float = 0.0
    """Epoch seconds."""
    shared: tuple[PreflightFinding, ...] = ()
    """That an image shares a manifest with one that is revoked."""
    passed: tuple[PreflightFinding, ...] = ()
    """That its image cannot run after what ran once since."""
    glass: Mapping[str, BreakGlass] = field(default_factory=dict[str, BreakGlass])
    """What is noted of its tasks that somebody was let into, by their ids, as long as it is open."""


async def gather_task_facts(
    aws: AsyncTaskDriver,
    rollout: TaskRollout,
    fleet: TaskFleet,
    deployments: tuple[DeploymentView, ...],
    failed: DeploymentView | None,
    *,
    now: float,
) -> TaskFacts:
    """Ask AWS all the checks need; read-only. One call at a time, so that an outage repeats one and not all.

    Args:
        aws: AWS.
        rollout: the rollout.
        fleet: the service and its tasks.
        deployments: its newest deployments.
        failed: the newest, if it was for this very release and did not succeed.
        now: epoch seconds.
    """
    service, release = fleet.service, rollout.release
    account, region = await aws.caller()
    definition = await aws.definition(release.task_definition)
    presence = await aws(look_for_images, aws.driver, definition.images if definition else ())
    kept = await image_parameters_of(aws, rollout)
    scans = await aws(look_at_scans, aws.driver, rollout.spec.terms, release.images, kept.ran)
    forbidding = {
        name
        for each in release.sidecars.values()
        for name in sidecar_verdict_names(rollout.spec.record, each.name, each.version, each.id)
    }
    inside: Mapping[str, Any] = (rollout.parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    keys = await _keys(aws, definition)
    refused, role_there = await _refused(aws, definition, keys or ())
    subnets = inside.get("subnets") or service.subnets
    ways = await _ways(aws, subnets)
    weights, routing, gone = await _routing(aws, rollout, fleet)
    tainted = [each.id for each in fleet.tasks if each.tainted]
    return TaskFacts(
        fleet=fleet,
        glass=await aws.glass_notes(rollout.spec.record, tainted),
        account=account,
        region=region,
        deployments=deployments,
        failed=failed,
        definition=definition,
        presence=presence,
        alarms=await aws.alarm_states(rollout.alarms),
        free_addresses=await aws.free_addresses(service.subnets),
        verdicts=kept.values,
        sidecar_verdicts=await aws.parameters(sorted(forbidding)) if forbidding else {},
        plan=plan_deployment(
            service.desired,
            _configuration(rollout, service),
            boot_seconds=rollout.spec.boot_seconds,
            drain_seconds=rollout.spec.drain_seconds,
            min_ready_seconds=rollout.spec.min_ready_seconds,
            test_listener=rollout.spec.test_listener,
        ),
        weights=weights,
        live_addresses={each: found.healthy for each, found in routing.targets.items() if found is not None},
        gone=(*gone, *_gone_subnets(subnets, ways)),
        ways=ways,
        public=inside.get("assignPublicIp") == "ENABLED",
        keys_read=keys is not None,
        refused_actions=refused,
        role_there=role_there,
        scans=scans,
        now=now,
        shared=await aws(find_revoked_parts, aws.driver, release.images),
        passed=await aws(look_for_passed, aws.driver, rollout.spec.record, release.image, release.digest),
    )


def _configuration(rollout: TaskRollout, service: ContainerServiceView) -> DeploymentConfiguration:
    """How the deployment will proceed: as the service has it, with the hooks that the gate sends."""
    found = configuration_from_api(service.deployed)
    return replace(found, hooks=hooks_of(rollout) if found.strategy.shifts_traffic else ())


async def _routing(
    aws: AsyncTaskDriver, rollout: TaskRollout, fleet: TaskFleet
) -> tuple[dict[str, int], TaskRouting, tuple[str, ...]]:
    """Weights of target groups before the rollout, what was found of each, and what the rollout needs and is gone."""
    service = fleet.service
    groups = service.every_target_group
    asked: Sequence[Mapping[str, Any]] | None = rollout.parameters.get("loadBalancers")
    wanted_rules = moved_rules(rollout) if asked is not None else service.rules
    wanted_groups = {arn for each in asked for arn in groups_of(each)} if asked is not None else set(groups)
    # their weights say where test requests go, and nothing of the others
    tested = tested_rules(rollout) if asked is not None else service.test_rules
    rules = sorted({*service.rules, *wanted_rules, *tested})
    found = await aws.routing(rules, sorted({*groups, *wanted_groups}))
    gone = found.of((*wanted_rules, *tested), wanted_groups).gone
    moved = found.of(service.rules, groups)
    if moved.weights:
        return moved.weights, found, gone
    # of a service that was rolled so far, ECS has moved no rule yet: those that it is to move have the requests
    weights = found.of(wanted_rules, groups).weights
    # where its rule is gone, the one that was made instead leads to where the first release was
    there = moved.weights_to({address for each in fleet.tasks for address in each.addresses}) if service.rules else {}
    return there or weights, found, gone


def _gone_subnets(subnets: Sequence[str], ways: tuple[SubnetWays, ...] | None) -> Iterator[str]:
    if ways is not None:
        there = {each.subnet for each in ways}
        yield from (f"subnet {each}, in which its tasks start, is gone" for each in subnets if each not in there)


async def _ways(aws: AsyncTaskDriver, subnets: Sequence[str]) -> tuple[SubnetWays, ...] | None:
    try:
        return await aws.ways(subnets)
    except Exception as error:
        if not is_denied(error):
            raise
        return None


async def _keys(aws: AsyncTaskDriver, definition: DefinitionView | None) -> tuple[str, ...] | None:
    secrets = secrets_of(definition) if definition is not None else ()
    try:
        return await aws.secret_keys(secrets) if secrets else ()
    except Exception as error:
        if not is_denied(error):
            raise
        return None


async def _refused(
    aws: AsyncTaskDriver, definition: DefinitionView | None, keys: Sequence[str]
) -> tuple[tuple[RefusedAction, ...] | None, bool]:
    """What the execution role may not do, and whether there is one of that name."""
    if definition is None or not definition.execution_role:
        return (), True
    try:
        return await aws.refused_actions(definition.execution_role, list(actions_needed(definition, keys))), True
    except Exception as error:
        if error_code(error) == _NO_ROLE:
            return (), False
        if not is_denied(error):
            raise
        return None, True
