"""`strata rollout rollback STACK SERVICE`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_json
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.cli.rollout_console import LineConsole
    from strata.rollback.rollback_plan import RollbackPlan
    from strata.rollback.rollback_steps import RollbackReport

__all__ = ["rollback"]

_WHERE = "in place of the pin that is there, or below config where there is none"
"""Where a pin is to be written by hand: a second key of the same name would make the file one that nobody reads."""


@click.command("rollback", short_help="Go back to an earlier release of a service.")
@stack_argument
@click.argument("service")
@click.option("--to", "version", metavar="VERSION", help="The version to go back to. Default: the newest that can run.")
@click.option("--now", is_flag=True, help="Straight through AWS, where `pulumi up` cannot run.")
@click.option("--force", is_flag=True, help="Past what ran once and no earlier release can run after.")
@click.option("--reason", metavar="TEXT", help="Why the version is left; whoever rolls it out again reads it.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@local_option
@cwd_option
@json_option
def rollback(
    stack: str,
    service: str,
    version: str | None,
    reason: str | None,
    cwd: Path,
    *,
    now: bool,
    force: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Go back to an earlier release of a service, and forbid the version that is left.

    Writes the pin into the stack file and runs `pulumi up`, whose gate judges the way back like any rollout. With --now
    AWS is asked directly: while another `up` holds the stack, without the project, without an engine. The same command
    continues a rollback that was interrupted, and given twice it goes back once.

    At night, from anywhere: strata rollout rollback acme/shop/prod web --now --reason "loses orders"

    Past a task that ran once with `compatible: none` it goes only with --force.

    Ends with 3 if there is nothing to go back to or another rollback has overtaken this one, and with 6 if a rollout is
    running and --now is not given.
    """
    from strata.aws.target import plain_errors
    from strata.cli.rollout_console import LineConsole
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata.errors import UsageError
    from strata.images.given_values import VERSION_WORDS, require_reason
    from strata.rollback.direct_rolls import direct_roll
    from strata.rollback.pulumi_up import pulumi_up
    from strata.rollback.rollback_plan import plan_rollback
    from strata.rollback.rollback_steps import planned_report, require_pin, rollback_by_pin, rollback_now
    from strata.rollback.service_place import find_service

    if local and not (now or dry_run):
        raise UsageError(
            "--local needs --now or --dry-run: by its pin the command runs your own engine with your own state, and "
            "what is in the local AWS is in those of the rehearsals",
            fix=f"Go back straight through the local AWS: `strata rollout rollback {stack} {service} --now --local`. "
            f"By its pin: change that in the stack file, and run `strata rehearse {stack}`.",
        )
    if version is not None and not version.strip():
        raise UsageError(
            f"--to is {version!r}: expected {VERSION_WORDS}",
            fix="Leave it out to go back to the newest release that can run; "
            f"`strata rollout history {stack} {service}` shows all.",
        )
    if reason is not None:
        require_reason(reason)
    console = LineConsole(err=as_json)
    stopping = Stopping(console.say)
    with plain_errors():
        place = find_service(cwd, stack, service, local=local, needs_project=not now, warn=console.warn)
        plan = plan_rollback(place, wanted=version, now=now, force=force)
        _warn(plan, console)
        if not now:
            require_pin(plan)
        for line in _announced(plan, now=now, dry_run=dry_run, chosen=version is not None):
            console.say(line)
        if dry_run:
            report = planned_report(plan, reason, now=now)
        elif now:
            roll = direct_roll(place, plan.recorded, plan.past.note, console)
            report = run_stoppable(rollback_now(plan, reason, roll, console), stopping)
        else:
            project = place.folder or cwd

            async def up() -> None:
                await pulumi_up(project, stack, console.say, stopping)

            report = run_stoppable(rollback_by_pin(plan, reason, up), stopping)
    if as_json:
        print_json(report.document())
    else:
        _print(report)
    return ExitCode.OK


def _warn(plan: "RollbackPlan", console: "LineConsole") -> None:
    for said in plan.said_of_names:
        console.warn(said)


