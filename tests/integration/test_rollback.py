"""Back to an earlier release, by its pin and straight through AWS: servers and containers, with the real engine."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strata.naming import record_name, revocation_name, veto_name
from strata_rehearsal.run.aws_config import aws_environment
from strata_rehearsal.workspace.stack_engine import engine_environment
from tests.integration.conftest import NewTrial
from tests.integration.support import Said, Site, Trial, routed, worker
from tests.integration.support.rolled import ENDLESS_SECONDS
from tests.integration.support.rolled_tasks import START_SECONDS, digest
from tests.integration.support.site import REGION
from tests.integration.support.trial import PROJECT
from tests.integration.support.waiting import until

QUICK = {"bake_seconds": 0, "progress_deadline_seconds": 300}
PAUSE_SECONDS = 0.05
LONG_MINUTES = 1200
"""A bake time of two minutes for the test: somebody has time to notice that the release is bad."""


def reference(version: str) -> str:
    return f"registry.example.com/api:{version}@{digest(version)}"


@dataclass
class Shop:
    """Servers (`web`) and containers (`api`) on one stack, whose stack file pins both."""

    trial: Trial
    empty: Path
    rollout: Mapping[str, Any] = field(default_factory=lambda: {"strategy": "rolling"})
    """How the containers are rolled."""
    least: int = 2
    """How many of them there are at least."""
    container: Mapping[str, str] | None = None
    """What the stack file names as their image. Default: a reference of the version."""

    def pin(self, web: str, api: str) -> None:
        """Let the stack file ask for two versions."""
        self.trial.pin(["web"], web)
        self.trial.extra = {
            "strata:container_services": {
                "api": {
                    "capacity": {"min": self.least, "max": 4},
                    "scaling": None,
                    "drain_seconds": 20,
                    "routes": [{"priority": 20, "paths": ["/api/*"]}],
                    "rollout": {"progress_deadline_seconds": 300, **self.rollout},
                }
            },
            "strata:container_images": {"api": self.container or {"reference": reference(api)}},
        }

    async def up(self, web: str, api: str, *arguments: str) -> Any:
        self.pin(web, api)
        return await self.trial.up(*arguments)

    async def strata(self, *words: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str, str]:
        """What a command in a process of its own ends with, and what it prints."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from strata.cli import main; main()", *words, "-C", str(folder)),
            cwd=self.empty,
            env=dict(environment),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert b"Traceback" not in out + err, err.decode()
        return process.returncode or 0, out.decode(), err.decode()

    async def from_project(self, *words: str) -> tuple[int, str, str]:
        """A command of somebody whose checkout, engine and backend are those of the stack."""
        engine = self.trial.engine()
        environment = engine_environment(
            os.environ, home=engine.home.pulumi_home, state=engine.home.state, extra=engine.environment
        )
        return await self.strata(*words, folder=engine.workspace.folder, environment=environment)

    async def from_nowhere(self, *words: str) -> tuple[int, str, str]:
        """A command in an empty folder, with credentials and nothing else."""
        site = self.trial.site
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        credentials = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        environment = {
            **keep,
            **credentials,
            **aws_environment(site.cloud.endpoint, REGION),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": site.cloud.endpoint,
            "STRATA_CLOCK": site.cloud.clock.variable(),
        }
        return await self.strata(*words, folder=self.empty, environment=environment)

    @property
    def name(self) -> str:
        """The stack's full name."""
        return f"acme/{PROJECT}/{self.trial.stack}"

    def is_live(self, web: str, api: str) -> None:
        """Records, group, service, servers and tasks agree on two versions."""
        self.trial.is_live("web", web)
        self.trial.runs_in_tasks("api", api, digest(api))

    def running(self) -> set[str]:
        """Ids of all servers and tasks."""
        return {*self.trial.running("web"), *(each["id"] for each in self.trial.tasks("api"))}

    async def scale(self, tasks: int) -> None:
        """What a person, or a schedule, sets the containers to, once it is so."""
        place = self.trial.container_service("api")
        self.trial.site.client("ecs").update_service(
            cluster=place["cluster"], service=place["name"], desiredCount=tasks
        )
        nobody: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        while len(self.trial.tasks("api")) != tasks:
            await asyncio.wait([nobody], timeout=PAUSE_SECONDS)

    def vetoes(self, service: str, version: str) -> Any:
        name = veto_name(record_name(PROJECT, self.trial.stack, service), version)
        found = self.trial.site.driver.parameters([name])
        return json.loads(found[name]) if found else None

    def lock(self) -> Path:
        """Hold the stack, as an `up` does that has died or is still at work."""
        engine = self.trial.engine()
        folder = engine.home.state / ".pulumi" / "locks" / "organization" / PROJECT / self.trial.stack
        folder.mkdir(parents=True, exist_ok=True)
        held = folder / "00000000-0000-4000-8000-000000000000.json"
        held.write_text(json.dumps({"pid": 1, "username": "ci", "hostname": "ci", "timestamp": "2026-11-29T00:00:00Z"}))
        return held


