"""What changes on purpose without a release is no drift: a row for everything in `DELEGATED`."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.clock import utc_text
from strata.drift.drift_kinds import DELEGATED, Delegated, DriftKind
from strata.rollout.note import Phase
from strata.rollout.servers.once_calls import ONCE_TAG, ONCE_UNTIL_TAG
from tests.unit.break_glass.keeping import keep_noted
from tests.unit.break_glass.letting_in import let_in
from tests.unit.drift.drifting_fleet import DAY, GROUP, REFRESH, TAGS, DriftingFleet
from tests.unit.rehearsal.cloud.conftest import NEW, OLD

Change = Callable[[DriftingFleet], object]


def scaled_out(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=5)
    fleet.aws.wait(900)
    assert len(fleet.servers) == 5


def half_rolled(fleet: DriftingFleet) -> None:
    number = fleet.version(NEW, "d2")
    slowly: dict[str, Any] = {**REFRESH, "MaxHealthyPercentage": 134}
    refresh = fleet.aws.refresh(number, **slowly)
    fleet.note("1.1.0", NEW, "d2", refresh, Phase.ROLLING)
    for _ in range(100):
        fleet.aws.wait(20)
        versions = set(fleet.aws.versions())
        if versions == {fleet.first, number} and "Pending" not in fleet.aws.states():
            return
    raise AssertionError("no server of each release at a time")


def launching(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=4)
    fleet.aws.wait(1)
    assert "Pending" in fleet.aws.states()


def leaving(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=2)
    fleet.aws.wait(5)
    assert any(each.startswith("Terminating") for each in fleet.aws.states())


def in_standby(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.enter_standby(
        AutoScalingGroupName=GROUP, InstanceIds=[fleet.servers[0]], ShouldDecrementDesiredCapacity=True
    )
    fleet.aws.wait(600)
    assert "Standby" in fleet.aws.states()


def held_by_break_glass(fleet: DriftingFleet) -> None:
    standing, serving = fleet.servers[:2]
    let_in(fleet, standing)
    fleet.aws.wait(600)
    let_in(fleet, serving, in_service=True)
    # what somebody does to it until it is over is theirs
    fleet.aws.ec2.delete_tags(Resources=[serving], Tags=[{"Key": "cost"}])
    fleet.aws.wait(600)
    assert fleet.aws.states() == ["InService"] * 3 + ["Standby"]


def booting(fleet: DriftingFleet) -> None:
    fleet.aws.admin("fault", kind="unhealthy", image=OLD)
    fleet.aws.autoscaling.set_desired_capacity(AutoScalingGroupName=GROUP, DesiredCapacity=4)
    for _ in range(100):
        fleet.aws.wait(5)
        if fleet.aws.states() == ["InService"] * 4 and "unhealthy" in fleet.aws.health():
            return
    raise AssertionError(f"no server is in service and ill: {fleet.aws.states()}, {fleet.aws.health()}")


def newer_version(fleet: DriftingFleet) -> None:
    number = fleet.version(OLD, "d1", {**TAGS, "cost": "another"})
    fleet.update(LaunchTemplate=fleet.aws.specification(number))
    fleet.record("1.0.0", OLD, "d1", number)
    fleet.one_of(number)
    fleet.update(LaunchTemplate=fleet.aws.specification(number))


def scheduled(fleet: DriftingFleet) -> None:
    fleet.update(MinSize=0, MaxSize=12)


def more_tags(fleet: DriftingFleet) -> None:
    fleet.aws.ec2.create_tags(Resources=[fleet.servers[0]], Tags=[{"Key": "patch-window", "Value": "sunday"}])


def at_the_end_of_its_life(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=fleet.servers, ProtectedFromScaleIn=True
    )
    fleet.aws.wait(8 * DAY - 3600)


def overridden(fleet: DriftingFleet) -> None:
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["AZRebalance"])
    fleet.update(TerminationPolicies=["Default"])
    tag = {"ResourceId": GROUP, "ResourceType": "auto-scaling-group", "Key": "strata:overridden"}
    names = "SuspendedProcesses TerminationPolicies"
    fleet.aws.autoscaling.create_or_update_tags(Tags=[{**tag, "Value": names, "PropagateAtLaunch": False}])


def run_once(fleet: DriftingFleet, seconds: float = 3600) -> None:
    until = utc_text(fleet.aws.clock.now() + seconds)
    tags = {**TAGS, ONCE_TAG: "migrate/d2", ONCE_UNTIL_TAG: until}
    fleet.aws.ec2.run_instances(
        LaunchTemplate=fleet.aws.specification(fleet.first),
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": fleet.aws.subnets[0]}],
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        ],
    )


CHANGES: dict[Delegated, Change] = {
    Delegated.DESIRED: scaled_out,
    Delegated.ROLLOUT: half_rolled,
    Delegated.LAUNCHING: launching,
    Delegated.LEAVING: leaving,
    Delegated.STANDBY: in_standby,
    Delegated.BREAK_GLASS: held_by_break_glass,
    Delegated.KEPT_FAILED: keep_noted,
    Delegated.RUN_ONCE: run_once,
    Delegated.BOOTING: booting,
    Delegated.NEWER_VERSION: newer_version,
    Delegated.SCHEDULE: scheduled,
    Delegated.FURTHER_TAGS: more_tags,
    Delegated.LIFETIME: at_the_end_of_its_life,
    Delegated.OVERRIDE: overridden,
}
SHOWN = {
    Delegated.OVERRIDE: "SuspendedProcesses, TerminationPolicies of group web are the program's own",
    Delegated.ROLLOUT: "a rollout to 1.1.0 is running",
    Delegated.LAUNCHING: "1 x a server that is being launched",
    Delegated.LEAVING: "1 x a server that drains or is being terminated",
    Delegated.STANDBY: "1 x a server in standby",
    Delegated.BREAK_GLASS: "held: i-",
    Delegated.KEPT_FAILED: "held: i-",
    Delegated.BOOTING: "1 x the health of a server within the grace period of its group",
}
"""What of it is reported where it is seen."""


def test_everything_that_is_delegated_has_a_row():
    assert set(CHANGES) == set(DELEGATED) == set(Delegated)


@pytest.mark.parametrize("what", [each for each in Delegated if each is not Delegated.SCHEDULE])
def test_what_is_delegated_is_no_drift(fleet: DriftingFleet, what: Delegated):
    CHANGES[what](fleet)
    assert fleet.found() == []
    (service,) = fleet.look().services
    shown = SHOWN.get(what)
    assert any(line.startswith(shown) for line in service.delegated) if shown else not service.delegated


def test_a_server_that_ran_something_once_is_drift_once_its_time_is_over(fleet: DriftingFleet):
    run_once(fleet)
    assert fleet.found() == []
    fleet.aws.wait(3601)
    assert [kind for kind, _ in fleet.found()] == [DriftKind.OUTSIDE]


def test_what_a_schedule_sets_is_no_drift(aws):
    nightly = {"recurrence": "0 20 * * *", "min": 0, "desired": 0}
    daily = {"recurrence": "0 7 * * *", "min": 3, "max": 12}
    fleet = DriftingFleet(aws, schedules={"night": nightly, "day": daily})
    scheduled(fleet)
    assert fleet.found() == []
    fleet.update(MinSize=1)
    assert fleet.found() == [("group-settings", GROUP)]


def test_a_rollout_hides_nothing_but_its_two_releases(fleet: DriftingFleet):
    half_rolled(fleet)
    old = next(each for each in fleet.aws.instances() if each["LaunchTemplate"]["Version"] == fleet.first)
    fleet.aws.ec2.delete_tags(Resources=[old["InstanceId"]], Tags=[{"Key": "cost"}])
    fleet.update(MaxSize=7)
    assert fleet.found() == [("group-settings", GROUP), ("tags", old["InstanceId"])]
