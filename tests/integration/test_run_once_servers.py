"""What a release of servers runs once before its rollout, through the real engine: on a server by itself, once."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from strata.rollout.once_note import OncePhase
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.conftest import NewTrial
from tests.integration.support import Said
from tests.integration.support.runs_once import (
    FOR_EVER,
    RunsOnce,
    is_killed_while_it_runs,
    runs_once_for_each_release,
)
from tests.integration.support.waiting import until
from tests.integration.test_rollback import Shop

END_SECONDS = 30


class MigratedServers(RunsOnce):
    """A service of servers that runs something before its rollouts, on a stack of its own."""

    def use(self, version: str, **before: Any) -> None:
        """Let the program ask for an image from now on."""
        settings = {"name": "migrate", "command": ["manage", "migrate"], "timeout_minutes": 1440, **before}
        self.trial.services[self.name]["rollout"] = {"progress_deadline_seconds": 300, "before": settings}
        self.trial.versions[self.name] = version

    def end_within(self, seconds: float) -> None:
        """Let the command take so long wherever it is sent to from now on."""
        self.trial.site.cloud.set_script_outcome({"seconds": seconds}, service=self.name)

    def fault(self, kind: FaultKind, version: str, after: float | None = None) -> None:
        self.trial.site.cloud.add_fault(Fault(kind, image=self.trial.image(self.name, version), after=after))

    def mend(self, version: str) -> None:
        self.trial.site.cloud.clear_faults(image=self.trial.image(self.name, version))

    def servers(self, state: str) -> list[str]:
        """The servers by themselves that came into a state, in order."""
        own = [each for each in self.states() if each["subject"] == "single_server" and each["state"] == state]
        return [str(each["name"]) for each in own]

    def runs(self) -> list[str]:
        """The servers to which the command was sent, each of them ended by now."""
        own = self.servers("pending")
        assert sorted(self.servers("terminated")) == sorted(own), "one was left"
        sent = {
            each["server"]
            for each in self.trial.history.events
            if each.get("subject") == "command" and "server" in each
        }
        return [each for each in own if each in sent]

    def is_live(self, version: str) -> None:
        self.trial.is_live(self.name, version)


@pytest.fixture
def migrated(new_trial: NewTrial) -> MigratedServers:
    trial = new_trial({})
    # the local AWS is shared, and what is said of a service is said of all of its name
    found = MigratedServers(trial, f"ledger-{trial.stack}")
    trial.services[found.name] = {"capacity": {"min": 1, "max": 2}, "scaling": None, "boot_seconds": 60}
    return found


async def test_it_runs_before_the_group_is_made_and_once_for_each_release(migrated: MigratedServers):
    first = await migrated.up("1.0.0")
    assert first.ok, first.reason
    (ran,) = migrated.runs()
    order = [(each["subject"], each["state"]) for each in migrated.states()]
    assert order.index(("single_server", "terminated")) < order.index(("server", "Pending"))
    assert ran not in migrated.trial.running(migrated.name)
    await runs_once_for_each_release(migrated)


@pytest.mark.parametrize(
    "kind, after, words",
    [
        (FaultKind.CRASH, 5, ("failed: exit code 1", "fatal: unhandled exception")),
        (FaultKind.SLOW, None, ("failed: did not end within 60 s",)),
        (FaultKind.UNHEALTHY, None, ("did not answer to Systems Manager within",)),
        (FaultKind.NO_CAPACITY, None, ("could not be started: ", "We currently do not have sufficient")),
    ],
    ids=["fails", "never ends", "never comes up", "no capacity"],
)
async def test_one_that_fails_replaces_nothing_and_the_next_up_tries_again(
    migrated: MigratedServers, kind: FaultKind, after: float | None, words: tuple[str, ...]
):
    assert (await migrated.up("1.0.0")).ok
    before = migrated.trial.running(migrated.name)
    migrated.fault(kind, "1.1.0", after)
    said = Said()
    failed = await migrated.up("1.1.0", said, timeout_minutes=1)
    assert not failed.ok
    assert said.has(f"{migrated.name}: nothing was replaced, since migrate of {migrated.name} 1.1.0")
    assert all(said.has(each) for each in words), said.lines
    assert migrated.trial.refreshes(migrated.name) == []
    assert migrated.trial.running(migrated.name) == before
    migrated.is_live("1.0.0")
    assert migrated.servers("terminated") == migrated.servers("pending")
    note = migrated.note()
    assert note is not None
    assert (note.phase, note.image.version, note.ran) == (
        OncePhase.FAILED,
        "1.1.0",
        kind in (FaultKind.CRASH, FaultKind.SLOW),
    )
    migrated.mend("1.1.0")
    mended = await migrated.up("1.1.0", timeout_minutes=15)
    assert mended.ok, mended.reason
    migrated.runs()
    migrated.is_live("1.1.0")


async def test_a_first_one_that_fails_makes_no_group(migrated: MigratedServers):
    migrated.use("1.0.0")
    migrated.fault(FaultKind.CRASH, "1.0.0", 5)
    failed = await migrated.trial.up()
    assert not failed.ok
    assert {each["subject"] for each in migrated.states()} == {"single_server"}
    assert migrated.trial.record(migrated.name) is None
    migrated.mend("1.0.0")
    mended = await migrated.up("1.0.0")
    assert mended.ok, mended.reason
    assert len(migrated.runs()) == 2
    migrated.is_live("1.0.0")


async def test_an_up_that_is_killed_in_the_middle_leaves_its_server_to_the_next_one(
    migrated: MigratedServers, tmp_path: Path
):
    assert (await migrated.up("1.0.0")).ok
    migrated.end_within(FOR_EVER)
    migrated.use("1.1.0")
    await is_killed_while_it_runs(migrated.trial)
    assert len(migrated.servers("pending")) == 2
    shop = Shop(migrated.trial, tmp_path)
    code, out, err = await shop.from_nowhere("audit", shop.name, "--json")
    assert code == 0, out + err
    migrated.end_within(END_SECONDS)
    said = Said()
    result = await migrated.trial.up(said=said)
    assert result.ok, result.reason
    assert said.has("waiting for migrate, which was begun at")
    assert said.has("migrate has succeeded, for 1.1.0")
    assert len(migrated.runs()) == 2
    migrated.is_live("1.1.0")


async def test_a_server_that_a_killed_up_has_left_is_ended_by_one_that_wants_nothing_of_it(migrated: MigratedServers):
    assert (await migrated.up("1.0.0")).ok
    migrated.end_within(FOR_EVER)
    migrated.use("1.1.0", timeout_minutes=240)
    await is_killed_while_it_runs(migrated.trial)
    left = migrated.servers("pending")[-1]
    done = await migrated.up("1.0.0", timeout_minutes=240)
    assert done.ok, done.reason
    assert left not in migrated.servers("terminated"), "its time is not over"
    await migrated.trial.site.cloud.clock.sleep(16_000)
    said = Said()
    done = await migrated.up("1.0.0", said, timeout_minutes=240)
    assert done.ok, done.reason
    assert said.has(f"server {left}, which was left by migrate, is ended")
    assert left in migrated.servers("terminated")
    note = migrated.note()
    assert note is not None
    assert (note.phase, note.image.version) == (OncePhase.FAILED, "1.1.0")


async def test_two_ups_at_once_run_it_once(migrated: MigratedServers):
    assert (await migrated.up("1.0.0")).ok
    migrated.end_within(FOR_EVER)
    migrated.use("1.1.0")
    heard = Said(), Said()
    run = await migrated.trial.start_up(heard[0])
    ends = [asyncio.ensure_future(run.result())]
    # its own command takes for ever: it hears from the other one how that has ended
    await until(ends[0], heard[0], "migrate runs, since")
    # the engine's lock keeps them apart on one backend, and nothing does where each has a state of its own
    engine = migrated.trial.engine()
    for lock in engine.state.locks():
        lock.file.unlink()
    migrated.end_within(END_SECONDS)
    other = await engine.start("up", (), listener=heard[1])
    ends.append(asyncio.ensure_future(other.result()))
    try:
        await until(ends[1], heard[1], "waiting for migrate, which was begun at")
        results = await asyncio.gather(*ends)
    finally:
        for each in (run, other):
            each.kill()
        await asyncio.wait(ends)
    assert all(each.has("migrate has succeeded, for 1.1.0") for each in heard)
    assert len(migrated.runs()) == 2, "one of 1.0.0 and one of 1.1.0"
    assert any(each.ok for each in results), [each.reason for each in results]
    migrated.is_live("1.1.0")


async def test_past_an_incompatible_one_a_rollback_needs_force_and_the_history_shows_it(
    migrated: MigratedServers, tmp_path: Path
):
    assert (await migrated.up("1.0.0")).ok
    said = Said()
    migrated.use("1.1.0", compatible="none")
    seen = await migrated.trial.preview(said=said)
    assert seen.ok, seen.reason
    assert said.has("warning: the release before cannot run after migrate (`rollout.before.compatible` is none)")
    done = await migrated.trial.up()
    assert done.ok, done.reason
    migrated.is_live("1.1.0")
    assert migrated.trial.refreshes(migrated.name)[0].status == "Successful"
    shop = Shop(migrated.trial, tmp_path)
    back = ("rollout", "rollback", shop.name, migrated.name, "--now")
    code, out, err = await shop.from_nowhere(*back)
    assert code == 3, out + err
    assert "migrate of 1.1.0 has run at" in err
    migrated.is_live("1.1.0")
    code, out, err = await shop.from_nowhere(*back, "--force")
    assert code == 0, out + err
    migrated.is_live("1.0.0")
    assert len(migrated.runs()) == 2, "nothing runs on the way back"
    code, out, err = await shop.from_nowhere("rollout", "history", shop.name, migrated.name, "--json")
    assert code == 0, out + err
    ran = [(each["version"], each["phase"], each["compatible"]) for each in json.loads(out)["run_once"]]
    assert ran == [("1.1.0", "succeeded", "none"), ("1.0.0", "succeeded", "both")]
