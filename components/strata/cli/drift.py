"""`strata drift STACK [SERVICE]`."""

from pathlib import Path

import click

from strata.cli.drift_lines import print_drift
from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument, strict_option
from strata.cli.output import print_json

__all__ = ["command"]


@click.command("drift", short_help="Show what runs beside what was released.")
@stack_argument
@click.argument("service", required=False)
@click.option("--heal", is_flag=True, help="Replace what a fresh server or task heals, a batch at a time.")
@dry_run_option
@local_option
@cwd_option
@json_option
@strict_option
def command(
    stack: str,
    service: str | None,
    cwd: Path,
    *,
    heal: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
    strict: bool,
) -> int:
    """Show what runs beside what was released: servers and groups, tasks and services, images, records.

    Only reads AWS, without the engine or the stack's lock. Ends with 5 if something is not as it was released, and
    otherwise with 1 if something could not be read; under --strict with 4.

    With --heal what a fresh one heals is replaced within the floor of its service, and looked at again: 0 if nothing
    differs any more, 5 if something is left, 1 if a fresh one was not healthy in time, 3 if nothing may be replaced, 6
    while a rollout is running. --heal --dry-run shows who, why and in which batches.

    For example: strata drift prod web --json, or strata drift prod web --heal --dry-run
    """
    if heal:
        from strata.cli.drift_heal import heal_stack

        return heal_stack(cwd, stack, service, dry_run=dry_run, local=local, as_json=as_json, strict=strict)
    if dry_run:
        raise click.UsageError("--dry-run is for --heal; without it nothing is changed anyway.")
    from strata.drift.stack_drift import look_for_drift

    found = look_for_drift(cwd, stack, service, local=local)
    if as_json:
        print_json(found.document())
    else:
        print_drift(found)
    return found.exit_code(strict=strict)
