"""The judge of the soak finds what it is there to find."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from strata_rehearsal.cloud.requests import ServiceCall
from tests.integration.soak.container_scenario import TaskBounds
from tests.integration.soak.verdict import by_the_reason
from tests.integration.soak.weather import KINDS, Weather
from tests.integration.support.bounds import Bounds
from tests.integration.support.ledger import Ledger
from tests.integration.support.left_over import _processes


def judged(looks: list[tuple[int, int, int, int]], low: int = 100, high: int = 150) -> list[str]:
    """Feed looks of (desired, healthy, total, died)."""
    bounds = Bounds(low, high)
    for at, look in enumerate(looks):
        bounds.look(float(at), *look)
    return bounds.broken


def test_a_healthy_server_too_few_is_found():
    assert judged([(4, 0, 4, 0), (4, 4, 4, 0), (4, 3, 4, 0)]) == [
        "at 2.0: 3 of 4 healthy, under the floor of 4 with 0 dead"
    ]


def test_a_server_too_many_is_found():
    assert judged([(4, 4, 6, 0), (4, 4, 7, 0)]) == ["at 1.0: 7 in service and pending, over 6 of 4"]
    assert judged([(4, 4, 5, 0), (4, 4, 6, 0)], 100, 100) == ["at 1.0: 6 in service and pending, over 5 of 4"]


def test_a_fleet_in_the_making_has_no_floor():
    assert judged([(4, 0, 4, 0), (4, 3, 4, 0), (4, 4, 4, 0)]) == []


def test_a_death_excuses_one_server_until_the_fleet_is_whole():
    dying = [(4, 4, 4, 0), (4, 3, 4, 1), (4, 3, 4, 0)]
    assert judged(dying) == []
    assert len(judged([*dying, (4, 2, 4, 0)])) == 1
    assert len(judged([*dying, (4, 4, 4, 0), (4, 3, 4, 0)])) == 1, "the excuse ends when the fleet is back"


def test_no_death_excuses_a_task_too_few_where_requests_move_to_those_that_last():
    for shifts in (True, False):
        bounds = TaskBounds(100, 200, shifts=shifts)
        bounds.look(0, 4, 4, 8, 0)
        bounds.look(1, 4, 3, 8, 1)
        assert bool(bounds.broken) == shifts


def test_a_scale_out_binds_once_it_is_there_and_what_was_there_before_always():
    grown = [(4, 4, 4, 0), (8, 4, 8, 0), (8, 6, 8, 0)]
    assert judged(grown) == []
    assert len(judged([*grown, (8, 3, 8, 0)])) == 1
    assert len(judged([*grown, (8, 8, 8, 0), (8, 7, 8, 0)])) == 1


def server(at: float, name: str, state: str, **more: Any) -> dict[str, Any]:
    return {"kind": "state", "subject": "server", "at": at, "name": name, "state": state, "group": "g", **more}


def target(at: float, name: str, state: str) -> dict[str, Any]:
    return {"kind": "state", "subject": "target", "at": at, "name": name, "state": state, "target_group": "t"}


def group(at: float, desired: int) -> dict[str, Any]:
    return {
        "kind": "state",
        "subject": "group",
        "at": at,
        "name": "g",
        "state": "desired",
        "service": "web",
        "desired": desired,
    }


def test_the_ledger_counts_places_health_and_deaths():
    events = [
        group(0, 2),
        server(0, "a", "Pending", image="ami-1"),
        server(0, "b", "Pending", image="ami-1"),
        server(60, "a", "InService"),
        target(60, "a", "initial"),
        target(80, "a", "healthy"),
        server(90, "a", "died"),
        target(90, "a", "deregistered"),
        server(90, "a", "Terminating"),
        server(90, "c", "Pending", image="ami-2"),
    ]
    fleet = Ledger(events, routed=["web"]).of("web")
    seen = [(look.at, look.healthy, look.total, sorted(look.images), look.died) for look in fleet.looks]
    assert seen == [
        (0, 0, 2, ["ami-1"], 0),
        (60, 0, 2, ["ami-1"], 0),
        (80, 1, 2, ["ami-1"], 0),
        (90, 0, 2, ["ami-1", "ami-2"], 1),
    ]
    assert [death.server for death in fleet.deaths] == ["a"]


def test_without_a_load_balancer_a_server_in_service_is_healthy_until_it_falls_ill():
    events = [
        group(0, 1),
        server(0, "a", "Pending", image="ami-1"),
        server(60, "a", "InService"),
        server(120, "a", "Unhealthy"),
    ]
    fleet = Ledger(events, routed=[]).of("web")
    assert [look.healthy for look in fleet.looks] == [0, 1, 0]
    assert [death.how for death in fleet.deaths] == ["Unhealthy"]


def test_a_process_that_outlives_its_engine_is_found(tmp_path: Path):
    environment = {"PULUMI_HOME": str(tmp_path / "pulumi")}
    waiting = subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=subprocess.PIPE)
    try:
        assert waiting.pid in [pid for pid, _ in _processes(tmp_path)]
    finally:
        waiting.communicate(b"\n")
    assert _processes(tmp_path) == []


def test_what_no_gate_has_foreseen_is_found_in_a_reason():
    foreseen = "jobs: the rollout to jobs 2.0.0 was cancelled; the fleet is mixed: AWS gave no reason"
    assert by_the_reason(foreseen) == []
    assert by_the_reason(f"{foreseen}\njobs: the gate failed: 'InstanceRefreshId'") == [
        "jobs: the gate failed: 'InstanceRefreshId'"
    ]


def test_the_weather_of_a_seed_is_as_bad_as_it_was_told_to_be():
    call = ServiceCall("autoscaling", "DescribeInstanceRefreshes", {}, "Boto3/1", "key", "eu-west-1")
    assert {Weather(1, 0.0)(call) for _ in range(100)} == {None}
    drawn = [Weather(1, 1.0)] * 300
    met = [weather(call) for weather in drawn]
    assert None not in met
    assert set(met) == set(KINDS)
    again = Weather(1, 1.0)
    assert met == [again(call) for _ in range(300)]
