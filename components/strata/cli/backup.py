"""`strata backup drill STACK DATABASE`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, dry_run_option, json_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.restore_drill.drill import DrillReport

__all__ = ["command"]


@click.group("backup", short_help="Show that backups can be restored.")
def command() -> None:
    """Show that backups can be restored. Requires neither the engine nor the stack's lock."""


@command.command("drill", short_help="Restore the newest backup of a database, compare it, delete it.")
@stack_argument
@click.argument("database")
@dry_run_option
@click.option("--local", is_flag=True, help="Use the local AWS of a rehearsal instead of the real one.")
@cwd_option
@json_option
def drill(stack: str, database: str, cwd: Path, *, dry_run: bool, local: bool, as_json: bool) -> int:
    """Restore the newest backup of a database beside the original, compare the two, and delete the copy.

    DATABASE is the component's name. The original is only read. While it exists, usually for less than an hour, the
    copy is billed like an instance. The next drill cleans up after one that was killed. Ends with 1 if the copy
    differs from what it should be. For example: strata backup drill prod orders
    """
    from strata.aws.target import plain_errors
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata.project.location import locate
    from strata.restore_drill.drill import prepare_drill

    def say(line: str) -> None:
        echo(line, err=as_json)

    with plain_errors():
        project, stack = locate(cwd, stack)
        prepared = prepare_drill(project, stack, local=local, say=say)
        work = prepared.plan(database) if dry_run else prepared.run(database)
        # stopped by whatever signal, the copy is deleted
        report = run_stoppable(work, Stopping(say))
    if as_json:
        print_json({"stack": stack, **report.document()})
    elif not dry_run:
        _print(report)
    return ExitCode.OK if report.passed else ExitCode.FAILED


def _print(report: "DrillReport") -> None:
    from strata.durations import duration_text

    took = "not" if report.restore_seconds is None else f"in {duration_text(report.restore_seconds)}"
    rows = [
        [
            styled("ok  " if check.ok else "fail", fg="green" if check.ok else "red"),
            check.name,
            str(check.got) if check.ok else f"{check.got}, expected {check.expected}",
        ]
        for check in report.checks
        if check.name != "original untouched" or not check.ok
    ]
    print_columns(rows)
    echo(f"{report.database}: restored {took} from a backup {duration_text(report.age_seconds)} old")
