"""Freeze windows: open exactly as long as they read, whatever the week, the clocks and other windows do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from strata.settings.freeze_spans import WEEKDAYS, FreezeLook, look_at_freezes
from strata.settings.models import FreezeSettings

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (2024, 2029))
DAY = timedelta(days=1)

moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC)).map(lambda each: each.replace(microsecond=0))
times = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@st.composite
def weekly(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> FreezeSettings:
    first, last = draw(st.sampled_from(WEEKDAYS)), draw(st.sampled_from(WEEKDAYS))
    start, until = draw(times), draw(times)
    assume(first != last or start < until)
    return FreezeSettings(
        reason="weekly",
        days=first if first == last else f"{first}-{last}",
        start=f"{start:%H:%M}",
        until=f"{until:%H:%M}",
        time_zone=draw(st.sampled_from(zones)),
    )


@st.composite
def once(draw: st.DrawFn) -> FreezeSettings:
    start = draw(moments)
    until = start + timedelta(seconds=draw(st.integers(1, 40 * 86_400)))
    return FreezeSettings(reason="once", start=f"{start:%Y-%m-%dT%H:%M:%SZ}", until=f"{until:%Y-%m-%dT%H:%M:%SZ}")


windows = st.lists(weekly() | once(), max_size=4)


def look(known: list[FreezeSettings], at: datetime) -> FreezeLook:
    return look_at_freezes(known, at.timestamp())


def minutes_of(weekday: int, at: time) -> int:
    return weekday * 1440 + at.hour * 60 + at.minute


def is_open_by_the_minutes_of_the_week(window: FreezeSettings, local: datetime) -> bool:
    """Counted in another way: a week is a ring of minutes, and a window is an arc of it."""
    first, _, last = (window.days or "").partition("-")
    begins = minutes_of(WEEKDAYS.index(first), time.fromisoformat(window.start))
    ends = minutes_of(WEEKDAYS.index(last or first), time.fromisoformat(window.until))
    now = minutes_of(local.weekday(), local.time())
    return (now - begins) % 10_080 < (ends - begins) % 10_080


@given(weekly(), moments)
def test_a_weekly_window_is_open_by_the_local_weekday_and_time_away_from_changes_of_the_clocks(
    window: FreezeSettings, at: datetime
):
    zone = ZoneInfo(window.time_zone)
    offsets = {(at + days * DAY).astimezone(zone).utcoffset() for days in range(-8, 9)}
    assume(len(offsets) == 1)
    expected = is_open_by_the_minutes_of_the_week(window, at.astimezone(zone))
    assert bool(look([window], at).open) == expected


@given(weekly(("Europe/Berlin",)), st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]), st.integers(0, 2 * 1440))
def test_when_clocks_change_a_window_is_open_whenever_its_local_time_says_so_either_way(
    window: FreezeSettings, changed: date, minute: int
):
    """An hour that comes twice is frozen both times if it is at all; one that is left out shortens nothing."""
    at = datetime.combine(changed - DAY, time(), UTC) + timedelta(minutes=minute)
    local = at.astimezone(ZoneInfo("Europe/Berlin"))
    if is_open_by_the_minutes_of_the_week(window, local):
        assert look([window], at).open


@given(weekly(), moments)
def test_a_weekly_window_opens_once_in_every_week(window: FreezeSettings, at: datetime):
    coming = look([window], at).next
    assert coming is not None
    assert at < coming.begins <= at + 7 * DAY + timedelta(hours=1)
    assert look([window], coming.begins).open
    again = look([window], coming.begins).next
    assert again is not None
    assert abs(again.begins - coming.begins - 7 * DAY) <= timedelta(hours=1)


@given(windows, moments)
def test_it_is_frozen_while_one_of_the_windows_is_open_and_no_longer(known: list[FreezeSettings], at: datetime):
    found = look(known, at)
    assert len(found.open) == sum(bool(look([each], at).open) for each in known)
    assert bool(found.open) == (found.until is not None) == bool(found.sentence)
    assert all(at in each for each in found.open)


@given(windows, moments, st.floats(0, 0.999))
def test_windows_that_overlap_or_meet_end_where_the_last_of_them_does(
    known: list[FreezeSettings], at: datetime, share: float
):
    found = look(known, at)
    assume(found.until is not None)
    assert found.until is not None
    assert found.until >= max(each.ends for each in found.open)
    between = at + (found.until - at) * share
    assert look(known, between).open, "there is no gap before the end"
    if found.until < at + 366 * DAY:
        assert not look(known, found.until).open


@given(windows, moments)
def test_the_next_window_is_the_first_that_opens(known: list[FreezeSettings], at: datetime):
    found = look(known, at).next
    each = [coming for window in known if (coming := look([window], at).next) is not None]
    assert found == min(each, default=None)


def test_windows_that_leave_no_gap_are_followed_for_a_year_and_no_longer():
    halves = [
        FreezeSettings(reason="one half", days="mon-thu", start="00:00", until="12:00"),
        FreezeSettings(reason="the other", days="thu-mon", start="12:00", until="00:00"),
    ]
    at = datetime(2026, 12, 1, tzinfo=UTC)
    until = look(halves, at).until
    assert until is not None
    assert at + 366 * DAY <= until <= at + 375 * DAY


def test_the_last_day_belongs_to_a_window_and_a_moment_says_its_own_offset():
    window = FreezeSettings(reason="the sale", start="2026-12-18T17:00+01:00", until="2027-01-03")
    (span,) = look([window], datetime(2026, 12, 31, tzinfo=UTC)).open
    assert (span.begins, span.ends) == (datetime(2026, 12, 18, 16, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC))


def test_a_weekend_is_longer_by_an_hour_when_clocks_are_set_back_in_it():
    weekend = FreezeSettings(reason="weekend", days="fri-mon", start="16:00", until="07:00", time_zone="Europe/Berlin")
    (usual,) = look([weekend], datetime(2026, 12, 5, tzinfo=UTC)).open
    (longer,) = look([weekend], datetime(2026, 10, 25, tzinfo=UTC)).open
    (shorter,) = look([weekend], datetime(2026, 3, 29, tzinfo=UTC)).open
    assert usual.ends - usual.begins == timedelta(hours=63)
    assert longer.ends - longer.begins == timedelta(hours=64)
    assert shorter.ends - shorter.begins == timedelta(hours=62)
