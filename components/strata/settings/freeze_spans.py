"""When freeze windows are open, and when the next one opens (pure)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from strata.clock import parse_moment
from strata.settings.dates import day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = [
    "NOT_FROZEN",
    "WEEKDAYS",
    "FreezeLook",
    "FreezeSpan",
    "FreezeWindow",
    "edge_of",
    "look_at_freezes",
    "span_of",
    "weekdays_of",
]

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK: Final = 7
HORIZON_DAYS: Final = 366
"""How far ahead the end of windows is looked for that follow each other without a gap, and the next of the weekly."""
_A_DAY: Final = timedelta(days=1)
_LENGTH: Final = len("2026-12-01")


class FreezeWindow(Protocol):
    """A window as a stack file describes it: `FreezeSettings`."""

    @property
    def reason(self) -> str: ...

    @property
    def start(self) -> str: ...

    @property
    def until(self) -> str: ...

    @property
    def days(self) -> str | None: ...

    @property
    def time_zone(self) -> str: ...


@dataclass(frozen=True, order=True)
class FreezeSpan:
    """One time that a window is open.

    Args:
        begins: its first moment, in UTC.
        ends: the first moment after it, in UTC.
        reason: why nothing new is to be rolled out in it.
    """

    begins: datetime
    ends: datetime
    reason: str

    def __contains__(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends

    def document(self) -> dict[str, Any]:
        """As the JSON of commands has it."""
        return {"reason": self.reason, "from": _text(self.begins), "until": _text(self.ends)}

    def __str__(self) -> str:
        return f"{self.reason} ({_text(self.begins)} to {_text(self.ends)})"


@dataclass(frozen=True)
class FreezeLook:
    """The windows of a stack at one moment.

    Args:
        open: those that are open, the one that ends last first.
        until: the first moment at which none is open any more; None where none is open now.
        next: the one that opens next.
    """

    open: tuple[FreezeSpan, ...] = ()
    until: datetime | None = None
    next: FreezeSpan | None = None

    @property
    def sentence(self) -> str:
        """Why nothing new is rolled out now, and until when, as a clause; empty where none is open."""
        if self.until is None:
            return ""
        windows = "a freeze window is" if len(self.open) == 1 else "freeze windows are"
        return f"{windows} open until {_text(self.until)}: {'; '.join(map(str, self.open))}"

    def document(self) -> dict[str, Any]:
        """As the JSON of commands has it."""
        return {
            "open": [each.document() for each in self.open],
            "until": _text(self.until) if self.until is not None else None,
            "coming": self.next.document() if self.next is not None else None,
        }


NOT_FROZEN: Final = FreezeLook()
"""Of a stack without windows."""


def look_at_freezes(windows: Iterable[FreezeWindow], now: float) -> FreezeLook:
    """Which windows are open, until when one of them is without a gap, and which one opens next.

    Args:
        windows: those of a stack.
        now: epoch seconds.
    """
    known, moment = tuple(windows), datetime.fromtimestamp(now, UTC)
    found = tuple(sorted(_open(known, moment), key=lambda each: (each.ends, each.begins), reverse=True))
    until = moment
    while until < moment + timedelta(days=HORIZON_DAYS) and (more := [each.ends for each in _open(known, until)]):
        until = max(more)
    coming = (each for window in known for each in _spans(window, moment) if each.begins > moment)
    return FreezeLook(found, until if found else None, min(coming, default=None))


def span_of(window: FreezeWindow) -> FreezeSpan:
    """The only time that a window without days of the week is open.

    Raises:
        ValueError: there is no such day or moment.
    """
    return FreezeSpan(edge_of(window.start), edge_of(window.until, last=True), window.reason)


def edge_of(text: str, *, last: bool = False) -> datetime:
    """The moment that a day or a moment of a window stands for, in UTC.

    Args:
        text: as a stack file writes it.
        last: whether a day is the last one, which belongs to the window.

    Raises:
        ValueError: there is no such day or moment.
    """
    if len(text) == _LENGTH:
        return datetime.combine(day(text), time(), UTC) + (_A_DAY if last else timedelta())
    return parse_moment(text)


def weekdays_of(text: str) -> tuple[int, int]:
    """The first and the last weekday of a window, from 0 for Monday; the same twice where it names one.

    Args:
        text: such as `fri-mon` or `sun`.
    """
    first, _, last = text.partition("-")
    return WEEKDAYS.index(first), WEEKDAYS.index(last or first)


def _open(windows: Iterable[FreezeWindow], moment: datetime) -> Iterator[FreezeSpan]:
    return (each for window in windows for each in _spans(window, moment) if moment in each)


def _spans(window: FreezeWindow, around: datetime) -> Iterator[FreezeSpan]:
    """The times that a window is open, of those that repeat the ones in the weeks next to a moment."""
    if window.days is None:
        yield span_of(window)
        return
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(window.time_zone)
    first, last = weekdays_of(window.days)
    begins, ends = time.fromisoformat(window.start), time.fromisoformat(window.until)
    today = around.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    for week in (-1, 0, 1):
        opens = monday + timedelta(days=_WEEK * week + first)
        closes = opens + timedelta(days=(last - first) % _WEEK)
        yield FreezeSpan(min(_moments(opens, begins, zone)), max(_moments(closes, ends, zone)), window.reason)


def _moments(on: date, at: time, zone: "ZoneInfo") -> list[datetime]:
    """The moments that a local time can mean: two where clocks are set back then, or it is left out.

    The first of them begins a window and the last one ends it, so that it is never shorter than it reads.
    """
    return [datetime.combine(on, at, zone).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
