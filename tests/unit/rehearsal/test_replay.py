"""Rebuilding fleets from the local AWS's event log."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from strata.rehearsal.run.replay import Replay, samples_between


class Log:
    """Writes events as the local AWS does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._numbers: Iterator[int] = count(1)

    def state(self, at: float, subject: str, name: str, state: str, **details: Any) -> None:
        number = next(self._numbers)
        self.events.append(
            {"number": number, "at": at, "kind": "state", "subject": subject, "name": name, "state": state, **details}
        )

    def server(self, at: float, name: str, state: str, version: int = 1, **details: Any) -> None:
        self.state(
            at, "server", name, state, group="web-1", service="web", version=version, image=f"ami-{version}", **details
        )

    def target(self, at: float, name: str, state: str) -> None:
        self.state(at, "target", name, state, target_group="web-tg")


def deployed() -> Log:
    log = Log()
    log.state(0, "group", "web-1", "created", service="web", desired=1)
    log.server(0, "i-1", "Pending")
    log.server(60, "i-1", "InService")
    log.target(60, "i-1", "initial")
    log.target(80, "i-1", "healthy")
    return log


def test_a_server_is_healthy_once_its_target_is() -> None:
    replay = Replay()
    replay.feed(deployed().events)
    fleet = replay.fleets["web-1"]
    assert [(look.at, look.healthy) for look in fleet.looks] == [(0, 0), (60, 0), (80, 1)]
    assert fleet.images == {1: "ami-1"}


def test_feeding_in_pieces_gives_the_same_as_feeding_at_once() -> None:
    events = deployed().events
    whole, pieces = Replay(), Replay()
    whole.feed(events)
    for event in events:
        pieces.feed([event])
    assert pieces.fleets["web-1"].looks == whole.fleets["web-1"].looks
    assert pieces.last == whole.last == len(events)


def test_a_worker_is_healthy_in_service_until_it_is_not() -> None:
    log = Log()
    log.state(0, "group", "web-1", "created", service="web", desired=1)
    log.server(0, "i-1", "Pending")
    log.server(60, "i-1", "InService")
    log.server(90, "i-1", "Unhealthy")
    replay = Replay()
    replay.feed(log.events)
    assert [look.healthy for look in replay.fleets["web-1"].looks] == [0, 1, 0]


def test_a_draining_server_takes_no_place_and_a_terminated_one_is_gone() -> None:
    log = deployed()
    log.server(100, "i-1", "Terminating")
    log.target(100, "i-1", "draining")
    log.server(160, "i-1", "Terminated")
    replay = Replay()
    replay.feed(log.events)
    fleet = replay.fleets["web-1"]
    assert fleet.looks[-2].servers == {}
    assert fleet.servers == {}


def test_a_rollout_is_seen_with_its_fleet_old_and_new() -> None:
    log = deployed()
    log.state(100, "refresh", "r-1", "InProgress", group="web-1", batch=1)
    log.server(100, "i-2", "Pending", 2)
    log.server(160, "i-2", "InService", 2)
    log.target(160, "i-2", "healthy")
    log.server(250, "i-1", "Terminating")
    log.state(250, "refresh", "r-1", "Successful", group="web-1", batch=1)
    replay = Replay()
    replay.feed(log.events)
    rolled = replay.rolled["r-1"]
    assert (rolled.status, rolled.began_at, rolled.ended_at, rolled.batches) == ("Successful", 100, 250, 1)
    samples = samples_between(replay.fleets["web-1"], 100, 250, target=2)
    assert [(each.at, each.old, each.new, each.healthy) for each in samples] == [
        (100, 1, 1, 1),
        (160, 1, 1, 2),
        (250, 0, 1, 1),
    ]


def test_events_of_groups_it_never_saw_created_are_passed_over() -> None:
    log = Log()
    log.server(0, "i-1", "Pending")
    log.target(0, "i-1", "healthy")
    replay = Replay()
    replay.feed(log.events)
    assert replay.fleets == {}
