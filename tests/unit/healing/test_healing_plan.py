"""What is replaced and what is not, for every kind of difference: pure, nothing is asked of AWS."""

from typing import Any

import pytest

from strata.drift.drift_finding import SERVERS, TASKS, DriftFinding, ServiceDrift
from strata.drift.drift_kinds import KINDS, DriftKind
from strata.drift.task_drift_kinds import TASK_KINDS
from strata.healing.fleet_look import FleetLook, Obstacle
from strata.healing.healing_plan import HealingPlan, plan_healing
from strata.healing.replacement_batches import ReplacementTerms

THERE = frozenset({"one", "two"})
IN_THE_WAY = {
    *("image-forbidden", "image-gone", "saved-version", "template-gone", "definition-gone", "no-record"),
    *("wrong-record",),
    *("group-gone", "service-gone", "target-groups", "routing", "no-servers", "no-tasks"),
}


def finding(kind: DriftKind, subject: str = "one", unit: str = SERVERS) -> DriftFinding:
    return DriftFinding(kind, "web", subject, "this", "that", "is that", unit=unit)


def plan(*findings: DriftFinding, unit: str = SERVERS, whole: bool = False, **look: Any) -> HealingPlan:
    drift = ServiceDrift("web", "1.0.0", 2, rolling=False, findings=findings, unit=unit)
    seen: dict[str, Any] = {
        "members": THERE,
        "healthy": THERE,
        "terms": ReplacementTerms(desired=2, floor=2, ahead=1),
        **look,
    }
    return plan_healing(drift, FleetLook(**seen), whole=whole)


@pytest.mark.parametrize("kind", KINDS)
def test_of_servers_those_are_replaced_that_the_table_says_and_all_others_are_named(kind: DriftKind):
    found = plan(finding(kind))
    assert bool(found.worn) == KINDS[kind].replaced
    assert [each.finding.kind for each in found.left] == ([] if found.worn else [kind])
    assert all(each.fix == each.finding.fix for each in found.left)


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_of_tasks_those_are_replaced_that_the_table_says_and_all_others_are_named(kind: DriftKind):
    found = plan(finding(kind, unit=TASKS), unit=TASKS)
    assert bool(found.worn) == TASK_KINDS[kind].replaced
    assert [each.finding.kind for each in found.left] == ([] if found.worn else [kind])


@pytest.mark.parametrize(
    "kind", [each for each in {**KINDS, **TASK_KINDS} if not {**KINDS, **TASK_KINDS}[each].replaced]
)
def test_nothing_is_replaced_by_what_would_not_be_the_release_or_not_become_healthy(kind: DriftKind):
    unit = SERVERS if kind in KINDS else TASKS
    found = plan(finding(kind, "web", unit), finding(DriftKind.IMAGE, unit=unit), unit=unit)
    assert (found.obstacle is not None) == (kind.value in IN_THE_WAY), kind
    assert (found.batches == ()) == (kind.value in IN_THE_WAY)
    assert [each.id for each in found.worn] == ["one"]


def test_requests_that_lead_to_where_nobody_is_healthy_come_of_what_is_replaced():
    routing = finding(DriftKind.ROUTING, "web", TASKS)
    failing = finding(DriftKind.FAILING_TARGET, unit=TASKS)
    found = plan(routing, failing, unit=TASKS, healthy=frozenset())
    assert (found.obstacle, found.batches) == (None, (("one",),))


def test_all_that_differs_on_a_server_is_one_reason_to_replace_it():
    found = plan(finding(DriftKind.IMAGE), finding(DriftKind.TAGS), finding(DriftKind.TAGS, "two"))
    assert [(each.id, [of.kind for of in each.findings]) for each in found.worn] == [
        ("one", [DriftKind.IMAGE, DriftKind.TAGS]),
        ("two", [DriftKind.TAGS]),
    ]
    assert found.batches == (("one",), ("two",))


def test_the_tags_of_a_group_are_not_those_of_a_server():
    found = plan(finding(DriftKind.TAGS, "the group"))
    assert found.worn == ()
    assert [(each.finding.subject, each.why) for each in found.left] == [
        ("the group", "it is not on one of the servers that take a place")
    ]


def test_whom_somebody_holds_is_left_alone_with_the_reason():
    found = plan(finding(DriftKind.IMAGE), finding(DriftKind.IMAGE, "two"), held={"one": "ann is in it"})
    assert [each.id for each in found.worn] == ["two"]
    assert [(each.finding.subject, each.why) for each in found.left] == [("one", "ann is in it")]


def test_a_floor_without_room_is_refused_for_servers_and_is_a_rollout_for_tasks():
    full = ReplacementTerms(desired=2, floor=2)
    refused = plan(finding(DriftKind.IMAGE), terms=full)
    assert refused.obstacle is not None
    assert "the floor is 2 of 2" in refused.obstacle.why
    rolled = plan(finding(DriftKind.IMAGE, unit=TASKS), unit=TASKS, terms=full, whole=True)
    assert (rolled.obstacle, rolled.batches, rolled.together) == (None, (), ("one",))


def test_what_is_seen_in_the_way_comes_before_what_drift_found():
    running = Obstacle("a rollout is running", "Wait.", busy=True)
    found = plan(finding(DriftKind.IMAGE), finding(DriftKind.SAVED_VERSION, "web"), obstacle=running)
    assert found.obstacle is running
