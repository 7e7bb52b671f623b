"""`strata image status STACK [NAME]`: what pipelines build, and what they have built."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strata.cli.image_bake import bake_line, where_of
from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.images.baking.newer_parent import NewerParent
    from strata.images.baking.pipelines import ExecutionRow, OpenPipeline

__all__ = ["command"]


@click.command("status", short_help="Show what pipelines build, and what they have built.")
@stack_argument
@click.argument("name", required=False)
@local_option
@cwd_option
@json_option
def command(stack: str, name: str | None, cwd: Path, *, local: bool, as_json: bool) -> int:
    """Show the executions of the pipeline NAME, or of all of the stack, and whether its parent has a newer version.

    The newest execution comes first. Only reads AWS. Ends with 6 while one is running. For example:
    strata image status staging web-image
    """
    from strata.aws.target import plain_errors
    from strata.images.baking.pipelines import open_pipelines

    with plain_errors():
        opened = open_pipelines(cwd, stack, name, local=local, say=lambda line: echo(line, err=as_json))
        looks = [_PipelineLook(each, where_of(cwd, local=local)) for each in opened.pipelines]
    if as_json:
        found = [each.document() for each in looks]
        print_json({"stack": opened.stack, "pipelines": found, "unread": list(opened.unreadable)})
    else:
        for index, each in enumerate(looks):
            if index:
                echo()
            each.show()
        for problem in opened.unreadable:
            echo(f"not shown: {problem}")
        if not looks and not opened.unreadable:
            echo(f"{opened.project}/{opened.stack} has no image pipelines")
    return ExitCode.BUSY if any(each.running for each in looks) else ExitCode.OK


class _PipelineLook:
    """One look at a pipeline.

    Args:
        pipeline: the pipeline.
        where: the options that the next command needs too.
    """

    def __init__(self, pipeline: "OpenPipeline", where: str) -> None:
        self._pipeline = pipeline
        self._where = where
        self._rows: list[ExecutionRow] = pipeline.look()
        self._newer, self._unknown = _newer_parent(pipeline)
        self._then = f"{bake_line(pipeline, 'VERSION')}{where}"

    @property
    def running(self) -> bool:
        """Whether an execution is."""
        return any(each.running for each in self._rows)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            **self._pipeline.document(self._rows),
            "newer_parent": self._newer.document() if self._newer else None,
            "parent_unknown": self._unknown or None,
            "next": [
                *(self._finish(each) for each in self._rows if each.rest and each.unfinished),
                *([self._then] if self._newer else []),
            ],
        }

    def _finish(self, row: "ExecutionRow") -> str:
        """What notes and tags what an execution has made."""
        return f"{bake_line(self._pipeline, row.version)}{self._where}"

    def show(self) -> None:
        """As people read it."""
        record = self._pipeline.record
        echo(f"{record.name}: recipe {record.recipe}, from {record.base}")
        print_columns([[each.version or "?", each.words, each.created, each.detail] for each in self._rows])
        for each in self._rows:
            if each.unfinished:
                said = f"not finished: {each.rest}" if each.rest else "built, and not noted in the catalogue yet"
                echo(f"{each.version}: {said}: `{self._finish(each)}`")
        if self._unknown:
            echo(f"not known whether there is a newer parent: {self._unknown}")
        if self._newer:
            echo(f"newer parent: {self._newer.parent} ({self._newer.name}), which nothing bakes or pins by itself")
            echo(
                f"next: set strata:image_pipelines.{record.name}.parent to it, run `pulumi up`, and bake: "
                f"`{self._then}`"
            )


def _newer_parent(opened: "OpenPipeline") -> "tuple[NewerParent | None, str]":
    """The newer version of a parent, and why none is known; what is not found out does not hide the builds."""
    from strata.aws.outage import describe_failure
    from strata.rollout.denials import is_denied

    try:
        return opened.newer_parent(), ""
    except LookupError as error:
        return None, str(error)
    except Exception as error:
        if not is_denied(error):
            raise
        return None, describe_failure(error)
