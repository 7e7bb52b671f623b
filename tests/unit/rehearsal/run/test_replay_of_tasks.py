"""Rebuilding container services from the local AWS's event log, with events as it writes them."""

from itertools import count
from typing import Any

import pytest
from rich.console import Console

from strata_rehearsal.cli.view import View
from strata_rehearsal.run.replay import FleetRevision, Replay, samples_between
from strata_rehearsal.run.rollout_phases import PhaseKind, phases_of
from strata_rehearsal.run.rollout_timeline import RolloutTimeline, Unit
from strata_rehearsal.run.running_rollouts import describe_activity

KEY = "shop/web-1"
NETWORK, OTHER_NETWORK = "123456789012/eu-west-1/vpc-1", "123456789012/eu-west-1/vpc-2"
OLD, NEW = FleetRevision(KEY, "1"), FleetRevision(KEY, "2")
DIGESTS = {number: f"sha256:{number * 64}" for number in ("1", "2")}


class Log:
    """Writes events as the local AWS does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._numbers = count(1)

    def state(self, at: float, subject: str, name: str, state: str, **details: Any) -> None:
        known = {"number": next(self._numbers), "at": at, "kind": "state", "subject": subject}
        told = {key: value for key, value in details.items() if value is not None}
        self.events.append({**known, "name": name, "state": state, "cluster": "shop", "service": "web", **told})

    def service(self, at: float, state: str = "created", desired: int | None = None) -> None:
        self.state(at, "container_service", "web-1", state, desired=desired)

    def task(self, at: float, name: str, state: str, revision: str = "1", **details: Any) -> None:
        of = {"container_service": "web-1", "revision": revision, "digest": DIGESTS[revision]}
        self.state(at, "task", name, state, **of, **{"network": NETWORK if "address" in details else None, **details})

    def target(self, at: float, address: str, state: str, network: str = NETWORK) -> None:
        self.state(at, "target", address, state, target_group="web-tg", network=network)

    def deployment(self, at: float, state: str, stage: str | None = None, weight: float | None = None, **more: Any):
        of = {"container_service": "web-1", "revision": "2", "digest": DIGESTS["2"]}
        self.state(at, "deployment", "d-1", state, stage=stage, production_weight=weight, **of, **more)

    def serves(self, at: float, name: str, address: str, revision: str = "1") -> None:
        """A task goes all the way in half a minute."""
        self.task(at, name, "PROVISIONING", revision, image=f"registry/web@{DIGESTS[revision]}")
        self.task(at + 10, name, "PENDING", revision, address=address)
        self.task(at + 20, name, "ACTIVATING", revision, address=address)
        self.target(at + 20, address, "initial")
        self.task(at + 25, name, "RUNNING", revision, address=address)
        self.target(at + 30, address, "healthy")

    def leaves(self, at: float, name: str, address: str, revision: str = "1") -> None:
        self.target(at, address, "draining")
        self.task(at, name, "DEACTIVATING", revision, address=address)
        self.target(at + 20, address, "deregistered")
        self.task(at + 30, name, "STOPPED", revision)


def running() -> Log:
    log = Log()
    log.service(0, desired=1)
    log.serves(0, "t-1", "10.0.0.1")
    return log


def replayed(log: Log, *, pieces: bool = False) -> Replay:
    replay = Replay(versions={DIGESTS["1"]: "1.4.2", DIGESTS["2"]: "1.5.0"})
    for part in [[each] for each in log.events] if pieces else [log.events]:
        replay.feed(part)
    return replay


def canary() -> Log:
    """A canary of one task with a pause, which brings the new release."""
    log = running()
    log.deployment(100, "IN_PROGRESS", "SCALE_UP", 0.0)
    log.serves(100, "t-2", "10.0.0.2", "2")
    log.deployment(140, "IN_PROGRESS", "PRE_PRODUCTION_TRAFFIC_SHIFT", 0.0, waits_for=["hook-1"])
    log.deployment(155, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 10.0, waiting_until=215.0)
    log.deployment(215, "IN_PROGRESS", "BAKE_TIME", 100.0, waiting_until=275.0)
    log.deployment(275, "IN_PROGRESS", "CLEAN_UP", 100.0)
    log.leaves(275, "t-1", "10.0.0.1")
    log.deployment(276, "SUCCESSFUL", "CLEAN_UP", 100.0, reason="Service deployment completed.")
    return log


def rolled_back() -> Log:
    """The new task loses the tenth of the traffic that it has."""
    log = running()
    log.deployment(100, "IN_PROGRESS", "SCALE_UP", 0.0)
    log.serves(100, "t-2", "10.0.0.2", "2")
    log.deployment(140, "IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", 10.0, waiting_until=300.0)
    log.target(150, "10.0.0.2", "unhealthy")
    log.deployment(180, "ROLLBACK_REQUESTED", "PRODUCTION_TRAFFIC_SHIFT", 10.0, reason="Stop requested.")
    log.deployment(180, "ROLLBACK_IN_PROGRESS", "CLEAN_UP", 0.0, reason="Rolled back because it was asked for.")
    log.leaves(180, "t-2", "10.0.0.2", "2")
    log.deployment(200, "ROLLBACK_SUCCESSFUL", "CLEAN_UP", 0.0, reason="Rolled back because it was asked for.")
    return log


@pytest.mark.parametrize("pieces", [False, True])
def test_a_task_is_healthy_once_it_runs_and_its_target_is(pieces: bool):
    fleet = replayed(running(), pieces=pieces).fleets[KEY]
    assert (fleet.service, fleet.unit, fleet.desired) == ("web", Unit.TASKS, 1)
    looks = {look.at: (look.servers.get(OLD, 0), look.healthy) for look in fleet.looks}
    assert looks == {0: (1, 0), 10: (1, 0), 20: (1, 0), 25: (1, 0), 30: (1, 1)}
    assert fleet.images == {OLD: DIGESTS["1"]}


def test_a_task_with_a_check_of_its_own_is_healthy_when_that_says_so_too():
    log = Log()
    log.service(0, desired=1)
    log.task(0, "t-1", "PROVISIONING")
    log.task(10, "t-1", "RUNNING", own_check=True)
    log.task(50, "t-1", "HEALTHY")
    log.task(90, "t-1", "UNHEALTHY")
    fleet = replayed(log).fleets[KEY]
    assert [(look.at, look.healthy) for look in fleet.looks] == [(0, 0), (10, 0), (50, 1), (90, 0)]


def test_an_address_belongs_to_the_task_that_has_it_now():
    log = running()
    log.leaves(100, "t-1", "10.0.0.1")
    log.serves(200, "t-2", "10.0.0.1")
    fleet = replayed(log).fleets[KEY]
    assert [(look.at, look.healthy) for look in fleet.looks if look.at >= 100] == [
        *((100, 0), (120, 0), (130, 0), (200, 0), (210, 0), (220, 0), (225, 0), (230, 1))
    ]
    assert list(fleet.members) == ["t-2"]


def test_a_changed_count_and_a_deleted_service_are_seen():
    log = running()
    log.service(50, "desired", 3)
    log.service(60, "deleted", 0)
    assert [look.desired for look in replayed(log).fleets[KEY].looks[-2:]] == [3, 0]


def test_tasks_of_services_it_never_saw_made_are_passed_over():
    log = Log()
    log.serves(0, "t-1", "10.0.0.1")
    log.deployment(0, "IN_PROGRESS")
    replay = replayed(log)
    assert (replay.fleets, replay.rolled) == ({}, {})


def test_a_canary_is_seen_with_its_phases_and_its_traffic():
    rolled = replayed(canary()).rolled["d-1"]
    assert (rolled.status, rolled.target, rolled.began_at, rolled.ended_at) == ("SUCCESSFUL", NEW, 100, 276)
    assert (rolled.reason, rolled.stopped_at, rolled.batches) == ("", None, None)
    phases = [(each.name, each.began, each.ended, each.traffic) for each in phases_of(rolled.transitions, 276)]
    assert phases == [
        ("scale up", 100, 140, 0),
        ("pause", 140, 155, 0),
        ("shift 10 %", 155, 215, 10),
        ("bake", 215, 275, 100),
        ("clean up", 275, 276, 100),
    ]


def test_a_canary_is_sampled_with_its_tasks_old_and_new():
    replay = replayed(canary())
    rolled = replay.rolled["d-1"]
    samples = samples_between(replay.fleets[KEY], 100, 276, NEW, rolled.transitions)
    shown = {each.at: (each.old, each.new, each.healthy, each.serving, each.starting) for each in samples}
    assert shown[100] == (1, 1, 1, 1, 1)
    assert shown[130] == (1, 1, 2, 1, 0), "both are healthy, and the old one has the traffic"
    assert shown[276] == (0, 1, 1, 1, 0)
    assert RolloutTimeline("web", "1.4.2", "1.5.0", samples, 1, 2).lowest_healthy == 1


def test_tasks_without_traffic_make_up_for_none_that_has_it():
    replay = replayed(rolled_back())
    rolled = replay.rolled["d-1"]
    samples = samples_between(replay.fleets[KEY], 100, 200, NEW, rolled.transitions)
    assert min(each.healthy for each in samples) == 1
    assert RolloutTimeline("web", "1.4.2", "1.5.0", samples, 1, 2).lowest_healthy == 0


def test_a_deployment_that_somebody_stopped_is_rolled_back_from_then_on():
    rolled = replayed(rolled_back()).rolled["d-1"]
    assert (rolled.status, rolled.stopped_at) == ("ROLLBACK_SUCCESSFUL", 180)
    assert rolled.reason == "Rolled back because it was asked for."
    last = phases_of(rolled.transitions, 200)[-1]
    assert (last.kind, last.began, last.ended) == (PhaseKind.ROLLBACK, 180, 200)


def test_a_rolling_deployment_replaces_and_bakes():
    log = running()
    log.deployment(100, "IN_PROGRESS")
    log.deployment(160, "IN_PROGRESS", waiting_until=220.0)
    log.deployment(220, "SUCCESSFUL")
    rolled = replayed(log).rolled["d-1"]
    assert [(each.name, each.traffic) for each in phases_of(rolled.transitions, 220)] == [
        ("replace", None),
        ("bake", None),
    ]
    fleet = replayed(log).fleets[KEY]
    assert {each.serving for each in samples_between(fleet, 100, 220, NEW, rolled.transitions)} == {None}


def until(log: Log, at: float) -> Replay:
    cut = Log()
    cut.events = [each for each in log.events if each["at"] <= at]
    return replayed(cut)


def test_what_a_deployment_is_doing_is_reported_in_words():
    log = canary()
    assert describe_activity(until(log, 130)) == "web rolls to 1.5.0, scale up, 0 % of the traffic"
    assert describe_activity(until(log, 150)) == "web rolls to 1.5.0, pause, 0 % of the traffic"
    assert describe_activity(until(log, 155)) == "web rolls to 1.5.0, shift 10 %"
    assert describe_activity(until(log, 276)) == "the engine finishes what it has begun"


def test_a_rolling_deployment_is_as_far_as_its_new_healthy_tasks():
    log = running()
    log.service(50, "desired", 2)
    log.deployment(100, "IN_PROGRESS")
    log.serves(100, "t-2", "10.0.0.2", "2")
    assert describe_activity(until(log, 110)) == "web rolls to 1.5.0, replace, 0 %"
    assert describe_activity(until(log, 140)) == "web rolls to 1.5.0, replace, 50 %"


def test_the_view_counts_tasks():
    def drawn(replay: Replay) -> str:
        console, view = Console(width=100), View(lambda: 0.0)
        view.fleet(replay)
        with console.capture() as captured:
            console.print(view)
        return captured.get()

    assert "1 task " in drawn(replayed(running()))
    shown = drawn(until(canary(), 155))
    assert "1 old, 1 new" in shown
    assert "to 1.5.0, shift 10 %" in shown


def test_an_image_without_a_version_is_called_by_its_tag_or_the_beginning_of_its_digest():
    log = running()
    log.task(50, "t-2", "PROVISIONING", "2", image=f"registry.example.com:5000/web:1.5.0@{DIGESTS['2']}")
    replay = Replay()
    replay.feed(log.events)
    assert replay.version(DIGESTS["2"]) == "1.5.0"
    assert replay.version(DIGESTS["1"]) == "sha256:111111111111"
    replay.name({DIGESTS["1"]: "1.4.2"})
    assert replay.version(DIGESTS["1"]) == "1.4.2"


def test_the_tasks_of_a_service_that_lost_its_routes_are_healthy_without_them():
    log = running()
    log.task(100, "t-2", "PROVISIONING", "2")
    log.task(120, "t-2", "RUNNING", "2", own_check=True)
    log.task(160, "t-2", "HEALTHY", "2")
    log.leaves(170, "t-1", "10.0.0.1")
    healthy = {look.at: look.healthy for look in replayed(log).fleets[KEY].looks}
    assert (healthy[120], healthy[160], healthy[200]) == (1, 2, 1)


def test_two_services_whose_networks_have_the_same_addresses_are_two():
    log = running()
    log.state(40, "container_service", "api-1", "created", desired=1, service="api")
    theirs = {"container_service": "api-1", "revision": "1", "digest": DIGESTS["1"], "network": OTHER_NETWORK}
    log.state(40, "task", "t-9", "PROVISIONING", **theirs)
    log.state(50, "task", "t-9", "RUNNING", address="10.0.0.1", **theirs)
    log.target(50, "10.0.0.1", "unhealthy", OTHER_NETWORK)
    log.target(60, "10.0.0.1", "draining")
    fleets = replayed(log).fleets
    healthy = {look.at: look.healthy for look in fleets[KEY].looks}
    assert (healthy[30], healthy[60]) == (1, 0)
    assert 50 not in healthy, "what happened to the other one"
    assert fleets["shop/api-1"].members["t-9"].targets == {"web-tg": "unhealthy"}
