"""`strata break-glass open STACK INSTANCE`, `close STACK [INSTANCE]` and `list STACK`."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, print_warning, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.break_glass.closing import ClosedGlass
    from strata.break_glass.presence import GlassPresence
    from strata.rollout.break_glass_note import BreakGlass
    from strata.rollout.stack_place import StackPlace

__all__ = ["command"]

KEPT: Final = MappingProxyType(
    {
        "standby": "in standby, and a fresh server takes its place",
        "in-service": "in service, protected from scale-in",
        "task": "in service, protected from scale-in and from deployments until then",
    }
)
"""What is said of a server or a task, by the mode in which it is kept."""

OUT_OF_SERVICE: Final = "out of service, where its group has kept it after a rollout that failed"
"""What is said of one that is in nobody's place."""

UNREADABLE: Final = "unreadable"
"""The state of a note that somebody has written over."""


@click.group(
    "break-glass", short_help="Let somebody into a running server or task, and keep what was done there apart."
)
def command() -> None:
    """Let somebody into a running server or task, and keep what was done there apart.

    Requires neither the engine nor the stack's lock.
    """


@command.command("open", short_help="Let somebody into a server or a task, which never becomes the release again.")
@stack_argument
@click.argument("instance")
@click.option("--reason", required=True, help="Why, for everybody who asks later.")
@click.option("--for", "span", default="2h", show_default=True, help="For how long, from 15m to 24h.")
@click.option("--in-service", is_flag=True, help="Leave a server in service, protected from scale-in.")
@dry_run_option
@local_option
@cwd_option
@json_option
def open_(
    stack: str,
    instance: str,
    reason: str,
    span: str,
    cwd: Path,
    *,
    in_service: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> None:
    """Take a server out of service with a fresh one in its place, mark it as tainted, and show the way into it.

    INSTANCE is the id of a server, or the id or ARN of a task of a container service, which stays in service.
    Who opened it and why is noted, and until it is closed no image is promoted from STACK for its service. The same
    command prolongs it. For example:
    strata break-glass open prod i-0f3c51d29a7e84b61 --reason "the queue hangs" --for 1h
    """
    from strata.aws.target import plain_errors
    from strata.break_glass.find_unit import require_unit
    from strata.break_glass.glass_terms import require_span, require_why
    from strata.break_glass.opening import GlassOrder, open_break_glass

    order = GlassOrder(require_unit(instance), require_why(reason), require_span(span), in_service=in_service)
    with plain_errors():
        place = _place(cwd, stack, local=local)
        opened = open_break_glass(place, order, dry_run=dry_run)
    note = opened.note
    if as_json:
        print_json({"stack": place.stack, **opened.document(place.clock.now())})
        return
    label = f"{note.unit} of {note.service} in {place.title}"
    if dry_run:
        echo(f"would {'prolong' if opened.prolonged else 'open'} {label} until {note.until}; nothing was done")
        return
    said = "prolonged" if opened.prolonged else "opened"
    reason = note.extended_reason or note.reason
    echo(styled(f"{said} {label} until {note.until}: {reason}", bold=True))
    echo(f"it is {OUT_OF_SERVICE if opened.kept else KEPT[note.mode]}")
    echo(f"way in: {opened.way_in}")
    echo(f"when you are done: {note.how_to_close(stack)}, or --no-change where nothing was changed")


@command.command("close", short_help="End a server or a task that somebody was let into, and keep the note as history.")
@stack_argument
@click.argument("instance", required=False)
@click.option("--fixed-in", metavar="VERSION", help="The version of the image that has what was done by hand.")
@click.option("--no-change", metavar="REASON", help="Nothing was changed, so no version has to have it; say why.")
@click.option("--expired", is_flag=True, help="In place of INSTANCE: everything that is over.")
@dry_run_option
@local_option
@cwd_option
@json_option
def close(
    stack: str,
    instance: str | None,
    fixed_in: str | None,
    no_change: str | None,
    cwd: Path,
    *,
    expired: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> int:
    """End a server or a task that somebody was let into, and keep the note as history.

    No image is promoted from STACK for its service until the note says which version has the fix, or that nothing was
    changed; the same command says so later. With --expired it ends with the code of what could not be ended.
    For example: strata break-glass close prod i-0f3c51d29a7e84b61 --fixed-in 1.5.1
    """
    from strata.aws.target import plain_errors
    from strata.break_glass.closing import GlassEnd, close_break_glass, close_expired
    from strata.break_glass.find_unit import require_unit
    from strata.break_glass.glass_terms import require_why
    from strata.images.given_values import require_version

    _refuse_mixed(instance, fixed_in, no_change, expired=expired)
    if fixed_in is not None:
        require_version(fixed_in, tags=True, fix=f"Write it as `strata image list {stack}` shows it.")
    end = GlassEnd(fixed_in or "", require_why(no_change, "--no-change") if no_change is not None else "")
    unit = require_unit(instance) if instance is not None else None
    with plain_errors():
        place = _place(cwd, stack, local=local)
        if unit is not None:
            closed = [close_break_glass(place, unit, end, dry_run=dry_run)]
        else:
            closed = close_expired(place, dry_run=dry_run)
    if as_json:
        now = place.clock.now()
        print_json({"stack": place.stack, "dry_run": dry_run, "closed": [each.document(now) for each in closed]})
    else:
        _print_closed(closed, stack, dry_run=dry_run)
    return max((each.exit_code for each in closed), default=ExitCode.OK)


@command.command("list", short_help="Show who was let into what, and what is over.")
@stack_argument
@click.option("--all", "every", is_flag=True, help="Also those that are closed and keep nothing from a promotion.")
@local_option
@cwd_option
@json_option
def list_(stack: str, cwd: Path, *, every: bool, local: bool, as_json: bool) -> int:
    """Show who was let into what, why, until when, and what is there now; what still keeps promotions back.

    Ends with 2 if a note cannot be read, and shows the others.

    For example: strata break-glass list prod --json
    """
    from strata.aws.target import plain_errors
    from strata.break_glass.glass_store import GlassStore
    from strata.break_glass.presence import look_at_note

    with plain_errors():
        place = _place(cwd, stack, local=local)
        notes = [each for each in GlassStore(place).every() if every or each.is_open or each.unanswered]
        looks = [look_at_note(place, each) for each in notes]
    now = place.clock.now()
    if as_json:
        print_json({"stack": place.stack, "notes": [each.document(now) for each in looks]})
    else:
        _print_looks(looks, place, stack, now)
    return ExitCode.BAD_INPUT if any(each.phase.value == UNREADABLE for each in notes) else ExitCode.OK


def _print_looks(looks: "Sequence[GlassPresence]", place: "StackPlace", stack: str, now: float) -> None:
    print_columns([_row(each, now) for each in looks])
    if not looks:
        echo(f"no break-glass of {place.title} is open")
    for look in looks:
        each = look.note
        if each.phase.value == UNREADABLE:
            echo(styled(f"{each.unit} is left alone until its note can be read: {each.how_to_close('')}", fg="red"))
        elif not look.as_noted:
            state = f"expired at {each.until}" if each.expired(now) else f"is {each.state(now)}"
            said = f"{each.unit} {look.seen}, and its note {state}: {each.how_to_close(stack)}"
            echo(styled(said, fg="red"))
        elif each.expired(now):
            echo(styled(f"{each.unit} expired at {each.until}: {each.how_to_close(stack)}", fg="red"))
        elif each.unanswered and not each.is_open:
            echo(styled(f"{each.unit} keeps promotions back: {each.how_to_close(stack)}", fg="yellow"))


def _place(cwd: Path, stack: str, *, local: bool) -> "StackPlace":
    from strata.rollout.stack_place import find_stack

    return find_stack(cwd, stack, local=local, warn=print_warning)


def _refuse_mixed(instance: str | None, fixed_in: str | None, no_change: str | None, *, expired: bool) -> None:
    from strata.errors import UsageError

    if expired == (instance is not None):
        raise UsageError(
            "INSTANCE and --expired are both given" if expired else "neither INSTANCE nor --expired is given",
            fix="Give one of them.",
        )
    if fixed_in is not None and no_change is not None:
        raise UsageError("--fixed-in and --no-change are both given", fix="Leave one of them out.")
    if expired and (fixed_in is not None or no_change is not None):
        raise UsageError(
            "--expired is given with --fixed-in or --no-change, which are about one server",
            fix="Close it by its id, or say it of each afterwards.",
        )


def _print_closed(closed: "Sequence[ClosedGlass]", stack: str, *, dry_run: bool) -> None:
    if not closed:
        echo("nothing is over")
    for each in closed:
        note = each.note
        label = f"{note.unit} of {note.service}"
        if each.trouble:
            echo(styled(f"{label} is not closed: {each.trouble}", fg="red"))
            echo(f"  fix: {each.fix}")
            continue
        if dry_run:
            if note.is_open:
                what = f"would close {label}{' and end it' if each.ended else ', which is gone'}"
            else:
                what = f"{label} is closed already"
            echo(f"{what}; nothing was done")
            continue
        gone = "it is being ended" if each.ended else "it is gone"
        echo(styled(f"closed {label} by {note.closed_by}: {gone}", bold=True))
        if note.unanswered:
            echo(
                f"promotions of {note.image_name or note.service} are refused until it says what has the fix: "
                f"{note.how_to_close(stack)}, or --no-change REASON"
            )


def _row(look: "GlassPresence", now: float) -> list[str]:
    note = look.note
    state = note.state(now)
    if state == UNREADABLE:
        return [styled(note.service, bold=True), note.unit, styled(state, fg="red"), note.reason]
    end = f"until {note.until}" if note.is_open else f"closed by {note.closed_by} at {note.closed_at}"
    told = (
        f"{note.mode}, {note.version or 'nothing proven'}, by {note.by} at {note.at}, {end}{_fix(note)}: "
        f"{note.reason}{note.extension}"
    )
    told = f"{look.seen}; {told}" if look.seen else told
    shown = styled(state, fg="red") if state == "expired" else state
    return [styled(note.service, bold=True), note.unit, shown, told]


def _fix(note: "BreakGlass") -> str:
    if note.fixed_in:
        return f", fixed in {note.fixed_in}"
    return f", nothing changed ({note.no_change})" if note.no_change else ""
