"""`strata image`, and `list` of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli import image_status
from strata.cli.image_bake import add, bake, packer
from strata.cli.image_diff import diff
from strata.cli.image_pins import pin, promote
from strata.cli.image_prune import prune
from strata.cli.image_verdicts import revoke, unrevoke, unveto
from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.promotion.image_list import ImageRow, PinRows

__all__ = ["command"]


@click.group("image", short_help="Show which images a stack runs, and pin, promote or revoke them.")
def command() -> None:
    """Show which images a stack runs, and pin, promote or revoke them.

    Requires neither the engine nor the stack's lock: a pin is a line of the stack file, and `pulumi up` rolls it out.
    """


@command.command("list", short_help="Show which versions there are, which is pinned, and which is recorded.")
@stack_argument
@click.argument("name", required=False)
@local_option
@cwd_option
@json_option
def list_command(stack: str, name: str | None, cwd: Path, *, local: bool, as_json: bool) -> int:
    """Show the versions of an image, or of all that a stack pins: age, pin, whose record names it, what forbids it.

    Only reads AWS. Ends with 2 if a release record that may name one of them cannot be read.

    What runs is shown by strata rollout status. For example: strata image list prod web
    """
    from strata.aws.target import plain_errors
    from strata.promotion.image_list import list_images
    from strata.promotion.pinned_stack import open_stack

    with plain_errors():
        opened = open_stack(cwd, stack, local=local, pin=name)
        found = list_images(opened, name)
    if as_json:
        print_json({"stack": opened.stack, "images": [each.document() for each in found]})
    else:
        if not found:
            echo(f"{opened.title} pins no images")
        for each in found:
            _print(each)
    return ExitCode.BAD_INPUT if any(each.unread for each in found) else ExitCode.OK


def _print(found: "PinRows") -> None:
    echo(styled(found.name, bold=True))
    print_columns([_row(each) for each in found.rows])
    if not found.rows:
        echo("  no version is known")
    if found.note:
        echo(styled(f"  {found.note}", fg="red") if found.unread else styled(f"  {found.note}", dim=True))


def _row(row: "ImageRow") -> list[str]:
    from strata.durations import duration_text

    marks = [f"recorded for {', '.join(row.recorded_for)}"] if row.recorded_for else []
    marks += [
        styled(f"the record of {service} calls it {version}", fg="red")
        for service, version in sorted(row.recorded_as.items())
        if version != row.version
    ]
    if row.pinned_as and row.pinned_as != row.version:
        marks.append(styled(f"the pin calls it {row.pinned_as}", fg="red"))
    if row.exists is False:
        marks.append(styled("not there" if row.image_id else "no image of it is known", fg="red"))
    elif row.exists is None:
        marks.append(styled("nobody could ask whether it is there", dim=True))
    elif row.state != "available":
        marks.append(styled(str(row.state), fg="red"))
    if others := row.labels[1:]:
        marks.insert(0, f"also {', '.join(others)}")
    if row.deprecated:
        marks.append(f"deprecated from {row.deprecated} on")
    if row.scan is not None:
        marks.append(str(row.scan))
    if row.revoked:
        marks.append(styled(f"revoked: {row.revoked}", fg="red"))
    marks += [styled(f"vetoed for {service}: {reason}", fg="red") for service, reason in row.vetoes.items()]
    marks += _standing(row)
    noted = " by the catalogue" if row.made_noted else ""
    age = f"{duration_text(row.age_seconds)} old{noted}" if row.age_seconds is not None else ""
    version = styled(row.version or "no version", bold=row.pinned)
    return [f"  {version}", row.image_id, age, "pinned" if row.pinned else "", "; ".join(marks)]


def _standing(row: "ImageRow") -> list[str]:
    """What the catalogue, the tags and the watermark of an image lack."""
    if row.unfinished:
        return [styled(f"claimed and not finished, so no server starts from it: {row.unfinished}", fg="red")]
    if row.only_tagged:
        return [styled("only its tags say what it is: no catalogue has it, and no watermark is on it", fg="yellow")]
    return [styled("not in the catalogue", dim=True)] if row.image_id and not row.catalogued else []


for each in (pin, promote, revoke, unrevoke, unveto, prune, bake, image_status.command, packer, add, diff):
    command.add_command(each)
