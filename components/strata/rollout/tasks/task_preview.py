"""What rolling a container service would do, as lines of a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from strata.rollout.live_service import tags_of_record
from strata.rollout.messages import describe_deadline, describe_retry
from strata.rollout.record import ImageRef, TaskRelease, with_sidecars
from strata.rollout.run_once.once_plan import find_once_warnings, once_lines
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.deployment import DeploymentAlarms
from strata.rollout.tasks.deployment_plan import DeploymentPlan, plan_deployment
from strata.rollout.tasks.released_tasks import ReleasedTasks
from strata.rollout.tasks.tagged_service import describe_tagged_service
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.rollout.tasks.task_views import ContainerServiceView, DeploymentView
from strata.rollout.unrecorded import lines_of_unrecorded
from strata.rollout.verifying.verification_plan import describe_verification

__all__ = ["failed_deployment", "plan_of_tasks", "task_preview_lines"]


def plan_of_tasks(spec: TaskSpec, service: ContainerServiceView) -> DeploymentPlan:
    """The plan of a service's rollout by its settings, and by the alarms that watch it: AWS knows their names.

    Args:
        spec: how the service is rolled.
        service: the service as it is now.
    """
    watched = service.deployed.get("alarms") or {}
    alarms = DeploymentAlarms(
        tuple(watched.get("alarmNames") or ()),
        enable=bool(watched.get("enable")),
        rollback=bool(watched.get("rollback")),
    )
    plan = plan_deployment(
        service.desired,
        replace(spec.configuration, alarms=alarms),
        boot_seconds=spec.boot_seconds,
        drain_seconds=spec.drain_seconds,
        min_ready_seconds=spec.min_ready_seconds,
        test_listener=spec.test_listener,
    )
    return replace(plan, warnings=(*plan.warnings, *find_once_warnings(spec)))


async def task_preview_lines(
    aws: AsyncTaskDriver,
    spec: TaskSpec,
    recorded: TaskRelease | None,
    *,
    image: ImageRef | None,
    digest: str | None,
    sidecars: Mapping[str, ImageRef] | None = None,
) -> list[str]:
    """The lines to print.

    Args:
        aws: AWS; reading fails the preview only if the credentials are wrong, as any other part of it would.
        spec: how the service is rolled.
        recorded: the release before, if there is one.
        image: the image asked for, None while unknown.
        digest: the release digest asked for, None while unknown.
        sidecars: the images asked for beside it, None while unknown.
    """
    name = spec.service
    wanted = with_sidecars(str(image), sidecars or {}) if image else "an image not yet known"
    verified = [f"  {line}" for line in describe_verification(spec, image.version if image else None)]
    if recorded is None:
        look = partial(describe_tagged_service, aws.driver, tags_of_record(spec.record))
        first = await lines_of_unrecorded(aws, name, spec.record, wanted, unit="task", look=look)
        return [*first, *await once_lines(aws, spec, digest), *verified]
    if digest == recorded.digest:
        return [f"{name}: nothing that a task runs differs from {recorded.image.version}; none is replaced"]
    service = await aws.service(recorded.service)
    if service is None:
        return [f"{name}: service {recorded.service} is gone; up makes a new one for {wanted}"]
    if service.empty:
        later = f"it will run {wanted} from its next scale-out on"
        idle = f"{name}: the service wants no task; {later}, and {recorded.image} stays the release until then"
        return [idle, *await once_lines(aws, spec, digest)]
    certain = "rolls" if digest else "rolls if what a task runs differs"
    lines = await _before(aws, spec, recorded, image, digest)
    lines.append(f"{name}: {certain} from {recorded.contents} to {wanted}")
    lines += await once_lines(aws, spec, digest)
    lines += [f"  {line}" for line in plan_of_tasks(spec, service).describe()]
    return [*lines, *verified, f"  {describe_deadline(spec)}"]


async def failed_deployment(
    released: ReleasedTasks, rollout: TaskRollout, deployments: Sequence[DeploymentView]
) -> DeploymentView | None:
    """The newest deployment that has ended, if it was for this very release and did not succeed."""
    ended = next((each for each in deployments if not each.active), None)
    if ended is None or ended.succeeded or not await released.brings(rollout, ended):
        return None
    return ended


async def _before(
    aws: AsyncTaskDriver, spec: TaskSpec, recorded: TaskRelease, image: ImageRef | None, digest: str | None
) -> list[str]:
    """What a person must know before anything else: a rollout that is running, or that this is a retry."""
    deployments = await aws.deployments(recorded.service)
    if deployments and deployments[0].active:
        return [f"{spec.service}: deployment {deployments[0].name} is running: {deployments[0].where}"]
    if not deployments or deployments[0].succeeded or digest is None or image is None:
        return []
    # a preview knows no ARN of the new task definition: the one that failed is compared by its tag
    revision = await aws.revision(deployments[0].target)
    definition = await aws.definition(revision.task_definition) if revision else None
    if definition is None or definition.digest != digest:
        return []
    return [describe_retry(spec.service, image, deployments[0])]