def _announced(plan: "RollbackPlan", *, now: bool, dry_run: bool, chosen: bool) -> list[str]:
    """What is about to be done, or under `--dry-run` would be, as lines.

    Args:
        plan: the rollback.
        now: whether it goes straight through AWS.
        dry_run: whether nothing is done.
        chosen: whether the version was named: then nobody has to be told how to name one.
    """
    name, left, to, way = plan.place.service, _left(plan), plan.release.image, _way(now=now)
    lines = _known(plan, chosen=chosen)

    def say(doing: str, would: str) -> None:
        lines.append(f"{name}: {f'would {would}' if dry_run else doing}")

    if plan.arrived:
        say(f"making sure that {to} is what runs, {way}", f"make sure that {to} is what runs, {way}")
    else:
        if plan.begun is not None:
            begun = f"the rollback that was begun at {plan.begun.at}"
            say(f"continuing {begun}", f"continue {begun}")
        say(f"going back from {left} to {to}, {way}", f"go back from {left} to {to}, {way}")
    if plan.idle and dry_run:
        lines.append(f"{name}: nothing runs now: {plan.idle}; {to.version} would be what starts next")
    if plan.unfinished is not None:
        say(
            f"the rollout to {left} is running, and is taken back first",
            f"first take back the rollout to {left}, which is running",
        )
    lines += _left_failed(plan, chosen=chosen)
    if plan.passes_over_recorded:
        lines.append(f"{name}: the record names {plan.recorded.image}, which is left too, and not vetoed")
    lines += [f"{name}: forced, although {each.partition('; --force')[0]}" for each in plan.forced]
    if plan.newly_vetoes:
        say(f"vetoing {left}", f"veto {left}")
    if dry_run:
        lines += _pinned(plan)
    return lines


def _left_failed(plan: "RollbackPlan", *, chosen: bool) -> list[str]:
    """That what is left never became the release."""
    if not plan.left_failed:
        return []
    name, version = plan.place.service, plan.release.image.version
    said = [f"{name}: the last rollout, to {_left(plan)}, has ended without it, and the record names {version}"]
    return said if chosen else [*said, f"{name}: to leave {version} as well, name another version with --to"]


def _pinned(plan: "RollbackPlan") -> list[str]:
    """What would become of the stack file, which is written last or not at all."""
    name, pin = plan.place.service, plan.pin
    if pin.cannot:
        not_changed = f"{name}: would not change the stack file, since {pin.cannot}"
        return [not_changed, f"{name}: would need this to be committed, {_WHERE}: {pin.line}"]
    if pin.needed and pin.file is not None:
        return [f"{name}: would write the pin into {pin.file.path.name}: {pin.line}"]
    return []


def _known(plan: "RollbackPlan", *, chosen: bool) -> list[str]:
    """What the record and its history say before anything is done."""
    name = plan.place.service
    lines = [f"{name}: {plan.past.unreadable}; it named {plan.recorded.image} before"] if plan.past.unreadable else []
    lines += [f"{name}: not to {each.version}: {why}" for each, why in plan.target.skipped]
    if plan.arrived and plan.begun is not None:
        version, at = plan.release.image.version, plan.begun.at
        lines.append(f"{name}: {version} is recorded already, since the rollback that was begun at {at}")
        if not chosen:
            lines.append(f"{name}: to go further back, name the version with --to")
    return lines


def _left(plan: "RollbackPlan") -> str:
    return plan.leaving.image.version or "what is being rolled out"


def _way(*, now: bool) -> str:
    return "straight through AWS" if now else "by its pin and `pulumi up`"


def _print(report: "RollbackReport") -> None:
    plan, name = report.plan, report.plan.place.service
    if report.dry_run:
        echo(f"{name}: nothing was done")
        return
    if report.idle:
        echo(f"{name}: nothing runs: {report.idle}; what starts next runs {plan.release.image}")
    elif report.now:
        echo(f"{name}: runs {plan.release.image}")
    else:
        # whatever runs was looked at by the gate, and not by this command
        echo(f"{name}: `pulumi up` has succeeded, and the record names {report.recorded.image}")
    if report.recorded.image.id != plan.release.image.id:
        echo(f"{name}: the record goes on naming {report.recorded.image} until something has run the other")
    if report.veto is not None:
        echo(f"{name}: {plan.leaving.image.version} is vetoed: {report.veto}")
    elif report.now and plan.leaving.digest != plan.release.digest:
        left = plan.leaving.image.version or "what was being rolled out"
        echo(f"{name}: nothing forbids {left} as it was: the next `pulumi up` that asks for it rolls to it")
    if (file := report.file_to_commit) is not None:
        echo(f"{name}: commit {file}, which {_since_when(report)}")
    if report.pin_line is not None:
        echo(f"{name}: the stack file was not changed: {report.pin_trouble}")
        kept = "" if plan.pin.file is not None else ", and keep what else the pin has, such as its repository"
        echo(f"{name}: commit this, {_WHERE}{kept}: {report.pin_line}")


def _since_when(report: "RollbackReport") -> str:
    """What the stack file pins, and who has made it do so, as a clause."""
    version, begun = report.plan.release.image.version, report.plan.before
    if report.pin_written:
        return f"now pins {version}"
    if begun is None or report.plan.pin.needed:
        return f"pins {version} since somebody else has written it meanwhile"
    which = "this rollback" if report.plan.begun is not None else "a rollback to it"
    return f"pins {version}, unless that was done since {which} was begun at {begun.at}"