@pytest.fixture
def forbid(site: Site) -> Iterator[Callable[[str, str], None]]:
    """Revoke a version of an image, as somebody does from anywhere, for this test: the account is that of all tests."""
    ssm = site.client("ssm")
    names: list[str] = []

    def revoke(image: str, version: str) -> None:
        names.append(revocation_name(image, version))
        ssm.put_parameter(Name=names[-1], Value="loses orders", Type="String")

    yield revoke
    for name in names:
        ssm.delete_parameter(Name=name)


async def test_a_service_goes_back_by_its_pin_and_straight_through_aws_and_the_stale_pin_does_not_come_back(
    new_trial: NewTrial, tmp_path: Path
) -> None:
    services = {"web": routed(10, rollout=QUICK)}
    shop = Shop(new_trial(services, program="rollback", boot_seconds={"web": 30.0}), tmp_path)
    trial = shop.trial
    for version in ("1.0.0", "1.1.0"):
        done = await shop.up(version, version)
        assert done.ok, done.reason
    shop.is_live("1.1.0", "1.1.0")

    # by the pin, with the person's own engine
    code, out, err = await shop.from_project("rollout", "rollback", trial.stack, "web", "--reason", "loses orders")
    assert code == 0, out + err
    assert "commit Pulumi." in out
    shop.is_live("1.0.0", "1.1.0")
    assert shop.vetoes("web", "1.1.0")["reason"] == "loses orders"

    done = await shop.up("1.2.0", "1.2.0")
    assert done.ok, done.reason
    shop.is_live("1.2.0", "1.2.0")

    # at night, from an empty folder, while somebody holds the stack
    held = shop.lock()
    for service, target in (("web", "1.0.0"), ("api", "1.1.0")):
        code, out, err = await shop.from_nowhere("rollout", "rollback", shop.name, service, "--now", "--json")
        assert code == 0, out + err
        report = json.loads(out)
        assert (report["from"], report["to"], report["now"]) == ("1.2.0", target, True)
        assert target in report["pin"]["to_commit"]
        assert report["pin"]["trouble"] == "there is no project here"
    shop.is_live("1.0.0", "1.1.0")
    assert shop.vetoes("api", "1.2.0")["reason"] == "left by a rollback to 1.1.0"
    held.unlink()
    running = shop.running()

    # the pipeline runs again with the pin that was left
    by_web = "is vetoed for this service: left by a rollback to 1.0.0"
    by_api = "is vetoed for this service: left by a rollback to 1.1.0"
    stale = await shop.up("1.2.0", "1.2.0")
    assert not stale.ok
    # the engine begins nothing more once a hook has refused, and so may not come to the other service
    assert by_web in stale.reason or by_api in stale.reason
    shop.is_live("1.0.0", "1.1.0")

    # once the pins are committed nothing differs, and nothing is replaced
    shop.pin("1.0.0", "1.1.0")
    found = await trial.unchanged()
    assert found.ok, found.reason
    done = await shop.up("1.0.0", "1.1.0")
    assert done.ok, done.reason
    assert shop.running() == running

    # fresh servers and tasks of the same
    for service in ("web", "api"):
        code, out, err = await shop.from_nowhere("rollout", "refresh", shop.name, service)
        assert code == 0, out + err
    shop.is_live("1.0.0", "1.1.0")
    assert not shop.running() & running

    code, out, err = await shop.from_nowhere("rollout", "history", shop.name, "web", "--json")
    assert code == 0, out + err
    assert [each["version"] for each in json.loads(out)["releases"]] == ["1.0.0", "1.2.0", "1.0.0", "1.1.0", "1.0.0"]

    # a stale pin of one service only
    for pins, refusal in ((("1.2.0", "1.1.0"), by_web), (("1.0.0", "1.2.0"), by_api)):
        stale = await shop.up(*pins)
        assert not stale.ok
        assert refusal in stale.reason
        shop.is_live("1.0.0", "1.1.0")


