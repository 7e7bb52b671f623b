"""Conducts a rehearsal: settings, toolchain, local AWS, engine, report."""

import asyncio
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.child import in_thread
from strata.engine.events import Event
from strata.engine.progress import Progress, silent
from strata.engine.stopping import Stopping
from strata.errors import NOTED_ERRORS, UsageError
from strata.policy import Terms
from strata.project.location import local_aws_folder, project_name, python_program
from strata.project.stack_file import StackFile, read_stack
from strata.resource_hooks import reason_given_up
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.live_service import LiveService, look_at_services
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.stage import Stage
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.handle import DEFAULT_SPEED, CloudHandle, find, start, stop
from strata_rehearsal.needs import require_packages
from strata_rehearsal.run.aws_config import DEFAULT_REGION, OWN_KEYS, aws_config, aws_environment, local_clients
from strata_rehearsal.run.claim import claim, starting
from strata_rehearsal.run.doing import going_on
from strata_rehearsal.run.hook_errors import read_hook_errors
from strata_rehearsal.run.images import images_of, wanted_pins
from strata_rehearsal.run.inspection import PolicyInspection
from strata_rehearsal.run.profiles import profile_regions, write_profiles
from strata_rehearsal.run.replay import Replay
from strata_rehearsal.run.reporting import ready_folder, report
from strata_rehearsal.run.request import RehearsalReport, RehearsalRequest, image_id
from strata_rehearsal.workspace.home import Home, ready_home
from strata_rehearsal.workspace.recovery import recover
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace

__all__ = [
    "RehearsalObserver",
    "RunListener",
    "Script",
    "forgotten",
    "prepare",
    "read_settings",
    "rehearse",
    "require_ready",
    "set_scene",
]

LOOK_SECONDS = 0.25
"""How often the event log is looked at for the display."""

PROFILES_FILE = "aws-profiles"
"""Stand-ins for the profiles of whoever rehearses."""

OWNER_FILE = "aws-run"
"""Names the run of the local AWS that the engine's state belongs to."""


class RehearsalObserver(Protocol):
    """Follows a rehearsal."""

    def say(self, severity: str, text: str) -> None:
        """Something the engine, the gate or the program said."""

    def step(self, text: str) -> None:
        """What is done next, before there is a fleet to see. It may be called from any thread."""

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now; called several times a second."""


class RunListener:
    """Hands what is said during a run to the observer, and what is made to the rules."""

    def __init__(self, observer: RehearsalObserver, inspection: PolicyInspection) -> None:
        self._observer = observer
        self._inspection = inspection
        self.gave_up: dict[str, str] = {}
        """Why the gate stopped a rollout, by service."""
        self._done = 0

    def console(self, line: str, /) -> None:
        """The engine's own printing repeats its events."""

    def event(self, event: Event, /) -> None:
        self._inspection.event(event)
        if event.step is not None and event.kind == "resOutputsEvent" and event.step.operation != "same":
            self._done += 1
            self._observer.step(f"applying: {self._done} resources done")
        told = event.diagnostic
        if told is not None and not told.ephemeral and told.message:
            stopped = reason_given_up(told.message)
            self.gave_up.update([stopped] if stopped else [])
            self._observer.say(told.severity.partition("#")[0], told.message)


async def rehearse(
    request: RehearsalRequest, progress: Progress, observer: RehearsalObserver, stopping: Stopping | None = None
) -> RehearsalReport:
    """Apply a stack to the local AWS.

    Args:
        request: what to do.
        progress: told what takes long.
        observer: follows the run.
        stopping: how it can be stopped on the way. Default: by cancelling it.

    Raises:
        SettingsError, UsageError: the stack file or the request is wrong; nothing was started.
        BusyError: another command is at work on the stack.
        ToolchainError, RehearsalError: the rehearsal could not be carried out.
    """
    script = read_settings(request)
    require_ready(request)
    with claim(request.state_folder, request.stack):
        ready_folder(request.state_folder, request.stack)
        return await _rehearse(request, script, progress, observer, stopping or Stopping(progress))


