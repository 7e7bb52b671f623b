"""A fleet that is refreshed by the clock, and a release that is rolled out meanwhile, through the real engine."""

from datetime import UTC, datetime

from strata.rollout.servers.refresh import Status
from strata.rollout.servers.views import RefreshView
from strata_rehearsal.cloud.faults import FaultKind
from tests.integration.support import Said, Trial, worker

MANY_LOOKS = 100_000
"""Far more than the hours here need, at the pace of the local AWS."""


def soon(trial: Trial) -> str:
    """A recurrence of every hour whose next time is minutes away: it is told to a fleet that is up."""
    now = datetime.fromtimestamp(trial.site.cloud.clock.now(), UTC)
    return f"{(now.minute + 20) % 60} * * * *"


def begun(trial: Trial, before: int = 0) -> RefreshView:
    """The next refresh that nobody has asked for but the schedule; each look moves the local AWS."""
    found = next((each for _ in range(MANY_LOOKS) if len(each := trial.refreshes("jobs")) > before), None)
    assert found is not None, "the schedule starts nothing"
    return found[0]


def servers(trial: Trial) -> set[str]:
    return set(trial.running("jobs"))


async def test_servers_are_fresh_and_run_the_same_release(new_trial):
    trial = new_trial({"jobs": worker()})
    first = await trial.up()
    assert first.ok, first.reason
    before = servers(trial)
    trial.services["jobs"]["refresh_every"] = {"recurrence": soon(trial), "window_minutes": 5}
    scheduled = await trial.up()
    assert scheduled.ok, scheduled.reason

    refresh = begun(trial)
    assert refresh.version is None
    ended = next(each for _ in range(MANY_LOOKS) if not (each := trial.refreshes("jobs")[-1]).active)
    assert ended.status is Status.SUCCESSFUL, ended.reason
    assert not before & servers(trial)
    trial.is_live("jobs", "1.0.0")
    assert (await trial.unchanged()).ok

    gone = trial.services["jobs"].pop("refresh_every")
    assert gone
    without = await trial.up()
    assert without.ok, without.reason
    kept = trial.site.client("scheduler").list_schedules(NamePrefix=trial.stack)["Schedules"]
    assert not [each for each in kept if "jobs" in each["Name"]]


async def test_a_release_supersedes_it(new_trial):
    trial = new_trial({"jobs": worker()}, boot_seconds={"jobs": 1800.0})
    trial.services["jobs"]["boot_seconds"] = 1800
    first = await trial.up()
    assert first.ok, first.reason
    # so that the refresh is still at it when the release comes, however slow the machine is
    trial.break_image("jobs", "1.0.0", FaultKind.SLOW)
    trial.services["jobs"]["refresh_every"] = {"recurrence": soon(trial)}
    scheduled = await trial.up()
    assert scheduled.ok, scheduled.reason

    refresh = begun(trial)
    assert refresh.active, refresh.reason
    said = Said()
    rolled = await trial.up(jobs="1.1.0", said=said)
    assert rolled.ok, rolled.reason
    assert said.has(f"superseding refresh {refresh.id}")
    trial.is_live("jobs", "1.1.0")
    (superseded,) = [each for each in trial.refreshes("jobs") if each.id == refresh.id]
    assert superseded.status is Status.CANCELLED
