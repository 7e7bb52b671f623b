"""The steps of a rollback, each of which the next run of the same command finds done, or does again.

What is begun is noted first, then the version that is left is forbidden, so that nobody rolls it out again meanwhile.
Only then anything is changed.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from strata.aws.target import plain_errors
from strata.errors import BusyError, RefusedError, RolloutError, StrataError, UsageError
from strata.images.proof_note import keep_proof_note
from strata.images.verdicts import ImageVerdict, VerdictStore
from strata.naming import veto_name
from strata.resource_hooks import Console
from strata.rollback.direct_rolls import DirectRoll
from strata.rollback.overtaken import find_other
from strata.rollback.past_fleets import fleet_of
from strata.rollback.rollback_pin import stack_pin
from strata.rollback.rollback_plan import RollbackPlan
from strata.rollback.service_place import ServicePlace
from strata.rollout.denials import is_denied
from strata.rollout.record import Release
from strata.verdict_names import vetoed_image_name

__all__ = ["RollbackReport", "planned_report", "require_pin", "rollback_by_pin", "rollback_now", "why_left"]


@dataclass(frozen=True)
class RollbackReport:
    """What a rollback did, or would do.

    Args:
        plan: what it was to do.
        now: whether it went straight through AWS.
        dry_run: whether nothing was done.
        recorded: what the record names now.
        idle: why nothing runs, as a clause; empty where something does.
        veto: what forbids the version that was left, or would; None where nothing does.
        pin_written: whether the stack file was changed.
        pin_trouble: why the stack file was not changed although it should be, or would not be; empty where it was, or
            need not be.
    """

    plan: RollbackPlan
    now: bool
    dry_run: bool
    recorded: Release
    idle: str = ""
    veto: ImageVerdict | None = None
    pin_written: bool = False
    pin_trouble: str = ""

    @property
    def file_to_commit(self) -> str | None:
        """The stack file that pins what somebody has to commit, unless that is done; None where nothing says so.

        Besides one that was written now, that is one which a run of this very rollback has left behind.
        """
        pin = self.plan.pin
        if pin.file is None or self.pin_trouble:
            return None
        changed = self.pin_written or pin.needed or self.plan.before is not None
        return pin.file.path.name if changed else None

    @property
    def pin_line(self) -> str | None:
        """What somebody has to commit by hand; None where the stack file says it."""
        return self.plan.pin.line if self.pin_trouble else None

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata rollout rollback` has it."""
        plan, pin = self.plan, self.plan.pin
        return {
            "project": plan.place.project,
            "stack": plan.place.stack,
            "service": plan.place.service,
            "from": plan.leaving.image.version or None,
            "to": plan.release.image.version,
            "image_id": plan.release.image.id,
            "digest": plan.release.digest,
            "recorded": self.recorded.image.version,
            "unreadable": plan.past.unreadable or None,
            "idle": self.idle or None,
            "now": self.now,
            "dry_run": self.dry_run,
            "continued": plan.begun is not None,
            "arrived": plan.arrived,
            "left_failed": plan.left_failed,
            "taken_back": plan.unfinished.id if plan.unfinished else None,
            "skipped": [{"version": each.version, "reason": why} for each, why in plan.target.skipped],
            "vetoed": str(self.veto) if self.veto else None,
            "pin": {
                "file": pin.file.path.name if pin.file else None,
                "to_commit": pin.line,
                "written": self.pin_written,
                "would_write": self.dry_run and pin.needed and not pin.cannot,
                "trouble": self.pin_trouble or None,
            },
        }


def why_left(plan: RollbackPlan, given: str | None) -> str:
    """The reason of the veto, in the caller's words or ours."""
    return given or f"left by a rollback to {plan.release.image.version}"


