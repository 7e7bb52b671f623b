"""What a release runs once before its rollout: on the local AWS, by the deployer, and by what AWS has afterwards."""

import asyncio
import json
from typing import Any

import pytest

from strata.clock import utc_text
from strata.errors import PreflightError, RolloutError
from strata.naming import rollback_name
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.once_note import OnceNote, OncePhase, once_name, read_once
from strata.rollout.tasks.once_task import launch_of_inputs
from strata.settings.models import RunOnceSettings
from tests.unit.rehearsal.cloud.shop import CANARY, LOG_GROUP, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop, release_digest

MIGRATE = RunOnceSettings(name="migrate", command=("manage", "migrate"), timeout_minutes=15)


@pytest.fixture
def migrated(shop: RolledShop) -> RolledShop:
    """A shop whose first release is live, and that runs something before the next ones."""
    shop.begin(ROLLING)
    network = {"awsvpcConfiguration": {"subnets": shop.aws.subnets, "assignPublicIp": "DISABLED"}}
    shop.parameters = {"networkConfiguration": network, "platformVersion": "1.4.0"}
    shop.before = MIGRATE
    return shop


def once(shop: RolledShop, content: str) -> OnceNote | None:
    name = once_name(RECORD, "migrate", release_digest(content))
    found = shop.aws.ssm.get_parameters(Names=[name])["Parameters"]
    return read_once(found[0]["Value"]) if found else None


def runs(shop: RolledShop) -> list[dict[str, Any]]:
    """The tasks that no service has started, as ECS describes them, oldest first."""
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in shop.aws.ecs.list_tasks(cluster="shop", desiredStatus=status)["taskArns"]
    ]
    found = shop.aws.ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []
    return sorted(
        (each for each in found if each["startedBy"].startswith("strata-once/")), key=lambda each: each["createdAt"]
    )