async def test_a_rollout_that_is_running_away_is_taken_back_while_its_up_holds_the_stack(
    new_trial: NewTrial, tmp_path: Path
) -> None:
    services = {"web": routed(10, rollout=QUICK)}
    made = new_trial(services, program="rollback", boot_seconds={"web": 30.0})
    shop = Shop(made, tmp_path, {"strategy": "blue-green", "bake_minutes": 0})
    trial = shop.trial
    first = await shop.up("1.0.0", "1.0.0")
    assert first.ok, first.reason
    trial.services["web"]["rollout"]["bake_seconds"] = 60 * LONG_MINUTES
    shop.rollout = {**shop.rollout, "bake_minutes": LONG_MINUTES}
    shop.pin("1.1.0", "1.1.0")
    said = Said()
    run = await trial.start_up(said)
    ended = asyncio.ensure_future(run.result())
    for service in ("web", "api"):
        await until(ended, said, f"{service}: rolling to")

    async def back(service: str) -> dict[str, Any]:
        code, out, err = await shop.from_nowhere("rollout", "rollback", shop.name, service, "--now", "--json")
        assert code == 0, out + err
        return json.loads(out)

    for report in await asyncio.gather(back("web"), back("api")):
        assert (report["from"], report["to"]) == ("1.1.0", "1.0.0")
        assert report["taken_back"]
    failed = await ended
    assert not failed.ok
    shop.is_live("1.0.0", "1.0.0")
    assert shop.vetoes("web", "1.1.0")
    assert shop.vetoes("api", "1.1.0")
    shop.pin("1.0.0", "1.0.0")
    found = await trial.unchanged()
    assert found.ok, found.reason


async def test_an_up_rolls_to_what_is_pinned_or_refuses_it_also_where_the_engine_sees_no_difference(
    new_trial: NewTrial, tmp_path: Path
) -> None:
    trial = new_trial({"jobs": worker((0, 2))}, boot_seconds={"jobs": 30.0})
    trial.services["jobs"]["capacity"] = {"min": 0, "max": 2, "initial": 1}
    shop = Shop(trial, tmp_path)
    for version in ("1.0.0", "1.1.0"):
        done = await trial.up(jobs=version)
        assert done.ok, done.reason

    async def back(*words: str) -> str:
        code, out, err = await shop.from_nowhere("rollout", "rollback", shop.name, "jobs", "--now", *words)
        assert code == 0, out + err
        return out

    assert "jobs: runs jobs" in await back()
    trial.is_live("jobs", "1.0.0")

    # the veto was a mistake: what the stack file pins is what the engine's state has, and not what runs
    code, out, err = await shop.from_nowhere("image", "unveto", shop.name, "jobs", "1.1.0")
    assert code == 0, out + err
    said = Said()
    assert (await trial.preview(said=said)).ok
    assert "aws:ssm/parameter:Parameter" in said.changed
    assert said.has("rolls from jobs")
    done = await trial.up()
    assert done.ok, done.reason
    trial.is_live("jobs", "1.1.0")
    found = await trial.preview("--expect-no-changes")
    assert found.ok, found.reason

    # nothing runs: nothing is said to, and the pin that was left is refused all the same
    group = trial.group("jobs").name
    trial.site.cloud.set_capacity(group, 0)
    assert "jobs: nothing runs: the group wants no server; what starts next runs jobs" in await back()
    stale = await trial.up()
    assert not stale.ok
    assert "is vetoed for this service: left by a rollback to 1.0.0" in stale.reason
    assert trial.saved_image("jobs") == trial.image("jobs", "1.0.0")
    done = await trial.up(jobs="1.0.0")
    assert done.ok, done.reason
    assert trial.recorded("jobs") == "1.0.0"

    # a record that somebody has deleted is proven by what runs, and written again
    trial.site.cloud.set_capacity(group, 1)
    trial.site.client("ssm").delete_parameter(Name=record_name(PROJECT, trial.stack, "jobs"))
    done = await trial.up()
    assert done.ok, done.reason
    trial.is_live("jobs", "1.0.0")


