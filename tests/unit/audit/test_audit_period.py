"""A period is named by days or moments, and both its days are in it."""

from datetime import UTC, datetime

import pytest

from strata.audit.audit_period import parse_period
from strata.errors import UsageError

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "start, end, said",
    [
        (None, None, "2026-10-31 12:00 to 2026-11-30 12:00 UTC"),
        ("2026-11-01", None, "2026-11-01 00:00 to 2026-11-30 12:00 UTC"),
        ("2026-11-01", "2026-11-01", "2026-11-01 00:00 to 2026-11-02 00:00 UTC"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T09:00:00Z", "2026-11-01 08:00 to 2026-11-01 09:00 UTC"),
        (None, "2026-03-01", "2026-01-31 00:00 to 2026-03-02 00:00 UTC"),
    ],
)
def test_days_and_moments(start: str | None, end: str | None, said: str):
    assert str(parse_period(start, end, NOW)) == said


@pytest.mark.parametrize(
    "start, end, wrong",
    [
        ("yesterday", None, "--from must be a day or a moment, got 'yesterday'"),
        (None, "2026-13-01", "--to must be a day or a moment, got '2026-13-01'"),
        (None, "9999-12-31", "--to must be a day or a moment, got '9999-12-31'"),
        ("2026-11-02", "2026-11-01", "the period is empty"),
        ("2027-01-01", None, "the period is empty"),
    ],
)
def test_what_is_no_period_is_refused(start: str | None, end: str | None, wrong: str):
    with pytest.raises(UsageError, match=wrong.replace("(", r"\(")):
        parse_period(start, end, NOW)


def test_the_end_is_not_in_it():
    period = parse_period("2026-11-01", "2026-11-01", NOW)
    assert period.holds(datetime(2026, 11, 1, tzinfo=UTC))
    assert not period.holds(datetime(2026, 11, 2, tzinfo=UTC))