async def test_it_runs_as_the_new_release_before_anything_is_replaced(migrated: RolledShop):
    good = migrated.release("good")
    before = len(migrated.aws.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"])
    await migrated.deployer.run_before(migrated.rollout(good))
    after = migrated.aws.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"]
    assert len(after) == before
    (ran,) = runs(migrated)
    assert ran["taskDefinitionArn"] == good.task_definition
    assert ran["overrides"]["containerOverrides"] == [{"name": "web", "command": ["manage", "migrate"]}]
    assert (ran["launchType"], ran["platformVersion"]) == ("FARGATE", "1.4.0")
    assert ran["startedBy"] == f"strata-once/web/migrate/{good.digest}"
    note = once(migrated, "good")
    assert note is not None
    assert (note.phase, note.attempt, note.image, note.unit) == (OncePhase.SUCCEEDED, 1, good.image, ran["taskArn"])
    assert note.by.startswith("arn:aws:")
    assert note.began < note.ended


async def test_a_rollout_runs_it_once_for_each_release(migrated: RolledShop):
    good, better = migrated.release("good"), migrated.release("better")
    await migrated.up(good)
    assert (migrated.running, len(runs(migrated))) == ({"good"}, 1)
    migrated.recorded = migrated.rollout(good).release
    # what was there once is not run again on the way back to it
    await migrated.up(better)
    await migrated.up(good)
    assert migrated.running == {"good"}
    assert migrated.console.said.count("web: migrate has run for good already, and is not repeated") == 1
    found = [once(migrated, each) for each in ("good", "better")]
    assert [each.attempt for each in found if each is not None] == [1, 1]


async def test_two_that_roll_at_once_run_it_once(migrated: RolledShop):
    rollout = migrated.rollout(migrated.release("good"))
    one, other = migrated.deployer, migrated.deployer
    await asyncio.gather(one.run_before(rollout), other.run_before(rollout))
    assert len(runs(migrated)) == 1
    assert migrated.console.said.count("web: migrate has succeeded, for good") == 2
    note = once(migrated, "good")
    assert note is not None
    assert (note.phase, note.attempt) == (OncePhase.SUCCEEDED, 1)


async def test_two_that_try_again_at_once_run_it_once_more(migrated: RolledShop):
    bad = migrated.release("bad")
    migrated.fault("crash", image=migrated.push("bad"), after=20)
    with pytest.raises(RolloutError):
        await migrated.up(bad)
    migrated.aws.cloud.faults.clear()
    rollout = migrated.rollout(bad)
    await asyncio.gather(migrated.deployer.run_before(rollout), migrated.deployer.run_before(rollout))
    assert len(runs(migrated)) == 2


async def test_whoever_comes_after_a_killed_one_waits_for_its_task(migrated: RolledShop):
    good = migrated.release("good")
    rollout = migrated.rollout(good)

    class Killed(BaseException):
        """Nobody gets to write anything any more."""

    deployer, look = migrated.deployer, migrated.driver.once_task

    def die(*_: Any) -> None:
        raise Killed

    migrated.driver.once_task = die
    with pytest.raises(Killed):
        await deployer.run_before(rollout)
    migrated.driver.once_task = look
    left = once(migrated, "good")
    assert left is not None
    assert left.phase is OncePhase.RUNNING
    await migrated.deployer.run_before(rollout)
    (ran,) = runs(migrated)
    assert ran["taskArn"] == left.unit
    assert any("waiting for migrate" in line for line in migrated.console.said)
    # a newer copy of its task definition asks for the same task in other words
    migrated.aws.ssm.put_parameter(Name=left.name(RECORD), Value=_without_unit(left), Type="String", Overwrite=True)
    copied = good.by(migrated.release("good").task_definition)
    await migrated.deployer.run_before(migrated.rollout(copied))
    assert len(runs(migrated)) == 1


async def test_one_that_fails_stops_the_rollout_with_its_log_and_runs_anew(migrated: RolledShop):
    first = migrated.recorded
    bad = migrated.release("bad")
    migrated.fault("crash", image=migrated.push("bad"), after=20)
    with pytest.raises(RolloutError) as error:
        await migrated.up(bad)
    said = str(error.value)
    assert "web: nothing was replaced, since migrate of web bad" in said
    assert "web exited with 1" in said
    assert (
        f"the last lines of its log, web/web/{runs(migrated)[0]['taskArn'].rpartition('/')[2]} in {LOG_GROUP}" in said
    )
    assert "fatal: unhandled exception" in said
    assert (migrated.recorded, migrated.running) == (first, {"first"})
    assert len(migrated.aws.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"]) == 1
    note = once(migrated, "bad")
    assert note is not None
    assert (note.phase, note.attempt, note.ran) == (OncePhase.FAILED, 1, True)
    migrated.aws.cloud.faults.clear()
    await migrated.up(bad)
    note = once(migrated, "bad")
    assert note is not None
    assert (note.phase, note.attempt) == (OncePhase.SUCCEEDED, 2)
    assert migrated.running == {"bad"}


async def test_one_that_cannot_start_has_done_nothing(migrated: RolledShop):
    bad = migrated.release("bad")
    migrated.fault("cannot-pull", image=migrated.push("bad"))
    with pytest.raises(RolloutError, match="CannotPullContainerError"):
        await migrated.up(bad)
    note = once(migrated, "bad")
    assert note is not None
    assert (note.phase, note.ran) == (OncePhase.FAILED, False)
    assert migrated.running == {"first"}


async def test_what_ecs_refuses_to_run_fails_with_its_words(migrated: RolledShop):
    good = migrated.release("good")
    rollout = migrated.rollout(good)
    migrated.aws.ecs.deregister_task_definition(taskDefinition=good.task_definition)
    with pytest.raises(RolloutError, match=r"could not be started: .*TaskDefinition is inactive"):
        await migrated.deployer.run_before(rollout)
    note = once(migrated, "good")
    assert note is not None
    assert (note.phase, note.ran) == (OncePhase.FAILED, False)


async def test_one_that_takes_too_long_is_stopped_and_fails(migrated: RolledShop):
    migrated.before = RunOnceSettings(name="migrate", command=("manage", "migrate"), timeout_minutes=2)
    slow = migrated.release("slow")
    migrated.fault("slow", image=migrated.push("slow"))
    with pytest.raises(RolloutError, match=r"failed: did not end within 2 min; task .* stopped by UserInitiated"):
        await migrated.up(slow)
    (ran,) = runs(migrated)
    assert ran["lastStatus"] == "STOPPED"
    assert migrated.running == {"first"}


async def test_what_nobody_has_seen_the_end_of_is_not_run_again(migrated: RolledShop):
    good = migrated.release("good")
    rollout = migrated.rollout(good)
    note = OnceNote.begun(MIGRATE, good.image, good.digest, at=_now(migrated), by="arn:aws:iam::1:user/ann")
    await migrated.deployer.aws.claim_once(note.name(RECORD), note.to_json())
    migrated.watched_from_outside = False
    migrated.aws.wait(4000)
    with pytest.raises(RolloutError, match=r"nobody knows how migrate of web good .* has ended") as error:
        await migrated.deployer.run_before(rollout)
    assert runs(migrated) == []
    name = note.name(RECORD)
    assert f"ssm put-parameter --overwrite --name {name} --value" in str(error.value)
    assert f"ssm delete-parameter --name {name}" in str(error.value)
    migrated.aws.ssm.delete_parameter(Name=name)
    await migrated.deployer.run_before(rollout)
    assert len(runs(migrated)) == 1


async def test_a_parameter_that_is_no_note_is_refused(migrated: RolledShop):
    good = migrated.release("good")
    name = once_name(RECORD, "migrate", good.digest)
    migrated.aws.ssm.put_parameter(Name=name, Value="done", Type="String")
    with pytest.raises(RolloutError, match="is no note of what runs once: 'done'"):
        await migrated.deployer.run_before(migrated.rollout(good))


async def test_it_does_not_run_on_the_way_back_to_a_release_from_before_there_was_one(migrated: RolledShop):
    good = migrated.release("good")
    begun = {"leaves": "x", "leaves_version": "2", "to": good.digest, "to_version": "good", "at": "now", "record": 1}
    migrated.aws.ssm.put_parameter(Name=rollback_name(RECORD), Value=json.dumps(begun), Type="String")
    await migrated.deployer.run_before(migrated.rollout(good))
    assert (runs(migrated), once(migrated, "good")) == ([], None)


async def test_before_a_service_is_made_it_runs_by_the_inputs_of_that(migrated: RolledShop):
    good = migrated.release("good")
    inputs = {
        "cluster": "shop",
        "taskDefinition": good.task_definition,
        "platformVersion": "1.4.0",
        "networkConfiguration": {"subnets": migrated.aws.subnets, "securityGroups": [], "assignPublicIp": False},
    }
    await migrated.deployer.run_before_first(migrated.spec, inputs, image=good.image, digest=good.digest)
    (ran,) = runs(migrated)
    assert ran["taskDefinitionArn"] == good.task_definition
    inside = launch_of_inputs(inputs).network["awsvpcConfiguration"]
    assert inside["assignPublicIp"] == "DISABLED"


async def test_a_service_without_tasks_is_not_set_to_a_release_whose_task_fails(migrated: RolledShop):
    migrated.update(desiredCount=0)
    migrated.aws.wait(300)
    definition = migrated.service()["taskDefinition"]
    bad = migrated.release("bad")
    migrated.fault("crash", image=migrated.push("bad"), after=20)
    asked = DesiredRelease(
        bad.service, bad.image, bad.digest, task_definition=bad.task_definition, parameters=migrated.parameters
    )
    with pytest.raises(PreflightError, match="nothing was replaced, since migrate of web bad"):
        await migrated.kept(asked)
    assert migrated.service()["taskDefinition"] == definition
    migrated.aws.cloud.faults.clear()
    await migrated.kept(asked)
    assert migrated.service()["taskDefinition"] == bad.task_definition


async def test_after_an_incompatible_one_nothing_goes_back_by_itself(shop: RolledShop):
    shop.begin({**CANARY, "bakeTimeInMinutes": 2})
    first = shop.recorded
    network = {"awsvpcConfiguration": {"subnets": shop.aws.subnets, "assignPublicIp": "DISABLED"}}
    shop.parameters = {"networkConfiguration": network}
    shop.before = RunOnceSettings.model_validate(
        {"name": "migrate", "command": ["manage", "migrate"], "compatible": "none"}
    )
    bad = shop.release("bad")
    shop.fault("unhealthy", image=shop.push("bad"))
    with pytest.raises(
        RolloutError, match="it is not taken back, since the release before cannot run after migrate"
    ) as raised:
        await shop.up(bad)
    assert "`strata rollout rollback dev web --now --force`" in str(raised.value)
    assert shop.recorded == first
    newest = shop.aws.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"][0]
    assert newest["status"] == "IN_PROGRESS"


def _now(shop: RolledShop) -> str:
    return utc_text(shop.now())


def _without_unit(note: OnceNote) -> str:
    return json.dumps({**json.loads(note.to_json()), "unit": "", "phase": "running"})
