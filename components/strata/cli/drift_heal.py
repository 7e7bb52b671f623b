"""`strata drift STACK [SERVICE] --heal`: what is replaced, and what that came to."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from strata.cli.drift_lines import print_service, print_unread
from strata.cli.output import echo, print_columns, print_json, styled

if TYPE_CHECKING:
    from strata.drift.drift_kinds import DriftKind
    from strata.healing.healing_outcome import HealedService, StackHealing
    from strata.healing.healing_plan import HealingPlan

__all__ = ["heal_stack"]


def heal_stack(
    cwd: Path,
    stack: str,
    service: str | None,
    *,
    ignored: "Collection[DriftKind]",
    dry_run: bool,
    local: bool,
    as_json: bool,
    strict: bool,
    deep: bool,
) -> int:
    """Heal a stack, or show what would be done; the arguments are those of the command.

    Returns:
        what the command ends with.
    """
    from strata.cli.rollout_console import LineConsole
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata.healing.healed_stack import heal, plan_stack

    plans = plan_stack(cwd, stack, service, local=local, ignored=ignored, deep=deep)
    console = LineConsole(err=as_json)
    if not as_json:
        for each in plans.plans:
            print_service(each.drift)
            _print_plan(each)
    if dry_run:
        healed = plans.planned()
    else:
        stopping = Stopping(
            lambda said: console.say(f"{said}; what was begun goes on in AWS, and the next run looks again")
        )
        healed = run_stoppable(heal(plans, console), stopping)
    if as_json:
        print_json(healed.document())
        return healed.exit_code(strict=strict)
    _print_result(healed)
    print_unread(healed.last)
    return healed.exit_code(strict=strict)


def _print_plan(plan: "HealingPlan") -> None:
    if plan.worn and plan.look is not None:
        terms = plan.look.terms
        first = f", fresh ones first, {terms.ahead} at a time" if terms.ahead else ""
        echo(
            f"  to replace: {len(plan.worn)}; {len(plan.look.healthy)} of {terms.desired} healthy, the floor is "
            f"{terms.floor}{first}"
        )
        why = {each.id: each.why for each in plan.worn}
        rows = [
            [f"    batch {number}", name, why[name]]
            for number, batch in enumerate(plan.batches, start=1)
            for name in batch
        ]
        rows += [["    by a rollout of all", name, why[name]] for name in plan.together]
        print_columns(rows)
    left = {(each.finding.kind, each.finding.subject, f"{each.why}: {each.fix}") for each in plan.left}
    print_columns([[f"  left alone: {kind}", subject, why] for kind, subject, why in sorted(left)])


def _print_result(healed: "StackHealing") -> None:
    for each in healed.services:
        name = styled(each.plan.service, bold=True)
        if healed.dry_run:
            said = f"would replace {len(each.plan.worn)}; nothing was done" if each.plan.worn else "nothing to replace"
            echo(f"{name}: {each.why.partition(': ')[2] or said}{f' {each.fix}' if each.fix else ''}")
            continue
        echo(f"{name}: {_came_to(each)}")
        if each.why:
            echo(styled(f"  {each.why}", fg="red"))
            echo(f"  fix: {each.fix}")
        if each.after is not None:
            print_service(each.after)


def _came_to(each: "HealedService") -> str:
    progress = each.progress
    if not progress.begun:
        return f"{each.outcome.replace('-', ' ')}"
    count, asked = len(progress.replaced), sum(len(batch) for batch in progress.begun)
    said = f"{count} of {asked} replaced"
    if progress.lowest_healthy is not None:
        said += f", never fewer than {progress.lowest_healthy} healthy in {progress.looks} looks"
    return said
