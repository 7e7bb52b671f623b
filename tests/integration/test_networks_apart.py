"""Stacks on networks that are made elsewhere, and what such a stack changes of its schedules, through the engine."""

from datetime import UTC
from typing import Any

from tests.integration.support import Said, routed


async def test_a_stack_on_existing_networks_is_rehearsed_without_making_one_by_hand(new_trial: Any):
    night = {"recurrence": "0 22 * * *", "min": 1}
    morning = {"recurrence": "0 6 * * *", "min": 2}
    trial = new_trial(
        {"web": routed(10, schedules={"night": night, "morning": morning})},
        program="apart",
        extra={"strata:databases": {"orders": {"version": "16"}}},
    )
    said = Said()
    made = await trial.up(said=said)
    assert made.ok, made.reason
    trial.is_live("web", "1.0.0")
    assert said.has("stack acme/network/prod is not part of this rehearsal")
    clean = await trial.unchanged()
    assert clean.ok, clean.reason

    group = trial.group("web").name
    before = scheduled(trial, group)
    assert before["night"]["Recurrence"] == "0 22 * * *"
    # the provider would send the start time along that it read: 22:00, whatever the recurrence says
    trial.services["web"]["schedules"]["night"] = {"recurrence": "30 21 * * *", "min": 1}
    changed = await trial.up()
    assert changed.ok, changed.reason
    after = scheduled(trial, group)
    assert after["night"]["Recurrence"] == "30 21 * * *"
    starts = {name: f"{each['StartTime'].astimezone(UTC):%H:%M}" for name, each in after.items()}
    assert starts == {"night": "21:30", "morning": "06:00"}


def scheduled(trial: Any, group: str) -> dict[str, Any]:
    found = trial.site.client("autoscaling").describe_scheduled_actions(AutoScalingGroupName=group)
    return {each["ScheduledActionName"]: each for each in found["ScheduledUpdateGroupActions"]}
