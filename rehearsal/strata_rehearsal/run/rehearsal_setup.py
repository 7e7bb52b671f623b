"""Makes everything ready for a run: the CLI, the local AWS with the rehearsal's images and faults, the workspace."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.progress import Progress, silent
from strata.engine.pulumi_cli import Cli
from strata.engine.set_up_process import in_thread
from strata.errors import NOTED_ERRORS, UsageError
from strata.project.location import local_aws_folder, project_name, python_program
from strata.rollout.verifying.balancer_request import LOAD_BALANCERS_VARIABLE
from strata.settings.models import StackSettings
from strata_rehearsal.cloud.cloud_process import DEFAULT_SPEED, CloudHandle, find, start, stop
from strata_rehearsal.cloud.faults import Fault
from strata_rehearsal.needs import require_packages
from strata_rehearsal.run.aws_config import (
    OWN_KEYS,
    aws_config,
    aws_environment,
    profile_regions,
    write_profiles,
)
from strata_rehearsal.run.made_up_images import MadeUpImage, make_up_images
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.stack_lock import starting
from strata_rehearsal.run.taken_proofs import TakenProof, take_proofs
from strata_rehearsal.workspace.home import Home, ready_home
from strata_rehearsal.workspace.recovery import recover
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace

__all__ = ["OWNER_FILE", "forgotten", "hook_errors_file", "prepare", "require_ready", "set_scene", "set_up_cli"]

FREEZES: Final = "strata:freezes"
"""Left out: a rehearsal is a try, at whatever time, and its clock is not the one that windows are meant by."""

PROFILES_FILE = "aws-profiles"
"""Stand-ins for the profiles of whoever rehearses."""

NOTHING_RUNS: Final[Mapping[str, str]] = MappingProxyType({})

OWNER_FILE = "aws-run"
"""Names the run of the local AWS that the engine's state belongs to."""


async def prepare(
    request: RehearsalRequest,
    rehearsed: RehearsedSettings,
    progress: Progress,
    step: Callable[[str], object] = silent,
    made_up: Callable[[MadeUpImage], object] = lambda _image: None,
    taken: Callable[[TakenProof], object] = lambda _proof: None,
) -> tuple[StackEngine, CloudHandle]:
    """The engine on the stack's private folder and a local AWS it fits, whatever an earlier run left behind.

    Args:
        request: what is rehearsed; its stack is claimed.
        rehearsed: the stack's rehearsed.
        progress: called with a line about whatever takes long, and about what an earlier run left behind.
        step: called with what is done next. Default: nothing is called.
        made_up: called with each machine image that is made up. Default: nothing is called.
        taken: called with each proof for which there is only the stack file's word. Default: nothing is called.
    """
    require_ready(request)
    cli = await set_up_cli(progress)
    home = ready_home(request.state_folder / "pulumi", cli, plugins_of=request.plugins_of)
    cloud = await _ready_cloud(request, home, step)
    workspace = ready_workspace(
        home,
        request.project,
        request.stack,
        config={**aws_config(cloud.endpoint, rehearsed.region), **rehearsed.config},
        without=OWN_KEYS | {FREEZES},
    )
    profiles = home.root / PROFILES_FILE
    write_profiles(profiles, profile_regions(rehearsed.profile))
    environment = {
        "STRATA_CLOCK": cloud.clock.variable(),
        LOAD_BALANCERS_VARIABLE: cloud.endpoint,
        NOTED_ERRORS: str(hook_errors_file(home, request)),
        **aws_environment(cloud.endpoint, rehearsed.region, profiles),
    }
    engine = StackEngine(cli, home, workspace, environment=environment)
    for image in make_up_images(cloud, rehearsed):
        made_up(image)
    for proof in take_proofs(cloud, rehearsed, project_name(request.project), request.stack.rsplit("/", 1)[-1]):
        taken(proof)
    step("starting the engine")
    try:
        await recover(engine, progress, alone=True)
        await engine.create_stack()
    except asyncio.CancelledError:
        engine.state.release()
        raise
    step("starting the program")
    return engine, cloud


async def set_up_cli(progress: Progress) -> Cli:
    """The Pulumi CLI; set up first, once for all rehearsals, where there is none."""
    return await in_thread(ready_cli, progress)


def require_ready(request: RehearsalRequest) -> None:
    """Refuse what cannot succeed, before minutes go into setting up a toolchain."""
    python_program(request.project)
    require_packages()


def hook_errors_file(home: Home, request: RehearsalRequest) -> Path:
    """Where a program and its hooks note what they raise; see `program_errors`."""
    return home.logs / f"{request.stack}-hook-errors.jsonl"


async def _ready_cloud(request: RehearsalRequest, home: Home, step: Callable[[str], object]) -> CloudHandle:
    """The local AWS of the project; one that was just started is stopped again if this is cancelled meanwhile."""
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
            fix=f"Stop it first: `strata rehearse {request.stack} --stop`.",
        )
    return running


def _same_world(home: Home, cloud: CloudHandle) -> None:
    """A local AWS that was started again is empty, so what the engine remembers of the one before is forgotten."""
    owner = home.root / OWNER_FILE
    if owner.is_file() and owner.read_text() == cloud.token:
        return
    shutil.rmtree(home.state, ignore_errors=True)
    home.state.mkdir(parents=True)
    draft = owner.with_name(f"{OWNER_FILE}.new")
    draft.write_text(cloud.token)
    draft.replace(owner)


def set_scene(
    request: RehearsalRequest,
    settings: StackSettings,
    cloud: CloudHandle,
    released: Mapping[str, str] = NOTHING_RUNS,
    versions: Mapping[str, str] | None = None,
) -> None:
    """Boot times and faults of this rehearsal; those of the one before that are not requested again are lifted.

    Lifting a fault lets its servers recover, so one that is asked for again must not be lifted for a moment: the
    servers that have it would prove a release that is said to be bad.

    Args:
        request: names the faults.
        settings: those of the stack, with the requested images put in.
        cloud: the local AWS.
        released: the digest of what a container service runs, by service. Default: none runs.
        versions: versions of images by id or digest. Default: what is known of them in the local AWS.
    """
    for name, service in {**settings.services, **settings.container_services}.items():
        cloud.set_boot_seconds(name, service.boot_seconds)
    cloud.set_answers(_expected_answers(settings), versions or {})
    wanted = request.fault_names(settings).resolved(request.faults, released)
    for fault in map(Fault.parse, cloud.state()["faults"]):
        if fault not in wanted:
            cloud.clear_faults(fault.kind, fault.service, fault.image)
    for fault in wanted:
        cloud.add_fault(fault)


def _expected_answers(settings: StackSettings) -> dict[str, dict[str, Any]]:
    """What services are taken to answer as long as they work: what their stack expects of them."""
    services = {**settings.services, **settings.container_services}
    asked = {name: each.rollout.verify for name, each in services.items()}
    return {name: verify.expect.model_dump() for name, verify in asked.items() if verify is not None and verify.path}
