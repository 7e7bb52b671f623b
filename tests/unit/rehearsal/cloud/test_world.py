import threading
from pathlib import Path

import pytest

from strata_rehearsal.cloud.world import World, WorldLog, shortened


class Hands:
    """A clock set by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def world(hands: Hands) -> World:
    return World(hands)


def test_events_run_in_order_each_at_its_own_time(world: World, hands: Hands):
    seen: list[tuple[str, float]] = []
    world.after(20, lambda: seen.append(("later", world.now)))
    world.after(10, lambda: seen.append(("first", world.now)))
    world.after(10, lambda: seen.append(("second", world.now)))
    hands.time += 15
    world.advance()
    assert seen == [("first", 1010), ("second", 1010)]
    assert world.now == 1015
    hands.time += 100
    world.advance()
    assert seen[-1] == ("later", 1020)
    assert world.now == 1115


def test_an_event_may_queue_events_that_are_due_too(world: World, hands: Hands):
    seen: list[float] = []

    def again() -> None:
        seen.append(world.now)
        if len(seen) < 3:
            world.after(5, again)

    world.after(5, again)
    hands.time += 60
    world.advance()
    assert seen == [1005, 1010, 1015]


def test_a_cancelled_event_does_not_happen(world: World, hands: Hands):
    seen: list[str] = []
    event = world.after(5, lambda: seen.append("no"))
    event.cancel()
    assert world.next_event() is None
    hands.time += 10
    world.advance()
    assert seen == []


def test_settling_runs_once_after_everything_of_its_moment(world: World, hands: Hands):
    seen: list[str] = []

    def happen(name: str) -> None:
        seen.append(name)
        world.settle("group", lambda: seen.append("settled"))

    world.after(5, lambda: happen("a"))
    world.after(5, lambda: happen("b"))
    hands.time += 10
    world.advance()
    assert seen == ["a", "b", "settled"]


def test_what_was_changed_in_the_present_settles_before_anybody_else_looks(world: World):
    seen: list[str] = []
    with world.present():
        world.settle("group", lambda: seen.append("settled"))
        assert seen == []
    assert seen == ["settled"]


def test_a_simulation_that_never_rests_is_an_error(world: World):
    def chase() -> None:
        world.settle("tail", chase)

    world.settle("tail", chase)
    with pytest.raises(RuntimeError, match="does not come to rest"):
        world.advance()


def test_only_one_holds_the_present(world: World):
    order: list[str] = []
    inside = threading.Event()

    def other() -> None:
        inside.wait()
        with world.present():
            order.append("second")

    thread = threading.Thread(target=other)
    thread.start()
    with world.present():
        inside.set()
        thread.join(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_clock_that_steps_back_does_not_take_the_world_along(world: World, hands: Hands):
    hands.time = 900
    world.advance()
    assert world.now == 1000


def test_the_log_numbers_its_events_and_gives_those_after_a_number(tmp_path: Path):
    log = WorldLog(tmp_path / "events.jsonl")
    for state in ("a", "b", "c"):
        log.write(0.0, "state", subject="x", state=state, reason=None)
    assert [each["state"] for each in log.since(1)] == ["b", "c"]
    assert log.since(3) == []
    assert log.since(-5)[0] == {
        "number": 1,
        "time": "1970-01-01T00:00:00.000+00:00",
        "at": 0.0,
        "kind": "state",
        "subject": "x",
        "state": "a",
    }
    log.close()


def test_events_that_left_memory_are_read_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("strata_rehearsal.cloud.world.KEPT_IN_MEMORY", 2)
    log = WorldLog(tmp_path / "events.jsonl")
    for number in range(5):
        log.write(0.0, "state", state=number)
    assert [each["state"] for each in log.since(1)] == [1, 2, 3, 4]
    assert [each["state"] for each in log.since(3)] == [3, 4]
    log.close()


def test_long_values_are_shortened():
    assert shortened("x" * 130) == "x" * 120 + "... (130 characters)"
    assert shortened({"a": list(range(12))}) == {"a": [*range(10), "... (12 items)"]}
    assert shortened(5) == 5
