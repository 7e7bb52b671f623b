"""What a release runs once before its rollout on a server by itself: on the local AWS, by what it has afterwards."""

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.aws.outage import Patience
from strata.errors import RolloutError
from strata.rollout.live_service import tags_of
from strata.rollout.once_note import OnceNote, OncePhase, once_name, read_once
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.once_calls import ONCE_TAG, ONCE_UNTIL_TAG
from strata.rollout.servers.once_script import once_script
from strata.rollout.servers.once_server import OnceServer, end_left, launch_of_inputs, run_before_rollout
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.settings.models import HealthSettings, RolloutSettings, RunOnceSettings
from tests.unit.rehearsal.cloud.conftest import NEW, Aws, aws, bare, clients
from tests.unit.rollout.stand_in import Memory

__all__ = ["aws", "bare", "clients"]

RECORD = "/strata/shop/prod/web/release"
MIGRATE = RunOnceSettings(name="migrate", command=("manage", "migrate"), timeout_minutes=15)


class Killed(BaseException):
    """Nobody gets to write anything any more."""


class Migration:
    """A release that runs something before its rollout, and those who roll it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.console = Memory()
        self.driver: Any = Driver(lambda service: getattr(aws, service))
        self.group = aws.ec2.create_security_group(GroupName="web", Description="web", VpcId=aws.vpc)["GroupId"]
        interface = {"DeviceIndex": 0, "Groups": [self.group], "AssociatePublicIpAddress": False}
        tags = [
            {"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "shop"}]},
            {"ResourceType": "volume", "Tags": [{"Key": "team", "Value": "disks"}]},
        ]
        self.version = int(aws.version(NEW, NetworkInterfaces=[interface], TagSpecifications=tags))
        spec = ServerSpec(
            service="web",
            settings=RolloutSettings(),
            health=HealthSettings(),
            boot_seconds=60,
            drain_seconds=0,
            record=RECORD,
            before=MIGRATE,
        )
        release = ServerRelease(
            group="web",
            template=aws.template,
            template_version=self.version,
            image=ImageRef("web", "1.1.0", NEW),
            digest="new",
        )
        self.rollout = ServerRollout(spec, release)
        self.subnets = tuple(aws.subnets)

    def once(self) -> OnceServer:
        clock = self.aws.clock
        calls = AsyncDriver(self.driver, lambda: None, Patience(clock, self.console.say, pause_seconds=15.0))
        return OnceServer(calls, clock, self.console, 15.0)

    async def run(self) -> None:
        await run_before_rollout(self.once(), self.rollout, self.subnets)

    async def tidy(self) -> None:
        calls = AsyncDriver(self.driver, lambda: None)
        await end_left(calls, self.aws.clock, self.console, self.rollout.spec)

    async def die_at(self, name: str) -> None:
        """Be killed as soon as a call of the driver would be made."""

        def die(*_: Any) -> None:
            raise Killed

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.driver, name, die, raising=True)
            with pytest.raises(Killed):
                await self.run()

    @property
    def note(self) -> OnceNote:
        name = once_name(RECORD, "migrate", "new")
        note = read_once(self.aws.ssm.get_parameter(Name=name)["Parameter"]["Value"])
        assert note is not None
        return note

    def keep(self, note: OnceNote) -> None:
        self.aws.ssm.put_parameter(Name=note.name(RECORD), Value=note.to_json(), Type="String", Overwrite=True)

    def servers(self, *states: str) -> list[dict[str, Any]]:
        """The servers that were launched to run something once, as EC2 describes them."""
        found = self.aws.ec2.describe_instances(Filters=[{"Name": "tag-key", "Values": [ONCE_TAG]}])["Reservations"]
        every = [each for part in found for each in part["Instances"]]
        return [each for each in every if not states or each["State"]["Name"] in states]

    def count(self, state: str) -> int:
        return [each["state"] for each in self.aws.events("single_server")].count(state)

    @property
    def ran(self) -> int:
        """On how many servers a command was run."""
        return len({each["server"] for each in self.aws.events("command") if each["state"] in ("Success", "Failed")})


@pytest.fixture
def migration(aws: Aws) -> Migration:
    return Migration(aws)


async def test_it_runs_on_a_server_of_the_release_that_belongs_to_nobody_and_is_ended(migration: Migration):
    await migration.run()
    (server,) = migration.servers()
    tags = {each["Key"]: each["Value"] for each in server["Tags"]}
    assert server["ImageId"] == NEW
    assert server["State"]["Name"] == "terminated"
    assert tags_of("shop", "prod", "web").items() <= tags.items()
    assert (tags["team"], tags[ONCE_TAG]) == ("shop", "migrate/new")
    assert "aws:autoscaling:groupName" not in tags
    assert migration.aws.health() == []
    note = migration.note
    assert (note.phase, note.attempt, note.unit) == (OncePhase.SUCCEEDED, 1, server["InstanceId"])
    await migration.run()
    assert migration.ran == 1
    assert migration.console.said[-1] == "web: migrate has run for 1.1.0 already, and is not repeated"


async def test_it_has_the_security_group_and_the_subnet_of_the_service(migration: Migration):
    asked: list[Any] = []
    launch = migration.driver.launch_once

    def launching(what: Any, subnets: Any) -> Any:
        asked.append(what)
        return launch(what, subnets)

    migration.driver.launch_once = launching
    await migration.run()
    (what,) = asked
    (interface,) = what["NetworkInterfaces"]
    assert interface["Groups"] == [migration.group]
    assert [each["ResourceType"] for each in what["TagSpecifications"]] == ["instance", "volume"]
    (server,) = migration.servers()
    assert server["SubnetId"] == migration.subnets[0]


async def test_two_at_once_run_it_once(migration: Migration):
    await asyncio.gather(migration.run(), migration.run())
    assert (migration.count("pending"), migration.ran) == (1, 1)
    assert migration.console.said.count("web: migrate has succeeded, for 1.1.0") == 2


async def test_two_that_try_again_at_once_run_it_once_more(migration: Migration):
    migration.aws.admin("fault", kind="crash", image=NEW, after=20)
    with pytest.raises(RolloutError, match="failed: exit code 1"):
        await migration.run()
    migration.aws.cloud.faults.clear()
    await asyncio.gather(migration.run(), migration.run())
    assert migration.ran == 2
    assert (migration.note.phase, migration.note.attempt) == (OncePhase.SUCCEEDED, 2)
    assert migration.count("pending") == migration.count("terminated") == 2


@pytest.mark.parametrize("call", ["launch_once", "once_server", "send_once", "once_command", "end_server"])
async def test_whoever_comes_after_a_killed_one_brings_it_to_its_end(migration: Migration, call: str):
    await migration.die_at(call)
    await migration.run()
    await migration.tidy()
    assert migration.ran == 1
    assert migration.count("pending") == migration.count("terminated") == 1
    assert migration.note.phase is OncePhase.SUCCEEDED


async def test_a_server_that_was_launched_and_not_noted_is_the_same_one(migration: Migration):
    await migration.die_at("once_server")
    migration.keep(replace(migration.note, unit=""))
    # a newer version of the template with the same digest asks for the same server in other words
    migration.rollout = replace(
        migration.rollout, release=replace(migration.rollout.release, template_version=int(migration.aws.version(NEW)))
    )
    await migration.run()
    assert (migration.count("pending"), migration.ran) == (1, 1)


async def test_a_zone_without_room_is_left_for_the_next_one(migration: Migration):
    empty = migration.aws.ec2.create_subnet(VpcId=migration.aws.vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    real = migration.aws.ec2.run_instances

    def refuse(**asked: Any) -> Any:
        if asked["NetworkInterfaces"][0]["SubnetId"] == empty:
            error: Any = RuntimeError("no capacity")
            error.response = {"Error": {"Code": "InsufficientInstanceCapacity"}}
            raise error
        return real(**asked)

    migration.subnets = (empty, *migration.subnets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration.aws.ec2, "run_instances", refuse)
        await migration.run()
    (server,) = migration.servers()
    assert server["SubnetId"] == migration.subnets[1]


async def test_one_that_fails_says_what_it_has_written_and_runs_anew(migration: Migration):
    migration.aws.admin("fault", kind="crash", image=NEW, after=20)
    with pytest.raises(RolloutError) as error:
        await migration.run()
    assert "web: nothing was replaced, since migrate of web 1.1.0" in str(error.value)
    assert "failed: exit code 1\n  the last lines of its output:\n    beginning\n    fatal:" in str(error.value)
    note = migration.note
    assert (note.phase, note.reason, note.ran) == (OncePhase.FAILED, "exit code 1", True)
    migration.aws.cloud.faults.clear()
    await migration.run()
    assert migration.note.attempt == 2


@pytest.mark.parametrize(
    "kind, said, ran",
    [
        ("slow", "did not end within 15 min", True),
        ("unhealthy", "did not answer to Systems Manager within 11 min: its image needs the SSM agent", False),
    ],
)
async def test_one_that_does_not_come_to_an_end_is_ended(migration: Migration, kind: str, said: str, ran: bool):
    migration.aws.admin("fault", kind=kind, image=NEW)
    if kind == "slow":
        migration.aws.admin("script", service="web", seconds=6000)
    with pytest.raises(RolloutError, match=said):
        await migration.run()
    assert (migration.note.phase, migration.note.ran) == (OncePhase.FAILED, ran)
    assert migration.servers("pending", "running") == []


async def test_what_nobody_has_seen_the_end_of_is_not_run_again(migration: Migration):
    await migration.die_at("once_command")
    migration.aws.ec2.terminate_instances(InstanceIds=[migration.note.unit])
    with pytest.raises(RolloutError, match="nobody knows how migrate of web") as error:
        await migration.run()
    assert "EC2 does not know the server any more" in str(error.value)
    assert (migration.count("pending"), migration.note.phase) == (1, OncePhase.RUNNING)


async def test_a_command_of_somebody_else_on_its_server_is_no_end_of_it(migration: Migration):
    await migration.die_at("send_once")
    migration.aws.wait(100)
    unit = migration.note.unit
    migration.aws.ssm.send_command(
        DocumentName="AWS-RunShellScript", InstanceIds=[unit], Parameters={"commands": ["uptime"]}
    )
    migration.aws.wait(100)
    migration.aws.ec2.terminate_instances(InstanceIds=[unit])
    with pytest.raises(RolloutError, match="has ended before it could run"):
        await migration.run()
    assert (migration.note.phase, migration.note.ran) == (OncePhase.FAILED, False)


async def test_an_end_that_only_systems_manager_has_seen_counts(migration: Migration):
    await migration.die_at("once_command")
    migration.aws.wait(200)
    # it is looked at while its server is there
    assert migration.driver.commands_on(migration.note.unit, "strata-once")[0].succeeded
    migration.aws.ec2.terminate_instances(InstanceIds=[migration.note.unit])
    await migration.run()
    assert (migration.note.phase, migration.ran) == (OncePhase.SUCCEEDED, 1)


@pytest.mark.parametrize("phase", [OncePhase.SUCCEEDED, OncePhase.FAILED])
async def test_whose_server_is_gone_believes_what_another_one_has_noted(migration: Migration, phase: OncePhase):
    look, ended = migration.driver.once_server, [False]

    def once_server(instance: str) -> Any:
        if not ended[0]:
            ended[0] = True
            migration.keep(migration.note.end(phase, at="2026-01-01T00:00:00Z", reason="exit code 3"))
            migration.aws.ec2.terminate_instances(InstanceIds=[instance])
        return look(instance)

    migration.driver.once_server = once_server
    if phase is OncePhase.FAILED:
        with pytest.raises(RolloutError, match="failed: exit code 3"):
            await migration.run()
    else:
        await migration.run()
    assert migration.note.phase is phase


async def test_one_that_is_left_behind_does_not_write_over_the_next_attempt(migration: Migration):
    await migration.die_at("once_command")
    unit, again = migration.note.unit, migration.note.again(MIGRATE, at="2026-01-01T00:00:00Z", by="ann")
    look = migration.driver.once_server

    def once_server(instance: str) -> Any:
        migration.keep(again)
        migration.aws.ec2.terminate_instances(InstanceIds=[unit])
        return look(instance)

    migration.driver.once_server = once_server
    with pytest.raises(RolloutError, match="has failed meanwhile, and was begun anew"):
        await migration.run()
    assert migration.note == again


async def test_a_server_that_somebody_still_waits_for_is_left_alone(migration: Migration):
    await migration.die_at("once_command")
    await migration.tidy()
    assert len(migration.servers("pending", "running")) == 1
    (server,) = migration.servers()
    assert {each["Key"] for each in server["Tags"]} >= {ONCE_TAG, ONCE_UNTIL_TAG}
    migration.aws.wait(15 * 60 + 60 + 600 + 601)
    await migration.tidy()
    assert migration.servers("pending", "running") == []
    assert migration.note.phase is OncePhase.FAILED
    assert migration.console.said[-1].endswith("which was left by migrate, is ended")
    assert migration.console.warned == []


async def test_a_server_that_cannot_be_ended_is_named_and_ended_by_the_next_one(migration: Migration):
    def refuse(_instance: str) -> None:
        raise RuntimeError("UnauthorizedOperation")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration.driver, "end_server", refuse)
        await migration.run()
    (left,) = migration.servers("running")
    assert f"server {left['InstanceId']}, on which it ran, was not ended" in migration.console.warned[0]
    await migration.tidy()
    assert migration.servers("running") == []


@pytest.mark.parametrize("call", ["launch_once", "send_once"])
async def test_whoever_may_not_run_it_takes_nothing_from_whoever_does(migration: Migration, call: str):
    await migration.die_at("once_command")
    running = migration.note
    if call == "launch_once":
        # as it has read the note before the other one had launched
        migration.driver.parameters = first_answer(migration.driver.parameters, replace(running, unit=""))

    def refuse(*_: Any) -> None:
        raise RuntimeError("AccessDeniedException")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration.driver, call, refuse)
        with pytest.raises(RolloutError, match="could not be started: AccessDenied"):
            await migration.run()
    assert migration.note == running
    assert len(migration.servers("pending", "running")) == 1


@pytest.mark.parametrize("call", ["launch_once", "send_once"])
async def test_one_that_may_not_be_run_is_noted_as_such_and_leaves_nothing(migration: Migration, call: str):
    def refuse(*_: Any) -> None:
        raise RuntimeError("AccessDeniedException")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration.driver, call, refuse)
        with pytest.raises(RolloutError, match="could not be started: AccessDenied"):
            await migration.run()
    assert (migration.note.phase, migration.note.ran) == (OncePhase.FAILED, False)
    assert migration.servers("pending", "running") == []


def first_answer(parameters: Any, note: OnceNote) -> Any:
    """Parameters whose first answer has a note as it was a moment ago."""
    answers = iter([{note.name(RECORD): note.to_json()}])
    return lambda names: next(answers, None) or parameters(names)


def test_the_first_one_is_launched_as_the_group_will_launch():
    found = launch_of_inputs({"launchTemplate": {"id": "lt-1", "version": "3"}, "vpcZoneIdentifiers": ["a", "b"]})
    assert (found.template, found.version, found.subnets) == ("lt-1", "3", ("a", "b"))


def script(tmp_path: Path, *command: str) -> str:
    return once_script("web", command, "one").replace("/var/lib/strata/once", str(tmp_path / "once"))


def sh(text: str) -> tuple[int, str]:
    ended = subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout


def test_the_script_runs_its_command_once_and_tells_its_end_to_everybody(tmp_path: Path):
    text = script(tmp_path, "sh", "-c", f"echo 'it ran' >>{tmp_path}/runs; seq 30; echo last >&2; exit 3")
    first, second = sh(text), sh(text)
    assert first == second
    assert first[0] == 3
    assert first[1].splitlines() == [*map(str, range(12, 31)), "last"]
    assert (tmp_path / "runs").read_text() == "it ran\n"


def test_two_scripts_at_once_run_the_command_once(tmp_path: Path):
    text = script(tmp_path, "sh", "-c", f"echo x >>{tmp_path}/runs; sleep 0.2; echo done")
    both = [subprocess.Popen(["sh", "-c", text], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(each.communicate(timeout=60)[0], each.returncode) for each in both] == [("done\n", 0)] * 2
    assert (tmp_path / "runs").read_text() == "x\n"


def test_the_script_keeps_every_word_of_its_command_and_reads_the_environment_of_the_service(tmp_path: Path):
    (tmp_path / "web.env").write_text('GREETING="it\'s \\$5"\n')
    text = script(tmp_path, "sh", "-c", 'printf "%s|" "$GREETING" "$@"', "-", "two words", "$HOME", "'")
    text = text.replace("/etc/strata/web.env", str(tmp_path / "web.env"))
    assert sh(text) == (0, "it's $5|two words|$HOME|'|")


def test_a_command_that_is_not_there_is_a_failure(tmp_path: Path):
    code, said = sh(script(tmp_path, "no-such-command"))
    assert code == 127
    assert "no-such-command" in said
