"""What a release runs once before its rollout, through the real engine: before anything, once, whoever applies it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from strata.rollout.once_note import OncePhase
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.conftest import NewTrial
from tests.integration.support import Said
from tests.integration.support.rolled_tasks import digest
from tests.integration.support.runs_once import (
    FOR_EVER,
    RunsOnce,
    is_killed_while_it_runs,
    runs_once_for_each_release,
)
from tests.integration.support.waiting import until
from tests.integration.test_rollback import Shop

START_SECONDS = 30


class Migrated(RunsOnce):
    """A container service that runs something before its rollouts, on a stack of its own."""

    def use(self, version: str, **before: Any) -> None:
        """Let the program ask for an image from now on."""
        settings = {"name": "migrate", "command": ["manage", "migrate"], "timeout_minutes": 1440, **before}
        service = {
            "capacity": {"min": 1, "max": 2},
            "scaling": None,
            "drain_seconds": 20,
            "rollout": {"strategy": "rolling", "progress_deadline_seconds": 300, "before": settings},
        }
        self.trial.extra = {
            "strata:container_services": {self.name: service},
            "trial:images": {self.name: f"registry.example.com/{self.name}:{version}@{digest(self.name, version)}"},
        }

    def start_within(self, seconds: float, *, waiting: bool = False) -> None:
        """Let tasks take so long to start from now on, and those that are waiting, too."""
        self.trial.site.cloud.set_boot_seconds(self.name, seconds, waiting=waiting)

    def runs(self) -> list[str]:
        """The tasks that no service has started, oldest first."""
        own = [each for each in self.states() if each["subject"] == "single_task" and each["state"] == "PROVISIONING"]
        return [str(each["name"]) for each in own]

    def deployments(self) -> int:
        return len(self.trial.container_service(self.name)["deployments"])

    def is_live(self, version: str) -> None:
        self.trial.runs_in_tasks(self.name, version, digest(self.name, version))


@pytest.fixture
def migrated(new_trial: NewTrial) -> Migrated:
    trial = new_trial({}, program="containers")
    # the local AWS is shared, and what is said of a service is said of all of its name
    return Migrated(trial, f"billing-{trial.stack}")


async def test_it_runs_before_the_service_is_made_and_once_for_each_release(migrated: Migrated):
    first = await migrated.up("1.0.0")
    assert first.ok, first.reason
    assert len(migrated.runs()) == 1
    order = [(each["subject"], each["state"]) for each in migrated.states()]
    assert order.index(("single_task", "STOPPED")) < order.index(("container_service", "created"))
    await runs_once_for_each_release(migrated)


async def test_one_that_fails_replaces_nothing_and_the_next_up_tries_again(migrated: Migrated):
    assert (await migrated.up("1.0.0")).ok
    deployments = migrated.deployments()
    bad = digest(migrated.name, "1.1.0")
    migrated.trial.site.cloud.add_fault(Fault(FaultKind.CRASH, image=bad, after=5))
    said = Said()
    failed = await migrated.up("1.1.0", said)
    assert not failed.ok
    assert said.has(f"{migrated.name}: nothing was replaced, since migrate of {migrated.name} 1.1.0")
    assert said.has("fatal: unhandled exception"), "the last lines of its log"
    assert migrated.deployments() == deployments
    migrated.is_live("1.0.0")
    note = migrated.note()
    assert note is not None
    assert (note.phase, note.image.version) == (OncePhase.FAILED, "1.1.0")
    migrated.trial.site.cloud.clear_faults(image=bad)
    mended = await migrated.up("1.1.0")
    assert mended.ok, mended.reason
    assert len(migrated.runs()) == 3
    migrated.is_live("1.1.0")


async def test_a_first_one_that_fails_makes_no_service(migrated: Migrated):
    bad = digest(migrated.name, "1.0.0")
    migrated.trial.site.cloud.add_fault(Fault(FaultKind.CRASH, image=bad, after=5))
    failed = await migrated.up("1.0.0")
    assert not failed.ok
    assert "container_service" not in {each["subject"] for each in migrated.states()}
    assert migrated.trial.task_record(migrated.name) is None
    migrated.trial.site.cloud.clear_faults(image=bad)
    mended = await migrated.up("1.0.0")
    assert mended.ok, mended.reason
    migrated.is_live("1.0.0")


async def test_an_up_that_is_killed_in_the_middle_leaves_its_task_to_the_next_one(migrated: Migrated):
    assert (await migrated.up("1.0.0")).ok
    migrated.start_within(FOR_EVER)
    migrated.use("1.1.0")
    await is_killed_while_it_runs(migrated.trial)
    assert len(migrated.runs()) == 2
    said = Said()
    run = await migrated.trial.start_up(said)
    ended = asyncio.ensure_future(run.result())
    await until(ended, said, "waiting for migrate, which was begun at")
    migrated.start_within(START_SECONDS, waiting=True)
    result = await ended
    assert result.ok, result.reason
    assert said.has("migrate has succeeded, for 1.1.0")
    assert len(migrated.runs()) == 2
    migrated.is_live("1.1.0")


async def test_two_ups_at_once_run_it_once(migrated: Migrated):
    assert (await migrated.up("1.0.0")).ok
    migrated.start_within(FOR_EVER)
    migrated.use("1.1.0")
    heard = Said(), Said()
    run = await migrated.trial.start_up(heard[0])
    ends = [asyncio.ensure_future(run.result())]
    await until(ends[0], heard[0], "running migrate before the rollout to 1.1.0")
    # the engine's lock keeps them apart on one backend, and nothing does where each has a state of its own
    engine = migrated.trial.engine()
    for lock in engine.state.locks():
        lock.file.unlink()
    other = await engine.start("up", (), listener=heard[1])
    ends.append(asyncio.ensure_future(other.result()))
    try:
        await until(ends[1], heard[1], "waiting for migrate, which was begun at")
        migrated.start_within(START_SECONDS, waiting=True)
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
    migrated: Migrated, tmp_path: Path
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
    shop = Shop(migrated.trial, tmp_path)
    back = ("rollout", "rollback", shop.name, migrated.name, "--now")
    code, out, err = await shop.from_nowhere(*back)
    assert code == 3, out + err
    assert "migrate of 1.1.0 has run at" in err
    assert "--force goes back all the same" in err
    migrated.is_live("1.1.0")
    code, out, err = await shop.from_nowhere(*back, "--force")
    assert code == 0, out + err
    assert "forced, although migrate of 1.1.0 has run at" in out + err
    migrated.is_live("1.0.0")
    assert len(migrated.runs()) == 2, "nothing runs on the way back"
    code, out, err = await shop.from_nowhere("rollout", "history", shop.name, migrated.name, "--json")
    assert code == 0, out + err
    ran = [(each["version"], each["phase"], each["compatible"]) for each in json.loads(out)["run_once"]]
    assert ran == [("1.1.0", "succeeded", "none"), ("1.0.0", "succeeded", "both")]
    code, out, err = await shop.from_nowhere("audit", shop.name, "--json")
    assert code == 0, out + err
    kinds = [each["kind"] for each in json.loads(out)["events"]]
    assert kinds.count("run-once task") == 2
