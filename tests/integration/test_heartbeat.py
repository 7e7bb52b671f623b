"""A rollout whose gate dies: EC2 takes it back by itself where a heartbeat guards it."""

import asyncio

from tests.integration.support import Said, worker
from tests.integration.support.waiting import until

BOOT_SECONDS = 3000
"""Four servers, one by one, take three and a half hours: longer than the heartbeat may be missing."""

ROLLOUT = {
    "min_healthy_percent": 100,
    "max_healthy_percent": 125,
    "progress_deadline_seconds": 3600,
    "alarms": "on",
    "auto_rollback": True,
    "heartbeat_minutes": 60,
}


async def test_a_rollout_whose_up_is_killed_goes_back_and_the_next_up_is_green(new_trial):
    trial = new_trial({"jobs": worker((4, 4), boot_seconds=BOOT_SECONDS, drain_seconds=0, rollout=ROLLOUT)})
    first = await trial.up()
    assert first.ok, first.reason
    trial.mark()
    said = Said()
    run = await trial.start_up(said, jobs="2.0.0")
    ended = asyncio.ensure_future(run.result())
    await until(ended, said, "jobs: rolling to")
    run.kill()
    assert (await ended).exit_code == -9
    nobody = asyncio.get_running_loop().create_future()
    while trial.refreshes("jobs")[0].active:
        await asyncio.wait([nobody], timeout=0.2)
    (refresh,) = trial.refreshes("jobs")
    assert refresh.status == "RollbackSuccessful"
    assert "/jobs/heartbeat is in ALARM" in refresh.reason
    trial.is_live("jobs", "1.0.0")

    assert trial.recorded("jobs") == "1.0.0"

    # the alarm is in ALARM without a rollout, and in nobody's way
    again = await trial.up()
    assert again.ok, again.reason
    trial.is_live("jobs", "2.0.0")
