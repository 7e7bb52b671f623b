"""`strata assess STACK` and `strata assess --group NAME`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, strict_option
from strata.cli.output import echo, print_columns, print_json, print_warning, styled

if TYPE_CHECKING:
    from strata.assess.group_assessment import GroupAssessment
    from strata.assess.stack_assessment import StackAssessment

__all__ = ["command"]


@click.command("assess", short_help="Show what keeps a group of servers from being immutable.")
@click.argument("stack", required=False)
@click.option("--group", metavar="NAME", help="One Auto Scaling group, whoever made it. Needs no stack.")
@click.option("--region", help="With --group and without STACK: where the group is. Default: of the environment.")
@local_option
@cwd_option
@json_option
@strict_option
def command(
    stack: str | None,
    group: str | None,
    region: str | None,
    cwd: Path,
    *,
    local: bool,
    as_json: bool,
    strict: bool,
) -> int:
    """Show what keeps Auto Scaling groups from being immutable, and what to do about it.

    With STACK all groups with its tags, with --group one by its name, whoever made it. Only reads AWS: what is inside
    of a server is not looked at, and is listed as that.

    Ends with 5 if something is found, and otherwise with 1 if something could not be read; under --strict with 4, also
    where there was nothing to observe, as of a group without servers.

    For example: strata assess prod, or strata assess --group legacy-jobs --region eu-west-1 --json
    """
    from strata.assess.stack_assessment import assess_by_name, assess_stack

    if group is not None and not group.strip():
        raise click.UsageError(f"--group is {group!r}, expected the name of an Auto Scaling group.")
    if stack is not None:
        if region is not None:
            raise click.UsageError("--region goes without STACK, whose own configuration has the region.")
        found = assess_stack(cwd, stack, group, local=local, warn=print_warning)
    else:
        if group is None:
            raise click.UsageError("Give STACK, or --group NAME.")
        if local:
            raise click.UsageError("--local needs STACK: the local AWS is that of a project.")
        found = assess_by_name(group, region)
    if as_json:
        print_json(found.document())
    else:
        _print(found)
    return found.exit_code(strict=strict)


def _print(found: "StackAssessment") -> None:
    for each in found.groups:
        _print_group(each)
    for part in found.unread:
        call = f" ({part.call})" if part.call else ""
        echo(styled(f"not read: {part.service or 'every group'}: {part.what}{call}: {part.why}", fg="yellow"))
    from strata.assess.assess_codes import PAGE, UNSEEN

    echo(styled("not looked at, because nobody can see it from outside:", dim=True))
    print_columns([[f"  {name}", f"{row.what} {PAGE}#{row.section}"] for name, row in UNSEEN.items()])


def _print_group(found: "GroupAssessment") -> None:
    echo(f"{styled(found.group, bold=True)}: {found.headline}")
    print_columns(
        [
            [
                f"  {styled(each.row.severity.value, fg='red' if each.blocks else 'yellow')}",
                each.code.value,
                each.subject,
                each.said,
            ]
            for each in found.findings
        ]
    )
    for code, row in {each.code: each.row for each in found.findings}.items():
        echo(f"  for {code.value}: {row.why} {row.remedy} {row.page}")
    for line in found.not_observed:
        echo(styled(f"  not observed: {line}", fg="yellow"))
