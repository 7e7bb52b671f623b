"""A release that is verified before its rollout is final, through the real engine and a load balancer that answers."""

from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata.rollout.verifying.balancer_request import LOAD_BALANCERS_VARIABLE
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.conftest import NewTrial
from tests.integration.support import Said, routed
from tests.integration.support.rolled_tasks import digest
from tests.integration.support.trial import Trial

VERIFY: dict[str, Any] = {"path": "/10/version", "expect": {"body": "{version}"}, "attempts": 2}

SMOKE = """#!/bin/sh
echo "$STRATA_SERVICE of $STRATA_STACK is $STRATA_VERSION at $STRATA_URL"
[ "$STRATA_VERSION" != "$1" ] || exit 3
"""


def servers(new_trial: NewTrial, **verify: Any) -> Trial:
    return new_trial({"web": routed(10, rollout={"bake_seconds": 300, "verify": verify or VERIFY})})


def requests(trial: Trial) -> list[tuple[str, int]]:
    """The version that answered each request since the last mark, and the status."""
    events = trial.history.events
    return [(each["version"], each["status"]) for each in events if each["kind"] == "http"]


async def test_servers_answer_through_the_load_balancer_before_the_rollout_is_final(new_trial: NewTrial):
    trial = servers(new_trial)
    said = Said()
    first = await trial.up(said=said)
    assert first.ok, first.reason
    assert said.has("web: verified: GET http://"), said.lines
    trial.mark()
    said = Said()
    done = await trial.up(web="1.1.0", said=said)
    assert done.ok, done.reason
    assert said.has("/10/version answered 200 as 1.1.0, 5 of 5 requests"), said.lines
    assert requests(trial) == [("1.1.0", 200)] * 5
    trial.is_live("web", "1.1.0")
    unchanged = await trial.unchanged()
    assert unchanged.ok, unchanged.reason


async def test_servers_that_answer_wrongly_are_rolled_back_and_the_error_says_what_came(new_trial: NewTrial):
    trial = servers(new_trial)
    assert (await trial.up()).ok
    trial.break_image("web", "1.1.0", FaultKind.WRONG_ANSWER)
    trial.mark()
    said = Said()
    failed = await trial.up(web="1.1.0", said=said)
    assert not failed.ok, said.lines
    assert said.has("was rolled back: verification failed in 2 attempts: GET http://"), said.lines
    assert said.has("answered 500 'web 1.1.0 does not work', expected 200 (request 1 of 5)")
    assert requests(trial) == [("1.1.0", 500)] * 10
    (refresh,) = trial.refreshes("web")[:1]
    assert refresh.status == "RollbackSuccessful"
    trial.is_live("web", "1.0.0")


