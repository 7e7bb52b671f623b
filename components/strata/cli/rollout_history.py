"""`strata rollout history STACK SERVICE`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, print_warning, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.rollback.failed_rollouts import FailedRollout
    from strata.rollback.past_releases import PastRelease
    from strata.rollback.service_history import ServiceHistory
    from strata.rollout.once_note import OnceNote

__all__ = ["history"]


@click.command("history", short_help="Show the releases that a service ran, and the rollouts that failed.")
@stack_argument
@click.argument("service")
@local_option
@cwd_option
@json_option
def history(stack: str, service: str, cwd: Path, *, local: bool, as_json: bool) -> int:
    """Show the releases that a service ran, newest first, and the rollouts that failed.

    Only reads AWS: the record and its history, not what runs. A release that somebody has renamed in the record by hand
    is listed as that, with what its image proves to be. Ends with 2 if the record, or a note of what ran once,
    cannot be read as it is now.
    Without a project at hand, name the stack in full: strata rollout history acme/shop/prod web.
    """
    from strata.aws.target import plain_errors
    from strata.rollback.looking_back import look_back
    from strata.rollback.service_place import find_service

    with plain_errors():
        found, unchecked = look_back(find_service(cwd, stack, service, local=local, warn=print_warning))
    for said in unchecked:
        print_warning(said)
    if as_json:
        print_json(found.document())
    else:
        _print(found)
    return ExitCode.BAD_INPUT if found.unreadable or found.once.spoilt else ExitCode.OK


def _print(found: "ServiceHistory") -> None:
    from strata.rollback.service_history import in_time
    from strata.rollout.messages import how_to_rewrite

    print_columns([_line(each) for each in in_time(found.record.releases, found.failed, found.once.notes)])
    if found.unreadable:
        line = f"{found.place.service}: {found.unreadable}, so nothing says which of these it names"
        echo(styled(line, fg="red"))
        named = f"{found.place.called} {found.place.service}"
        echo(f"fix: {how_to_rewrite(named, earlier=found.has_earlier)}.")
    elif found.absent is not None:
        echo(styled(f"{found.place.service}: {found.absent.message}", fg="red"))
        echo(f"fix: {found.absent.fix}")
    elif found.record.current is None:
        echo(f"{found.place.service}: nothing is proven to run")
    for each in found.once.unreadable:
        echo(styled(f"{found.place.service}: {each}, so nobody knows what became of it", fg="red"))
    for each in found.limits:
        echo(styled(each, dim=True))


def _line(each: "PastRelease | FailedRollout | OnceNote") -> list[str]:
    from strata.rollback.failed_rollouts import FailedRollout
    from strata.rollout.once_note import OnceNote

    if isinstance(each, OnceNote):
        return _once(each)
    return _failure(each) if isinstance(each, FailedRollout) else _release(each)


def _once(note: "OnceNote") -> list[str]:
    from strata.clock import parse_moment
    from strata.rollout.once_note import OncePhase

    said = [f"{note.task} {note.state}", *([f"attempt {note.attempt}"] if note.attempt > 1 else [])]
    said += [f"compatible: {note.compatible}", f"by {note.by}", *(note.reason.splitlines()[:1])]
    what = styled("ran once", fg="red") if note.phase is OncePhase.FAILED else "ran once"
    return [f"{parse_moment(note.began):%Y-%m-%d %H:%M}", note.image.version, what, "; ".join(said)]


def _release(past: "PastRelease") -> list[str]:
    image = past.release.image
    marks = [past.proven.deviation] if past.proven is not None else []
    marks += ["recorded now"] if past.current else []
    if past.forbidden:
        marks.append(past.forbidden.removeprefix("it is "))
    at = f"{past.at:%Y-%m-%d %H:%M}" if past.at else ""
    said = "; ".join(
        [f"{image.name} {past.release.digest} {image.id}", *([f"by {past.by}"] if past.by else []), *marks]
    )
    what = "released" if past.proven is None else styled("renamed", fg="red")
    return [at, styled(image.version, bold=past.current), what, said]


def _failure(failed: "FailedRollout") -> list[str]:
    at = failed.ended or failed.started
    took = f"after {failed.took}: " if failed.took else ""
    reason = failed.reason.splitlines()[0] if failed.reason else "no reason given"
    return [
        f"{at:%Y-%m-%d %H:%M}" if at else "",
        failed.target or ("same release" if failed.same_release else "?"),
        styled("not refreshed" if failed.same_release else "failed", fg="red"),
        f"{took}{failed.status}: {reason}{f'; by {failed.by}' if failed.by else ''}",
    ]
