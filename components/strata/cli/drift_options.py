"""What `strata drift` is told beside the stack: what does not count, and what is written down as accepted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from strata.cli.html_option import html_option
from strata.drift.drift_kinds import DriftKind

if TYPE_CHECKING:
    from strata.drift.drift_recording import RecordOrder

__all__ = ["ReportOrder", "ignore_option", "record_options", "record_order", "report_options", "report_order"]

Function = TypeVar("Function", bound=Callable[..., Any])


def ignore_option(function: Function) -> Function:
    """`--ignore KIND`, passed as `ignored`: kinds that do not count in this run."""
    return click.option(
        "--ignore",
        "ignored",
        multiple=True,
        metavar="KIND",
        type=click.Choice([each.value for each in DriftKind]),
        callback=lambda _context, _parameter, given: tuple(DriftKind(each) for each in given),
        help="Leave a kind of differences out of this run; what it leaves out is listed. May be repeated.",
    )(function)


def record_options(function: Function) -> Function:
    """`--record KEY --reason --expires`; `record_order` has what was given."""
    for name, settings in reversed(_RECORD.items()):
        function = click.option(name, expose_value=False, callback=_keep, **settings)(function)
    return function


_RECORD: dict[str, dict[str, Any]] = {
    "--record": {
        "multiple": True,
        "metavar": "KEY",
        "help": "Accept a difference of SERVICE for a time, by its key: KIND:SUBJECT, or KIND for all of a kind. May "
        "be repeated.",
    },
    "--reason": {"help": "With --record: why it is accepted, for everybody who reviews it."},
    "--expires": {"metavar": "DATE|7d", "help": "With --record: the last day, or for how many days, up to 90."},
}


@dataclass(frozen=True)
class ReportOrder:
    """What a report is to have, and where it goes besides the terminal.

    Args:
        html_file: where to write it as a page.
        topic: ARN of the topic that is notified of drift.
        resources: whether all resources are compared.
    """

    html_file: Path | None
    topic: str | None
    resources: bool

    @property
    def given(self) -> bool:
        """Whether anything of it was asked for."""
        return self.html_file is not None or self.topic is not None or self.resources


def report_options(function: Function) -> Function:
    """`--resources --html --notify`; `report_order` has what was given."""
    for name, settings in reversed(_REPORT.items()):
        function = click.option(name, expose_value=False, callback=_keep, **settings)(function)
    return html_option("the report as one self-contained page", expose_value=False, callback=_keep)(function)


_REPORT: dict[str, dict[str, Any]] = {
    "--resources": {
        "is_flag": True,
        "help": "Also compare all resources with the engine's state, by a refresh that changes nothing and takes no "
        "lock. Requires the Pulumi CLI.",
    },
    "--notify": {
        "metavar": "SNS_ARN",
        "help": "If anything differs, publish a summary to this topic. Ends with 1 if that fails.",
    },
}


def report_order(context: click.Context) -> ReportOrder:
    """What the report is to have.

    Raises:
        UsageError: the topic is none.
    """
    html_file, topic, resources = (
        context.meta.get(f"strata.drift.{name}") for name in ("html_file", "notify", "resources")
    )
    if topic is not None:
        from strata.drift.drift_notice import require_topic

        topic = require_topic(topic)
    return ReportOrder(html_file, topic, bool(resources))


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    context.meta[f"strata.drift.{parameter.name}"] = value


def record_order(context: click.Context) -> "RecordOrder | None":
    """What is to be accepted; None where nothing is.

    Raises:
        UsageError: one of the options is missing.
    """
    keys, reason, expires = (context.meta.get(f"strata.drift.{name}") for name in ("record", "reason", "expires"))
    if not keys:
        if reason is not None or expires is not None:
            raise click.UsageError("--reason and --expires are for --record.")
        return None
    if reason is None or expires is None:
        raise click.UsageError("--record needs --reason and --expires.")
    from strata.drift.drift_recording import RecordOrder

    return RecordOrder(tuple(keys), reason, expires)
