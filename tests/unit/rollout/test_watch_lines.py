"""Watching rollouts: it waits for one to begin, writes its line again, and leaves at once."""

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live

from strata.cli.signals import stoppable
from strata.cli.watching import Watching
from strata.rollout.servers.driver import Driver
from strata.rollout.stack_services import StackServices


@dataclass(frozen=True)
class Seen:
    """As much of an inspection as watching looks at."""

    service: str
    rolling: bool


class Time:
    """Passes as soon as it is waited for."""

    def now(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True)
class Story(StackServices):
    """Looks that were seen in advance."""

    seen: Iterator[Any] = field(default_factory=lambda: iter(()))

    def _look(self):
        return next(self.seen)


def story(*looks: str) -> Story:
    seen = iter([[Seen("web", each == "rolling")] for each in looks])
    return Story("shop", "dev", {}, {}, Driver(pytest.fail), Time(), seen=seen)


async def test_a_watch_waits_for_a_rollout_to_begin_and_follows_it_to_its_end():
    shown: list[bool] = []
    ended, followed = await story("idle", "idle", "rolling", "rolling", "idle").watch(
        lambda found: shown.append(found[0].rolling), waits=True
    )
    assert shown == [False, False, True, True]
    assert (ended[0].rolling, followed) == (False, {"web"})


async def test_a_watch_that_does_not_wait_ends_where_nothing_rolls():
    _, followed = await story("idle").watch(lambda _: pytest.fail("nothing to show"))
    assert followed == frozenset()


def written(*, live: bool) -> tuple[Watching, io.StringIO]:
    file = io.StringIO()
    console = Console(file=file, force_terminal=live, width=80, _environ={"TERM": "xterm"})
    drawn = Live(console=console, auto_refresh=False) if live else None
    if drawn is not None:
        drawn.start()
    return Watching(console, drawn), file


def test_a_terminal_has_one_line_that_is_written_again():
    watching, file = written(live=True)
    for percentage in (10, 20):
        watching.show([f"web: rollout InProgress {percentage} %"], "")
    assert "\x1b[2K" in file.getvalue(), "the line before is erased"


def test_without_a_terminal_a_line_is_written_for_each_change_and_no_other():
    watching, file = written(live=False)
    for percentage in (10, 10, 20, 20):
        watching.show([f"web: {percentage} %"], "")
    assert file.getvalue() == "web: 10 %\nweb: 20 %\n"


async def test_ctrl_c_stops_watching_at_once_and_says_what_goes_on():
    watching, file = written(live=False)
    watching.show(["web: 10 %"], "it goes on in AWS (web: 10 %)")

    async def watch() -> None:
        watching.ask()
        watching.ask()
        await asyncio.Event().wait()

    with pytest.raises(asyncio.CancelledError):
        await stoppable(watch(), watching)
    assert file.getvalue().count("stopped watching; it goes on in AWS (web: 10 %)") == 1
