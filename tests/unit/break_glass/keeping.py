"""Lets a group of the drift tests keep a server, as after a rollout that has failed."""

from strata.clock import utc_text
from strata.naming import break_glass_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.servers.keeping_calls import KeepingCalls
from tests.unit.drift.drifting_fleet import GROUP, RECORD, DriftingFleet

__all__ = ["keep_noted", "keep_unnoted"]


def keep_unnoted(fleet: DriftingFleet) -> str:
    """Have the group keep a server, of which nothing is noted; gives its id."""
    calls, server = KeepingCalls(fleet.client), fleet.servers[0]
    fleet.update(InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "retain"}})
    calls.put_keeping_hook(GROUP)
    calls.terminate(server)
    fleet.aws.wait(90)
    assert calls.answer_keeping_hook(GROUP, server, keep=True), fleet.aws.states()
    calls.delete_keeping_hook(GROUP)
    fleet.aws.wait(900)
    assert sorted(fleet.aws.states()) == ["InService"] * 3 + ["Terminating:Retained"]
    return server


def keep_noted(fleet: DriftingFleet, *, hours: float = 2) -> str:
    """The same, with the note of the gate."""
    server, now = keep_unnoted(fleet), fleet.aws.clock.now()
    note = BreakGlass(
        service="web",
        unit=server,
        mode=GlassMode.KEPT_FAILED,
        phase=GlassPhase.OPEN,
        reason="the rollout to web 1.1.0 has failed, and it never got healthy",
        by="the rollout to 1.1.0",
        at=utc_text(now),
        until=utc_text(now + 3600 * hours),
        image_name="web",
        version="1.1.0",
        image_id="ami-0aa",
        place=GROUP,
    )
    fleet.put(break_glass_name(RECORD, server), note.to_json())
    return server