async def test_what_was_vetoed_by_mistake_comes_back_by_a_plain_up_and_a_refresh_finds_nothing_to_change_after_it(
    new_trial: NewTrial, tmp_path: Path
) -> None:
    services = {"web": routed(10, rollout=QUICK)}
    shop = Shop(new_trial(services, program="rollback", boot_seconds={"web": 30.0}), tmp_path)
    for version in ("1.0.0", "1.1.0"):
        done = await shop.up(version, version)
        assert done.ok, done.reason
    for service in ("web", "api"):
        code, out, err = await shop.from_nowhere("rollout", "rollback", shop.name, service, "--now")
        assert code == 0, out + err
        code, out, err = await shop.from_nowhere("image", "unveto", shop.name, service, "1.1.0")
        assert code == 0, out + err
    shop.is_live("1.0.0", "1.0.0")

    # the engine knows nothing of the copies of 1.0.0, which are the newest of their kind
    done = await shop.up("1.1.0", "1.1.0")
    assert done.ok, done.reason
    shop.is_live("1.1.0", "1.1.0")
    running = shop.running()
    said = Said()
    found = await shop.trial.preview("--expect-no-changes", said=said)
    assert found.ok, f"{found.reason}: {said.changed}"
    said = Said()
    found = await shop.trial.preview("--refresh", "--expect-no-changes", "--diff", said=said)
    assert found.ok, f"{found.reason}: {said.changed}"
    done = await shop.up("1.1.0", "1.1.0")
    assert done.ok, done.reason
    done = await shop.up("1.1.0", "1.1.0", "--refresh")
    assert done.ok, done.reason
    assert shop.running() == running
    found = await shop.trial.unchanged()
    assert found.ok, found.reason

    # scaled to zero: what is pinned is launched from the next scale-out on, and proven then
    shop.least = 0
    await shop.scale(0)
    said = Said()
    shop.pin("1.1.0", "1.2.0")
    done = await shop.trial.up(said=said)
    assert done.ok, done.reason
    assert said.has("is not proven: no task ran it, the service wants none")
    record = shop.trial.task_record("api")
    assert record is not None
    assert record.image.version == "1.1.0"
    await shop.scale(2)
    assert shop.trial.task_digests("api") == {digest("1.2.0")}
    done = await shop.up("1.1.0", "1.2.0")
    assert done.ok, done.reason
    shop.is_live("1.1.0", "1.2.0")
    found = await shop.trial.unchanged()
    assert found.ok, found.reason


async def test_a_revoked_version_is_neither_recorded_as_a_name_nor_left_rolling_without_a_way_out(
    new_trial: NewTrial, tmp_path: Path, forbid: Callable[[str, str], None]
) -> None:
    shop = Shop(new_trial({"web": routed(10, rollout=QUICK)}, program="rollback", boot_seconds={"web": 30.0}), tmp_path)
    named = {"repository": "registry.example.com/api", "digest": digest("1.0.0")}
    shop.container = {**named, "version": "1.0.0"}
    done = await shop.up("1.0.0", "1.0.0")
    assert done.ok, done.reason
    shop.is_live("1.0.0", "1.0.0")
    running = shop.running()

    # another name for what runs: nothing would be rolled, and so nothing looked at
    forbid("api", "1.1.0")
    shop.container = {**named, "version": "1.1.0"}
    refused = await shop.up("1.0.0", "1.1.0")
    assert not refused.ok
    assert "api 1.1.0 (registry.example.com/api@" in refused.reason
    assert "is revoked: loses orders" in refused.reason
    assert "--now" not in refused.reason
    shop.is_live("1.0.0", "1.0.0")
    shop.container = {**named, "version": "1.2.0"}
    done = await shop.up("1.0.0", "1.2.0")
    assert done.ok, done.reason
    record = shop.trial.task_record("api")
    assert record is not None
    assert record.image.version == "1.2.0"
    assert shop.running() == running

    # a client that dies as soon as its rollout has begun, and a version that is revoked while that goes on
    shop.container = {**named, "digest": digest("1.3.0"), "version": "1.3.0"}
    shop.pin("1.0.0", "1.3.0")
    said = Said()
    shop.trial.site.cloud.set_boot_seconds("api", ENDLESS_SECONDS)
    try:
        run = await shop.trial.start_up(said)
        ended = asyncio.ensure_future(run.result())
        await until(ended, said, "api: rolling to")
        run.kill()
        await ended
    finally:
        # of those that start from now on, in every test
        shop.trial.site.cloud.set_boot_seconds("api", START_SECONDS)
    forbid("api", "1.3.0")
    refused = await shop.up("1.0.0", "1.3.0")
    assert not refused.ok
    assert "to 1.3.0 is still running" in refused.reason
    assert f"`strata rollout rollback {shop.trial.stack} api --now` takes it back" in refused.reason
    code, out, err = await shop.from_nowhere(
        "rollout", "rollback", shop.name, "api", "--now", "--to", "1.2.0", "--json"
    )
    assert code == 0, out + err
    report = json.loads(out)
    assert (report["from"], report["to"]) == ("1.3.0", "1.2.0")
    assert report["taken_back"]
    assert shop.vetoes("api", "1.3.0")
    record = shop.trial.task_record("api")
    assert record is not None
    assert record.image.version == "1.2.0"
    assert shop.trial.task_digests("api") == {digest("1.0.0")}
