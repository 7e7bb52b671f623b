"""`strata:freezes` through the real engine: another release waits; the way back, and what rolls nothing, do not."""

from typing import Any

from tests.integration.support import worker
from tests.integration.support.trial import Said

OPEN = [{"reason": "the sale", "start": "2001-01-01", "until": "2999-12-31"}]
SAID = "a freeze window is open until 3000-01-01T00:00:00Z: the sale"


def begun(trial: Any) -> int:
    return len(trial.history.calls("StartInstanceRefresh"))


async def test_a_window_refuses_the_next_release_and_lets_the_way_back_and_everything_else_through(new_trial):
    trial = new_trial({"jobs": worker((1, 2))}, extra={"strata:freezes": OPEN})
    first = await trial.up()
    assert first.ok, f"the first release of a service takes nobody's place: {first.reason}"
    trial.extra = {}
    assert (await trial.up(jobs="2.0.0")).ok
    trial.is_live("jobs", "2.0.0")
    trial.extra = {"strata:freezes": OPEN}
    trial.mark()

    said = Said()
    planned = await trial.preview(said=said, jobs="3.0.0")
    assert planned.ok, planned.reason
    assert said.has(f"jobs: `pulumi up` will refuse it: {SAID}")
    trial.services["jobs"]["capacity"]["max"] = 3
    refused = await trial.up(jobs="3.0.0")
    assert not refused.ok
    assert "jobs: the rollout to jobs 3.0.0" in refused.reason
    assert SAID in refused.reason
    assert f"strata rollout rollback {trial.stack} jobs --now" in refused.reason
    assert begun(trial) == 0
    trial.is_live("jobs", "2.0.0")

    trial.services["jobs"]["capacity"]["max"] = 4
    changed = await trial.up(jobs="2.0.0")
    assert changed.ok, changed.reason
    assert changed.changes.updated > 0, "what rolls nothing is changed"
    assert trial.group("jobs").max == 4
    assert begun(trial) == 0

    back = await trial.up(jobs="1.0.0")
    assert back.ok, f"what has run before comes back in an emergency: {back.reason}"
    assert begun(trial) == 1
    trial.is_live("jobs", "1.0.0")