def planned_report(plan: RollbackPlan, reason: str | None, *, now: bool) -> RollbackReport:
    """What a rollback would do, with what would forbid the version that is left.

    Args:
        plan: what it is to do.
        reason: of the veto, in the caller's words. Default: ours.
        now: whether it is to go straight through AWS.
    """
    known = plan.past.vetoes.get(plan.leaving.image.version)
    veto = (known or ImageVerdict(why_left(plan, reason))) if plan.vetoes else None
    return RollbackReport(
        plan, now=now, dry_run=True, recorded=plan.recorded, idle=plan.idle, veto=veto, pin_trouble=plan.pin.cannot
    )


def _begin(plan: RollbackPlan, reason: str | None) -> ImageVerdict | None:
    """Note what begins, and forbid what is left."""
    place, store = plan.place, plan.place.record
    if plan.begun is None:
        store.begin(plan.leaving, plan.release, plan.past.record.newest)
    if not plan.vetoes:
        return None
    image = plan.leaving.image
    # what goes by two names would be forbidden to come back, too
    by_id = vetoed_image_name(store.name, image.id) if image.content != plan.release.image.content else None
    return VerdictStore(place.clients, place.clock).forbid(
        veto_name(store.name, image.version),
        why_left(plan, reason),
        images=[by_id] if by_id is not None else [],
        called=f"{image.name} {image.version}",
    )


def require_pin(plan: RollbackPlan) -> None:
    """Refuse a rollback by its pin where that cannot be changed.

    Raises:
        RefusedError: the stack file cannot be edited, or not without changing more.
    """
    if plan.pin.cannot:
        raise RefusedError(
            f"{plan.place.service}: the pin cannot be changed: {plan.pin.cannot}",
            fix=f"Write {plan.pin.line} where the image is named and run `pulumi up`, or roll back through AWS with "
            "--now.",
        )


@contextmanager
def _veto_named(plan: RollbackPlan, veto: ImageVerdict | None) -> Generator[None]:
    """An error that comes after the veto names it: it stays, so that nobody rolls the version out again meanwhile."""
    try:
        with plain_errors():
            yield
    except StrataError as error:
        if veto is not None:
            place, version = plan.place, plan.leaving.image.version
            error.advise(
                f"{version} is vetoed since this command began, so that no `pulumi up` rolls it out again; to let it "
                f"back in: `strata image unveto {place.called} {place.service} {version}`."
            )
        raise


@contextmanager
def _pin_named(plan: RollbackPlan) -> Generator[None]:
    """An error that comes after the pin is written names the file: it stays as it is, and differs from its commit."""
    try:
        with plain_errors():
            yield
    except StrataError as error:
        if plan.pin.file is not None:
            name, version = plan.pin.file.path.name, plan.release.image.version
            error.advise(
                f"{name} now pins {version}, whatever runs: commit {name} once the same command has succeeded, and "
                "restore it if you do not go back."
            )
        raise


async def rollback_by_pin(plan: RollbackPlan, reason: str | None, up: Callable[[], Awaitable[None]]) -> RollbackReport:
    """Write the pin and roll by the program's own gate.

    Args:
        plan: what to do.
        reason: why the version is left. Default: that it is.
        up: runs `pulumi up`, and raises if it fails.

    Raises:
        RefusedError: the stack file cannot be edited; nothing is changed then.
        RolloutError: `pulumi up` has succeeded without it.
        StrataError: `pulumi up` did not succeed; the next run of the same command continues.
    """
    require_pin(plan)
    veto = _begin(plan, reason)
    with _veto_named(plan, veto):
        if plan.pin.proves:
            # before the pin, which is refused without it where nothing is recorded
            keep_proof_note(plan.place.clients, plan.place.project, plan.place.stack, plan.pin.proof)
        written = plan.pin.write()
        with _pin_named(plan):
            await up()
            recorded = plan.place.record.release() or plan.recorded
            # an `up` may have replaced the fleet
            replaced = recorded.fleet != plan.recorded.fleet
            idle = fleet_of(plan.place.clients, recorded).idle() if replaced else plan.idle
            if not idle:
                _require_recorded(plan, recorded)
    return RollbackReport(plan, now=False, dry_run=False, recorded=recorded, idle=idle, veto=veto, pin_written=written)


