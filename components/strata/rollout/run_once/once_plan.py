"""What a plan says of what runs once before the rollout."""

import shlex

from strata.durations import duration_text
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.once_note import OnceNote, OncePhase, once_name, read_once
from strata.rollout.plan_warning import PlanWarning
from strata.rollout.spec import RolloutSpec

__all__ = ["describe_once", "find_once_warnings", "once_lines"]


def describe_once(spec: RolloutSpec, note: OnceNote | None = None, *, of_image: bool = False) -> list[str]:
    """What runs before the rollout, as lines; none where nothing does.

    Args:
        spec: how the service is rolled.
        note: of the task for the very release; None where there is none, or where nobody knows the release yet.
        of_image: whether the note is of a release of the same image, which may be another one. Default: it is not.
    """
    before = spec.before
    if before is None:
        return []
    if note is not None and note.phase is OncePhase.SUCCEEDED:
        release, unless = ("this release", "")
        if of_image:
            release, unless = note.image.version, " unless something else of the release differs"
        return [f"{before.name} has run for {release} already, at {note.began}, and is not repeated{unless}"]
    limit = duration_text(60 * before.timeout_minutes)
    line = f"first runs {before.name} once for this release: {shlex.join(before.command)}"
    state = "" if note is None else f"; the last time it was {note.phase}, begun at {note.began}"
    if note is not None and note.phase is OncePhase.RUNNING:
        state = f"; it was begun at {note.began}, and nobody has noted its end"
    return [f"{line}, for up to {limit}; nothing is replaced unless it succeeds{state}"]


def find_once_warnings(spec: RolloutSpec) -> list[PlanWarning]:
    """That nothing can go back after it, where that is so."""
    if not spec.no_way_back:
        return []
    return [
        PlanWarning(
            "rollout-one-way",
            f"{spec.no_way_back}: what still runs of it may fail until it is replaced, this rollout does not go back "
            "by itself, and `strata rollout rollback` past it needs --force",
        )
    ]


async def once_lines(aws: AsyncAws, spec: RolloutSpec, digest: str | None) -> list[str]:
    """What runs before the rollout, as lines of a preview, with what is noted of that, where the release is known.

    Args:
        aws: AWS.
        spec: how the service is rolled.
        digest: of the release; None while unknown.
    """
    note: OnceNote | None = None
    if spec.before is not None and digest is not None:
        name = once_name(spec.record, spec.before.name, digest)
        note = read_once((await aws.parameters([name])).get(name))
    return [f"  {line}" for line in describe_once(spec, note)]
