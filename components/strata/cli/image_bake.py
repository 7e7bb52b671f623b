"""`strata image bake|packer|add`: how a version of an image comes to be."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument
from strata.cli.output import echo, invocation, print_columns, print_json
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from strata.images.baking.pipelines import OpenPipeline

__all__ = ["Leaving", "add", "bake", "bake_line", "packer", "where_of"]


@click.command("bake", short_help="Bake a version of an image by its pipeline.")
@stack_argument
@click.argument("name")
@click.argument("version")
@click.option("--git-sha", default="", metavar="SHA", help="The commit that is baked. Default: that of the project.")
@click.option("--watch", is_flag=True, help="Wait for the images, check them, and note the version in the catalogue.")
@dry_run_option
@local_option
@cwd_option
@json_option
def bake(
    stack: str,
    name: str,
    version: str,
    git_sha: str,
    cwd: Path,
    *,
    watch: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Bake a version of an image by the pipeline NAME. It pins nothing.

    A version that is being built already is continued, also after whoever started it was stopped, and one that is in
    the catalogue is left as it is. Ends with 1 if the build fails, with 3 if the version was baked by another recipe,
    and with 6 while another version is built. For example: strata image bake staging web-image 1.5.0 --watch
    """
    from strata.aws.target import plain_errors
    from strata.cli.signals import run_stoppable
    from strata.images.baking.pipelines import open_pipeline
    from strata.images.baking.stack_view import describe_undeployed

    def say(line: str) -> None:
        echo(line, err=as_json)

    with plain_errors():
        opened = open_pipeline(cwd, stack, name, local=local, say=say)
        order = opened.order(version, git_sha)
        if undeployed := describe_undeployed(opened.folder, opened.stack, opened.record):
            say(undeployed)
        report = (
            opened.bake.planned(opened.record, order)
            if dry_run
            else run_stoppable(opened.bake.run(opened.record, order, opened.tags, watch=watch), Leaving(say))
        )
    then = _pin_lines(opened, version, where_of(cwd, local=local))
    if as_json:
        baked = report.status == "BAKED"
        more = {"dry_run": dry_run, "next": then if baked else []}
        print_json({"stack": opened.stack, **report.document(), **more})
    elif report.images:
        print_columns([[region, image] for region, image in report.images.items()])
        _show_next(opened, then)
    elif report.execution and not dry_run:
        echo(f"next: `{bake_line(opened, version)}{where_of(cwd, local=local)}`")
    return ExitCode.OK


@click.command("packer", short_help="Print the definition of an image as a template of Packer.")
@stack_argument
@click.argument("name")
@cwd_option
@json_option
def packer(stack: str, name: str, cwd: Path, *, as_json: bool) -> None:
    """Print the definition of the pipeline NAME as a template of Packer, to be built in the folder of the project.

    It needs no AWS. `strata image add` takes what Packer has baked. For example: strata image packer dev web-image
    """
    from strata.images.baking.packed_definition import packer_template

    found = packer_template(cwd, stack, name)
    if as_json:
        print_json({"stack": found.stack, "pipeline": name, "recipe": found.recipe, "template": found.text})
    else:
        echo(found.text, nl=False)


@click.command("add", short_help="Note what Packer has baked in the catalogue.")
@stack_argument
@click.argument("name")
@click.option(
    "--manifest",
    required=True,
    type=click.Path(path_type=Path),
    help="What Packer's post-processor `manifest` wrote.",
)
@dry_run_option
@local_option
@cwd_option
@json_option
def add(stack: str, name: str, manifest: Path, cwd: Path, *, dry_run: bool, local: bool, as_json: bool) -> None:
    """Check the images of the last build of a manifest, tag them with their version, and note it in the catalogue.

    NAME is the pipeline whose template Packer built. What the template has fetched beside the manifest is kept in S3
    if the pipeline keeps reports, so that image diff knows the version. It pins nothing. For example:
    strata image add staging web-image --manifest manifest.json
    """
    from strata.aws.target import plain_errors
    from strata.images.baking.packer_manifest import read_manifest
    from strata.images.baking.pipelines import open_pipeline

    build = read_manifest(manifest)
    with plain_errors():
        opened = open_pipeline(cwd, stack, name, local=local, say=lambda line: echo(line, err=as_json))
        images = opened.add(build, manifest.parent, dry_run=dry_run)
    then = _pin_lines(opened, build.version, where_of(cwd, local=local))
    if as_json:
        report = opened.added(build, images)
        print_json({"stack": opened.stack, **report.document(), "dry_run": dry_run, "next": then})
        return
    print_columns([[region, image] for region, image in images.items()])
    if dry_run:
        echo("nothing was written")
    else:
        _show_next(opened, then)


class Leaving:
    """Leaves off watching at a signal; what is built goes on.

    Args:
        say: hears that it does.
    """

    def __init__(self, say: "Callable[[str], None]") -> None:
        self._say = say
        self._task: asyncio.Future[Any] | None = None

    def of(self, task: "asyncio.Future[Any]") -> None:
        """The watching."""
        self._task = task

    def ask(self) -> None:
        """Leave off."""
        if self._task is not None and not self._task.done():
            self._say("stopped watching; the build goes on in AWS, and the same command continues it")
            self._task.cancel()

    def insist(self) -> None:
        """The same: there is nothing to clean up."""
        self.ask()


def where_of(cwd: Path, *, local: bool) -> str:
    """The options of this command that the next one needs too."""
    return (" --local" if local else "") + (f" -C {shlex.quote(str(cwd))}" if cwd != Path() else "")


def bake_line(opened: "OpenPipeline", version: str) -> str:
    """What bakes a version by a pipeline."""
    return f"{invocation()} image bake {opened.stack} {opened.record.name} {version} --watch"


def _pin_lines(opened: "OpenPipeline", version: str, where: str) -> list[str]:
    """What pins a version in the stack, for each pin of the image there."""
    from strata.images.baking.stack_view import pins_of

    pins = pins_of(opened.folder, opened.stack, opened.record.app)
    names = (opened.record.app,) if pins is None else pins
    return [f"{invocation()} image pin {opened.stack} {name} {version}{where}" for name in names]


def _show_next(opened: "OpenPipeline", lines: "Sequence[str]") -> None:
    for line in lines:
        echo(f"next: `{line}`")
    if not lines:
        echo(f"{opened.stack} has no pin of {opened.record.app}: write one below strata:images to run it there")
