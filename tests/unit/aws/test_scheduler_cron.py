"""A recurrence as EventBridge Scheduler writes it, and back."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from strata.aws.facts.recurrence import Recurrence, recurrence_of
from strata.aws.facts.scheduler_cron import as_scheduler_cron, read_scheduler_cron


def known(text: str, zone: str = "UTC") -> Recurrence:
    found = recurrence_of(text, zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text,expected",
    [
        ("0 3 * * 0", "cron(0 3 ? * SUN *)"),
        ("0 3 * * 7", "cron(0 3 ? * SUN *)"),
        ("15 */6 * * *", "cron(15 0,6,12,18 * * ? *)"),
        ("30 * * * 1-5", "cron(30 * ? * MON,TUE,WED,THU,FRI *)"),
        ("0 2 1,15 * *", "cron(0 2 1,15 * ? *)"),
        ("0 2 1 jan-mar *", "cron(0 2 1 1,2,3 ? *)"),
    ],
)
def test_it_is_spelled_out(text, expected):
    assert as_scheduler_cron(text) == expected


def test_either_of_two_days_has_no_expression():
    with pytest.raises(ValueError, match="day of the month or a day of the week"):
        as_scheduler_cron("0 3 1 * 0")


def test_what_is_no_cron_expression_has_none_of_scheduler():
    with pytest.raises(ValueError, match="'0 24 \\* \\* 0' is no cron expression"):
        as_scheduler_cron("0 24 * * 0")


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(7 days)", "at(2026-12-01T03:00:00)", "cron(0 3 * * 0)"),
        *("cron(0 3 ? * 1 *)", "cron(0 3 ? * SUN 2027)", "cron(0 3 L * ? *)", "cron(0 3 ? * SUN#1 *)"),
    ],
)
def test_what_only_scheduler_knows_is_not_read(expression):
    assert read_scheduler_cron(expression, "UTC") is None


FIELD = st.lists(st.integers(0, 59), min_size=1, max_size=3, unique=True)


@given(minute=st.integers(0, 59), hours=FIELD, days=FIELD, months=FIELD, weekdays=FIELD)
def test_what_is_written_fires_when_it_was_meant_to(minute, hours, days, months, weekdays):
    def listed(numbers: list[int], low: int, high: int) -> str:
        return ",".join(str(low + each % (high - low + 1)) for each in numbers)

    # zero stands for a field that is not restricted
    day = "*" if 0 in days else listed(days, 1, 28)
    weekday = "*" if 0 in weekdays else listed(weekdays, 0, 6)
    text = f"{minute} {listed(hours, 0, 23)} {day} {listed(months, 1, 12)} {weekday}"
    meant = known(text, "Europe/Berlin")
    assume(not meant.either_day)
    read = read_scheduler_cron(as_scheduler_cron(text), "Europe/Berlin")
    assert read is not None
    first = date(2027, 1, 1)
    assert list(read.times(first, 400)) == list(meant.times(first, 400)) != []