async def _rehearse(
    request: RehearsalRequest, script: "Script", progress: Progress, observer: RehearsalObserver, stopping: Stopping
) -> RehearsalReport:
    # What is set up once for all rehearsals is no part of how long this one takes.
    await in_thread(ready_cli, progress)
    at, began = datetime.now(UTC), time.monotonic()
    engine, cloud = await prepare(request, script, progress, observer.step)
    set_scene(request, script.settings, cloud)
    before = Replay()
    before.feed(cloud.events())
    replay = Replay(cloud.clock.now, {each.id: each.version for each in images_of(script.settings)})
    inspection = PolicyInspection()
    listener = RunListener(observer, inspection)
    watching = asyncio.ensure_future(_watch(cloud, replay, observer))
    hook_errors = _hook_errors(engine.home, request)
    hook_errors.unlink(missing_ok=True)
    try:
        run = await engine.start("up", listener=listener)
        with stopping.running(run, lambda: going_on(replay, before.rolled)):
            result = await run.result()
    except asyncio.CancelledError:
        # An engine that was made to stop at once leaves its lock behind.
        engine.state.release()
        raise
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    replay.feed(await asyncio.to_thread(cloud.events, replay.last))
    observer.fleet(replay)
    return report(
        request,
        cloud=cloud,
        result=result,
        replay=replay,
        findings=inspection.findings(_terms(script.settings, cloud)),
        known=frozenset(before.rolled),
        wanted=script.versions,
        region=script.region,
        gave_up=listener.gave_up,
        raised=read_hook_errors(hook_errors),
        inspected=await asyncio.to_thread(_inspected, request, script, cloud),
        at=at,
        seconds=time.monotonic() - began,
    )


def _hook_errors(home: Home, request: RehearsalRequest) -> Path:
    return home.logs / f"{request.stack}-hook-errors.jsonl"


def _inspected(request: RehearsalRequest, script: "Script", cloud: CloudHandle) -> dict[str, LiveService]:
    """Every service as `strata rollout status` sees it, by name."""
    if not script.versions:
        return {}
    driver = Driver(local_clients(cloud.endpoint, script.region))
    stack = request.stack.rsplit("/", 1)[-1]
    found = look_at_services(driver, project_name(request.project), stack, script.versions)
    return {each.service: each for each in found}


def _terms(settings: StackSettings, cloud: CloudHandle) -> Terms:
    return Terms(settings.stage, now=cloud.clock.now(), teardown=settings.teardown is not None)


@dataclass(frozen=True)
class Script:
    """What is to be rehearsed: the stack's settings with the requested images put in.

    Args:
        settings: complete.
        pins: `strata:images` as the program is to see them; none where they are to stay as they are.
        region: AWS region of the stack.
        profile: the AWS profile its configuration names. Default: none.
    """

    settings: StackSettings
    pins: Mapping[str, Any] | None
    region: str
    profile: str | None = None

    @property
    def versions(self) -> dict[str, str]:
        """The version each service is to run, by service; empty where a parameter names the image."""
        pins = self.settings.images
        return {name: pins[each.image or name].version or "" for name, each in self.settings.services.items()}

    @property
    def config(self) -> dict[str, Any]:
        """What the program sees instead of what its stack's configuration says."""
        return {} if self.pins is None else {"strata:images": dict(self.pins)}

    @classmethod
    def without_strata(cls, file: StackFile) -> "Script":
        """That of a stack whose file has nothing to say to Strata."""
        return cls(StackSettings(stage=Stage.PROD), None, file.region or DEFAULT_REGION, _profile(file))


def read_settings(request: RehearsalRequest) -> Script:
    """Read the stack file.

    Raises:
        SettingsError, UsageError: as `strata explain` would say.
    """
    file = read_stack(request.project, request.stack)
    # problems are those of the file as it is written; only then are the requested versions put in
    checked = load_stack(file)
    request.check(services=checked.settings.services, images=checked.settings.images)
    pins = wanted_pins(file.settings.get("images", {}), request.images)
    loaded = load_stack(file, {**file.settings, "images": pins})
    return Script(loaded.settings, pins, file.region or DEFAULT_REGION, _profile(file))


def _profile(file: StackFile) -> str | None:
    name = file.provider.get("profile")
    return name if isinstance(name, str) else None


