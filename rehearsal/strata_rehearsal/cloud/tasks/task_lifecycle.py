"""How a task comes into its service and leaves it: provisioned, pulled, run, failed or stopped, drained, gone.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
"""

import shlex
import uuid

from strata.rollout.tasks.deployment import TaskFailure, TaskLifecycle
from strata_rehearsal.cloud.alarm_states import evaluate_later
from strata_rehearsal.cloud.container_services import EndedContainer, SimulatedRevision, SimulatedService, SimulatedTask
from strata_rehearsal.cloud.faults import SLOWER, Fault, FaultKind, has_fault
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.tasks import stop_reasons, task_network
from strata_rehearsal.cloud.tasks.pulled_images import missing
from strata_rehearsal.cloud.tasks.stop_reasons import StopReason
from strata_rehearsal.cloud.tasks.task_events import record_task
from strata_rehearsal.cloud.tasks.task_health import (
    awaited_health,
    begin_checks,
    has_own_check,
    join_targets,
    leave_targets,
)
from strata_rehearsal.cloud.tasks.task_logs import has_its_log_groups, say

__all__ = ["end_task", "start_task", "start_waiting_tasks", "stop_task"]

DEFAULT_START_SECONDS = 30.0
"""From the start of a task until it runs, where nobody says otherwise."""

_PROVISION_SHARE, _PULL_SHARE = 1 / 3, 1 / 2
"""Of that time; the rest is activation."""

_EXIT_SECONDS = 5.0
"""How long a container takes to end after SIGTERM; it is killed after its stopTimeout."""

_COMMAND_SECONDS = 60.0
"""How long a command takes that a task was given in place of its own: what is run so has an end."""

_STOP_TIMEOUT = 30.0
_DEPROVISION_SECONDS = 10.0
_SHOWN_SECONDS = 3600.0
"""How long ECS still describes a stopped task."""


def start_task(cloud: Cloud, service: SimulatedService, revision: SimulatedRevision) -> SimulatedTask:
    """Start a task of a revision; it takes a place from now on."""
    identity = uuid.uuid4().hex
    names = [name for image in revision.images for name in image.names]
    task = SimulatedTask(
        id=identity,
        arn=f"{service.cluster_arn.replace(':cluster/', ':task/')}/{identity}",
        service=service,
        revision=revision,
        created_at=cloud.world.now,
        faults=cloud.faults.of(service.service, *names),
    )
    service.tasks[task.id] = task
    task.subnet, task.zone = task_network.place(task)
    record_task(cloud, task, task.state.value, image=revision.main.reference, zone=task.zone)
    _provision(cloud, task)
    return task


def start_waiting_tasks(cloud: Cloud, service: SimulatedService) -> None:
    """Let the tasks that are starting take as long from now on as is said of the service now."""
    steps = {
        TaskLifecycle.PROVISIONING: _provision,
        TaskLifecycle.PENDING: _pull,
        TaskLifecycle.ACTIVATING: _activate,
    }
    for task in service.tasks.values():
        if step := steps.get(task.state):
            step(cloud, task)


def stop_task(cloud: Cloud, task: SimulatedTask, reason: StopReason) -> None:
    """Stop a task: take it out of its target groups, let it drain, end its containers."""
    if not task.active:
        return
    ran = task.state is TaskLifecycle.RUNNING
    _leave(cloud, task, reason)
    drained = leave_targets(cloud, task, at_once=not ran)
    if not ran:
        # nothing runs that could be asked to end; a container that was never started has no exit code either
        task.exit_code = None
        _deprovision(cloud, task)
        return
    _become(cloud, task, TaskLifecycle.DEACTIVATING, reason=reason.text)
    if has_fault(task.faults, FaultKind.ALARM):
        cloud.check_alarms()
    cloud.world.at(drained, lambda: _exit(cloud, task))


def end_task(cloud: Cloud, task: SimulatedTask) -> None:
    """The task's main container ends by itself."""
    if task.active:
        failure = TaskFailure.EXITED if task.state is TaskLifecycle.RUNNING else TaskFailure.NEVER_RAN
        _end_by_itself(cloud, task, FaultKind.CRASH, failure, task.revision.main.container)


def _start_seconds(cloud: Cloud, service: SimulatedService) -> float:
    return cloud.boot_seconds.get(service.service, DEFAULT_START_SECONDS)


def _provision(cloud: Cloud, task: SimulatedTask) -> None:
    cloud.world.after(_start_seconds(cloud, task.service) * _PROVISION_SHARE, lambda: _provisioned(cloud, task))


