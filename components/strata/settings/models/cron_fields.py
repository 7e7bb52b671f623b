"""Rules for the five fields of a cron expression."""

from collections.abc import Iterator

from strata.settings.models.rule import Conflict

__all__ = ["find_bad_fields"]


def find_bad_fields(recurrence: str) -> Iterator[Conflict]:
    """A conflict for each field that is out of range.

    Args:
        recurrence: the value of the setting `recurrence`.
    """
    from strata.aws.facts.recurrence import FIELDS, numbers

    for index, (text, (name, low, high, _)) in enumerate(zip(recurrence.split(), FIELDS, strict=True)):
        if numbers(text, index) is None:
            yield Conflict(
                ("recurrence",),
                recurrence,
                expected=f"a {name} from {low} to {high} in place of {text}",
                fix="Write minute, hour, day of month, month and day of week; *, lists, ranges and steps are fine.",
            )
