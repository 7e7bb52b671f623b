"""`strata audit STACK [SERVICE]`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument, strict_option
from strata.cli.output import echo, print_columns, print_json, print_warning, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.audit.change_events import ChangeEvent
    from strata.audit.stack_audit import StackAudit

__all__ = ["command"]


@click.command("audit", short_help="Show what happened to a stack in a period, and who did it.")
@stack_argument
@click.argument("service", required=False)
@click.option("--from", "start", metavar="DAY", help="First day, or moment. Default: 30 days before the end.")
@click.option("--to", "end", metavar="DAY", help="Last day, or moment. Default: now.")
@click.option("--markdown", is_flag=True, help="Print a page of Markdown.")
@strict_option
@local_option
@cwd_option
@json_option
def command(
    stack: str,
    service: str | None,
    start: str | None,
    end: str | None,
    cwd: Path,
    *,
    markdown: bool,
    strict: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Show what happened to the services of a stack in a period: releases, rollbacks, failures and verdicts, by whom.

    Then how often changes failed, and how long it took to restore what they broke. What AWS no longer keeps of the
    period is listed, and ends with 4 under --strict.

    Only reads AWS. Days and moments are in UTC: strata audit acme/shop/prod --from 2026-11-01 --to 2026-11-30
    """
    from strata.audit.audit_markdown import as_markdown
    from strata.audit.audit_period import parse_period
    from strata.audit.stack_audit import audit_stack
    from strata.aws.target import plain_errors
    from strata.errors import UsageError
    from strata.rollout.stack_place import find_stack

    if markdown and as_json:
        raise UsageError("--markdown and --json are both given", fix="Leave one of them out.")
    place = find_stack(cwd, stack, local=local, warn=print_warning)
    period = parse_period(start, end, place.clock.now())
    with plain_errors():
        found = audit_stack(place, service, period)
    if as_json:
        print_json(found.document())
    elif markdown:
        echo(as_markdown(found), nl=False)
    else:
        _print(found)
    return ExitCode.WARNINGS if strict and found.gaps else ExitCode.OK


def _print(found: "StackAudit") -> None:
    from strata.audit.audit_markdown import metric_lines

    echo(styled(f"{found.project}/{found.stack}, {found.period}", bold=True))
    print_columns([_row(each) for each in found.events])
    if not found.events:
        echo("Nothing is known to have happened.")
    for line in metric_lines(found.metrics):
        echo(line)
    if found.unreleased:
        echo(f"No release record, and no rollout that is noted as succeeded: {', '.join(found.unreleased)}.")
    for gap in found.gaps:
        echo(styled(f"Missing: {gap}", fg="yellow"))
    for limit in found.limits:
        echo(styled(limit, dim=True))


def _row(event: "ChangeEvent") -> list[str]:
    kind = styled(event.kind.value, fg="red") if event.bad else event.kind.value
    by = f"by {event.by}; " if event.by else ""
    left = "; left by a rollback" if event.left_by_rollback else ""
    return [f"{event.at:%Y-%m-%d %H:%M}", event.service, event.version or "?", kind, f"{by}{event.detail}{left}"]
