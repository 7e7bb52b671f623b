"""Conducts a rehearsal from settings to report, or a preview on the local AWS of one."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from strata.engine.engine_run import EngineResult
from strata.engine.progress import Progress
from strata.engine.stopping import Stopping
from strata.errors import RehearsalError
from strata.policy import Terms
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.live_service import LiveService
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_servers import look_at_servers
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_look import look_at_tasks
from strata.settings.freeze_spans import FreezeLook, look_at_freezes
from strata.settings.models import StackSettings
from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.aws_config import (
    local_clients,
)
from strata_rehearsal.run.made_up_images import MadeUpImage, find_made_up_containers
from strata_rehearsal.run.playbook_runs import PlaybookRun, await_playbooks, look
from strata_rehearsal.run.program_errors import read_hook_errors
from strata_rehearsal.run.recorded_versions import recorded_versions
from strata_rehearsal.run.rehearsal_report import RehearsalReport, left_out
from strata_rehearsal.run.rehearsal_setup import (
    forgotten,
    hook_errors_file,
    prepare,
    require_ready,
    set_scene,
    set_up_cli,
)
from strata_rehearsal.run.rehearsed_rollouts import last_released
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, read_settings
from strata_rehearsal.run.replay import Replay
from strata_rehearsal.run.reporting import ready_folder, report
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.run_listener import PolicyInspection, RehearsalObserver, RunListener
from strata_rehearsal.run.running_rollouts import describe_activity
from strata_rehearsal.run.stack_fleets import stack_fleets
from strata_rehearsal.run.stack_lock import claim
from strata_rehearsal.run.taken_proofs import TakenProof

__all__ = ["preview", "rehearse"]


LOOK_SECONDS = 0.25
"""How often the event log is looked at for the display."""


async def rehearse(
    request: RehearsalRequest, progress: Progress, observer: RehearsalObserver, stopping: Stopping | None = None
) -> RehearsalReport:
    """Apply a stack to the local AWS.

    Args:
        request: what to do.
        progress: called with a line about whatever takes long.
        observer: follows the run.
        stopping: how it can be stopped on the way. Default: by cancelling it.

    Raises:
        SettingsError, UsageError: the stack file or the request is wrong; nothing was started.
        BusyError: another command is at work on the stack.
        ToolchainError, RehearsalError: the rehearsal could not be carried out.
    """
    rehearsed = read_settings(request)
    require_ready(request)
    with claim(request.state_folder, request.stack):
        ready_folder(request.state_folder, request.stack)
        return await _rehearse(request, rehearsed, progress, observer, stopping or Stopping(progress))


async def preview(project: Path, stack: str, progress: Progress, command: Sequence[str]) -> EngineResult:
    """Run a previewing command of the engine.

    Args:
        project: folder of the Pulumi project.
        stack: its name.
        progress: called with a line about whatever takes long.
        command: the engine's command and its options.

    Raises:
        SettingsError, UsageError: the stack file is wrong.
        ToolchainError, RehearsalError: the preview could not be started, or the local AWS of earlier rehearsals is
            gone.
        BusyError: another command is at work on the stack.
    """
    request = RehearsalRequest(project, stack)
    file = read_stack(project, stack)
    rehearsed = read_settings(request) if "stage" in file.settings else RehearsedSettings.without_strata(file)
    require_ready(request)
    if forgotten(request):
        raise RehearsalError(
            "the local AWS has stopped, and everything that was rehearsed on it is gone: there is nothing to judge a "
            "plan against",
            fix=f"Put the stack up again, `strata rehearse {stack}`, from the code you want to compare with.",
        )
    with claim(request.state_folder, stack):
        engine, _ = await prepare(
            request,
            rehearsed,
            progress,
            made_up=lambda image: progress(str(image)),
            taken=lambda proof: progress(str(proof)),
        )
        if text := left_out(_freeze(rehearsed.settings)):
            progress(text)
        return await (await engine.start(command[0], list(command[1:]))).result()


async def _rehearse(
    request: RehearsalRequest,
    rehearsed: RehearsedSettings,
    progress: Progress,
    observer: RehearsalObserver,
    stopping: Stopping,
) -> RehearsalReport:
    # What is set up once for all rehearsals is no part of how long this one takes.
    await set_up_cli(progress)
    at, began = datetime.now(UTC), time.monotonic()
    made_up: list[MadeUpImage] = []
    taken: list[TakenProof] = []
    engine, cloud = await prepare(request, rehearsed, progress, observer.step, made_up.append, taken.append)
    before = Replay()
    before.feed(cloud.events())
    state, since = cloud.state(), cloud.clock.now()
    set_scene(
        request,
        rehearsed.settings,
        cloud,
        last_released(before, stack_fleets(state, request.stack, rehearsed.services)),
        rehearsed.image_versions,
    )
    replay = Replay(cloud.clock.now, {each["id"]: each["version"] for each in state["images"]})
    replay.name(rehearsed.image_versions)
    replay.name(await asyncio.to_thread(_recorded, request, rehearsed, cloud))
    inspection = PolicyInspection()
    listener = RunListener(observer, inspection)
    watching = asyncio.ensure_future(_watch(cloud, replay, observer))
    hook_errors = hook_errors_file(engine.home, request)
    hook_errors.unlink(missing_ok=True)
    try:
        run = await engine.start("up", ("--refresh",) if request.refresh else (), listener)
        with stopping.running(run, lambda: describe_activity(replay, before.rolled)):
            result = await run.result()
        playbooks = await _played(request, rehearsed, cloud, observer, since) if result.ok else ()
    except asyncio.CancelledError:
        # An engine that was made to stop at once leaves its lock behind.
        engine.state.release()
        raise
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    replay.feed(await asyncio.to_thread(cloud.events, replay.last))
    replay.name(await asyncio.to_thread(_recorded, request, rehearsed, cloud))
    observer.fleet(replay)
    after = await asyncio.to_thread(cloud.state)
    made_up += find_made_up_containers(rehearsed, state["made_up_containers"], after["made_up_containers"])
    return report(
        request,
        cloud=cloud,
        result=result,
        replay=replay,
        findings=inspection.findings(_terms(rehearsed.settings, cloud)),
        known=frozenset(before.rolled),
        wanted=rehearsed.services,
        maintained=rehearsed.settings.maintained,
        playbooks=playbooks,
        region=rehearsed.region,
        made_up=tuple(made_up),
        taken_proofs=tuple(taken),
        freeze=_freeze(rehearsed.settings),
        gave_up=listener.gave_up,
        raised=read_hook_errors(hook_errors),
        inspected=await asyncio.to_thread(_inspected, request, rehearsed, cloud),
        at=at,
        seconds=time.monotonic() - began,
    )


async def _played(
    request: RehearsalRequest,
    rehearsed: RehearsedSettings,
    cloud: CloudHandle,
    observer: RehearsalObserver,
    since: float,
) -> tuple[PlaybookRun, ...]:
    """What became of the playbooks of the fleets that are changed in place, as long as the stack file names any."""
    named = rehearsed.settings.maintained
    if not named:
        return ()
    observer.step(f"waiting for the playbooks of {', '.join(named)}, as no real `up` does")
    fleets = {each.key: each.service for each in stack_fleets(cloud.state(), request.stack, named).values()}
    ssm = local_clients(cloud.endpoint, rehearsed.region)("ssm")

    async def ask() -> tuple[Sequence[Mapping[str, Any]], Mapping[str, int]]:
        return await asyncio.to_thread(lambda: look(ssm, cloud.state()))

    return await await_playbooks(ask, cloud.clock, fleets, since=since)


def _freeze(settings: StackSettings) -> FreezeLook:
    """The freeze windows as a real `up` finds them now: the time of a rehearsal is made up."""
    return look_at_freezes(settings.freezes, time.time())


def _inspected(request: RehearsalRequest, rehearsed: RehearsedSettings, cloud: CloudHandle) -> dict[str, LiveService]:
    """Every service as `strata rollout status` sees it, by name."""
    clients = local_clients(cloud.endpoint, rehearsed.region)
    project, stack = project_name(request.project), request.stack.rsplit("/", 1)[-1]
    settings = rehearsed.settings
    least = {name: each.least for name, each in settings.services.items()}
    found: list[LiveService] = [
        *look_at_servers(Driver(clients), project, stack, least),
        *look_at_tasks(TaskDriver(clients), cloud.clock.now(), project, stack, settings.container_services),
    ]
    return {each.service: each for each in found}


def _recorded(request: RehearsalRequest, rehearsed: RehearsedSettings, cloud: CloudHandle) -> dict[str, str]:
    """What the records of the services call their images, by image id or digest."""
    driver = BaseDriver(local_clients(cloud.endpoint, rehearsed.region))
    stack = request.stack.rsplit("/", 1)[-1]
    return recorded_versions(driver, project_name(request.project), stack, rehearsed.services)


def _terms(settings: StackSettings, cloud: CloudHandle) -> Terms:
    return Terms(settings.stage, now=cloud.clock.now(), teardown=settings.teardown is not None)


async def _watch(cloud: CloudHandle, replay: Replay, observer: RehearsalObserver) -> None:
    while True:
        replay.feed(await asyncio.to_thread(cloud.events, replay.last))
        observer.fleet(replay)
        await asyncio.sleep(LOOK_SECONDS)
