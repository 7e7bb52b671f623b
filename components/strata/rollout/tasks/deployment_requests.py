"""The requests that start, continue and stop a service deployment, each made once, although its answer may be lost.

The gate itself sets the PAUSE hook, with the request that starts its deployment, and takes it off the service when that
is over. On the resource it would be anybody's: the service's first deployment, and one that somebody forces, would wait
for a gate that does not watch it, and go back. And the provider could not take it off again: it leaves out an empty
list of hooks, which ECS then keeps (terraform-provider-aws#47096).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from strata.aws.outage import error_code
from strata.clock import Clock
from strata.errors import BusyError, RolloutError
from strata.resource_hooks import Console
from strata.rollout.messages import describe_runaway, not_taken_back
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import LifecycleHook, configuration_from_api, hooks_to_api
from strata.rollout.tasks.moved_requests import rules_of, test_rules_of
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.task_spec import TaskRollout
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = [
    "continue_deployment",
    "hooks_of",
    "lead_new_rules",
    "moved_rules",
    "parameters_of",
    "start_deployment",
    "stop_deployment",
    "take_back",
    "tested_rules",
    "with_hooks",
]

ENDED = "ConflictException"
"""There is nothing to stop: it has ended by itself."""

LOOKS = 5
"""Looks at the list of deployments for one that was started: the list is only eventually consistent."""


def parameters_of(rollout: TaskRollout) -> dict[str, Any]:
    """All that starts a deployment, as UpdateService is sent it."""
    return {**rollout.parameters, "taskDefinition": rollout.release.task_definition}


def moved_rules(rollout: TaskRollout) -> tuple[str, ...]:
    """The listener rules whose weights ECS moves from this rollout on."""
    return tuple(rule for each in rollout.parameters.get("loadBalancers") or () for rule in rules_of(each))


def tested_rules(rollout: TaskRollout) -> tuple[str, ...]:
    """The listener rules of test requests, which ECS leads to new tasks first."""
    return tuple(rule for each in rollout.parameters.get("loadBalancers") or () for rule in test_rules_of(each))


def hooks_of(rollout: TaskRollout) -> tuple[LifecycleHook, ...]:
    """What the rollout's deployment waits for: nothing where it could not go back when nobody answers."""
    return rollout.spec.configuration.hooks if rollout.can_roll_back else ()


def with_hooks(service: ContainerServiceView, hooks: Iterable[LifecycleHook]) -> dict[str, Any]:
    """What UpdateService is sent so that deployments have these hooks and no other; nothing if they have them already.

    The rest of the configuration is sent back as it was read. A change of it starts no deployment, and one that is
    running goes on with its own.

    Args:
        service: as AWS describes it now.
        hooks: what a deployment that shifts traffic is to wait for; any other one has no stage to wait at.
    """
    configuration = configuration_from_api(service.deployed)
    wanted = tuple(hooks) if configuration.strategy.shifts_traffic else ()
    if configuration.hooks == wanted:
        return {}
    return {"deploymentConfiguration": {**service.deployed, "lifecycleHooks": hooks_to_api(wanted)}}


async def lead_new_rules(
    aws: AsyncTaskDriver, rollout: TaskRollout, service: ContainerServiceView, weights: Mapping[str, int]
) -> None:
    """Let listener rules that ECS has not moved yet lead requests to where the tasks are.

    A rule is made as the first release needs it. Every second release is in the other target group, and ECS would set
    the weights of a rule that is new to it only when it shifts the requests.

    Args:
        aws: AWS.
        rollout: the rollout, which names the rules that are to be moved from now on.
        service: as AWS describes it now.
        weights: of the target groups in the rules that ECS has moved so far; none where it has moved none.
    """
    if not service.rules or not any(weights.values()):
        return
    for rule in (*moved_rules(rollout), *tested_rules(rollout)):
        if rule not in (*service.rules, *service.test_rules):
            await aws.lead(rule, weights)