class Shop:
    """A container service on a stack of its own."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        # the local AWS is shared, and what is said of a service is said of all of its name
        self.name = f"shop-{trial.stack}"

    async def up(self, version: str, said: Said | None = None, **rollout: Any) -> EngineResult:
        service = {
            "capacity": {"min": 2, "max": 4},
            "scaling": None,
            "drain_seconds": 20,
            "routes": [{"priority": 10, "hosts": ["shop.example.com"]}],
            "rollout": {"progress_deadline_seconds": 300, "verify": {**VERIFY, "path": "/version"}, **rollout},
        }
        self.trial.extra = {
            "strata:container_services": {self.name: service},
            "trial:images": {self.name: f"registry.example.com/shop:{version}@{digest(self.name, version)}"},
        }
        return await self.trial.up(said=said)

    def spoil(self, version: str) -> None:
        self.trial.site.cloud.add_fault(Fault(FaultKind.WRONG_ANSWER, image=digest(self.name, version)))

    def is_live(self, version: str) -> None:
        self.trial.runs_in_tasks(self.name, version, digest(self.name, version))


@pytest.fixture
def shop(new_trial: NewTrial) -> Shop:
    return Shop(new_trial({}, program="containers"))


async def failing(shop: Shop, version: str, rollout: dict[str, Any]) -> Said:
    """What an `up` to a version that answers wrongly has said, which fails."""
    shop.spoil(version)
    shop.trial.mark()
    said = Said()
    failed = await shop.up(version, said, **rollout)
    assert not failed.ok, said.lines
    return said


@pytest.mark.parametrize("rollout", [{"strategy": "canary", "bake_minutes": 5}, {"strategy": "rolling"}], ids=str)
async def test_containers_are_verified_while_the_release_before_can_come_back(shop: Shop, rollout: dict[str, Any]):
    assert (await shop.up("1.0.0", **rollout)).ok
    shop.trial.mark()
    said = Said()
    done = await shop.up("1.1.0", said, **rollout)
    assert done.ok, done.reason
    assert said.has("/version of shop.example.com answered 200 as 1.1.0, 5 of 5 requests"), said.lines
    assert requests(shop.trial) == [("1.1.0", 200)] * 5
    shop.is_live("1.1.0")
    said = await failing(shop, "1.2.0", rollout)
    assert said.has("verification failed in 2 attempts: GET http://"), said.lines
    assert set(requests(shop.trial)) == {("1.2.0", 500)}
    shop.is_live("1.1.0")


TEST_RULE: dict[str, Any] = {"priority": 5}


def moves(shop: Shop) -> list[tuple[float, float, int]]:
    """How much of the production and of the test requests went to new tasks, and how many requests were made by then.

    One entry for each change of that since the last mark.
    """
    found: list[tuple[float, float, int]] = []
    asked = 0
    for event in shop.trial.history.events:
        asked += event["kind"] == "http"
        if event.get("subject") != "deployment" or event["service"] != shop.name:
            continue
        weights = (event["production_weight"], event["test_weight"])
        if not found or found[-1][:2] != weights:
            found.append((*weights, asked))
    return found


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "linear"])
async def test_containers_are_verified_by_test_requests_before_any_other_request_moves(shop: Shop, strategy: str):
    rollout: dict[str, Any] = {"strategy": strategy, "bake_minutes": 1, "test_rule": TEST_RULE}
    rollout |= {"linear": {"linear_step_percent": 50, "linear_bake_minutes": 1}}.get(strategy, {})
    first = await shop.up("1.0.0", **rollout)
    assert first.ok, first.reason
    shop.trial.mark()
    said = Said()
    done = await shop.up("1.1.0", said, **rollout)
    assert done.ok, done.reason
    assert said.has("of shop.example.com with X-Strata-Test: true answered 200 as 1.1.0, 5 of 5 requests"), said.lines
    assert requests(shop.trial) == [("1.1.0", 200)] * 5
    assert moves(shop)[:2] == [(0, 0, 0), (0, 100, 0)]
    assert moves(shop)[-1] == (100, 100, 5)
    assert {asked for production, _, asked in moves(shop) if production} == {5}, "it was asked before any of them moved"
    shop.is_live("1.1.0")
    unchanged = await shop.trial.unchanged()
    assert unchanged.ok, unchanged.reason
    said = await failing(shop, "1.2.0", rollout)
    assert said.has("was rolled back: verification failed in 2 attempts: GET http://"), said.lines
    assert requests(shop.trial) == [("1.2.0", 500)] * 10
    assert (0, 100, 0) in moves(shop), "test requests did move"
    assert {production for production, _, _ in moves(shop)} == {0}, "and no other request ever did"
    shop.is_live("1.1.0")


async def test_a_command_decides_where_it_is_set_and_its_last_lines_are_in_the_error(shop: Shop):
    trial = shop.trial
    trial.environment[LOAD_BALANCERS_VARIABLE] = ""
    smoke = trial.folder / "smoke.sh"
    smoke.parent.mkdir(parents=True, exist_ok=True)
    smoke.write_text(SMOKE)
    smoke.chmod(0o755)
    verify = {"command": [str(smoke), "1.2.0"], "timeout_seconds": 10, "attempts": 1}
    rollout = {"strategy": "blue-green", "bake_minutes": 5, "verify": verify}
    said = Said()
    first = await shop.up("1.0.0", said, **rollout)
    assert first.ok, first.reason
    assert said.has("smoke.sh 1.2.0 ended with 0")
    said = Said()
    failed = await shop.up("1.2.0", said, **rollout)
    assert not failed.ok, said.lines
    assert said.has("was rolled back: verification failed: "), said.lines
    assert said.has("ended with 3")
    assert said.has(f"{shop.name} of {trial.stack} is 1.2.0 at http://"), said.lines
    shop.is_live("1.0.0")
