"""`strata rollout refresh STACK SERVICE`."""

from pathlib import Path

import click

from strata.cli.options import cwd_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_json

__all__ = ["refresh"]


@click.command("refresh", short_help="Replace all servers or tasks of a service by fresh ones of the same release.")
@stack_argument
@click.argument("service")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@local_option
@cwd_option
@json_option
def refresh(stack: str, service: str, cwd: Path, *, dry_run: bool, local: bool, as_json: bool) -> None:
    """Replace all servers or tasks of a service by fresh ones of the same release.

    Judged as a rollout: the floor holds, and what does not become healthy ends it with 1. Ends with 6 while a rollout
    is running. Needs neither the engine nor the stack's lock: strata rollout refresh acme/shop/prod web.
    """
    from strata.aws.target import plain_errors
    from strata.cli.rollout_console import LineConsole
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata.rollback.direct_rolls import direct_roll
    from strata.rollback.fresh_roll import plan_fresh, renew
    from strata.rollback.service_place import find_service

    console = LineConsole(err=as_json)
    with plain_errors():
        place = find_service(cwd, stack, service, local=local, warn=console.warn)
        plan = plan_fresh(place)
        for said in plan.unchecked:
            console.warn(said)
        if dry_run:
            idle = plan.idle
        else:
            roll = direct_roll(place, plan.recorded, plan.note, console)
            idle = run_stoppable(renew(plan, roll, console), Stopping(console.say))
    if as_json:
        print_json(plan.document(idle=idle, dry_run=dry_run))
    elif idle:
        said = "nothing would be replaced" if dry_run else "nothing is fresh"
        echo(f"{service}: nothing runs: {idle}, so {said}")
    elif dry_run:
        echo(f"{service}: would replace all that runs by fresh ones of {plan.recorded.image}; nothing was done")
    else:
        echo(f"{service}: all that runs is fresh, of {plan.recorded.image}")
