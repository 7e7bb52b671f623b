"""What is printed of every rollout, whatever it replaces: proof that is missing, a retry, when the gate gives up."""

from typing import Protocol

from strata.errors import RolloutError, StrataError
from strata.naming import recorded_service
from strata.rollout.record import ImageRef, Release
from strata.rollout.spec import Rollout, RolloutSpec

__all__ = [
    "Ended",
    "describe_current",
    "describe_deadline",
    "describe_none_wanted",
    "describe_other_rollout",
    "describe_retry",
    "describe_runaway",
    "how_to_leave",
    "how_to_leave_forbidden",
    "how_to_record",
    "how_to_retry",
    "how_to_rewrite",
    "not_proven",
    "not_taken_back",
    "reason_of",
    "rolls_to_the_pin",
]


class Ended(Protocol):
    """A rollout that has ended, as AWS describes it."""

    @property
    def status(self) -> str: ...

    @property
    def reason(self) -> str: ...


def reason_of(error: Exception) -> str:
    """An error in words: ours without its fix."""
    return error.message if isinstance(error, StrataError) else str(error)


def describe_none_wanted(fleet: str, unit: str, least: int) -> str:
    """That nothing runs where the settings want something: somebody has changed that by hand.

    Args:
        fleet: what has a number of them, such as "group".
        unit: what it has, such as "server".
        least: how many it has at least by its settings.
    """
    return f"the {fleet} wants no {unit}, although capacity.min is {least}"


def how_to_rewrite(place: str, *, earlier: bool | None = None) -> str:
    """What makes a record of one that somebody has written over.

    Args:
        place: stack and service, as the command line names them.
        earlier: whether there is a release to go back to. Default: nobody has looked.
    """
    again = f"`pulumi up --refresh --stack {place.partition(' ')[0]}` writes its record again, for what is pinned"
    if earlier is False:
        return again
    where = "" if earlier else "where there is an earlier release, "
    return f"{again}; {where}`strata rollout rollback {place}` goes back from it"


def how_to_record(
    units: str, fleet: str, place: str, *, unwritten: bool, unreadable: bool = False, runs: str | None = ""
) -> str:
    """What makes a record of what runs.

    Args:
        units: what proves it, such as "servers".
        fleet: what has them, such as "group".
        place: stack and service, as the command line names them.
        unwritten: whether there is no record at all. Somebody may have deleted it, which the engine does not see
            without a refresh.
        unreadable: whether somebody has written over it. Default: nobody has.
        runs: the version that runs, as far as that is noted; None where nothing runs. Default: it is not known.
    """
    if unreadable:
        return how_to_rewrite(place)
    proven = f"waits for its {units} and records what they prove, once the {fleet} has some"
    if not unwritten:
        return f"`pulumi up` {proven}"
    up = f"`pulumi up --refresh` {proven}"
    return up if runs is None else f"{up}; {rolls_to_the_pin(runs)}"


def rolls_to_the_pin(runs: str = "") -> str:
    """What a person should know before an `up` without a record, which cannot tell what is to stay.

    Args:
        runs: the version that runs, as far as that is noted. Default: it is not known.
    """
    return f"it rolls to what is pinned: first pin {runs or 'what runs'} where that is to stay"


def how_to_leave(recorded: Release | None) -> str:
    """How to leave a release that nothing has proven."""
    return f"Pin {recorded.image.version} to go back" if recorded else "Pin another image to leave it"


def how_to_leave_forbidden(rollout: Rollout) -> str:
    """How to leave a release that was forbidden when everything ran it already."""
    place = " ".join(recorded_service(rollout.spec.record) or (rollout.service,))
    now = f"; where something runs it still, `strata rollout rollback {place} --now` takes it back"
    return f"{how_to_leave(rollout.recorded)}{now if rollout.recorded else ''}."


def how_to_retry(recorded: Release | None) -> str:
    """What to do about a release whose rollout has failed."""
    kept = "; the record still names the release before" if recorded else ""
    return f"Pin an image that works and run `pulumi up` again{kept}."


def not_taken_back(rollout: Rollout, reason: str) -> RolloutError:
    """A rollout that goes wrong, and that must not go back.

    Args:
        rollout: the rollout.
        reason: why nobody waits for it any more, as a clause.
    """
    place = " ".join(recorded_service(rollout.spec.record) or (rollout.service,))
    return RolloutError(
        f"{rollout.service}: the rollout to {rollout.release.image} fails: {reason}; it is not taken back, since "
        f"{rollout.spec.no_way_back}, and goes on in AWS",
        fix="Run `pulumi up` again to go on watching it, or pin an image that works with `rollout.on_in_progress: "
        f"supersede`. To go back all the same: `strata rollout rollback {place} --now --force`.",
    )


def not_proven(rollout: Rollout, why: str, fix: str | None = None) -> RolloutError:
    """The error for a rollout that brought no proof.

    Args:
        rollout: the rollout.
        why: what kept it from being proven.
        fix: what to do. Default: to wait for something that can prove it.
    """
    spec = rollout.spec
    return RolloutError(
        f"{rollout.service}: {rollout.release.image} is not proven: {why}; the record still names "
        f"{rollout.recorded.image if rollout.recorded else 'no release'}",
        fix=fix or f"Run `pulumi up` again once the {spec.FLEET} has {spec.UNIT}s. {how_to_leave(rollout.recorded)}.",
    )


def describe_current(rollout: Rollout, *, runs: bool) -> str:
    """That nothing is replaced for a release that is proven.

    Args:
        rollout: the rollout.
        runs: whether anything runs it.
    """
    version, unit = rollout.release.image.version, rollout.spec.UNIT
    if runs:
        return f"every {unit} runs {version} already, none is replaced"
    return f"no {unit} runs, so none is replaced; {version} was proven before"


def describe_runaway(rollout: Rollout, error: Exception, command: str) -> str:
    """That a rollout which should stop goes on.

    Args:
        rollout: the rollout.
        error: why it could not be stopped.
        command: what stops it by hand, in backquotes.
    """
    return (
        f"{rollout.service}: THE ROLLOUT COULD NOT BE STOPPED and goes on to {rollout.release.image}: "
        f"{reason_of(error)}\n"
        f"  run this now: {command}"
    )


def describe_other_rollout(spec: RolloutSpec, recorded: Release, running: str, *, forward: bool) -> str:
    """That a rollout runs which nobody may watch, and which does not end with what is recorded and asked for.

    Args:
        spec: the service's settings.
        recorded: the release that is recorded, and asked for.
        running: which rollout it is, and how far, as a clause.
        forward: whether it still brings something, and does not go back.
    """
    place = " ".join(recorded_service(spec.record) or (spec.service,))
    does = "and brings something else" if forward else "and goes back"
    return (
        f"{spec.service}: not the release {recorded.image}: {running}, {does}; `strata rollout watch {place}` follows "
        f"it, and `strata rollout status {place}` then tells how to bring the release back"
    )


def describe_retry(service: str, image: ImageRef, failed: Ended) -> str:
    """That a release is tried again, and how it ended before."""
    return f"{service}: retry of {image.version}, which ended {failed.status}: {failed.reason}"


def describe_deadline(spec: RolloutSpec) -> str:
    """When the gate gives up on a rollout before AWS does."""
    return (
        "the gate stops it earlier: under the floor for two polls, or "
        f"{spec.patience_seconds} s without a further healthy new {spec.UNIT}"
    )
