"""`strata image diff STACK NAME FROM TO`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strata.images.image_contents import ContentChange

__all__ = ["diff"]


@click.command("diff", short_help="Show how two versions of an image differ.")
@stack_argument
@click.argument("name")
@click.argument("before")
@click.argument("after")
@local_option
@cwd_option
@json_option
def diff(stack: str, name: str, before: str, after: str, cwd: Path, *, local: bool, as_json: bool) -> None:
    """Show which packages, configuration files and other facts differ between two versions of the pipeline NAME.

    Only reads AWS, and launches nothing: a pipeline with `reports` keeps what its builds found, and image add
    what one of Packer found. For example:
    strata image diff staging web-image 1.4.0 1.5.0
    """
    from strata.aws.target import plain_errors
    from strata.images.baking.kept_reports import read_contents
    from strata.images.baking.pipelines import open_pipeline
    from strata.images.image_contents import compare_contents

    with plain_errors():
        opened = open_pipeline(cwd, stack, name, local=local, say=lambda line: echo(line, err=as_json))
        client = opened.live.clients_in(opened.record.region)
        found = compare_contents(*(read_contents(client, opened.record, each) for each in (before, after)))
    if as_json:
        about = {"stack": opened.stack, "pipeline": name, "image_name": opened.record.app}
        print_json({**about, "from": before, "to": after, **found.document()})
        return
    _print("facts", found.facts)
    _print("packages", found.packages)
    _print("configuration", found.config, digests=True)
    if not (found.facts or found.packages or found.config):
        echo(f"{opened.record.app} {before} and {after} have the same content")


def _print(title: str, changes: "Sequence[ContentChange]", *, digests: bool = False) -> None:
    if changes:
        echo(styled(title, bold=True))
        print_columns([[f"  {_mark(each)} {each.name}", _words(each, digests=digests)] for each in changes])


def _mark(change: "ContentChange") -> str:
    return "+" if change.before is None else "-" if change.after is None else "~"


def _words(change: "ContentChange", *, digests: bool) -> str:
    """Both values; of a file the mark says enough."""
    if digests:
        return ""
    return " -> ".join(each for each in (change.before, change.after) if each is not None)
