"""`--deep`: servers that compare themselves with their images, what they find, and those of which nothing is known."""

from typing import Any

import pytest

from strata.drift.contents.contents_look import ContentsLook
from strata.drift.contents.server_contents import BadContents, ServerContents
from strata.drift.drift_driver import DriftDriver
from strata.drift.drift_finding import ServiceDrift, StackDrift
from strata.drift.drift_kinds import DriftKind
from strata.drift.drift_reading import DriftReading
from strata.drift.stack_drift import look_at_stack
from strata.errors import UsageError
from strata.exit_code import ExitCode
from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.drift.refusals import refusal
from tests.unit.healing.healing_ground import HealingGround
from tests.unit.rehearsal.cloud.conftest import NEW

OPENSSL = ("package", "openssl.x86_64", "3.0.7", "3.0.8")
PLANTED = {
    OPENSSL: "has package openssl.x86_64 3.0.8, and its image was baked with 3.0.7",
    ("package", "htop.x86_64", None, "3.2-1"): "has package htop.x86_64 3.2-1, which its image was baked without",
    ("package", "bash.x86_64", "5.2", None): "lacks package bash.x86_64 5.2, which its image was baked with",
    ("config", "/etc/app.conf", "0123456789ab", "ba9876543210"): "has another /etc/app.conf (ba9876543210) than its "
    "image was baked with (0123456789ab)",
    ("config", "/etc/new.conf", None, "ba9876543210"): "has /etc/new.conf, which its image was baked without",
    ("config", "/etc/old.conf", "0123456789ab", None): "lacks /etc/old.conf, which its image was baked with",
    ("kernel", "running", "6.1.0-1", "6.1.0-0"): "runs kernel 6.1.0-0, and its image has 6.1.0-1",
    ("kernel", "installed", "6.1.0-1", "6.1.0-2"): "has installed kernel 6.1.0-2, and its image has 6.1.0-1",
    ("system", "os", "Linux 1", "Linux 2"): "is Linux 2, and its image was baked as Linux 1",
    ("bill", "sbom.cdx.json", "0123456789ab", "ba9876543210"): "has another bill of materials than was baked: what its "
    "packages are compared with was changed",
}


def look(fleet: DriftingFleet) -> StackDrift:
    fleet.calls.clear()
    inside = ContentsLook(fleet.client, fleet.aws.clock)
    reading = DriftReading(DriftDriver(fleet.client), fleet.aws.clock, "shop", "prod", inside)
    return reading.look({"web": fleet.settings})


def web(drift: StackDrift) -> ServiceDrift:
    (found,) = drift.services
    return found


def counted(drift: StackDrift) -> tuple[int, int]:
    contents = web(drift).contents
    assert contents is not None
    return contents.compared, contents.servers


def plant(fleet: DriftingFleet, *differences: Any, **whose: Any) -> None:
    fleet.aws.admin("contents", differences=[list(each) for each in differences], **whose)


def unread(drift: StackDrift) -> dict[str, str]:
    return {each.what.removeprefix("contents of server "): each.why for each in drift.unread}


def test_servers_as_they_were_baked_do_not_differ_and_that_they_were_asked_is_said(fleet: DriftingFleet):
    drift = look(fleet)
    assert (list(drift.findings), list(drift.unread), counted(drift)) == ([], [], (3, 3))
    assert drift.exit_code(strict=True) is ExitCode.OK
    assert fleet.calls["send_command"] == 1


def test_nobody_is_asked_without_it(fleet: DriftingFleet):
    drift = fleet.look()
    assert web(drift).contents is None
    assert not {"send_command", "describe_instance_information", "list_commands"} & fleet.calls.keys()
    assert sum(fleet.calls.values()) <= 10


@pytest.mark.parametrize("difference", PLANTED, ids=lambda each: f"{each[0]}-{each[1]}")
def test_what_was_done_by_hand_is_a_difference_of_that_server(fleet: DriftingFleet, difference: Any):
    server = fleet.servers[1]
    plant(fleet, difference, instance=server)
    drift = look(fleet)
    (found,) = drift.findings
    part = f"{difference[0]}:{difference[1]}"
    assert (found.kind, found.subject, found.key) == (DriftKind.CONTENTS, server, f"contents:{server}/{part}")
    assert (found.wanted, found.value, found.said) == (difference[2], difference[3], PLANTED[difference])
    assert found.document()["expected"] == {part: difference[2]}
    assert found.row.replaced
    assert counted(drift) == (3, 3)
    assert drift.exit_code(strict=False) is ExitCode.DRIFT


def test_many_differences_are_twenty_and_how_many_more(fleet: DriftingFleet):
    server = fleet.servers[0]
    plant(fleet, *(("package", f"p{number}.x86_64", "1", "2") for number in range(30)), instance=server)
    found = list(look(fleet).findings)
    assert len(found) == 21
    assert (found[-1].key, found[-1].value) == (f"contents:{server}/further", 10)
    assert len({each.key for each in found}) == 21


def test_a_manifest_of_another_version_than_is_released_is_a_difference(fleet: DriftingFleet):
    server = fleet.servers[0]
    output = '{"app": "web", "app_version": "0.9.0", "contents": 1, "found": 0}\n{"printed": 0}\n'
    fleet.aws.admin("script", instance=server, output=output)
    (found,) = look(fleet).findings
    assert (found.key, found.wanted, found.value) == (f"contents:{server}/version", "1.0.0", "0.9.0")


