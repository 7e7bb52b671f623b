"""How a rehearsal's report reads."""

import re
from collections.abc import Collection
from pathlib import Path

from strata.cli.output import echo, invocation, print_columns, styled
from strata_rehearsal.run.aws_config import aws_config
from strata_rehearsal.run.rehearsal_report import (
    NO_VERSION,
    RehearsalOutcome,
    RehearsalReport,
    RehearsedRollout,
)
from strata_rehearsal.run.rollout_timeline import Unit

__all__ = ["print_report"]

COLOURS = {
    **dict.fromkeys(RehearsalOutcome, "red"),
    RehearsalOutcome.SUCCEEDED: "green",
    RehearsalOutcome.ROLLED_BACK: "yellow",
    RehearsalOutcome.BUSY: "yellow",
    RehearsalOutcome.INTERRUPTED: "yellow",
}

_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{12,64}")


def print_report(report: RehearsalReport, *, project: Path) -> None:
    """Print what happened, what is live, and what to do next.

    Args:
        report: the rehearsal's.
        project: folder that paths are shown relative to.
    """
    changes = report.changes
    counts = {
        "created": changes.created,
        "updated": changes.updated,
        "replaced": changes.replaced,
        "deleted": changes.deleted,
        "unchanged": changes.same,
    }
    summary = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing to do"
    echo()
    echo(
        f"{report.stack}: {styled(report.outcome.value, fg=COLOURS[report.outcome], bold=True)} "
        f"in {report.seconds:.1f} s ({summary})"
    )
    for error in report.errors:
        echo(styled(f"  {_indented(error)}", fg="red"))
    for finding in report.findings:
        echo(styled(f"  {_indented(str(finding))}", fg="red" if finding.mandatory else "yellow"))
    for rollout in report.rollouts:
        echo(f"  {_rollout(rollout)}")
    for run in report.playbooks:
        echo(styled(f"  {run}", fg="red") if run.failed else f"  {run}")
    for image in report.made_up:
        echo(f"  {image}")
    for proof in report.taken_proofs:
        echo(f"  {proof}")
    if report.chart:
        echo(f"  timeline: {report.chart.relative_to(project)}")
    _print_live(report)
    units = {each.unit for each in report.services} or report.units or {Unit.SERVERS}
    echo()
    echo(f"the local AWS listens on {report.endpoint}; look at it with")
    for words in _looks(units):
        echo(f"  {_aws(report)} {words}")
    echo("next")
    for line in _next(report):
        echo(f"  {line}")
    simulated = " and ".join(sorted(units)).capitalize()
    echo(f"{simulated} are simulated: no application runs here.")


def _print_live(report: RehearsalReport) -> None:
    echo()
    echo("live now")
    print_columns(
        [[f"  {each.service}", each.live, f"{each.healthy} of {each.desired} healthy"] for each in report.services]
        or [["  nothing of what the stack file names" if report.unnamed else "  nothing"]]
    )
    for name, versions in report.unnamed.items():
        echo(f"  {name}, which the stack file does not name any more, still runs {versions}")
    for each in report.services:
        for line in each.deviations:
            echo(styled(f"  {each.service}: not the release: {line}", fg="red"))
        if each.way_back:
            echo(f"  {each.service}: {each.way_back}")


def _looks(units: Collection[Unit]) -> list[str]:
    """What the AWS CLI is asked for."""
    of_servers = ["autoscaling describe-auto-scaling-groups"] if Unit.SERVERS in units else []
    return of_servers + (["ecs list-clusters"] if Unit.TASKS in units else [])


def _aws(report: RehearsalReport) -> str:
    """The AWS CLI on the local AWS, to be pasted: with the credentials it accepts, and without anyone's profile."""
    config = aws_config(report.endpoint, report.region)
    keys = f"AWS_ACCESS_KEY_ID={config['aws:accessKey']} AWS_SECRET_ACCESS_KEY={config['aws:secretKey']}"
    return f"env -u AWS_PROFILE {keys} aws --endpoint-url {report.endpoint} --region {report.region}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")


def _rollout(rollout: RehearsedRollout) -> str:
    timeline = rollout.timeline
    minutes, seconds = divmod(round(timeline.seconds), 60)
    went = f"ended {rollout.status}" if rollout.ended else f"was still {rollout.status}"
    said = f"{timeline.service}: {timeline.change} {went} after {minutes}:{seconds:02d} simulated"
    if not any(each.desired for each in timeline.samples):
        unit = timeline.unit.removesuffix("s")
        return f"{said}; no {unit} was wanted"
    return (
        f"{said}; healthy never under {timeline.lowest_healthy} (floor {timeline.floor}), "
        f"never more than {timeline.highest_total} {timeline.unit} (ceiling {timeline.ceiling})"
    )


def _next(report: RehearsalReport) -> list[str]:
    stack = report.stack
    strata = invocation()
    stop = f"{strata} rehearse {stack} --stop"
    status = f"{strata} rollout status {stack} --local"
    if not report.services:
        return [f"{strata} doctor {stack}", f"{strata} rehearse {stack}", stop]
    service = next((each for each in report.services if each.version != NO_VERSION and each.pinned), None)
    if service is None:
        return [f"{strata} rehearse {stack}", status, stop]
    image = f"{service.image_name}={_following(service.version)}"
    if report.outcome is RehearsalOutcome.SUCCEEDED and not any(each.timeline.before for each in report.rollouts):
        return [f"{strata} rehearse {stack} --image {image}", status, stop]
    if report.outcome is RehearsalOutcome.SUCCEEDED:
        return [f"{strata} rehearse {stack} --image {image} --fault {service.service}=unhealthy", status, stop]
    return [f"{strata} rehearse {stack}", status, stop]


def _following(version: str) -> str:
    """A version that could come after this one: the second number raised, those behind it at zero."""
    if _DIGEST.fullmatch(version):
        # nobody has named it, and the beginning of a digest is no version
        return "next"
    parts = re.split(r"(\d+)", version.split(" ", maxsplit=1)[0])
    numbers = [index for index, part in enumerate(parts) if part.isdigit()]
    if not numbers:
        return f"{version}-2"
    raised = numbers[min(1, len(numbers) - 1)]
    for index in numbers:
        if index == raised:
            parts[index] = str(int(parts[index]) + 1)
        elif index > raised:
            parts[index] = "0"
    return "".join(parts)
