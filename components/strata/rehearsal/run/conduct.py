"""Conducts a rehearsal: settings, toolchain, local AWS, engine, report."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from strata.errors import UsageError
from strata.hooks import HOOK_ERRORS
from strata.policy import Terms
from strata.project import local_aws_folder, python_program
from strata.rehearsal.cloud.faults import Fault, FaultKind
from strata.rehearsal.cloud.handle import DEFAULT_SPEED, CloudHandle, find, start
from strata.rehearsal.needs import require_packages
from strata.rehearsal.run.aws_config import DEFAULT_REGION, OWN_KEYS, aws_config, aws_environment
from strata.rehearsal.run.hook_errors import read_hook_errors
from strata.rehearsal.run.images import images_of, wanted_pins
from strata.rehearsal.run.inspection import Inspection
from strata.rehearsal.run.profiles import profile_regions, write_profiles
from strata.rehearsal.run.replay import Replay
from strata.rehearsal.run.reporting import report
from strata.rehearsal.run.request import Report, Request, image_id
from strata.rehearsal.toolchain.cli import ready_cli
from strata.rehearsal.toolchain.engine import Engine
from strata.rehearsal.toolchain.events import Event
from strata.rehearsal.toolchain.home import Home, ready_home
from strata.rehearsal.toolchain.progress import Progress
from strata.rehearsal.toolchain.recover import recover
from strata.rehearsal.toolchain.workspace import ready_workspace
from strata.rollout.console import reason_given_up
from strata.settings.load import load_stack
from strata.settings.models import StackSettings
from strata.settings.stack_file import StackFile, read_stack
from strata.stage import Stage

__all__ = ["Listener", "Observer", "Script", "prepare", "read_settings", "rehearse", "set_scene"]

LOOK_SECONDS = 0.25
"""How often the event log is looked at for the display."""

PROFILES_FILE = "aws-profiles"
"""Stand-ins for the profiles of whoever rehearses."""

OWNER_FILE = "aws-run"
"""Names the run of the local AWS that the engine's state belongs to."""


class Observer(Protocol):
    """Follows a rehearsal."""

    def say(self, severity: str, text: str) -> None:
        """Something the engine, the gate or the program said."""

    def fleet(self, replay: Replay) -> None:
        """The fleets as they are now; called several times a second."""


class Listener:
    """Hands what is said during a run to the observer, and what is made to the rules."""

    def __init__(self, observer: Observer, inspection: Inspection) -> None:
        self._observer = observer
        self._inspection = inspection
        self.gave_up: dict[str, str] = {}
        """Why the gate stopped a rollout, by service."""

    def console(self, line: str, /) -> None:
        """The engine's own printing repeats its events."""

    def event(self, event: Event, /) -> None:
        self._inspection.event(event)
        told = event.diagnostic
        if told is not None and not told.ephemeral and told.message:
            stopped = reason_given_up(told.message)
            self.gave_up.update([stopped] if stopped else [])
            self._observer.say(told.severity.partition("#")[0], told.message)


async def rehearse(request: Request, progress: Progress, observer: Observer) -> Report:
    """Apply a stack to the local AWS.

    Args:
        request: what to do.
        progress: told what takes long.
        observer: follows the run.

    Raises:
        SettingsError, UsageError: the stack file or the request is wrong; nothing was started.
        ToolchainError, RehearsalError, BusyError: the rehearsal could not be carried out.
    """
    script = read_settings(request)
    _require_ready(request)
    # What is set up once for all rehearsals is no part of how long this one takes.
    await asyncio.to_thread(ready_cli, progress)
    at, began = datetime.now(UTC), time.monotonic()
    engine, cloud = await prepare(request, script, progress)
    set_scene(request, script.settings, cloud)
    before = Replay()
    before.feed(cloud.events())
    replay = Replay()
    inspection = Inspection()
    listener = Listener(observer, inspection)
    watching = asyncio.ensure_future(_watch(cloud, replay, observer))
    hook_errors = _hook_errors(engine.home, request)
    hook_errors.unlink(missing_ok=True)
    try:
        result = await engine.up(listener=listener)
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
        at=at,
        seconds=time.monotonic() - began,
    )


def _hook_errors(home: Home, request: Request) -> Path:
    return home.logs / f"{request.stack}-hook-errors.jsonl"


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


def read_settings(request: Request) -> Script:
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


async def prepare(request: Request, script: Script, progress: Progress) -> tuple[Engine, CloudHandle]:
    """The engine on the stack's private folder and a local AWS it fits, whatever an earlier run left behind."""
    _require_ready(request)
    cli = await asyncio.to_thread(ready_cli, progress)
    home = ready_home(request.state_folder / "pulumi", cli, plugins_of=request.plugins_of)
    cloud = _cloud(request)
    _same_world(home, cloud)
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
        HOOK_ERRORS: str(_hook_errors(home, request)),
        **aws_environment(cloud.endpoint, script.region, profiles),
    }
    engine = Engine(cli, home, workspace, environment=environment)
    cloud.add_images(images_of(script.settings))
    await engine.create_stack()
    await recover(engine, progress)
    return engine, cloud


def _require_ready(request: Request) -> None:
    """Refuse what would come to nothing, before minutes go into setting up a toolchain."""
    python_program(request.project)
    require_packages()


def _cloud(request: Request) -> CloudHandle:
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
    owner.write_text(cloud.token)


def set_scene(request: Request, settings: StackSettings, cloud: CloudHandle) -> None:
    """Boot times and faults of this rehearsal; the faults of the one before are lifted."""
    for name, service in settings.services.items():
        cloud.set_boot_seconds(name, service.boot_seconds)
    cloud.clear_faults()
    for name, kind in request.faults.items():
        pin = settings.services[name].image or name
        image = settings.images[pin]
        found = image.id or (image_id(pin, image.version) if image.version else None)
        cloud.add_fault(Fault(FaultKind(kind), service=name, image=found))


async def _watch(cloud: CloudHandle, replay: Replay, observer: Observer) -> None:
    while True:
        replay.feed(await asyncio.to_thread(cloud.events, replay.last))
        observer.fleet(replay)
        await asyncio.sleep(LOOK_SECONDS)