SILENT: dict[str, tuple[str, dict[str, Any], str]] = {
    "not managed": ("agent", {"state": "absent"}, "Systems Manager does not know it"),
    "offline": ("agent", {"state": "ConnectionLost"}, "its agent does not answer (ConnectionLost)"),
    "no manifest": ("contents", {"manifest": False}, "its image has no manifest"),
    "too slow": ("script", {"seconds": 121}, "it was not done within 120 seconds"),
    "failed": ("script", {"code": 127, "error": "no python3"}, "the comparison ended with 127"),
    "cut off": ("script", {"output": '{"contents": 1, "app_version": "1.0.0", "found": 9}\n["pack'}, "it was cut off"),
    "too much": ("script", {"output": '{"contents": 1}\n' + "x" * 3000}, "it was cut off"),
    "another script": ("script", {"output": "hello"}, "it printed 'hello', and no comparison"),
    "nothing": ("script", {"output": ""}, "it printed '', and no comparison"),
    "broken": ("script", {"output": '{"contents": 1, "unread": "broken", "why": "OSError: no"}'}, "OSError: no"),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_server_that_did_not_answer_could_not_be_read(fleet: DriftingFleet, case: str):
    path, fields, why = SILENT[case]
    first, second, _ = fleet.servers
    fleet.aws.admin(path, instance=first, **fields)
    drift = look(fleet)
    assert unread(drift).keys() == {first}
    assert why in unread(drift)[first]
    assert counted(drift) == (2, 3)
    assert (drift.exit_code(strict=False), drift.exit_code(strict=True)) == (ExitCode.FAILED, ExitCode.WARNINGS)
    plant(fleet, OPENSSL, instance=second)
    assert look(fleet).exit_code(strict=True) is ExitCode.DRIFT


def test_where_no_server_answers_nothing_is_known_and_nothing_is_sent(fleet: DriftingFleet):
    fleet.aws.admin("agent", service="web", state="absent")
    drift = look(fleet)
    assert unread(drift).keys() == {*fleet.servers}
    assert counted(drift) == (0, 3)
    assert drift.exit_code(strict=False) is ExitCode.FAILED
    assert not fleet.calls["send_command"]


def test_servers_that_are_offline_are_not_waited_for(fleet: DriftingFleet):
    fleet.aws.admin("agent", instance=fleet.servers[0], state="ConnectionLost")
    before = fleet.aws.clock.now()
    look(fleet)
    assert fleet.aws.clock.now() - before < 30


def test_a_command_that_hangs_is_waited_for_five_minutes(fleet: DriftingFleet):
    fleet.aws.admin("script", service="web", seconds=100)
    fleet.aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=12)
    fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=12)
    fleet.aws.wait(900)
    before = fleet.aws.clock.now()
    drift = look(fleet)
    assert counted(drift)[1] == 12
    assert fleet.aws.clock.now() - before <= 320


@pytest.mark.parametrize("call", ["describe_instance_information", "send_command", "list_commands"])
def test_what_aws_refuses_could_not_be_read(fleet: DriftingFleet, call: str):
    fleet.refused[call] = refusal(call, "AccessDeniedException")
    drift = look(fleet)
    (found,) = drift.unread
    assert found.why.startswith("AccessDeniedException")
    assert counted(drift) == (0, 3)
    assert drift.exit_code(strict=True) is ExitCode.WARNINGS


def test_a_server_that_has_gone_meanwhile_is_no_matter(fleet: DriftingFleet):
    gone = fleet.servers[0]
    fleet.aws.admin("script", instance=gone, seconds=60)
    fleet.aws.cloud.world.at(fleet.aws.clock.now() + 30, fleet.aws.cloud.servers[gone].instance.terminate)
    drift = look(fleet)
    assert gone not in unread(drift)
    assert counted(drift)[0] == 2


@pytest.mark.parametrize("held", ["standby", "launching"])
def test_a_server_that_takes_no_requests_is_not_asked(fleet: DriftingFleet, held: str):
    if held == "standby":
        server = fleet.servers[0]
        fleet.aws.autoscaling.enter_standby(
            InstanceIds=[server], AutoScalingGroupName="web", ShouldDecrementDesiredCapacity=True
        )
    else:
        before = {*fleet.servers}
        fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=4)
        fleet.aws.wait(5)
        (server,) = {*fleet.servers} - before
    plant(fleet, OPENSSL, instance=server)
    drift = look(fleet)
    assert [each for each in drift.findings if each.kind is DriftKind.CONTENTS] == []
    assert counted(drift) == (3, 3) if held == "launching" else (2, 2)


def test_servers_of_a_rollout_compare_themselves_each_with_its_own_image(fleet: DriftingFleet):
    number = fleet.version(NEW, "d2")
    fleet.aws.refresh(number)
    fleet.aws.wait(200)
    drift = look(fleet)
    assert web(drift).rolling
    assert [each for each in drift.findings if each.kind is DriftKind.CONTENTS] == []
    assert counted(drift)[0] > 0


def test_a_stack_without_servers_has_nobody_to_ask(tasks: DriftingTasks):
    with pytest.raises(UsageError, match="--deep is about servers, and prod runs none"):
        look_at_stack(HealingGround(tasks).place, "prod", None, deep=True)
    assert not tasks.calls["send_command"]


@pytest.mark.parametrize(
    "output",
    [
        '{"contents": 1, "app_version": "1", "found": 1}\n["config", "/etc/a", null, "1"]\n',
        '{"contents": 1, "app_version": "1", "found": 1}\n["config", "/etc/a", null]\n{"printed": 1}\n',
        '{"contents": 1, "found": 0}\n{"printed": 0}\n',
        "[]\n[]\n",
        "3\n",
    ],
)
def test_half_an_answer_is_none(output: str):
    with pytest.raises(BadContents):
        ServerContents.parse(output)
