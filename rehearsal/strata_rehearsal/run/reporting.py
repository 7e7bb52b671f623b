"""Makes the report of a rehearsal from the engine's result and the local AWS's event log, and keeps its chart."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from strata.engine.engine_run import EngineResult
from strata.exit_code import ExitCode
from strata.policy import Violation
from strata.rollout.servers.live_servers import LiveServers
from strata.rollout.servers.preferences import Preferences, ceiling, floor
from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.chart import chart
from strata_rehearsal.run.program_errors import HookError, common_code, missing_profiles_explained
from strata_rehearsal.run.rehearsal_report import (
    NO_VERSION,
    RehearsalOutcome,
    RehearsalReport,
    RehearsedRollout,
    ServiceState,
)
from strata_rehearsal.run.replay import FleetHistory, Made, Replay, Rolled, samples_between
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.rollout_timeline import RolloutTimeline, phases_of

__all__ = ["LATEST", "keep", "outcome_of", "ready_folder", "report"]


LATEST = "latest.svg"


_OUTCOMES = {
    ExitCode.BAD_INPUT: RehearsalOutcome.INVALID,
    ExitCode.REFUSED: RehearsalOutcome.REFUSED,
    ExitCode.BUSY: RehearsalOutcome.BUSY,
}
"""What an error of the program or of a hook makes of a rehearsal."""


def report(
    request: RehearsalRequest,
    *,
    cloud: CloudHandle,
    result: EngineResult,
    replay: Replay,
    findings: tuple[Violation, ...],
    known: frozenset[str],
    wanted: Mapping[str, str],
    region: str,
    gave_up: Mapping[str, str],
    raised: tuple[HookError, ...],
    inspected: Mapping[str, LiveServers],
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
        known: refreshes that were there before.
        wanted: the version each service was to run, in the order of the stack file.
        region: the AWS region the stack is in.
        gave_up: why the gate stopped a rollout, by service.
        raised: what arose in the program and its hooks.
        inspected: every service as `strata rollout status` sees it, by name.
        at: when it began on the wall clock.
        seconds: how long it took on the wall clock.
    """
    state = cloud.state()
    groups = {
        name: found for name, found in _groups(state) if _in_stack(found, request.stack) and found["service"] in wanted
    }
    versions = {image["id"]: image["version"] for image in state["images"]}
    names = {image["id"]: image["name"] for image in state["images"]}
    rollouts = tuple(
        _rollout(replay.fleets[rolled.group], rolled, groups[rolled.group], versions, wanted, gave_up)
        for rolled in replay.rolled.values()
        if rolled.id not in known and rolled.group in groups
    )
    services = [_service(replay.fleets[name], versions, names, inspected) for name in groups]
    return RehearsalReport(
        stack=request.stack,
        outcome=outcome_of(result, rollouts, findings, raised),
        seconds=seconds,
        endpoint=cloud.endpoint,
        region=region,
        changes=result.changes,
        rollouts=rollouts,
        services=tuple(sorted(services, key=lambda each: list(wanted).index(each.service))),
        outputs=result.outputs,
        errors=tuple(missing_profiles_explained(result.errors)),
        findings=findings,
        chart=keep(request.state_folder, request.stack, at, chart(rollouts, stack=request.stack, at=at))
        if rollouts
        else None,
    )


def _groups(state: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((group["name"], group) for group in state["groups"] if not group["deleting"])


def _in_stack(group: Mapping[str, Any], stack: str) -> bool:
    return group["tags"].get("strata:stack") == stack


def outcome_of(
    result: EngineResult,
    rollouts: tuple[RehearsedRollout, ...],
    findings: tuple[Violation, ...],
    raised: tuple[HookError, ...] = (),
) -> RehearsalOutcome:
    """How a rehearsal ended.

    Args:
        result: how the engine did.
        rollouts: those it began.
        findings: what the policy rules found.
        raised: what arose in the program and its hooks.
    """
    if result.ok:
        return RehearsalOutcome.REFUSED if any(each.mandatory for each in findings) else RehearsalOutcome.SUCCEEDED
    if any(rollout.status == "RollbackSuccessful" for rollout in rollouts):
        return RehearsalOutcome.ROLLED_BACK
    if result.interrupted:
        return RehearsalOutcome.INTERRUPTED
    code = common_code(result.errors, raised)
    return _OUTCOMES.get(code, RehearsalOutcome.FAILED)


def _rollout(
    fleet: FleetHistory,
    rolled: Rolled,
    group: Mapping[str, Any],
    versions: Mapping[str, str],
    wanted: Mapping[str, str],
    gave_up: Mapping[str, str],
) -> RehearsedRollout:
    refresh = next(each for each in group["refreshes"] if each["InstanceRefreshId"] == rolled.id)
    preferences = Preferences.from_api(refresh["Preferences"])
    target = rolled.target
    ended = rolled.ended_at if rolled.ended_at is not None else max(look.at for look in fleet.looks)
    samples = samples_between(fleet, rolled.began_at, ended, target)
    desired = samples[0].desired
    return RehearsedRollout(
        timeline=RolloutTimeline(
            service=fleet.service,
            before=_before(fleet, rolled, target, versions),
            after=_version(fleet, target, versions) or wanted.get(fleet.service, ""),
            samples=samples,
            floor=floor(desired, preferences),
            ceiling=ceiling(desired, preferences),
            phases=phases_of(rolled.transitions, ended),
            stopped_at=rolled.stopped_at,
        ),
        status=rolled.status,
        reason=rolled.reason,
        gave_up=gave_up.get(fleet.service, "") if rolled.stopped_at is not None else "",
        id=rolled.id,
        batches=rolled.batches,
    )


def _before(fleet: FleetHistory, rolled: Rolled, target: Made | None, versions: Mapping[str, str]) -> str:
    """The version most servers ran when the refresh began."""
    at_start = [look for look in fleet.looks if look.at <= rolled.began_at][-1]
    others = {made: count for made, count in at_start.servers.items() if made != target}
    return _version(fleet, max(others, key=lambda made: others[made]), versions) if others else ""


def _version(fleet: FleetHistory, made: Made | None, versions: Mapping[str, str]) -> str:
    image = fleet.images.get(made, "") if made else ""
    return versions.get(image, image)


def _service(
    fleet: FleetHistory, versions: Mapping[str, str], names: Mapping[str, str], inspected: Mapping[str, LiveServers]
) -> ServiceState:
    last = fleet.looks[-1]
    # by server: the numbers of two templates are not the same versions
    found = inspected.get(fleet.service)
    images = {server.image for server in fleet.servers.values() if server.counts}
    return ServiceState(
        service=fleet.service,
        image_name=next((names[image] for image in sorted(images) if image in names), fleet.service),
        version=" and ".join(sorted(versions.get(image, image) for image in images)) or NO_VERSION,
        healthy=last.healthy,
        desired=last.desired,
        deviations=found.deviations if found else (),
        running=dict(found.running) if found else {},
        way_back=(found.way_back or None) if found else None,
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
