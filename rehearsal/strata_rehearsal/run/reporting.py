"""Makes the report of a rehearsal from the engine's result and the local AWS's event log, and keeps its chart."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import combinations, count
from pathlib import Path

from strata.engine.engine_run import EngineResult
from strata.exit_code import ExitCode
from strata.policy import Violation
from strata.rollout.live_service import LiveService
from strata.rollout.servers.refresh import Status
from strata.rollout.tasks.deployment import DeploymentStatus
from strata.settings.freeze_spans import FreezeLook
from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.chart import chart
from strata_rehearsal.run.made_up_images import MadeUpImage
from strata_rehearsal.run.playbook_runs import PlaybookRun
from strata_rehearsal.run.program_errors import HookError, common_code, errors_explained
from strata_rehearsal.run.rehearsal_report import (
    RehearsalOutcome,
    RehearsalReport,
    RehearsedRollout,
)
from strata_rehearsal.run.rehearsed_rollouts import rehearsed_rollout, service_state, versions_running
from strata_rehearsal.run.rehearsed_settings import RehearsedService
from strata_rehearsal.run.replay import Replay
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.stack_fleets import stack_fleets, unnamed_fleets
from strata_rehearsal.run.taken_proofs import TakenProof

__all__ = ["LATEST", "keep", "outcome_of", "ready_folder", "report"]


LATEST = "latest.svg"


_OUTCOMES = {
    ExitCode.BAD_INPUT: RehearsalOutcome.INVALID,
    ExitCode.REFUSED: RehearsalOutcome.REFUSED,
    ExitCode.BUSY: RehearsalOutcome.BUSY,
}
"""What an error of the program or of a hook makes of a rehearsal."""

_ROLLED_BACK = frozenset({Status.ROLLBACK_SUCCESSFUL.value, DeploymentStatus.ROLLBACK_SUCCESSFUL.value})


def report(
    request: RehearsalRequest,
    *,
    cloud: CloudHandle,
    result: EngineResult,
    replay: Replay,
    findings: tuple[Violation, ...],
    known: frozenset[str],
    wanted: Mapping[str, RehearsedService],
    maintained: Collection[str],
    playbooks: tuple[PlaybookRun, ...],
    region: str,
    made_up: tuple[MadeUpImage, ...],
    taken_proofs: tuple[TakenProof, ...],
    freeze: FreezeLook,
    gave_up: Mapping[str, str],
    raised: tuple[HookError, ...],
    inspected: Mapping[str, LiveService],
    at: datetime,
    seconds: float,
) -> RehearsalReport:
    """What a rehearsal did and left.

    Args:
        request: what was asked.
        cloud: the local AWS.
        result: how the engine ended.
        replay: everything that happened.
        findings: what the policy rules found.
        known: rollouts that were there before.
        wanted: what each service was to run, in the order of the stack file.
        maintained: the fleets of the stack file that are changed in place, of which no release is reported.
        playbooks: what became of the playbooks of those fleets.
        region: the AWS region the stack is in.
        made_up: images that were made up for it.
        taken_proofs: proofs for which there is only the stack file's word.
        freeze: the freeze windows that were left out.
        gave_up: why the gate stopped a rollout, by service.
        raised: what arose in the program and its hooks.
        inspected: every service as `strata rollout status` sees it, by name.
        at: when it began on the wall clock.
        seconds: how long it took on the wall clock.
    """
    state = cloud.state()
    fleets = stack_fleets(state, request.stack, wanted)
    names = {image["id"]: image["name"] for image in state["images"]}
    rollouts = tuple(
        rehearsed_rollout(
            replay,
            rolled,
            (fleet := fleets[rolled.fleet]),
            wanted=wanted[fleet.service],
            gave_up=gave_up.get(fleet.service, ""),
        )
        for rolled in replay.rolled.values()
        if rolled.id not in known and rolled.fleet in fleets
    )
    services = [
        service_state(
            replay,
            replay.fleets[key],
            wanted=wanted[fleet.service],
            names=names,
            found=inspected.get(fleet.service),
        )
        for key, fleet in fleets.items()
    ]
    return RehearsalReport(
        stack=request.stack,
        outcome=outcome_of(result, rollouts, findings, raised, playbooks),
        seconds=seconds,
        endpoint=cloud.endpoint,
        region=region,
        made_up=made_up,
        taken_proofs=taken_proofs,
        freeze=freeze,
        changes=result.changes,
        rollouts=rollouts,
        playbooks=playbooks,
        services=tuple(sorted(services, key=lambda each: list(wanted).index(each.service))),
        outputs=result.outputs,
        errors=tuple(errors_explained(result.errors)),
        findings=findings,
        unnamed={
            each.service: versions
            for each in unnamed_fleets(state, request.stack, {*wanted, *maintained})
            if each.key in replay.fleets and (versions := versions_running(replay, replay.fleets[each.key]))
        },
        units=frozenset(each.unit for each in wanted.values()),
        chart=keep(request.state_folder, request.stack, at, chart(rollouts, stack=request.stack, at=at))
        if rollouts
        else None,
    )


def outcome_of(
    result: EngineResult,
    rollouts: tuple[RehearsedRollout, ...],
    findings: tuple[Violation, ...],
    raised: tuple[HookError, ...] = (),
    playbooks: tuple[PlaybookRun, ...] = (),
) -> RehearsalOutcome:
    """How a rehearsal ended.

    Args:
        result: how the engine did.
        rollouts: those it began.
        findings: what the policy rules found.
        raised: what arose in the program and its hooks.
        playbooks: what became of the playbooks of fleets that are changed in place: the engine does not wait for it.
    """
    if result.ok:
        if any(each.mandatory for each in findings):
            return RehearsalOutcome.REFUSED
        failed = any(each.failed for each in playbooks)
        return RehearsalOutcome.FAILED if failed else RehearsalOutcome.SUCCEEDED
    if any(rollout.status in _ROLLED_BACK for rollout in rollouts) or _returned(rollouts):
        return RehearsalOutcome.ROLLED_BACK
    if result.interrupted:
        return RehearsalOutcome.INTERRUPTED
    code = common_code(result.errors, raised)
    return _OUTCOMES.get(code, RehearsalOutcome.FAILED)


def _returned(rollouts: Sequence[RehearsedRollout]) -> bool:
    """Whether a gate deployed again what ran before, because a success of AWS did not hold."""
    done = [each.timeline for each in rollouts if each.status == DeploymentStatus.SUCCESSFUL]
    return any(
        (one.service, one.before, one.after) == (later.service, later.after, later.before)
        for one, later in combinations(done, 2)
        if one.before
    )


def keep(state_folder: Path, stack: str, at: datetime, picture: str) -> Path:
    """Write a picture beside those of earlier runs.

    Args:
        state_folder: where rehearsals keep things.
        stack: name of the stack; it has a folder of its own.
        at: when the run began; names the file.
        picture: an SVG document.

    Returns:
        the file.
    """
    folder = ready_folder(state_folder, stack)
    file = _write(folder, f"{at:%Y-%m-%dT%H%M%SZ}", picture)
    _point(folder / LATEST, file)
    return file


def ready_folder(state_folder: Path, stack: str) -> Path:
    """The folder of a stack's pictures, made if missing. Asked for before a run, whose report would be lost over it.

    Args:
        state_folder: where rehearsals keep things.
        stack: name of the stack.
    """
    folder = state_folder / "rollouts" / stack.rsplit("/", 1)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(folder: Path, stem: str, picture: str) -> Path:
    """Write to a name that is free: two runs may begin in one second."""
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.svg" for number in count(1))
    file = next(folder / name for name in names if not (folder / name).exists())
    file.write_text(picture, encoding="utf-8")
    return file


def _point(link: Path, file: Path) -> None:
    """Let the link name the file, in one step; a copy where the file system has no links."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(file.name)
    except OSError:
        shutil.copyfile(file, fresh)
    fresh.replace(link)
