"""A major upgrade of a database is an outage with no way back, whatever else the change does."""

from datetime import date
from typing import Any

import pytest

from strata.guard.facts import UPGRADE_ADVICE
from strata.guard.terms import PlanTerms
from strata.guard.verdict import ChangeFinding, judge
from strata.resources.wire import UNKNOWN
from strata.spectrum import Verdict
from strata.stage import Stage
from tests.unit.guard.plans import read, step

PROD = PlanTerms(Stage.PROD, date(2026, 3, 10))
CLUSTER = "aws:rds/cluster:Cluster"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"


def judged(*steps: dict[str, Any]) -> list[ChangeFinding]:
    return list(judge(read(*steps), PROD).findings)


def upgrade(engine: str, old: str, new: str, kind: str = "database", **more: Any) -> dict[str, Any]:
    before = {
        "engine": engine,
        "engineVersion": old,
        "instanceClass": "db.m7g.large",
        "parameterGroupName": "orders-16",
    }
    return step("update", kind, "orders", old=before, new={**before, "engineVersion": new, **more})


MAJOR = [
    ("postgres", "16.4", "17.2", "database"),
    ("postgres", "16", "17", "database"),
    ("mysql", "8.0.40", "8.4.3", "database"),
    ("mariadb", "10.11", "11.4", "database"),
    ("aurora-mysql", "8.0.mysql_aurora.3.08.0", "8.4.mysql_aurora.4.0", CLUSTER),
    ("oracle-ee", "19.0.0.0", "21.0.0.0", "database"),
    ("docdb", "4.0.0", "5.0.0", "aws:docdb/cluster:Cluster"),
    ("postgres", "16.4", UNKNOWN, "database"),
]


@pytest.mark.parametrize("engine,old,new,kind", MAJOR)
def test_a_major_upgrade_with_another_instance_class_does_not_pass_without_a_word(
    engine: str, old: str, new: str, kind: str
):
    (one,) = judged(upgrade(engine, old, new, kind, instanceClass="db.m7g.xlarge"))
    assert one.verdict is Verdict.WARN
    assert any("no way back" in reason and engine in reason for reason in one.because)
    assert one.fix == UPGRADE_ADVICE


@pytest.mark.parametrize(
    "engine,old,new", [("postgres", "16.4", "16.6"), ("mysql", "8.0.40", "8.0.41"), ("mysql", "8.0", "8.0.41")]
)
def test_a_minor_upgrade_passes(engine: str, old: str, new: str):
    (one,) = judged(upgrade(engine, old, new))
    assert one.verdict is Verdict.ALLOW


def test_a_major_upgrade_that_also_weakens_is_refused_and_still_says_what_it_is():
    (one,) = judged(upgrade("postgres", "16.4", "17.2", publiclyAccessible=True))
    assert one.verdict is Verdict.REFUSE
    assert any("no way back" in reason for reason in one.because)
    assert one.fix == "Leave its protection as it was."


def test_the_parameter_group_of_the_old_version_is_nothing_to_put_back():
    old = step("delete", PARAMETERS, "orders-16", outputs={"name": "orders-16"})
    told = {each.change.name: each for each in judged(upgrade("postgres", "16.4", "17.2"), old)}
    assert told["orders-16"].fix.startswith("Nothing to do")
    (alone,) = judged(old)
    assert alone.fix.startswith("Put it back")
