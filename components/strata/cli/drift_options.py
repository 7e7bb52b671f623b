"""What `strata drift` is told beside the stack: what does not count, and what is written down as accepted."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from strata.drift.drift_kinds import DriftKind

if TYPE_CHECKING:
    from strata.drift.drift_recording import RecordOrder

__all__ = ["ignore_option", "record_options", "record_order"]

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