async def start_deployment(
    aws: AsyncTaskDriver,
    clock: Clock,
    released: ReleasedTasks,
    rollout: TaskRollout,
    *,
    service: ContainerServiceView,
    before: Collection[str],
    forced: bool,
    poll_seconds: float,
) -> str:
    """ARN of the deployment that brings the service to the rollout's release.

    UpdateService has no token and does not say which deployment it started. So before it is repeated, and when it has
    answered, the service's deployments are asked for one that is new and brings this release. ARNs tell what is new,
    since two clocks would not.

    Args:
        aws: AWS.
        clock: sleep.
        released: knows which deployment brings the release.
        rollout: the rollout.
        service: as AWS describes it now.
        before: ARNs of the deployments that were there before.
        forced: whether the service asks for this very release already, so that only force starts a deployment.
        poll_seconds: pause between two looks.

    Raises:
        BusyError: somebody else's deployment began at this moment.
        RolloutError: AWS accepted the request and started nothing.
    """

    async def ours() -> str | None:
        for each in await aws.deployments(service.arn):
            if each.arn not in before and await released.brings(rollout, each):
                return each.arn
        return None

    parameters: Mapping[str, Any] = {**parameters_of(rollout), **with_hooks(service, hooks_of(rollout))}
    sent = {**parameters, "forceNewDeployment": True} if forced else parameters
    begun = await aws.start(service.arn, sent, begun=ours)
    for _ in range(LOOKS):
        if begun or (begun := await ours()):
            return begun
        await clock.sleep(poll_seconds)
    if other := [each for each in await aws.deployments(service.arn) if each.arn not in before]:
        raise BusyError(
            f"{rollout.service}: another deployment, {other[0].name}, began at this moment",
            fix="Run `pulumi up` again.",
        )
    raise RolloutError(
        f"{rollout.service}: AWS accepted the release and started no deployment of it",
        fix="Look at the service's events, then run `pulumi up` again.",
    )


async def continue_deployment(aws: AsyncTaskDriver, deployment: str, hook: str) -> None:
    """Answer a hook that waits; one that does not wait any more has been answered, or its time was over."""

    async def answered() -> bool | None:
        found = await aws.deployment_if_listed(deployment)
        return None if found is not None and hook in found.waiting_hooks else True

    try:
        await aws.answer_hook(deployment, hook, answered=answered)
    except Exception:
        if not await answered():
            raise


async def stop_deployment(aws: AsyncTaskDriver, rollout: TaskRollout, deployment: str, console: Console) -> None:
    """Take the rollout back. ECS knows no other way to stop one: a deployment is never left between two revisions.

    Args:
        aws: AWS; a request that is lost is repeated until AWS has accepted it, or the deployment has ended.
        rollout: the rollout.
        deployment: ARN of the deployment that carries it out.
        console: where the command to run by hand goes when AWS accepts no request.

    Raises:
        Exception: AWS refused, or did not answer until the deadline.
    """
    if rollout.spec.no_way_back and rollout.recorded is not None:
        raise not_taken_back(rollout, "it has to be stopped")
    try:
        await take_back(aws, deployment)
    except Exception as error:
        region = deployment.split(":")[3]
        command = (
            f"`aws ecs stop-service-deployment --region {region} --stop-type ROLLBACK "
            f"--service-deployment-arn {deployment}`"
        )
        console.warn(describe_runaway(rollout, error, command))
        raise


async def take_back(aws: AsyncTaskDriver, deployment: str) -> None:
    """Stop a deployment, unless it has ended; a lost request is repeated only while that one goes on."""

    async def stopped() -> bool | None:
        found = await aws.deployment_if_listed(deployment)
        return None if found is not None and found.forward else True

    try:
        await aws.stop(deployment, stopped=stopped)
    except Exception as error:
        if error_code(error) != ENDED or not await stopped():
            raise
