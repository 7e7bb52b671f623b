"""What the record holds for a container service that wants no tasks, see `rollout/deferral.py`."""

from dataclasses import replace
from functools import partial

from strata.clock import Clock
from strata.errors import PreflightError, RolloutError
from strata.resource_hooks import Console
from strata.rollout.deferral import defer
from strata.rollout.forbidden_versions import read_forbidden
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.messages import describe_none_wanted, describe_other_rollout
from strata.rollout.preflight_findings import heed
from strata.rollout.record import TaskRelease, readable
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.container_scans import wait_for_scans
from strata.rollout.tasks.deployment_requests import parameters_of, with_hooks
from strata.rollout.tasks.once_task import OnceTask, run_before_rollout
from strata.rollout.tasks.released_tasks import ReleasedTasks, TaskFleet
from strata.rollout.tasks.task_facts import gather_task_facts
from strata.rollout.tasks.task_preflight import SAVE_TASK_CHECKS, check_tasks, undeployable
from strata.rollout.tasks.task_spec import TaskRollout, TaskSpec
from strata.rollout.tasks.task_status import how_to_start
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["kept_task_value"]

_PAUSE_SECONDS = 15.0
"""Between two looks at a scan, or at what runs once."""


async def kept_task_value(
    aws: AsyncTaskDriver, clock: Clock, console: Console, spec: TaskSpec, desired: DesiredRelease, value: str | None
) -> str | None:
    """The value the record keeps because nothing can be proven now; None where the gate decides.

    Reports where the service is not what its record names. With a task definition, as in a real `up`, an empty service
    is set to run it.

    Args:
        aws: AWS.
        clock: time.
        console: where lines go.
        spec: the service's settings.
        desired: what the program asks for.
        value: what the record holds; None where there is none.

    Raises:
        PreflightError: the release must not be launched, even later.
    """
    recorded = readable(TaskRelease, value)
    service = await aws.service(desired.fleet)
    if service is None:
        return None
    if recorded is not None and recorded.digest == desired.digest:
        if recorded.service == service.arn:
            # of the same release the program knows the images, whatever the record has been made to name
            recorded = replace(recorded, image=desired.image, sidecars=desired.sidecars)
            await _report(aws, console, spec, recorded, service, previews=desired.task_definition is None)
        return None
    if not service.empty:
        return None
    release = TaskRelease(
        service=service.arn,
        task_definition=desired.task_definition or "",
        image=desired.image,
        digest=desired.digest,
        sidecars=desired.sidecars,
    )
    rollout = TaskRollout(spec=spec, release=release, recorded=recorded, parameters=desired.parameters)
    newest = await aws.deployments(service.arn, most=1)
    # one that brings this very release over nothing, as the first one does, shows no more when it has ended
    if newest and newest[0].active and not await ReleasedTasks(aws).brings(rollout, newest[0]):
        return None
    if any(undeployable(service)):
        # the gate refuses it, and reports why
        return None
    known = desired.task_definition is not None
    return await defer(
        aws,
        clock,
        console,
        rollout,
        value,
        later="tasks will run",
        start=how_to_start(aws.driver.command_line, service, spec.least),
        save=partial(_save, aws, clock, console, rollout, service) if known else None,
    )


async def _save(
    aws: AsyncTaskDriver, clock: Clock, console: Console, rollout: TaskRollout, service: ContainerServiceView
) -> None:
    empty = TaskFleet(service, (), frozenset(), frozenset())
    spec, images = rollout.spec, rollout.new_images
    await wait_for_scans(aws, clock, console, spec.service, spec.terms, images, poll_seconds=_PAUSE_SECONDS)
    facts = await gather_task_facts(aws, rollout, empty, (), None, now=clock.now())
    heed(
        check_tasks(rollout, facts, SAVE_TASK_CHECKS),
        console,
        rollout.service,
        f"{rollout.release.image} must not be launched",
    )
    try:
        await run_before_rollout(OnceTask(aws, clock, console, _PAUSE_SECONDS), rollout)
    except RolloutError as error:
        raise PreflightError(error.message, fix=error.fix) from error
    if not await ReleasedTasks(aws).is_primary(rollout, service):
        # nobody would answer a hook that a killed rollout has left
        await aws.save(service.arn, {**parameters_of(rollout), **with_hooks(service, ())})


async def _report(
    aws: AsyncTaskDriver,
    console: Console,
    spec: TaskSpec,
    recorded: TaskRelease,
    service: ContainerServiceView,
    *,
    previews: bool,
) -> None:
    """A service whose record is right may run something else: changed by hand, or launched and never proven."""
    newest = await aws.deployments(service.arn, most=1)
    rollout = TaskRollout(spec=spec, release=recorded, recorded=recorded)
    if newest and newest[0].active:
        running = newest[0]
        if not (running.forward and await ReleasedTasks(aws).brings(rollout, running)):
            what = f"deployment {running.name} is running ({running.where})"
            console.warn(describe_other_rollout(spec, recorded, what, forward=running.forward))
        return
    if not await ReleasedTasks(aws).is_primary(rollout, service):
        console.warn(
            f"{spec.service}: not the release {recorded.image}: the service launches "
            f"{service.task_definition.rpartition('/')[2]}, not {recorded.task_definition.rpartition('/')[2]}"
        )
    if service.empty and spec.least:
        forbidden = await aws(read_forbidden, aws.driver, spec.record, recorded, None)
        # a preview does not know whether this very change raises capacity.min, and AWS the number of tasks with it
        unless = "unless this change raises it, " if previews else ""
        start = f"{unless}{how_to_start(aws.driver.command_line, service, spec.least)}"
        console.warn(
            f"{spec.service}: no task runs {recorded.image}: {describe_none_wanted('service', 'task', spec.least)}; "
            f"{forbidden.way_on(recorded.image.version) or start}"
        )
