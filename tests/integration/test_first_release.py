"""The first `up` of a service: it waits for its servers, and one that fails leaves a group to go on with."""

from strata.settings.recorded_terms import TERMS_OUTPUT
from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support import Said, routed, worker


async def test_the_first_up_waits_for_every_server_and_leaves_nothing_to_change(new_trial):
    trial = new_trial({"web": routed(10), "jobs": worker((1, 2))})
    said = Said()
    done = await trial.up(said=said)
    assert done.ok, done.reason
    trial.is_live("web", "1.0.0")
    trial.is_live("jobs", "1.0.0")
    assert said.has("web: 2 of 2 servers healthy on web 1.0.0")
    record = {TERMS_OUTPUT: {"stage": "staging", "allow": []}}
    assert done.outputs == {"web": "1.0.0", "jobs": "1.0.0", **record}
    assert trial.refreshes("web") == [], "a first deployment has nothing to refresh"
    unchanged = await trial.unchanged()
    assert unchanged.ok, unchanged.reason


async def test_row_11_a_target_group_is_in_use_before_its_group_registers_servers(new_trial):
    trial = new_trial({"web": routed(10)})
    assert (await trial.up()).ok
    order = [event["action"] for event in trial.history.events if event["kind"] == "api" and "error" not in event]
    assert order.index("CreateRule") < order.index("CreateAutoScalingGroup")
    assert "unused" not in {
        event["state"] for event in trial.history.about(trial.group("web").name) if event["subject"] == "target"
    }


async def test_row_15_a_group_without_servers_names_the_last_activity_and_is_kept_in_the_state(new_trial):
    trial = new_trial({"web": routed(10)})
    trial.break_image("web", "1.0.0", FaultKind.NO_CAPACITY)
    failed = await trial.up()
    assert not failed.ok
    assert "InsufficientInstanceCapacity" in failed.reason
    trial.mark()

    good = await trial.up(web="1.0.1")
    assert good.ok, good.reason
    trial.is_live("web", "1.0.1")
    assert trial.history.calls("CreateAutoScalingGroup") == [], "the group of the failed up is taken on"
