"""A component under another name, with an alias: what it made stays what it is."""

from typing import Any

import pytest

from strata.guard.plan_preview import OPTIONS, plan_of
from strata.spectrum import Operation
from tests.integration.support import Trial, routed

SHORT, LONG, LONGER = "s", "a-name-of-more-than-22", "a-name-that-is-a-good-deal-longer-than-40-letters"
PARTS: dict[str, Any] = {
    "strata:network": {"zones": 2, "nat": "one"},
    "strata:databases": {
        "orders": {"engine": "postgres", "version": "16.4", "instance_class": "db.t4g.medium", "database": "orders"}
    },
    "strata:replicas": {"copy": {"source": "orders"}},
    "strata:object_stores": {"files": {}},
    "strata:file_stores": {"disk": {}},
    "strata:backup": {},
    "strata:runtime": {"config": {"values": {"BANNER": "sale"}}},
    "strata:secrets": {"mail": {"description": "Login of the mail relay"}},
}

NAMED_BY_ADDRESS = {"aws:ssm/parameter:Parameter"}
"""Types whose name is where programs and people look for them; under another name they are others."""


async def replaced(trial: Trial, names: str, before: str) -> dict[str, tuple[str, ...]]:
    """What is not updated in place, and why, by type and name."""
    trial.extra |= {"trial:names": names, "trial:before": before}
    plan = plan_of(await trial.preview(*OPTIONS))
    assert plan.complete, plan.errors
    return {
        f"{each.type} {each.name} {each.operation}": each.replaced_by
        for each in plan.changes
        if each.operation in {Operation.REPLACE, Operation.DELETE, Operation.CREATE}
    }


@pytest.mark.parametrize("before,names", [(SHORT, LONG), (LONG, SHORT), (LONG, LONGER), (SHORT, "t")])
async def test_a_renamed_component_replaces_nothing_however_long_its_name_is(new_trial, before: str, names: str):
    trial = new_trial({"web": routed(10)}, program="renamed", extra={**PARTS, "trial:names": before})
    done = await trial.up()
    assert done.ok, done.reason
    told = await replaced(trial, names, before)
    assert {key: why for key, why in told.items() if key.split()[0] not in NAMED_BY_ADDRESS} == {}
