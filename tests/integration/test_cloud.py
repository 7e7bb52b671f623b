"""The local AWS as a process of its own."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from strata.errors import RehearsalError
from strata_rehearsal.cloud import CloudHandle, Fault, FaultKind, Image, find, start, stop
from strata_rehearsal.cloud.cloud_process import alive
from tests.all_pages import all_pages

OLD, NEW = "ami-0000000000000001", "ami-0000000000000002"
IMAGES = [Image("web", "1.0.0", OLD), Image("web", "1.1.0", NEW)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    stop(tmp_path / "cloud")


def client(handle: CloudHandle, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=handle.endpoint,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def test_it_starts_is_found_and_stops_without_a_trace(folder: Path):
    handle = start(folder, speed=60, images=IMAGES)
    assert find(folder) == handle
    images = client(handle, "ec2").describe_images(Owners=["self"])["Images"]
    assert sorted(each["ImageId"] for each in images) == [OLD, NEW]
    assert stop(folder)
    assert find(folder) is None
    assert not (folder / "process.json").exists()
    assert not stop(folder)
    # its parent may not have buried it yet
    assert not alive(handle.pid)


def test_its_time_is_the_time_of_its_clock(folder: Path):
    handle = start(folder, speed=1000)
    before = handle.clock.now()
    told = handle.admin("clock")
    after = handle.clock.now()
    assert before <= told["now"] <= after
    assert (told["speed"], told["anchor"]) == (handle.speed, handle.anchor)


def test_a_restart_starts_clean_under_another_name(folder: Path):
    first = start(folder, images=IMAGES, faults=[Fault(FaultKind.SLOW, service="web")])
    client(first, "ssm").put_parameter(Name="/a", Type="String", Value="1")
    second = start(folder)
    assert second.token != first.token
    assert all_pages(client(second, "ssm"), "describe_parameters") == []
    assert second.state()["faults"] == second.state()["images"] == []


def test_a_fleet_lives_without_anybody_asking(folder: Path):
    handle = start(folder, speed=2000, images=IMAGES, boot_seconds={"web": 30})
    ec2, autoscaling = client(handle, "ec2"), client(handle, "autoscaling")
    template = ec2.create_launch_template(
        LaunchTemplateName="web", LaunchTemplateData={"ImageId": OLD, "InstanceType": "t3.small"}
    )["LaunchTemplate"]["LaunchTemplateId"]
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        MinSize=2,
        MaxSize=2,
        AvailabilityZones=["eu-west-1a"],
        LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
    )
    _pass(handle, 60)
    (group,) = handle.state()["groups"]
    assert [each["state"] for each in group["servers"]] == ["InService"] * 2
    moments = [each["at"] for each in handle.events() if each.get("subject") == "server"]
    assert moments[2] - moments[0] == pytest.approx(30, abs=0.01)


def test_everything_that_happened_is_in_the_event_file(folder: Path):
    handle = start(folder)
    client(handle, "sts").get_caller_identity()
    lines = [json.loads(line) for line in handle.events_file.read_text().splitlines()]
    assert lines[-1]["action"] == "GetCallerIdentity"
    assert lines == handle.events()
    assert handle.events(len(lines)) == []


def test_images_faults_alarms_capacity_and_boot_times_are_changed_by_the_handle(folder: Path):
    handle = start(folder)
    handle.add_images(IMAGES)
    handle.add_fault(Fault(FaultKind.CRASH, service="web", image=NEW))
    handle.set_boot_seconds("web", 5)
    state = handle.state()
    assert [each["id"] for each in state["images"]] == [OLD, NEW]
    assert state["faults"][0]["kind"] == "crash"
    assert handle.clear_faults(service="web") == [Fault(FaultKind.CRASH, service="web", image=NEW)]
    with pytest.raises(RehearsalError, match="no alarm none"):
        handle.set_alarm("none", "OK")
    with pytest.raises(RehearsalError, match="0 groups are or run web"):
        handle.set_capacity("web", 1)
    with pytest.raises(RehearsalError, match="no group has an instance"):
        handle.kill("i-none")
    with pytest.raises(RehearsalError, match="no service has a task none"):
        handle.kill_task("none")
    with pytest.raises(RehearsalError, match="no container service is or runs web"):
        handle.set_task_count("web", 1)


def test_tasks_of_a_container_service_live_without_anybody_asking(folder: Path):
    handle = start(folder, speed=2000, boot_seconds={"web": 30})
    ec2, ecs = client(handle, "ec2"), client(handle, "ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": f"registry.test/web@sha256:{'a' * 64}"}],
    )
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="web",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}},
    )
    _pass(handle, 90)
    (service,) = handle.state()["services"]
    assert [each["state"] for each in service["tasks"]] == ["RUNNING"] * 2
    assert service["deployments"][0]["status"] == "SUCCESSFUL"
    tasks = [each for each in handle.events() if each.get("subject") == "task"]
    running = [each["at"] for each in tasks if each["state"] == "RUNNING"]
    assert running[-1] - tasks[0]["at"] == pytest.approx(30, abs=0.01)
    handle.kill_task(service["tasks"][0]["id"])
    handle.set_task_count("web", 3)
    _pass(handle, 60)
    (service,) = handle.state()["services"]
    assert [each["state"] for each in service["tasks"]] == ["RUNNING"] * 3


def _pass(handle: CloudHandle, seconds: float) -> None:
    until = handle.clock.now() + seconds
    while handle.clock.now() < until:
        os.sched_yield()


def test_it_leaves_by_itself_when_nobody_asks(folder: Path):
    handle = start(folder, idle_seconds=0.2)
    assert os.waitpid(handle.pid, 0) == (handle.pid, 0)
    assert not (folder / "process.json").exists()
    assert find(folder) is None


def test_it_leaves_quietly_on_sigterm_and_ignores_a_ctrl_c_of_others(folder: Path):
    handle = start(folder)
    os.kill(handle.pid, signal.SIGINT)
    assert find(folder) == handle
    assert os.getpgid(handle.pid) != os.getpgid(0)
    os.kill(handle.pid, signal.SIGTERM)
    assert os.waitpid(handle.pid, 0) == (handle.pid, 0)
    assert not (folder / "process.json").exists()
    assert (folder / "output.log").read_text() == ""


def test_one_that_was_killed_is_not_found_and_replaced(folder: Path):
    killed = start(folder)
    os.kill(killed.pid, signal.SIGKILL)
    os.waitpid(killed.pid, 0)
    assert find(folder) is None
    assert start(folder).token != killed.token


def test_a_stranger_with_the_number_of_a_former_process_is_left_alone(folder: Path):
    folder.mkdir()
    said = {"pid": os.getpid(), "port": 1, "token": "gone", "speed": 1.0, "anchor": time.time()}
    (folder / "process.json").write_text(json.dumps(said))
    assert find(folder) is None
    assert not stop(folder)
    assert not (folder / "process.json").exists()


def test_two_folders_have_two(folder: Path, tmp_path: Path):
    first = start(folder)
    second = start(tmp_path / "other")
    try:
        assert first.port != second.port
        assert find(folder) == first
        assert find(tmp_path / "other") == second
    finally:
        stop(tmp_path / "other")


def test_a_start_that_fails_says_why(folder: Path):
    running = start(folder)
    with pytest.raises(RehearsalError, match="in use"):
        start(folder.parent / "other", port=running.port)


def test_a_speed_that_cannot_be_starts_nothing(folder: Path):
    with pytest.raises(ValueError, match="speed"):
        start(folder, speed=0)
    assert not folder.exists()


def test_one_that_has_gone_is_an_error_with_a_fix(folder: Path):
    handle = start(folder)
    stop(folder)
    with pytest.raises(RehearsalError, match="does not answer") as failed:
        handle.state()
    assert failed.value.fix
