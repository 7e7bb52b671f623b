"""`strata drift STACK [SERVICE]`: the report, on the terminal, as a page, and to a topic."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from strata.cli.drift_lines import print_drift
from strata.cli.output import echo, print_json

if TYPE_CHECKING:
    from strata.cli.drift_options import ReportOrder
    from strata.drift.drift_finding import StackDrift
    from strata.drift.drift_kinds import DriftKind
    from strata.drift.drift_notice import DriftNotice

__all__ = ["report_drift"]


def report_drift(
    cwd: Path,
    stack: str,
    service: str | None,
    order: "ReportOrder",
    *,
    ignored: "Collection[DriftKind]",
    local: bool,
    as_json: bool,
    strict: bool,
    deep: bool,
) -> int:
    """Look for drift and report it; the arguments are those of the command.

    Returns:
        what the command ends with.
    """
    from strata.drift.stack_drift import look_at_stack, place_to_compare
    from strata.exit_code import ExitCode

    place = place_to_compare(cwd, stack, local=local)
    found = look_at_stack(place, stack, service, ignored, needs_services=not order.resources, deep=deep)
    if order.resources:
        found = _with_resources(found, cwd, stack, local=local)
    if order.html_file is not None:
        from strata.cli.html_option import write_page
        from strata.drift.drift_page import drift_page

        write_page(order.html_file, drift_page(found))
    notice: DriftNotice | None = None
    if order.topic is not None:
        from strata.drift.drift_notice import notify_of_drift

        notice = notify_of_drift(place.clients, order.topic, found)
    if as_json:
        print_json({**found.document(), "notification": notice.document() if notice is not None else None})
    else:
        print_drift(found)
        if order.html_file is not None:
            echo(f"the page: {order.html_file}")
        if notice is not None and notice.sent:
            echo(f"notified {notice.topic}")
    if notice is not None and notice.trouble:
        echo(f"error: {notice.topic} was not notified: {notice.trouble}", err=True)
        echo(f"  fix: {notice.fix}", err=True)
        return ExitCode.FAILED
    return found.exit_code(strict=strict)


def _with_resources(found: "StackDrift", cwd: Path, stack: str, *, local: bool) -> "StackDrift":
    from strata.cli.signals import run_stoppable
    from strata.drift.resource_refresh import with_resources
    from strata.engine.stopping import Stopping

    def progress(line: str, /) -> None:
        echo(line, err=True)

    stopping = Stopping(progress)
    return run_stoppable(with_resources(found, cwd, stack, progress, stopping, local=local), stopping)
