"""`strata rollout plan|status|watch STACK [SERVICE]`, and the group with its other commands."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.drift_lines import print_in_place
from strata.cli.options import cwd_option, json_option, local_option, stack_argument, strict_option
from strata.cli.output import echo, print_columns, print_json, print_warning, styled
from strata.cli.rollout_history import history
from strata.cli.rollout_refresh import refresh
from strata.cli.rollout_rollback import rollback
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strata.rollout.live_service import LiveService
    from strata.rollout.stack_services import StackServices

__all__ = ["command"]


def on_services(function: click.decorators.FC) -> click.decorators.FC:
    """The arguments and options of every subcommand: STACK [SERVICE] --local -C DIR --json."""
    function = json_option(cwd_option(local_option(function)))
    return stack_argument(click.argument("service", required=False)(function))


@click.group("rollout", short_help="Show what a rollout will do, follow it, and go back from it.")
def command() -> None:
    """Show what a rollout will do, follow it, and go back from it.

    What only shows something reads AWS alone: it requires neither the engine nor the stack's lock.
    """


command.add_command(history)
command.add_command(rollback)
command.add_command(refresh)


@command.command("plan", short_help="Show what rolling out the pinned images would do.")
@on_services
@strict_option
def plan(stack: str, service: str | None, cwd: Path, *, local: bool, as_json: bool, strict: bool) -> int:
    """Show what rolling out the pinned images would do to what runs.

    Ends with 3 if `up` refuses to roll a pinned image out, which is vetoed, revoked or gone, or the stack is frozen;
    so it does where the image runs already, and an `up` with nothing to roll passes. Else ends with 2 if a release
    record cannot be read: of its service there is no plan.

    Only `pulumi preview` shows whether anything else that a server or a task runs differs.

    For example: strata rollout plan prod web
    """
    plans = _services(cwd, stack, service, local=local).plans()
    if as_json:
        print_json({"stack": stack, "plans": [each.document() for each in plans]})
    else:
        for each in plans:
            echo("\n".join([styled(each.headline, bold=True), *(f"  {line}" for line in each.lines)]))
    if any(each.refusals for each in plans):
        return ExitCode.REFUSED
    if any(each.unreadable for each in plans):
        return ExitCode.BAD_INPUT
    warned = any(each.warnings for each in plans)
    return ExitCode.WARNINGS if strict and warned else ExitCode.OK


@command.command("status", short_help="Show what each service runs, and its rollout.")
@on_services
def status(stack: str, service: str | None, cwd: Path, *, local: bool, as_json: bool) -> int:
    """Show what each service runs, and the progress of its rollout.

    Ends with 6 while a rollout is running, with 2 if a release record cannot be read, and with 5 if what runs, or would
    be launched, is not what the record names.

    Without a project at hand, name the stack in full: strata rollout status acme/shop/prod
    """
    services = _services(cwd, stack, service, local=local, by_names=True)
    found = services.look()
    looks, now = services.break_glass(found), services.clock.now()
    notes = [note for look in looks for _, note in sorted(look.notes.items())]
    if not all(each.whole for each in looks):
        print_warning("only the break-glass of what is apart was read: AWS refuses ssm:GetParametersByPath")
    freeze = services.freeze()
    stale = services.read.problems if services.read is not None else ()
    in_place = sorted(services.read.settings.maintained) if services.read is not None and service is None else []
    if as_json:
        documents = [each.document() for each in found]
        noted = [each.document(now) for each in notes]
        proofs = [replace(each, file=None).as_json() for each in stale]
        whole = {"stack": stack, "services": documents, "break_glass": noted, "stale_proofs": proofs}
        print_json({**whole, "freeze": freeze.document(), "in_place": in_place})
    else:
        _print(found)
        if freeze.until is not None:
            echo(styled(f"no new release is rolled out: {freeze.sentence}", fg="yellow"))
        elif freeze.next is not None:
            echo(f"next freeze window: {freeze.next}")
        for note in notes:
            over = f": {note.how_to_close(stack)}" if note.expired(now) else ""
            kept = "kept" if note.untouched else "held" if note.holds(now) else "tainted"
            said = f"{note.service}: {note.unit} is {kept}, {note.sentence(now)}{over}"
            echo(styled(said, fg="red" if over else "yellow"))
        for line in services.read.warnings if services.read is not None else ():
            echo(styled(f"stale proof: {line}", fg="yellow"))
        print_in_place(in_place)
    if any(each.rolling for each in found):
        return ExitCode.BUSY
    if any(each.unreadable for each in found):
        return ExitCode.BAD_INPUT
    return ExitCode.DRIFT if any(each.deviations for each in found) else ExitCode.OK


@command.command("watch", short_help="Follow rollouts to their end.")
@on_services
@click.option("--wait/--no-wait", default=None, help="Wait for a rollout to begin. Default: on a terminal only.")
def watch(stack: str, service: str | None, cwd: Path, *, local: bool, as_json: bool, wait: bool | None) -> int:
    """Follow rollouts to their end. Ends with 1 if one did not succeed. Ctrl-C stops the watching, not the rollout.

    Ends with 2 if then a release record cannot be read.

    Without a project at hand, name the stack in full: strata rollout watch acme/shop/prod web
    """
    from strata.cli.signals import run_stoppable
    from strata.cli.watching import watching

    services = _services(cwd, stack, service, local=local, by_names=True)
    waits = wait if wait is not None else sys.stdout.isatty() and not as_json
    with watching(quiet=as_json) as shown:

        def show(found: "Sequence[LiveService]") -> None:
            rolling = [each for each in found if each.rolling]
            goes_on = ", ".join(f"{each.service}: {_rollout(each)}" for each in rolling)
            waiting = [f"waiting for a rollout to begin: {_sentence(each)}" for each in found]
            shown.show(
                [_sentence(each) for each in rolling] or waiting,
                f"it goes on in AWS ({goes_on})" if rolling else "no rollout was running",
            )

        def say(text: str) -> None:
            echo(text, err=True)

        ended, followed = run_stoppable(services.watch(show, say, waits=waits), shown)
    if as_json:
        print_json({"stack": stack, "services": [each.document() for each in ended], "followed": sorted(followed)})
    else:
        _print(ended)
    good = all(each.rollout is not None and each.rollout.succeeded for each in ended if each.service in followed)
    if good and any(each.unreadable for each in ended):
        return ExitCode.BAD_INPUT
    return ExitCode.OK if good else ExitCode.FAILED


def _services(cwd: Path, stack: str, service: str | None, *, local: bool, by_names: bool = False) -> "StackServices":
    """The services asked about; with `by_names` names and credentials suffice where there is no project."""
    from strata.project.location import locate
    from strata.rollout.stack_place import find_by_names
    from strata.rollout.stack_services import recorded_services, services_of_stack

    place = find_by_names(cwd, stack, local=local, warn=print_warning) if by_names else None
    if place is not None:
        return recorded_services(place, service, stack)
    return services_of_stack(*locate(cwd, stack), service, local=local)


def _print(found: "Sequence[LiveService]") -> None:
    print_columns([_row(each) for each in found])
    for each in found:
        for line in each.forbidden:
            echo(styled(f"{each.service}: {line}", fg="red"))
        for line in each.deviations:
            echo(styled(f"{each.service}: not the release: {line}", fg="red"))
        if each.way_back:
            echo(f"{each.service}: {each.way_back}")
        for line in _details(each):
            echo(f"{each.service}: {line.strip()}")


def _row(found: "LiveService") -> list[str]:
    if not found.deployed:
        return [styled(found.service, bold=True), "not deployed", "", ""]
    running = ", ".join(f"{count} on {what}" for what, count in found.running.items()) or f"no {found.UNIT}s"
    nothing = "record unreadable" if found.unreadable else "nothing proven"
    release = found.recorded.image.version if found.recorded else nothing
    if found.deviations and found.recorded:
        # what is recorded is not what runs: it must not be read as if it were
        release, running = found.live, f"{running}; recorded {release}"
    return [styled(found.service, bold=True), release, _healthy(found), f"{running}; {_rollout(found)}"]


def _healthy(found: "LiveService") -> str:
    return f"{len(found.healthy)} of {found.desired} healthy"


def _rollout(found: "LiveService") -> str:
    """A service's newest rollout in one line."""
    rollout = found.rollout
    if rollout is None:
        return "no rollout yet"
    said = f"rollout{f' to {rollout.target}' if rollout.target else ''} {rollout.status} {rollout.progress}".rstrip()
    if found.rolling and rollout.started:
        said += f" since {rollout.started:%Y-%m-%d %H:%M} UTC"
    if rollout.reason:
        said += f": {rollout.reason.splitlines()[0]}"
    if rollout.trouble and rollout.trouble not in said:
        said += f"; last trouble: {rollout.trouble}"
    if firing := [f"{name} is {state}" for name, state in rollout.alarms.items() if state != "OK"]:
        said += f"; alarm {', '.join(firing)}"
    return said


def _details(found: "LiveService") -> "Sequence[str]":
    """What follows the first line of a reason, such as the log of a task that failed."""
    return found.rollout.reason.splitlines()[1:] if found.rollout else ()


def _sentence(found: "LiveService") -> str:
    return f"{found.service}: {_rollout(found)}, {_healthy(found)}"