async def prepare(
    request: RehearsalRequest, script: Script, progress: Progress, step: Callable[[str], object] = silent
) -> tuple[StackEngine, CloudHandle]:
    """The engine on the stack's private folder and a local AWS it fits, whatever an earlier run left behind.

    Args:
        request: what is rehearsed; its stack is claimed.
        script: the stack's settings.
        progress: told what takes long, and what an earlier run left behind.
        step: told what is done next. Default: nobody is.
    """
    require_ready(request)
    cli = await in_thread(ready_cli, progress)
    home = ready_home(request.state_folder / "pulumi", cli, plugins_of=request.plugins_of)
    cloud = await _ready_cloud(request, home, step)
    workspace = ready_workspace(
        home,
        request.project,
        request.stack,
        config={**aws_config(cloud.endpoint, script.region), **script.config},
        without=OWN_KEYS,
    )
    profiles = home.root / PROFILES_FILE
    write_profiles(profiles, profile_regions(script.profile))
    environment = {
        "STRATA_CLOCK": cloud.clock.variable(),
        NOTED_ERRORS: str(_hook_errors(home, request)),
        **aws_environment(cloud.endpoint, script.region, profiles),
    }
    engine = StackEngine(cli, home, workspace, environment=environment)
    cloud.add_images(images_of(script.settings))
    step("starting the engine")
    try:
        await recover(engine, progress, alone=True)
        await engine.create_stack()
    except asyncio.CancelledError:
        engine.state.release()
        raise
    step("starting the program")
    return engine, cloud


def require_ready(request: RehearsalRequest) -> None:
    """Refuse what would come to nothing, before minutes go into setting up a toolchain."""
    python_program(request.project)
    require_packages()


async def _ready_cloud(request: RehearsalRequest, home: Home, step: Callable[[str], object]) -> CloudHandle:
    """The local AWS of the project; one that was just started goes again if this is given up meanwhile."""
    step("looking for the local AWS")
    folder = local_aws_folder(request.project)
    turn = threading.Lock()
    fresh = ready = given_up = False

    def get_ready() -> CloudHandle:
        nonlocal fresh, ready
        with starting(request.state_folder):
            fresh = find(folder) is None
            if fresh:
                step("starting the local AWS")
            cloud = _cloud(request)
            _same_world(home, cloud)
            with turn:
                ready = True
                if given_up and fresh:
                    stop(folder)
            return cloud

    try:
        # In a thread, because the event loop has to hear a Ctrl-C.
        return await asyncio.to_thread(get_ready)
    except asyncio.CancelledError:
        with turn:
            given_up = True
            if ready and fresh:
                stop(folder)
        raise


def forgotten(request: RehearsalRequest) -> bool:
    """Whether something was rehearsed on a local AWS that does not run any more.

    Args:
        request: names the project.
    """
    owner = request.state_folder / "pulumi" / OWNER_FILE
    return owner.is_file() and find(local_aws_folder(request.project)) is None


def _cloud(request: RehearsalRequest) -> CloudHandle:
    folder = local_aws_folder(request.project)
    running = find(folder)
    if running is None:
        return start(folder, speed=request.speed or DEFAULT_SPEED)
    if request.speed not in (None, running.speed):
        raise UsageError(
            f"the local AWS runs at speed {running.speed:g}, not {request.speed:g}",
            fix=f"Stop it first: strata rehearse {request.stack} --stop.",
        )
    return running


def _same_world(home: Home, cloud: CloudHandle) -> None:
    """A local AWS that was started anew is empty, so what the engine remembers of the one before is forgotten."""
    owner = home.root / OWNER_FILE
    if owner.is_file() and owner.read_text() == cloud.token:
        return
    shutil.rmtree(home.state, ignore_errors=True)
    home.state.mkdir(parents=True)
    draft = owner.with_name(f"{OWNER_FILE}.new")
    draft.write_text(cloud.token)
    draft.replace(owner)


def set_scene(request: RehearsalRequest, settings: StackSettings, cloud: CloudHandle) -> None:
    """Boot times and faults of this rehearsal; those of the one before that are not asked for again are lifted.

    Lifting a fault lets its servers recover, so one that is asked for again must not be lifted for a moment: the
    servers that have it would prove a release that is said to be bad.
    """
    for name, service in settings.services.items():
        cloud.set_boot_seconds(name, service.boot_seconds)
    wanted: list[Fault] = []
    for name, kind in request.faults.items():
        pin = settings.services[name].image or name
        image = settings.images[pin]
        found = image.id or (image_id(pin, image.version) if image.version else None)
        wanted.append(Fault(FaultKind(kind), service=name, image=found))
    for fault in map(Fault.parse, cloud.state()["faults"]):
        if fault not in wanted:
            cloud.clear_faults(fault.kind, fault.service, fault.image)
    for fault in wanted:
        cloud.add_fault(fault)


async def _watch(cloud: CloudHandle, replay: Replay, observer: RehearsalObserver) -> None:
    while True:
        replay.feed(await asyncio.to_thread(cloud.events, replay.last))
        observer.fleet(replay)
        await asyncio.sleep(LOOK_SECONDS)
