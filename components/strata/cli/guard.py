"""`strata guard STACK`."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from strata.cli.options import cwd_option, json_option, stack_argument, strict_option
from strata.cli.output import echo, print_json, styled

if TYPE_CHECKING:
    from strata.guard.plan import Plan

__all__ = ["command"]

_COLOURS: Final = {"refuse": "red", "warn": "yellow", "allow": "green"}


@click.command("guard", short_help="Refuse a plan that would lose what must be kept.")
@stack_argument
@click.option("--plan", "file", type=click.Path(path_type=Path), metavar="FILE", help="Judge a plan made elsewhere.")
@click.option("--local", is_flag=True, help="Preview against the local AWS of a rehearsal instead of the real one.")
@click.option("--destroy", is_flag=True, help="Judge what a destroy would do instead of an up.")
@click.option(
    "--stage",
    type=click.Choice(["dev", "staging", "prod"]),
    help="Stage of a stack whose file does not name one. Default: prod, the strictest.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print the report as Markdown, for a pull request.")
@cwd_option
@json_option
@strict_option
def command(
    stack: str,
    file: Path | None,
    stage: str | None,
    cwd: Path,
    *,
    local: bool,
    destroy: bool,
    as_markdown: bool,
    as_json: bool,
    strict: bool,
) -> int:
    """Refuse a plan that would lose what must be kept.

    The plan is that of `pulumi preview --json --show-replacement-steps --show-sames`, run here or read from FILE. Every
    change is judged by the class of what it touches: a database is never replaced, whether or not Strata made it.
    Ends with 3 if something is refused, and with 1 if the preview failed.

    For example: strata guard prod --markdown
    """
    from strata.guard import report
    from strata.guard.plan import require_own
    from strata.guard.terms import read_terms
    from strata.guard.verdict import judge
    from strata.project.location import project_name
    from strata.stage import Stage

    if file is not None and (local or destroy):
        raise click.UsageError("--plan is a plan already: it cannot be combined with --local or --destroy")
    named = stack
    project, stack = _project(cwd, stack, needed=file is None)
    terms = read_terms(project, stack, Stage(stage) if stage else None)
    plan = _read(file) if file else _preview(project or cwd, stack if local else named, local=local, destroy=destroy)
    require_own(plan, stack, project_name(project) if project else None)
    judgement = judge(plan, terms)
    if as_json:
        print_json(report.document(judgement, stack, judgement.stage))
    elif as_markdown:
        echo(report.markdown(judgement, stack))
    else:
        echo("\n".join(_coloured(line) for line in report.text(judgement, stack).splitlines()))
    return judgement.exit_code(strict=strict)


def _project(cwd: Path, stack: str, *, needed: bool) -> tuple[Path | None, str]:
    """The project and the stack's bare name; a plan made elsewhere needs no project."""
    from strata.errors import UsageError
    from strata.project.location import locate
    from strata.project.stack_file import find_stack_file

    try:
        project, name = locate(cwd, stack)
        find_stack_file(project, name)
    except UsageError:
        if needed:
            raise
        return None, stack
    return project, name


def _read(file: Path) -> "Plan":
    from strata.errors import UsageError
    from strata.guard.plan import read_plan

    try:
        return read_plan(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}", fix="Name a readable file.") from error


def _preview(project: Path, stack: str, *, local: bool, destroy: bool) -> "Plan":
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata.guard.plan_preview import local_plan, real_plan

    def progress(line: str, /) -> None:
        echo(line, err=True)

    made = (
        local_plan(project, stack, progress, destroy=destroy)
        if local
        else real_plan(project, stack, progress, destroy=destroy)
    )
    return run_stoppable(made, Stopping(progress))


def _coloured(line: str) -> str:
    verdict, blank, rest = line.partition(" ")
    return f"{styled(verdict, fg=_COLOURS[verdict])}{blank}{rest}" if verdict in _COLOURS else line