def _require_recorded(plan: RollbackPlan, recorded: Release) -> None:
    """Refuse to call a rollback done that the record does not name.

    Raises:
        RolloutError: it names something else.
    """
    if recorded.image.id != plan.release.image.id:
        raise RolloutError(
            f"{plan.place.service}: `pulumi up` has succeeded, and the record names {recorded.image} instead of "
            f"{plan.release.image}",
            fix=f"Find out why the program does not run what the pin {plan.pin.name} names, or roll back through "
            "AWS with --now.",
        )


async def rollback_now(plan: RollbackPlan, reason: str | None, roll: DirectRoll, console: Console) -> RollbackReport:
    """Roll straight through AWS, then write the record and the pin.

    Args:
        plan: what to do.
        reason: why the version is left. Default: that it is.
        roll: rolls the service.
        console: where progress goes.

    Raises:
        RolloutError: the earlier release did not come back; the record names what it did before.
        PreflightError: it must not start.
        RefusedError: another rollback, to something else, has overtaken it.
    """
    veto = _begin(plan, reason)
    with _veto_named(plan, veto):
        try:
            release = await _rolled(plan, roll, console)
        except (BusyError, RolloutError) as error:
            if (other := find_other(plan)) is not None:
                raise other.error(plan, error.message.removeprefix(f"{plan.place.service}: ")) from error
            raise
        _record(plan, release, console)
        idle = plan.idle
    written, trouble = _pin(plan, console)
    return RollbackReport(
        plan, now=True, dry_run=False, recorded=release, idle=idle, veto=veto, pin_written=written, pin_trouble=trouble
    )


def _record(plan: RollbackPlan, release: Release, console: Console) -> None:
    """Write what came back into the record, unless that names what another rollback has brought since.

    Raises:
        RefusedError: another rollback decides what runs in the end.
    """
    other = find_other(plan)
    if other is None or not other.arrived:
        # whatever it says by now: a rollout that was to be taken back may have succeeded before
        plan.place.record.write(plan.place.service, release)
    if other is None:
        return
    if other.prevails:
        raise (find_other(plan) or other).error(plan, f"it has brought {release.image.version}")
    console.warn(f"{plan.place.service}: {other.clause}; what runs now is of this one")


async def _rolled(plan: RollbackPlan, roll: DirectRoll, console: Console) -> Release:
    """The release that came back."""
    place = plan.place
    if plan.unfinished is not None:
        console.say(f"{place.service}: taking back the rollout to {plan.leaving.image.version or 'something else'}")
        ended = await roll.take_back(plan.unfinished.id, forward=plan.unfinished.forward)
        console.say(f"{place.service}: that rollout has ended {ended}")
    release = await roll.made_newest(plan.release)
    try:
        await roll.roll(release)
    except RolloutError as error:
        raise RolloutError(
            error.message,
            fix=f"{plan.said_of_record} Choose another release with --to VERSION, or run the same command again.",
        ) from error
    return release


def _pin(plan: RollbackPlan, console: Console) -> tuple[bool, str]:
    """Whether the pin was written, and what kept it from being written: the service is back all the same."""
    # as the file is now: it has had minutes to change
    pin = stack_pin(plan.place, plan.release, plan.pin.proof)
    try:
        if pin.proves and pin.proof:
            # also where it is committed by hand: what runs now needs no proof, and what comes back later does
            _note_proof(plan.place, pin.proof, console)
        return (False, pin.cannot) if pin.cannot else (pin.write(), "")
    except (RefusedError, UsageError) as error:
        return False, error.message


def _note_proof(place: ServicePlace, proof: Mapping[str, Any], console: Console) -> None:
    try:
        keep_proof_note(place.clients, place.project, place.stack, proof)
    except Exception as error:
        if not is_denied(error):
            raise
        console.warn(
            f"{place.service}: the proof of this pin could not be noted in AWS, so that a stack that requires proofs "
            f"refuses it once another release has run: allow ssm:PutParameter, and run the command again: {error}"
        )
