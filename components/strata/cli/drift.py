"""`strata drift STACK [SERVICE]`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.drift_options import ignore_option, record_options, record_order, report_options, report_order
from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument, strict_option

if TYPE_CHECKING:
    from strata.drift.drift_kinds import DriftKind

__all__ = ["command"]


@click.command("drift", short_help="Show what runs beside what was released.")
@stack_argument
@click.argument("service", required=False)
@click.option(
    "--heal",
    is_flag=True,
    help="Replace what a fresh server or task heals, a batch at a time. Ends with 6 while a rollout runs, whether "
    "anything differs (5) or not (0).",
)
@click.option(
    "--deep",
    is_flag=True,
    help="Also let servers compare themselves with what their images were baked with: packages, kernel, files below "
    "/etc. Sends one command to those that Session Manager reaches.",
)
@record_options
@ignore_option
@report_options
@dry_run_option
@local_option
@cwd_option
@json_option
@strict_option
@click.pass_context
def command(
    context: click.Context,
    stack: str,
    service: str | None,
    cwd: Path,
    *,
    heal: bool,
    deep: bool,
    ignored: "tuple[DriftKind, ...]",
    dry_run: bool,
    local: bool,
    as_json: bool,
    strict: bool,
) -> int:
    """Show what runs beside what was released: servers and groups, tasks and services, images, records.

    Only reads AWS, without the engine or the stack's lock. Ends with 5 if something is not as it was released, and
    otherwise with 1 if something could not be read; under --strict with 4. With --resources the engine is asked too,
    and still not its lock.

    With --heal what a fresh one heals is replaced within the floor of its service, and looked at again. The first of
    these is what it ends with: 1 if a fresh one was not healthy in time, 6 while a rollout is running, also where
    nothing differs, 3 if nothing may be replaced, 5 if something is left, 0 if nothing differs any more. --heal
    --dry-run shows who, why and in which batches.

    With --deep every server that Session Manager reaches compares itself with the manifest of its image, by one Run
    Command a service that changes nothing. What differs is drift, twenty differences a server at most; a server that
    did not answer could not be read.

    With --record a difference is accepted until a day, in Pulumi.STACK.drift.yaml beside the stack file: until then it
    does not count, as long as it is the same. Ends with 0. --record --dry-run shows what would be written.

    For example: strata drift prod web --json, or strata drift prod web --heal --dry-run, or
    strata drift prod web --record too-old:i-0f3c51d29a7e84b61 --reason "holds the licence" --expires 7d
    """
    order, report = record_order(context), report_order(context)
    if report.given and (heal or order is not None):
        raise click.UsageError("--resources, --html and --notify go without --heal and --record.")
    if order is not None:
        if heal or ignored or strict:
            raise click.UsageError("--record goes without --heal, --ignore and --strict.")
        if service is None:
            raise click.UsageError("--record needs a SERVICE.")
        from strata.cli.drift_record import record

        record(cwd, stack, service, order, dry_run=dry_run, local=local, as_json=as_json, deep=deep)
        return 0
    if heal:
        from strata.cli.drift_heal import heal_stack

        return heal_stack(
            cwd,
            stack,
            service,
            ignored=ignored,
            dry_run=dry_run,
            local=local,
            as_json=as_json,
            strict=strict,
            deep=deep,
        )
    if dry_run:
        raise click.UsageError("--dry-run is for --heal and --record; without them nothing is changed anyway.")
    if report.resources and service is not None:
        raise click.UsageError("--resources is about the whole stack: leave SERVICE out.")
    from strata.cli.drift_report import report_drift

    return report_drift(
        cwd, stack, service, report, ignored=ignored, local=local, as_json=as_json, strict=strict, deep=deep
    )
