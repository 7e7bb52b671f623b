"""`strata rehearse STACK`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strata.cli.options import always_local, cwd_option, json_option, stack_argument
from strata.cli.output import echo, print_json, print_warning
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata_rehearsal.run.request import RehearsalRequest

__all__ = ["command"]


@click.command("rehearse", short_help="Apply a stack to a local AWS with the real engine.")
@stack_argument
@click.option("--image", "images", multiple=True, metavar="NAME=VERSION", help="Run this version of an image.")
@click.option("--fault", "faults", multiple=True, metavar="NAME=KIND", help="Make what is new fail like this.")
@click.option(
    "--speed", type=float, metavar="N", help="Speed of the simulated time. Default: 120, which is 120x real time."
)
@click.option(
    "--provider",
    type=click.Choice(["rehearsal", "installed"]),
    default="rehearsal",
    help="Use the AWS plugin of the rehearsal, or the one installed in a Pulumi home.",
)
@click.option(
    "--pulumi-home",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Pulumi home of the installed plugin. Default: PULUMI_HOME, or ~/.pulumi.",
)
@click.option("--refresh", is_flag=True, help="Read first what is there, and set again what was changed by hand.")
@click.option("--stop", "stop_it", is_flag=True, help="Stop the local AWS; the next rehearsal starts clean.")
@cwd_option
@json_option
@always_local
def command(
    stack: str,
    images: tuple[str, ...],
    faults: tuple[str, ...],
    speed: float | None,
    provider: str,
    pulumi_home: Path | None,
    cwd: Path,
    *,
    refresh: bool,
    stop_it: bool,
    as_json: bool,
) -> int:
    """Apply a stack to a local AWS with the real engine, rollouts included.

    No AWS account is touched. A stack that was rehearsed before is updated, not created again. With --refresh it is
    compared with what is there first, as `pulumi up --refresh` does; other stacks in the local AWS stay as they are.

    For example: strata rehearse staging --image web=1.5.0

    Faults: unhealthy, slow, crash, no-capacity, alarm; of containers also cannot-pull, out-of-memory.
    """
    from strata.project.location import locate
    from strata_rehearsal.run.request import RehearsalRequest

    project, stack = locate(cwd, stack)
    request = RehearsalRequest(
        project=project,
        stack=stack,
        images=_pairs("--image", images),
        faults=_pairs("--fault", faults),
        speed=speed,
        plugins_of=_pulumi_home(pulumi_home) if provider == "installed" else None,
        refresh=refresh,
    )
    return _stop(request, as_json=as_json) if stop_it else _rehearse(request, as_json=as_json)


def _pulumi_home(given: Path | None) -> Path:
    return given or Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")


def _stop(request: "RehearsalRequest", *, as_json: bool) -> int:
    from strata.project.location import local_aws_folder
    from strata_rehearsal.cloud.cloud_process import stop
    from strata_rehearsal.run.stack_lock import claim_all

    with claim_all(request.state_folder):
        stopped = stop(local_aws_folder(request.project))
    if as_json:
        print_json({"stack": request.stack, "stopped": stopped})
    else:
        echo("the local AWS is stopped" if stopped else "no local AWS was running")
    return ExitCode.OK


def _rehearse(request: "RehearsalRequest", *, as_json: bool) -> int:
    from strata.cli.signals import run_stoppable
    from strata.engine.stopping import Stopping
    from strata_rehearsal.cli.live import display
    from strata_rehearsal.cli.report import print_report
    from strata_rehearsal.run.conduct import rehearse
    from strata_rehearsal.run.rehearsal_report import left_out

    with display(quiet=as_json) as shown:
        stopping = Stopping(shown.progress)
        report = run_stoppable(rehearse(request, shown.progress, shown, stopping), stopping)
    if text := left_out(report.freeze):
        print_warning(text)
    if as_json:
        print_json(report.document())
    else:
        print_report(report, project=request.project)
    return report.outcome.exit_code


def _pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (equals and name and value):
            raise click.BadParameter(f"{each!r} is not NAME=VALUE", param_hint=option)
        if name in pairs:
            raise click.BadParameter(f"{name!r} is given twice", param_hint=option)
        pairs[name] = value
    return pairs
