"""An update that leaves a service with nothing that serves is not let through as if it were any other one."""

from datetime import date, timedelta
from typing import Any

import pytest

from strata.guard.stopped_services import TABLE, describe_stops
from strata.guard.terms import Allowance, PlanTerms, TeardownTerms
from strata.guard.verdict import ChangeFinding, judge
from strata.resources.wire import UNKNOWN
from strata.spectrum import Operation, Verdict
from strata.stage import Stage
from strata_rehearsal.plugin.schema import resource_schema
from tests.unit.guard.plans import applied, read, step

TODAY = date(2026, 3, 10)
PROD = PlanTerms(Stage.PROD, TODAY)
GROUP = "aws:autoscaling/group:Group"
SERVICE = "aws:ecs/service:Service"
NODES = "aws:eks/nodeGroup:NodeGroup"
FUNCTION = "aws:lambda/function:Function"
SCALED = "aws:appautoscaling/target:Target"
ONE, OTHER = "arn:one", "arn:other"


def stopped(kind: str, old: dict[str, Any], new: dict[str, Any], **more: Any) -> list[str]:
    (change,) = read(step("update", kind, old=old, new=new, **more)).changes
    return describe_stops(change)


def found(*steps: dict[str, Any], terms: PlanTerms = PROD) -> ChangeFinding:
    (one,) = judge(applied(read(*steps), terms), terms).findings
    return one


@pytest.mark.parametrize(
    "kind,old,new",
    [
        (GROUP, {"maxSize": 4}, {"maxSize": 0}),
        (GROUP, {"maxSize": 4}, {"maxSize": UNKNOWN}),
        (GROUP, {"desiredCapacity": 2}, {"desiredCapacity": 0}),
        (GROUP, {"targetGroupArns": [ONE]}, {"targetGroupArns": []}),
        (GROUP, {"targetGroupArns": [ONE, OTHER]}, {"targetGroupArns": [ONE]}),
        (GROUP, {"trafficSources": [{"identifier": ONE}]}, {"trafficSources": []}),
        (GROUP, {"loadBalancers": ["classic"]}, {"loadBalancers": []}),
        (SERVICE, {"desiredCount": 2}, {"desiredCount": 0}),
        (SERVICE, {"desiredCount": 2}, {}),
        (SERVICE, {"loadBalancers": [{"targetGroupArn": ONE}]}, {"loadBalancers": []}),
        (SERVICE, {"loadBalancers": [{"targetGroupArn": ONE}]}, {}),
        (SCALED, {"maxCapacity": 4}, {"maxCapacity": 0}),
        (NODES, {"scalingConfig": {"desiredSize": 2}}, {"scalingConfig": {"desiredSize": 0}}),
        (NODES, {"scalingConfig": {"maxSize": 2}}, {"scalingConfig": {"maxSize": 0}}),
        (FUNCTION, {}, {"reservedConcurrentExecutions": 0}),
    ],
)
def test_an_update_after_which_nothing_serves_is_refused_in_prod_and_says_what_it_does(
    kind: str, old: dict[str, Any], new: dict[str, Any]
):
    """`maxSize: 0` and `targetGroupArns: []` took a shop off the air, and the plan was allowed."""
    (told,) = stopped(kind, old, new)
    one = found(step("update", kind, old=old, new=new))
    assert one.verdict is Verdict.REFUSE
    assert told in one.because
    assert "until it is put back" in one.lost
    assert "override" in one.fix