def _provisioned(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is not TaskLifecycle.PROVISIONING:
        return
    if has_fault(task.faults, FaultKind.NO_CAPACITY):
        _fail(cloud, task, TaskFailure.NEVER_RAN, stop_reasons.no_capacity())
        return
    if not task_network.attach(cloud, task):
        _fail(cloud, task, TaskFailure.NEVER_RAN, stop_reasons.no_address(str(task.subnet)))
        return
    task.pull_started_at = cloud.world.now
    _become(cloud, task, TaskLifecycle.PENDING)
    _pull(cloud, task)


def _pull(cloud: Cloud, task: SimulatedTask) -> None:
    seconds = _start_seconds(cloud, task.service) * _PULL_SHARE
    cloud.world.after(seconds * (SLOWER if has_fault(task.faults, FaultKind.SLOW) else 1), lambda: _pulled(cloud, task))


def _pulled(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is not TaskLifecycle.PENDING:
        return
    if (reason := _cannot_pull(task)) is not None:
        _fail(cloud, task, TaskFailure.NEVER_RAN, reason)
        return
    task.pull_stopped_at = cloud.world.now
    if not has_its_log_groups(task):
        _fail(cloud, task, TaskFailure.NEVER_RAN, stop_reasons.no_log_group())
        return
    _become(cloud, task, TaskLifecycle.ACTIVATING)
    join_targets(cloud, task)
    _activate(cloud, task)


def _activate(cloud: Cloud, task: SimulatedTask) -> None:
    rest = _start_seconds(cloud, task.service) * (1 - _PROVISION_SHARE - _PULL_SHARE)
    awaited = awaited_health(task)
    if late := [each for each in awaited if each.seconds is None or each.seconds > each.timeout]:
        reason = stop_reasons.not_healthy_in_time(late[0].waiting, late[0].awaited)
        cloud.world.after(rest + late[0].timeout, lambda: _give_up(cloud, task, reason))
        return
    waits = max((each.seconds for each in awaited if each.seconds is not None), default=0.0)
    cloud.world.after(rest + waits, lambda: _run(cloud, task))


def _give_up(cloud: Cloud, task: SimulatedTask, reason: StopReason) -> None:
    if task.state is TaskLifecycle.ACTIVATING:
        _fail(cloud, task, TaskFailure.NEVER_RAN, reason)


def _cannot_pull(task: SimulatedTask) -> StopReason | None:
    if has_fault(task.faults, FaultKind.CANNOT_PULL):
        hit = next(each for each in task.faults if each.kind is FaultKind.CANNOT_PULL)
        image = task.revision.hit_by(hit)
        return stop_reasons.not_pulled(image.container, image.reference, f"{image.reference}: not found")
    problems = ((image, missing(image)) for image in task.revision.images)
    found = ((image, why) for image, why in problems if why)
    return next((stop_reasons.not_pulled(image.container, image.reference, why) for image, why in found), None)


def _run(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is not TaskLifecycle.ACTIVATING:
        return
    endings = [fault for fault in task.faults if fault.kind in (FaultKind.CRASH, FaultKind.OUT_OF_MEMORY)]
    if at_once := [fault for fault in endings if not fault.delay and fault in task.essential_faults]:
        # a container that exits at once is one that never reached RUNNING
        _end_by_itself(cloud, task, at_once[0].kind, TaskFailure.NEVER_RAN, task.revision.hit_by(at_once[0]).container)
        return
    task.started_at = cloud.world.now
    _become(cloud, task, TaskLifecycle.RUNNING, own_check=has_own_check(task) or None)
    say(cloud, task, [f"{task.service.service}: started {task.revision.version}"])
    begin_checks(cloud, task)
    evaluate_later(cloud, task.service.account, task.service.region)
    single = task.service.single
    if single is not None and (command := single.command(task.revision.main.container)) is not None:
        seconds = _COMMAND_SECONDS * (SLOWER if has_fault(task.faults, FaultKind.SLOW) else 1)
        cloud.world.after(seconds, lambda: _finish(cloud, task, command))
    for fault in endings:
        cloud.world.after(fault.delay, lambda fault=fault: _crash(cloud, task, fault))
    for fault in task.faults:
        if fault.kind is FaultKind.ALARM:
            cloud.world.after(fault.delay, cloud.check_alarms)


def _finish(cloud: Cloud, task: SimulatedTask, command: tuple[str, ...]) -> None:
    """The command that the task was given comes to its end."""
    if task.state is not TaskLifecycle.RUNNING:
        return
    say(cloud, task, [f"{task.service.service}: {shlex.join(command)}: done"])
    main = task.revision.main.container
    _leave(cloud, task, stop_reasons.finished(main))
    task.execution_stopped_at = cloud.world.now
    _deprovision(cloud, task)


def _crash(cloud: Cloud, task: SimulatedTask, fault: Fault) -> None:
    # lifted, and perhaps put in force again with another delay
    if task.state is TaskLifecycle.RUNNING and has_fault(task.faults, fault.kind):
        _end_by_itself(cloud, task, fault.kind, TaskFailure.EXITED, task.revision.hit_by(fault).container)


def _end_by_itself(cloud: Cloud, task: SimulatedTask, kind: FaultKind, failure: TaskFailure, container: str) -> None:
    """A container ends; the task ends with it if it is essential."""
    if container in task.ended:
        return
    writer = task.service.service if container == task.revision.main.container else container
    if kind is FaultKind.OUT_OF_MEMORY:
        lines, reason = ("allocating more than the task has",), stop_reasons.out_of_memory(container)
    else:
        lines = ("handling a request", "fatal: unhandled exception", "exit status 1")
        reason = stop_reasons.crashed(container)
    say(cloud, task, [f"{writer}: {line}" for line in lines], container=container)
    if task.revision.is_essential(container):
        _fail(cloud, task, failure, reason)
        return
    task.ended[container] = EndedContainer(reason.exit_code or 0, reason.container)
    task.version += 1
    cloud.world.record(
        "container",
        f"{task.id}/{container}",
        "ended",
        cluster=task.service.cluster,
        container_service=task.service.name,
        service=task.service.service,
    )


def _fail(cloud: Cloud, task: SimulatedTask, failure: TaskFailure, reason: StopReason) -> None:
    """The task stops though nobody ordered it to."""
    task.failure = failure
    task.revision.failed_tasks += 1
    if failure is TaskFailure.NEVER_RAN:
        task.service.tell(cloud.world.now, f"was unable to start (task {task.id}). Reason: {reason.text}.")
    _leave(cloud, task, reason)
    task.execution_stopped_at = cloud.world.now if reason.exit_code is not None else None
    leave_targets(cloud, task, at_once=True)
    if has_fault(task.faults, FaultKind.ALARM):
        cloud.check_alarms()
    _deprovision(cloud, task)


def _leave(cloud: Cloud, task: SimulatedTask, reason: StopReason) -> None:
    task.stopping_at = cloud.world.now
    task.stop_code, task.stopped_reason = reason.code, reason.text
    task.exit_code, task.container_reason, task.ended_by = reason.exit_code, reason.container, reason.ended_by


def _exit(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is not TaskLifecycle.DEACTIVATING:
        return
    _become(cloud, task, TaskLifecycle.STOPPING)
    allowed = [float(each.get("stopTimeout") or _STOP_TIMEOUT) for each in task.revision.containers]
    cloud.world.after(min(_EXIT_SECONDS, max(allowed)), lambda: _exited(cloud, task))


def _exited(cloud: Cloud, task: SimulatedTask) -> None:
    if task.state is TaskLifecycle.STOPPING:
        task.execution_stopped_at = cloud.world.now
        _deprovision(cloud, task)


def _deprovision(cloud: Cloud, task: SimulatedTask) -> None:
    _become(cloud, task, TaskLifecycle.DEPROVISIONING, reason=task.stopped_reason)
    cloud.world.after(_DEPROVISION_SECONDS, lambda: _stopped(cloud, task))


def _stopped(cloud: Cloud, task: SimulatedTask) -> None:
    task.stopped_at = cloud.world.now
    task_network.release(cloud, task)
    task.service.tasks.pop(task.id, None)
    task.service.stopped.append(task)
    _become(cloud, task, TaskLifecycle.STOPPED, reason=task.stopped_reason, exit_code=task.exit_code)
    cloud.world.after(_SHOWN_SECONDS, lambda: _forget(cloud, task))


def _forget(cloud: Cloud, task: SimulatedTask) -> None:
    if task in task.service.stopped:
        task.service.stopped.remove(task)
    if task.service in cloud.single_tasks:
        cloud.single_tasks.remove(task.service)


def _become(cloud: Cloud, task: SimulatedTask, state: TaskLifecycle, **details: object) -> None:
    task.state = state
    task.version += 1
    record_task(cloud, task, state.value, **details)
    cloud.touch_service(task.service)
