"""Servers that drifted are replaced within the floor, and a second look finds nothing; the local AWS plays AWS."""

import pytest

from strata.drift.drift_kinds import DriftKind
from strata.exit_code import ExitCode
from strata.healing.healing_outcome import HealingOutcome
from tests.unit.break_glass.letting_in import let_in
from tests.unit.drift.drifting_fleet import GROUP, DriftingFleet
from tests.unit.healing.healing_ground import HealingGround
from tests.unit.rehearsal.cloud.conftest import NEW, Aws


def open_by_hand(fleet: DriftingFleet, count: int = 1) -> list[str]:
    opened = fleet.aws.ec2.create_security_group(GroupName="open", Description="by hand", VpcId=fleet.aws.vpc)
    changed = fleet.servers[:count]
    for each in changed:
        fleet.aws.ec2.modify_instance_attribute(InstanceId=each, Groups=[fleet.walls, opened["GroupId"]])
    return changed


def test_all_that_drifted_is_replaced_and_never_fewer_than_the_floor_are_healthy(fleet: DriftingFleet):
    changed = open_by_hand(fleet, 3)
    ground = HealingGround(fleet)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.why, web.progress.replaced) == (HealingOutcome.REPLACED, "", changed)
    assert [len(each) for each in web.progress.begun] == [1, 1, 1], "staging: 100 to 150 percent of three"
    assert min(ground.seen) >= 3
    assert web.progress.lowest_healthy == 3
    assert not set(changed) & set(fleet.servers)
    assert len(fleet.servers) == 3
    assert (healed.exit_code(strict=False), fleet.found()) == (ExitCode.OK, [])
    assert web.drift.compared == 3


def test_a_dry_run_names_who_and_why_and_changes_nothing(fleet: DriftingFleet):
    changed = open_by_hand(fleet, 2)
    ground = HealingGround(fleet)
    fleet.calls.clear()
    planned = ground.plan()
    assert {each for each in fleet.calls if not each.startswith(("describe", "get"))} == set()
    (web,) = planned.services
    assert (web.outcome, planned.exit_code(strict=False)) == (HealingOutcome.PLANNED, ExitCode.DRIFT)
    assert web.plan.batches == tuple((each,) for each in changed)
    assert all("was launched with" in each.why for each in web.plan.worn)
    assert fleet.servers[:2] == changed


def test_a_fleet_that_may_go_under_ends_one_first_and_holds_its_floor(aws: Aws):
    fleet = DriftingFleet(aws, rollout={"min_healthy_percent": 50, "max_healthy_percent": 150})
    changed = open_by_hand(fleet, 3)
    ground = HealingGround(fleet)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.why, web.progress.replaced) == (HealingOutcome.REPLACED, "", changed)
    assert min(ground.seen) == 2, "the floor of three at 50 percent"
    assert (healed.exit_code(strict=False), fleet.found()) == (ExitCode.OK, [])


def test_nothing_differs(fleet: DriftingFleet):
    ground = HealingGround(fleet)
    healed = ground.heal()
    assert [each.outcome for each in healed.services] == [HealingOutcome.NOTHING]
    assert healed.exit_code(strict=False) == ExitCode.OK
    assert ground.lines.said == []


def test_what_somebody_keeps_is_left_alone_and_the_rest_is_healed(fleet: DriftingFleet):
    kept, changed = open_by_hand(fleet, 2)
    fleet.aws.autoscaling.set_instance_protection(
        AutoScalingGroupName=GROUP, InstanceIds=[kept], ProtectedFromScaleIn=True
    )
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert web.progress.replaced == [changed]
    (left,) = web.plan.left
    assert (left.finding.subject, left.why) == (kept, "it is protected from scale-in: somebody keeps it")
    assert healed.exit_code(strict=False) == ExitCode.DRIFT
    assert fleet.found() == [("security-groups", kept)]


def test_a_server_in_standby_and_one_outside_of_the_group_are_left_alone(fleet: DriftingFleet):
    held, detached, changed = open_by_hand(fleet, 3)
    named = {"AutoScalingGroupName": GROUP, "ShouldDecrementDesiredCapacity": False}
    fleet.aws.autoscaling.detach_instances(**named, InstanceIds=[detached])
    fleet.aws.wait(600)
    fleet.aws.autoscaling.enter_standby(**named, InstanceIds=[held])
    fleet.aws.wait(600)
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert web.progress.replaced == [changed]
    assert [(each.finding.subject, each.why) for each in web.plan.left] == [
        (detached, "a replacement does not heal it")
    ]
    assert "ec2 terminate-instances" in web.plan.left[0].fix
    assert any("standby" in each for each in web.drift.delegated)
    assert healed.exit_code(strict=False) == ExitCode.DRIFT


