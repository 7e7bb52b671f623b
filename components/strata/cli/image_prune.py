"""`strata image prune STACK [NAME]`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_columns, print_json, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.pruning.prune_plan import PrunePlan, PruneRow
    from strata.pruning.removal import Removal

__all__ = ["prune"]


@click.command("prune", short_help="Show which images nobody needs, and remove them.")
@stack_argument
@click.argument("name", required=False)
@click.option("--apply", "applies", is_flag=True, help="Remove what nobody needs. Default: only show it.")
@click.option("--min-age", default="30d", show_default=True, help="How old an image must be to be removed.")
@click.option(
    "--ways-back",
    type=click.IntRange(min=1, max=100),
    default=5,
    show_default=True,
    help="How many earlier releases of each service stay, to go back to.",
)
@dry_run_option
@local_option
@cwd_option
@json_option
def prune(
    stack: str,
    name: str | None,
    min_age: str,
    ways_back: int,
    cwd: Path,
    *,
    applies: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> int:
    """Show which images, snapshots, digests and entries of the catalogue nobody needs, and why the others stay.

    Removes nothing without --apply, and nothing at all where it cannot be known who needs what. For example:
    strata image prune prod web
    """
    from strata.aws.target import plain_errors
    from strata.errors import UsageError
    from strata.images.given_values import parse_duration
    from strata.promotion.pinned_stack import open_stack
    from strata.pruning.prune_plan import PruneTerms, plan_prune
    from strata.pruning.removal import Remover

    if applies and dry_run:
        raise UsageError("--apply and --dry-run contradict each other", fix="Leave one of them out.")
    terms = PruneTerms(parse_duration(min_age), ways_back)
    with plain_errors():
        opened = open_stack(cwd, stack, local=local, pin=name)
        plan = plan_prune(opened, name, terms, local=local)
        removals = Remover(opened.clients, opened.clock).remove(plan.unneeded) if applies else []
    if as_json:
        print_json(prune_document(plan, removals, applies=applies))
    else:
        _print(plan, removals, applies=applies)
    return ExitCode.OK if all(each.gone for each in removals) else ExitCode.FAILED


def prune_document(plan: "PrunePlan", removals: "list[Removal]", *, applies: bool) -> dict[str, Any]:
    became = {id(each.row): each for each in removals}
    rows = [
        {**row.document(), "removal": became[id(row)].document() if id(row) in became else None} for row in plan.rows
    ]
    return {
        "stack": plan.stack.stack,
        "account": plan.account,
        "region": plan.region,
        "min_age_seconds": plan.terms.min_age_seconds,
        "ways_back": plan.terms.ways_back,
        "stored": rows,
        "notes": list(plan.notes),
        "dry_run": not applies,
    }


def _print(plan: "PrunePlan", removals: "list[Removal]", *, applies: bool) -> None:
    became = {id(each.row): each for each in removals}
    for name in dict.fromkeys(row.stored.name for row in plan.rows):
        echo(styled(name, bold=True))
        print_columns([_row(row, became.get(id(row))) for row in plan.rows if row.stored.name == name])
    for each in plan.notes:
        echo(styled(each, dim=True))
    place = f"account {plan.account}, {plan.region}"
    found, unneeded = len(plan.rows), len(plan.unneeded)
    if not applies:
        echo(f"of {found} in {place}, nobody needs {unneeded}; nothing was removed")
        if unneeded:
            echo("--apply removes what nobody needs")
        return
    gone = sum(each.gone for each in removals)
    echo(styled(f"of {unneeded} that nobody needs in {place}, {gone} are gone, as AWS shows it", bold=True))
    if gone < len(removals):
        echo("the rest is found again by the same command")


def _row(row: "PruneRow", removal: "Removal | None") -> list[str]:
    from strata.durations import duration_text

    stored = row.stored
    age = f"{duration_text(row.age_seconds)} old" if row.age_seconds is not None else ""
    what = "" if stored.kind.value in ("machine", "container") else _WHAT[stored.kind.value]
    return [f"  {stored.version or 'no version'}", stored.identity, age, what, _verdict(row, removal)]


_WHAT = {"snapshot": "snapshot of a removed image", "entry": "entry of an image that is gone"}


def _verdict(row: "PruneRow", removal: "Removal | None") -> str:
    if row.kept:
        return f"stays: {'; '.join(each.text for each in row.kept)}"
    count = len(row.stored.snapshots)
    beside = f", with {count} snapshot{'s' if count != 1 else ''}" if count else ""
    if removal is None:
        return styled(f"nobody needs it{beside}", fg="yellow")
    if removal.gone:
        return styled(f"gone{beside}", fg="green")
    why = f": {removal.trouble}" if removal.trouble else ""
    return styled(f"AWS still shows {', '.join(removal.left)}{why}", fg="red")
