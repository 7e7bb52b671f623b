"""What must not be lost is not: the guard refuses the plan, `up` refuses it too, and nothing is deleted in AWS."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from strata.exit_code import ExitCode
from strata.guard.plan_preview import OPTIONS, plan_of
from strata.guard.report import hint
from strata.guard.terms import PlanTerms, read_terms
from strata.guard.verdict import Judgement, judge
from strata.spectrum import Mutability, Operation, Verdict
from strata.stage import Stage
from tests.integration.support import Trial, routed

TODAY = datetime.now(UTC).date()
KEPT = {Mutability.CONTROLLED, Mutability.STABLE, Mutability.ROTATED}
SMALL = {"strata:network": {"zones": 2, "nat": "one"}}


async def judged(trial: Trial, *, destroy: bool = False) -> Judgement:
    """What the guard says to the stack as it is described now."""
    engine = trial.engine()
    command = ("destroy", "--preview-only") if destroy else ("preview",)
    result = await (await engine.start(command[0], [*command[1:], *OPTIONS])).result()
    return judge(plan_of(result, destroy=destroy), read_terms(trial.folder, trial.stack, on=TODAY))


LOSSES = {
    *("DeleteDBInstance", "ScheduleKeyDeletion"),
    *("DeleteVpc", "DeleteSubnet", "DeleteRouteTable", "DeleteRoute", "DisassociateRouteTable", "DeleteVpcEndpoints"),
    *("DeleteNatGateway", "DeleteInternetGateway", "ReleaseAddress", "DeleteFlowLogs", "DeleteSecurityGroup"),
    *("DeleteLoadBalancer", "DeleteListener", "DeleteRole", "DeleteInstanceProfile"),
}
"""Calls that take something CONTROLLED, STABLE or ROTATED out of AWS."""


def losses(trial: Trial) -> list[str]:
    """Such calls since the mark, those that AWS refused too: nobody may even have tried."""
    calls = [event["action"] for event in trial.history.events if event["kind"] == "api"]
    # S3 and other REST services are logged by method and path.
    return [action for action in calls if action in LOSSES or action.startswith("DELETE /")]


def lasting(trial: Trial) -> set[str]:
    """The resources in the state that must not be lost, by what their tags say."""
    tagged = {}
    for each in trial.engine().state.resources():
        tags = (each.get("inputs") or {}).get("tags")
        if isinstance(tags, dict) and tags.get("strata:mutability") in {kind.value for kind in KEPT}:
            tagged[each["urn"]] = each
    assert len(tagged) > 20
    return set(tagged)


@asynccontextmanager
async def state_restored(trial: Trial, *, unprotected: bool = False) -> AsyncGenerator[None]:
    """What is done to the state in here is undone.

    Args:
        trial: the stack.
        unprotected: lift protection in here: the engine stops at what it protects and shows no more of a plan.
    """
    engine = trial.engine()
    state = await engine.export_state()
    if unprotected:
        lifted = [{**each, "protect": False} for each in state["deployment"]["resources"]]
        await engine.import_state({**state, "deployment": {**state["deployment"], "resources": lifted}})
    try:
        yield
    finally:
        await engine.import_state(state)


def refused(judgement: Judgement, operation: Operation) -> set[str]:
    return {each.change.urn for each in judgement.of(Verdict.REFUSE) if each.operation is operation}


async def test_a_stack_without_strata_loses_nothing_either(new_trial):
    trial = new_trial({}, program="plain", extra={"trial:edition": 1})
    done = await trial.up()
    assert done.ok, done.reason
    made = {each["urn"] for each in trial.engine().state.resources() if each["type"].startswith("aws:")}
    assert len(made) > 14

    async def guard(edition: int, stage: Stage) -> Judgement:
        trial.extra["trial:edition"] = edition
        result = await trial.preview(*OPTIONS)
        assert result.ok, "Pulumi itself lets it all pass"
        return judge(plan_of(result), PlanTerms(stage, TODAY))

    replaced = await guard(2, Stage.PROD)
    assert refused(replaced, Operation.REPLACE) == made
    assert all(each.change.replaced_by for each in replaced.findings)
    deleted = await guard(0, Stage.PROD)
    assert refused(deleted, Operation.DELETE) == made
    told = await guard(0, Stage.DEV)
    assert {each.verdict for each in told.findings} == {Verdict.WARN}
    trial.extra["trial:expires"] = True
    added = await guard(1, Stage.PROD)
    assert {urn.rpartition("::")[2] for urn in refused(added, Operation.CREATE)} == {"files-expire"}
    assert len(added.findings) == 3, "the other bucket is made with its lifecycle"


@pytest.fixture(scope="module")
def live() -> dict[str, Trial]:
    """The stack that the tests below share, once it is up."""
    return {}


async def tiers(new_trial: Any, live: dict[str, Trial]) -> Trial:
    """A prod stack with every class of the spectrum, up and unchanged."""
    if "tiers" not in live:
        live["tiers"] = new_trial({"web": routed(10)}, program="tiers", stage="prod", extra=dict(SMALL))
        done = await live["tiers"].up()
        assert done.ok, done.reason
    trial = live["tiers"]
    trial.extra = dict(SMALL)
    trial.mark()
    return trial


async def test_replacing_everything_at_once_is_refused_resource_by_resource_and_by_up(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "elsewhere"
    judgement = await judged(trial)
    assert lasting(trial) <= refused(judgement, Operation.REPLACE)
    assert not judgement.complete, "the engine refuses what is protected, and says so"
    assert "protect" in " ".join(judgement.errors)

    async with state_restored(trial):
        # The key is not protected but retained: another one takes its place in the state, and both stay in AWS.
        done = await trial.up()
    assert not done.ok
    assert "protect" in done.reason
    assert losses(trial) == []


async def test_removing_everything_from_the_program_is_refused_resource_by_resource(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "empty"
    stopped = await judged(trial)
    assert stopped.exit_code() is ExitCode.REFUSED
    assert not stopped.complete, "the engine stops at what is protected"
    async with state_restored(trial, unprotected=True):
        judgement = await judged(trial)
    assert judgement.complete
    assert lasting(trial) <= refused(judgement, Operation.DELETE)


async def test_removing_one_component_keeps_what_is_in_it(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "unshelved"
    judgement = await judged(trial)
    names = {each.change.name for each in judgement.of(Verdict.REFUSE)}
    assert names == {"shelf-files", "shelf-orders", "shelf-key"}
    async with state_restored(trial):
        # The key is not protected but retained: it leaves the state and stays in AWS.
        done = await trial.up()
        left = {each["urn"].rpartition("::")[2] for each in trial.engine().state.resources()}
        assert {"shelf-files", "shelf-orders"} <= left
    assert not done.ok
    assert "protect" in done.reason
    assert losses(trial) == []


async def test_a_renamed_component_changes_its_tags_and_nothing_else(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "renamed"
    judgement = await judged(trial)
    assert judgement.complete
    assert {each.operation for each in judgement.findings} == {Operation.UPDATE}
    assert {name for each in judgement.findings for name in each.change.differs} <= {"tags", "tagsAll"}
    assert judgement.of(Verdict.REFUSE) == []


async def test_a_component_under_another_parent_changes_nothing(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "moved"
    judgement = await judged(trial)
    assert judgement.complete
    assert judgement.findings == ()


async def test_a_replacement_under_a_new_name_is_judged_once_and_the_override_it_proposes_lets_it_pass(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "renamed elsewhere"
    judgement = await judged(trial)
    refusals = judgement.of(Verdict.REFUSE)
    assert {each.operation for each in refusals} == {Operation.REPLACE}
    assert len({(each.change.type, each.change.name) for each in refusals}) == len(refusals)
    assert {"store-files", "store-orders", "store-key"} <= {each.change.name for each in refusals}
    assert not any("left it behind" in reason for each in refusals for reason in each.because)

    proposed = {"resource": "store-files", "operation": "replace", "reason": "moved", "until": str(TODAY)}
    assert "store-files, operation: replace" in hint(
        replace(judgement, findings=tuple(each for each in refusals if each.change.name == "store-files"))
    )
    trial.extra["strata:guard"] = {"allow": [proposed]}
    early = await judged(trial)
    assert len(early.of(Verdict.REFUSE)) == len(refusals), "it comes with the change"
    assert "comes with this change" in " ".join(each.says for each in early.remarks)
    trial.extra["trial:shape"] = "as before"
    assert (await trial.up()).ok
    trial.extra["trial:shape"] = "renamed elsewhere"
    late = await judged(trial)
    assert {each.change.name for each in refusals} - {each.change.name for each in late.of(Verdict.REFUSE)} == {
        "store-files"
    }


async def test_a_stage_that_is_lowered_with_a_delete_turns_no_refusal_into_a_warning(new_trial, live):
    """On a prod stack the guard ended 0, and the database went without a last snapshot."""
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "bare"
    trial.stage = "dev"
    try:
        judgement = await judged(trial)
    finally:
        trial.stage = "prod"
    assert judgement.exit_code() is ExitCode.REFUSED
    assert judgement.stage is Stage.PROD
    names = {each.change.name for each in judgement.of(Verdict.REFUSE)}
    assert {"shelf-files", "shelf-orders", "shelf-key", f"trial-{trial.stack}"} <= names


async def test_pitfall_23_a_program_that_drops_protection_previews_green_and_is_refused(new_trial, live):
    trial = await tiers(new_trial, live)
    trial.extra["trial:shape"] = "bare"
    judgement = await judged(trial)
    assert judgement.complete, "Pulumi itself lets it pass"
    assert {each.change.name for each in judgement.of(Verdict.REFUSE)} == {"shelf-files", "shelf-orders", "shelf-key"}


async def test_a_destroy_of_prod_is_refused_and_a_teardown_is_two_runs(new_trial, live):
    trial = await tiers(new_trial, live)
    live.clear()  # whoever comes after has to put up another one
    kept = lasting(trial)
    stopped = await judged(trial, destroy=True)
    assert stopped.exit_code() is ExitCode.REFUSED
    destroyed = await trial.destroy()
    assert not destroyed.ok
    assert "protect" in destroyed.reason
    assert losses(trial) == []
    # The key is not protected but retained: it leaves the state and stays in AWS.
    assert {urn.rpartition("::")[2] for urn in kept - lasting(trial)} <= {"shelf-key"}

    # Written without quotes: what YAML takes for a date has to arrive as the same day.
    trial.extra["strata:teardown"] = {"until": TODAY, "reason": "the shop moves"}
    early = await judged(trial, destroy=True)
    assert {"shelf-files", "shelf-orders"} <= {each.change.name for each in early.of(Verdict.REFUSE)}
    lifting = await judged(trial)
    assert lifting.complete
    assert lifting.of(Verdict.REFUSE) == []
    lifted = await trial.up()
    assert lifted.ok, lifted.reason
    assert losses(trial) == []

    leaving = await judged(trial, destroy=True)
    assert leaving.of(Verdict.REFUSE) == []
    assert {"shelf-files", "shelf-orders"} <= {each.change.name for each in leaving.of(Verdict.WARN)}
    gone = await trial.destroy()
    assert gone.ok, gone.reason
    assert "DeleteVpc" in losses(trial)
    assert [call for call in losses(trial) if call.startswith("DELETE /shelf-files")], (
        "what is asserted absent is logged"
    )