@pytest.mark.parametrize(
    "kind,old,new",
    [
        (GROUP, {"maxSize": 4}, {"maxSize": 2}),
        (GROUP, {"maxSize": 0}, {"maxSize": 0, "name": "b"}),
        (GROUP, {"desiredCapacity": 2}, {}),
        (GROUP, {"desiredCapacity": 0}, {"desiredCapacity": 2}),
        (GROUP, {"targetGroupArns": [ONE]}, {"targetGroupArns": [UNKNOWN]}),
        (GROUP, {"targetGroupArns": [ONE]}, {"trafficSources": [{"identifier": ONE}]}),
        (GROUP, {"targetGroupArns": []}, {"targetGroupArns": [ONE]}),
        (SERVICE, {"desiredCount": 2}, {"desiredCount": 1}),
        (SERVICE, {"schedulingStrategy": "DAEMON"}, {"schedulingStrategy": "DAEMON", "enableExecuteCommand": True}),
        (FUNCTION, {"reservedConcurrentExecutions": 5}, {}),
        (FUNCTION, {"reservedConcurrentExecutions": 5}, {"reservedConcurrentExecutions": -1}),
    ],
)
def test_an_update_after_which_something_serves_is_an_ordinary_one(kind: str, old: dict[str, Any], new: dict[str, Any]):
    assert stopped(kind, old, new) == []
    assert found(step("update", kind, old=old, new=new)).verdict is Verdict.ALLOW


def test_a_number_that_only_aws_knew_and_that_becomes_none_is_seen():
    assert stopped(GROUP, {}, {"desiredCapacity": 0}, outputs={"desiredCapacity": 2}) == ["every server ends"]
    assert stopped(GROUP, {}, {"desiredCapacity": 0}, outputs={"desiredCapacity": 0}) == []


ZERO = step("update", GROUP, old={"maxSize": 4}, new={"maxSize": 0})


@pytest.mark.parametrize("stage", [Stage.DEV, Stage.STAGING])
def test_a_stack_that_is_not_held_is_warned_when_it_is_switched_off(stage: Stage):
    one = found(ZERO, terms=PlanTerms(stage, TODAY))
    assert one.verdict is Verdict.WARN
    assert "every server ends, and none can start" in one.because


def test_a_service_is_stopped_on_purpose_by_an_override_that_was_there_before():
    allowed = Allowance("main", Operation.UPDATE, "closed for the winter", TODAY + timedelta(days=3))
    terms = PlanTerms(Stage.PROD, TODAY, (allowed,))
    one = found(ZERO, terms=terms)
    assert (one.verdict, one.allowed) == (Verdict.WARN, "override until 2026-03-13: closed for the winter")
    assert found(ZERO).verdict is Verdict.REFUSE


def test_the_first_run_of_a_teardown_stops_nothing():
    terms = PlanTerms(Stage.PROD, TODAY, teardown=TeardownTerms(TODAY + timedelta(days=3), "the shop moves"))
    assert found(ZERO, terms=terms).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    "running,verdict",
    [({"desiredCount": 2}, Verdict.REFUSE), ({"schedulingStrategy": "DAEMON"}, Verdict.REFUSE), ({}, Verdict.REFUSE)],
)
def test_a_service_that_runs_tasks_goes_no_easier_than_it_is_stopped(running: dict[str, Any], verdict: Verdict):
    assert found(step("delete", SERVICE, old=running)).verdict is verdict
    assert found(step("delete", SERVICE, old={"desiredCount": 0})).verdict is Verdict.WARN


@pytest.mark.parametrize("tasks,verdict", [(2, Verdict.REFUSE), (0, Verdict.ALLOW)])
def test_a_service_that_runs_tasks_is_not_replaced_either_whichever_is_there_first(tasks: int, verdict: Verdict):
    """The tasks of the new one start without a gate, and its first deployment has nothing to go back to."""
    there_first = [step(op, SERVICE, old={"desiredCount": tasks}) for op in ("create-replacement", "replace")]
    gone = step("delete-replaced", SERVICE, old={"desiredCount": tasks})
    assert found(*there_first, gone).verdict is verdict
    assert found(gone, *there_first).verdict is verdict


def test_the_table_names_inputs_that_pulumi_aws_has():
    unknown = [
        (token, row.path)
        for token, rows in TABLE.items()
        for row in rows
        if row.path.partition(".")[0] not in resource_schema(token).inputs
    ]
    assert unknown == []
