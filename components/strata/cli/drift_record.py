"""`strata drift STACK SERVICE --record KEY`: what is accepted, and where that is written down."""

from pathlib import Path

from strata.cli.output import echo, print_json, styled
from strata.drift.drift_recording import RecordOrder, record_differences

__all__ = ["record"]


def record(
    cwd: Path,
    stack: str,
    service: str,
    order: RecordOrder,
    *,
    dry_run: bool,
    local: bool,
    as_json: bool,
    deep: bool,
) -> None:
    """Accept differences, or show what would be written; the arguments are those of the command."""
    recorded = record_differences(cwd, stack, service, order, local=local, dry_run=dry_run, deep=deep)
    if as_json:
        print_json(recorded.document())
        return
    name = recorded.file.path.name
    for each in recorded.differences:
        said = "would accept" if dry_run else "accepted"
        echo(styled(f"{said} {each.key} of {service} {each.terms}", bold=True))
    for line in recorded.lines:
        echo(f"  {line}")
    if dry_run:
        echo(f"{name}: nothing was written")
    else:
        echo(f"{name} is changed: have it reviewed like the stack file")