def test_a_server_that_somebody_was_let_into_is_left_alone_when_that_is_over_too(fleet: DriftingFleet):
    held, changed = open_by_hand(fleet, 2)
    let_in(fleet, held, in_service=True)
    fleet.aws.wait(3 * 3600)
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert web.progress.replaced == [changed]
    (left,) = [each for each in web.plan.left if each.finding.kind is DriftKind.SECURITY_GROUPS]
    assert left.finding.subject == held
    assert left.why.startswith("break-glass opened by ")
    assert left.why.endswith(": the queue hangs")
    assert held in fleet.servers
    assert healed.exit_code(strict=False) == ExitCode.DRIFT


def test_what_no_replacement_heals_is_left_and_said(fleet: DriftingFleet):
    fleet.update(MaxSize=20)
    (changed,) = open_by_hand(fleet)
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert web.progress.replaced == [changed]
    assert [(each.finding.subject, each.fix) for each in web.plan.left] == [
        (GROUP, "`pulumi up --refresh --stack prod` sets it again")
    ]
    assert (healed.exit_code(strict=False), fleet.found()) == (ExitCode.DRIFT, [("group-settings", GROUP)])


def test_nothing_is_replaced_by_something_else_than_the_release(fleet: DriftingFleet):
    (changed,) = open_by_hand(fleet)
    fleet.update(LaunchTemplate=fleet.aws.specification(fleet.version(NEW, "d2")))
    ground = HealingGround(fleet)
    for healed in (ground.plan(), ground.heal()):
        (web,) = healed.services
        assert web.outcome == HealingOutcome.REFUSED
        assert "a fresh server would not be it" in web.why
        assert "start-instance-refresh" in web.fix
        assert healed.exit_code(strict=False) == ExitCode.REFUSED
    assert changed in fleet.servers
    assert ground.seen == []


@pytest.mark.parametrize("process", ["ReplaceUnhealthy", "Launch", "AddToLoadBalancer"])
def test_nothing_is_begun_that_the_group_does_not_carry_out(fleet: DriftingFleet, process: str):
    open_by_hand(fleet)
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=[process])
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun) == (HealingOutcome.REFUSED, [])
    assert f"{process} of its group is suspended" in web.why
    assert f"resume-processes --auto-scaling-group-name {GROUP} --scaling-processes {process}" in web.fix


def test_nothing_is_begun_while_a_refresh_runs(fleet: DriftingFleet):
    (changed,) = open_by_hand(fleet)
    fleet.aws.refresh(fleet.first, MinHealthyPercentage=100, MaxHealthyPercentage=200, SkipMatching=False)
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun) == (HealingOutcome.BUSY, [])
    assert healed.exit_code(strict=False) == ExitCode.BUSY
    assert [each.id for each in web.plan.worn] == [changed]


def test_no_further_batch_begins_when_a_refresh_has_begun(fleet: DriftingFleet):
    changed = open_by_hand(fleet, 2)

    def during(second: int) -> None:
        if second == 20:
            fleet.aws.refresh(fleet.first, MinHealthyPercentage=100, MaxHealthyPercentage=200, SkipMatching=False)

    healed = HealingGround(fleet, during).heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun) == (HealingOutcome.BUSY, [(changed[0],)]), web.why
    assert healed.exit_code(strict=False) == ExitCode.BUSY


def test_no_further_batch_begins_where_the_fresh_one_is_not_healthy_in_time(fleet: DriftingFleet):
    changed = open_by_hand(fleet, 2)
    fleet.aws.admin("fault", service="web", kind="unhealthy")
    ground = HealingGround(fleet)
    healed = ground.heal()
    (web,) = healed.services
    assert (web.outcome, web.progress.begun, web.progress.replaced) == (HealingOutcome.FAILED, [(changed[0],)], [])
    assert "0 of 1 fresh servers were healthy within" in web.why
    assert healed.exit_code(strict=False) == ExitCode.FAILED
    assert min(ground.seen) >= 3, "the one that is to go serves until its successor is healthy"


def test_after_a_run_that_was_killed_the_next_one_looks_again(fleet: DriftingFleet):
    changed = open_by_hand(fleet, 2)

    def killed(second: int) -> None:
        if second == 30:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        HealingGround(fleet, killed).heal()
    ground = HealingGround(fleet)
    healed = ground.heal()
    (web,) = healed.services
    assert web.outcome == HealingOutcome.REPLACED
    assert changed[1] in web.progress.replaced
    assert min(ground.seen) >= 3
    assert (healed.exit_code(strict=False), fleet.found()) == (ExitCode.OK, [])


def test_an_empty_fleet_proves_nothing(fleet: DriftingFleet):
    fleet.update(MinSize=0, DesiredCapacity=0)
    fleet.aws.wait(900)
    healed = HealingGround(fleet).heal()
    (web,) = healed.services
    assert (web.outcome, web.drift.compared) == (HealingOutcome.NOTHING, 0)
    assert healed.exit_code(strict=False) == ExitCode.DRIFT
