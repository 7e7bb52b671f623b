"""`strata explain STACK [PATH]`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, stack_argument
from strata.cli.output import print_columns, print_json, styled

if TYPE_CHECKING:
    from strata.settings.explanation import Line

__all__ = ["command"]


@click.command("explain", short_help="Show every setting of a stack, its value, and where it comes from.")
@stack_argument
@click.argument("path", required=False)
@cwd_option
@json_option
def command(stack: str, path: str | None, cwd: Path, *, as_json: bool) -> None:
    """Show every setting of a stack, its value, and where it comes from.

    With PATH, show only what is below it: strata explain prod services.web.rollout.
    """
    from strata.project.location import locate
    from strata.project.stack_file import read_stack
    from strata.settings.explanation import explain
    from strata.settings.load import load_stack

    project, stack = locate(cwd, stack)
    loaded = load_stack(read_stack(project, stack))
    lines = explain(loaded, path)
    if as_json:
        print_json({"stack": stack, "file": loaded.source, "settings": [line.as_json() for line in lines]})
    else:
        print_columns([_row(line) for line in lines])


def _row(line: "Line") -> list[str]:
    from strata.settings.provenance import Origin

    by_hand = line.provenance.origin in {Origin.FILE, Origin.PROJECT}
    return [line.name, styled(line.shown, bold=by_hand), styled(str(line.provenance), dim=not by_hand)]
