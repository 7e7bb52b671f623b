"""`strata drift STACK [SERVICE]`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument, strict_option
from strata.cli.output import print_columns, print_json, styled

if TYPE_CHECKING:
    from strata.drift.drift_finding import ServiceDrift, StackDrift

__all__ = ["command"]


@click.command("drift", short_help="Show what runs beside what was released.")
@stack_argument
@click.argument("service", required=False)
@local_option
@cwd_option
@json_option
@strict_option
def command(stack: str, service: str | None, cwd: Path, *, local: bool, as_json: bool, strict: bool) -> int:
    """Show what runs beside what was released: servers and groups, tasks and services, images, records.

    Only reads AWS, without the engine or the stack's lock. Ends with 5 if something is not as it was released, and
    otherwise with 1 if something could not be read; under --strict with 4.

    For example: strata drift prod web --json
    """
    from strata.drift.stack_drift import look_for_drift

    found = look_for_drift(cwd, stack, service, local=local)
    if as_json:
        print_json(found.document())
    else:
        _print(found)
    return found.exit_code(strict=strict)


def _print(found: "StackDrift") -> None:
    for each in found.services:
        _print_service(each)
    for each in found.unread:
        call = f" ({each.call})" if each.call else ""
        click.echo(styled(f"not read: {each.service or 'every service'}: {each.what}{call}: {each.why}", fg="yellow"))


def _print_service(found: "ServiceDrift") -> None:
    click.echo(f"{styled(found.service, bold=True)}: {found.headline}")
    print_columns(
        [
            [
                f"  {styled(each.kind, fg='red')}",
                each.subject,
                f"{each.said}{f' (since {each.since})' if each.since else ''}",
            ]
            for each in found.findings
        ]
    )
    for kind, row in {each.kind: each.row for each in found.findings}.items():
        click.echo(f"  for {kind}: {row.remedy}")
    for line in found.delegated:
        click.echo(styled(f"  no drift: {line}", dim=True))
