"""Rebuilding fleets from the local AWS's event log."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from strata_rehearsal.run.replay import Made, Replay, samples_between
from strata_rehearsal.run.rollout_phases import PhaseKind

OLD, NEW = Made("lt-1", 1), Made("lt-1", 2)


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

    def server(
        self, at: float, name: str, state: str, version: int = 1, *, template: str = "lt-1", **details: Any
    ) -> None:
        made = {"template": template, "version": version, "image": f"ami-{version}"}
        self.state(at, "server", name, state, group="web-1", service="web", **{**made, **details})

    def refresh(self, at: float, name: str, state: str, target: Made = NEW, **details: Any) -> None:
        self.state(at, "refresh", name, state, group="web-1", **target._asdict(), **details)

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
    assert fleet.images == {OLD: "ami-1"}


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
    assert fleet.members == {}


def test_a_rollout_is_seen_with_its_fleet_old_and_new() -> None:
    log = deployed()
    log.refresh(100, "r-1", "InProgress", batch=1)
    log.server(100, "i-2", "Pending", 2)
    log.server(160, "i-2", "InService", 2)
    log.target(160, "i-2", "healthy")
    log.server(250, "i-1", "Terminating")
    log.refresh(250, "r-1", "Successful", batch=1)
    replay = Replay()
    replay.feed(log.events)
    rolled = replay.rolled["r-1"]
    assert (rolled.status, rolled.began_at, rolled.ended_at, rolled.batches) == ("Successful", 100, 250, 1)
    samples = samples_between(replay.fleets["web-1"], 100, 250, target=NEW)
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


def test_servers_that_come_and_go_without_ever_being_healthy_are_told_from_starting_ones() -> None:
    log = deployed()
    log.refresh(100, "r-1", "InProgress", batch=1)
    log.server(100, "i-2", "Pending", 2)
    log.server(160, "i-2", "InService", 2)
    log.target(160, "i-2", "initial")
    log.server(220, "i-2", "Terminating", 2)
    log.server(220, "i-2", "Terminated", 2)
    log.server(220, "i-3", "Pending", 2)
    log.server(260, "i-3", "InService", 2)
    log.target(260, "i-3", "initial")
    log.target(280, "i-3", "healthy")
    whole, pieces = Replay(), Replay()
    whole.feed(log.events)
    for event in log.events:
        pieces.feed([event])
    for replay in (whole, pieces):
        samples = samples_between(replay.fleets["web-1"], 100, 280, target=NEW)
        assert [(each.at, each.never_healthy, each.starting, each.new_serving) for each in samples] == [
            (100, 1, 0, 0),
            (160, 1, 0, 0),
            (220, 0, 1, 0),
            (260, 0, 1, 0),
            (280, 0, 0, 1),
        ]


def test_a_look_inside_a_moment_calls_no_server_healthy_too_early() -> None:
    log = Log()
    log.state(0, "group", "web-1", "created", service="web", desired=1)
    log.server(0, "i-1", "Pending")
    log.server(60, "i-1", "InService")
    log.target(60, "i-1", "initial")
    replay = Replay()
    for event in log.events:
        replay.feed([event])
    (sample,) = samples_between(replay.fleets["web-1"], 60, 60, target=OLD)
    assert (sample.never_healthy, sample.new_serving) == (1, 0)


def test_a_server_in_standby_takes_no_place_until_it_is_back() -> None:
    log = deployed()
    log.server(100, "i-2", "Pending", 2)
    log.server(120, "i-2", "Standby", 2)
    log.server(140, "i-2", "Pending", 2)
    replay = Replay()
    replay.feed(log.events)
    samples = samples_between(replay.fleets["web-1"], 100, 140, target=NEW)
    assert [(each.at, each.total, each.never_healthy) for each in samples] == [(100, 2, 1), (120, 1, 0), (140, 2, 1)]


def test_a_call_that_was_refused_stopped_no_rollout() -> None:
    log = deployed()
    log.refresh(100, "r-1", "InProgress", batch=1)
    asked = {"kind": "api", "action": "RollbackInstanceRefresh", "parameters": {"AutoScalingGroupName": "web-1"}}
    log.events += [{**asked, "number": 90, "at": 110.0, "error": "IrreversibleInstanceRefresh"}]
    log.events += [{**asked, "number": 91, "at": 150.0}, {**asked, "number": 92, "at": 170.0}]
    replay = Replay()
    replay.feed(log.events)
    assert replay.rolled["r-1"].stopped_at == 150


def test_a_refresh_that_succeeded_has_no_reason_left_over_from_its_bake() -> None:
    log = deployed()
    log.refresh(100, "r-1", "Baking", batch=1, reason="watching the alarms")
    log.refresh(200, "r-1", "Successful", batch=1)
    replay = Replay()
    replay.feed(log.events)
    assert replay.rolled["r-1"].reason == ""


def test_a_pause_at_a_checkpoint_is_seen() -> None:
    log = deployed()
    log.refresh(100, "r-1", "InProgress", batch=1, percentage=50, waiting_until=400.0)
    log.refresh(400, "r-1", "InProgress", batch=2, percentage=50)
    replay = Replay()
    replay.feed(log.events)
    assert [(turn.at, turn.phase) for turn in replay.rolled["r-1"].transitions] == [
        (100, (PhaseKind.CHECKPOINT, 50)),
        (400, (PhaseKind.BATCH, 2)),
    ]


def test_a_server_of_another_template_with_the_same_number_is_not_counted_as_new() -> None:
    log = deployed()
    log.server(90, "i-9", "Pending", 2, template="lt-theirs", image="ami-theirs")
    log.server(95, "i-9", "InService", 2, template="lt-theirs")
    log.target(95, "i-9", "healthy")
    log.refresh(100, "r-1", "InProgress", batch=1)
    log.server(100, "i-2", "Pending", 2)
    replay = Replay()
    replay.feed(log.events)
    fleet = replay.fleets["web-1"]
    assert fleet.images == {OLD: "ami-1", Made("lt-theirs", 2): "ami-theirs", NEW: "ami-2"}
    assert replay.rolled["r-1"].target == NEW
    (sample,) = samples_between(fleet, 100, 100, target=NEW)
    assert (sample.old, sample.new, sample.new_serving, sample.starting + sample.never_healthy) == (2, 1, 0, 1)


def test_servers_whose_group_left_its_load_balancer_are_healthy_without_it() -> None:
    log = deployed()
    log.target(100, "i-1", "draining")
    log.state(100, "group", "web-1", "detached", service="web", target_groups=0)
    log.target(160, "i-1", "deregistered")
    log.server(200, "i-2", "Pending", 2)
    log.server(260, "i-2", "InService", 2)
    replay = Replay()
    replay.feed(log.events)
    healthy = {look.at: look.healthy for look in replay.fleets["web-1"].looks}
    assert (healthy[100], healthy[160], healthy[260]) == (0, 1, 2)
