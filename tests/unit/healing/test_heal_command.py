"""`strata drift --heal` as a person reads it: who, why and in which batches, and what it came to."""

from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.healing import healed_stack
from strata.healing.healed_stack import plan_place
from tests.unit.drift.drifting_fleet import GROUP, DriftingFleet
from tests.unit.healing.healing_ground import HealingGround
from tests.unit.rehearsal.cloud.conftest import NEW

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def changed(fleet: DriftingFleet, monkeypatch: pytest.MonkeyPatch) -> str:
    """A server that was taken out of its target group; the command looks at its fleet, whatever it is asked for."""
    server = fleet.servers[0]
    fleet.aws.elbv2.deregister_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": server}])
    fleet.aws.wait(300)
    ground = HealingGround(fleet)

    def plan_stack(
        cwd: Path, given: str, service: str | None, *, local: bool, ignored: Any, deep: bool
    ) -> healed_stack.HealingPlans:
        del cwd, local
        return plan_place(ground.place, given, service, ignored, deep=deep)

    monkeypatch.setattr(healed_stack, "plan_stack", plan_stack)
    return server


def test_a_dry_run_shows_who_why_and_in_which_batch(changed: str, fleet: DriftingFleet, capsys: Capture):
    fleet.update(MaxSize=20)
    assert run(["drift", "prod", "--heal", "--dry-run"]) == 5
    said = capsys.readouterr().out
    assert "  to replace: 1; 2 of 3 healthy, the floor is 3, fresh ones first, 1 at a time\n" in said
    assert f"    batch 1  {changed}  is in service, and is not registered in target group" in said
    assert f"  left alone: group-settings  {GROUP}  a replacement does not heal it: `pulumi up --refresh --" in said
    assert said.endswith("web: would replace 1; nothing was done\n")
    assert changed in fleet.servers


def test_what_it_came_to_names_what_was_seen(changed: str, fleet: DriftingFleet, capsys: Capture):
    assert run(["drift", "prod", "web", "--heal"]) == 0
    said = capsys.readouterr().out
    assert f"web: batch 1: replacing {changed}\n" in said
    assert "web: 1 of 1 replaced, never fewer than 2 healthy in " in said
    assert said.endswith("web: 1.0.0, 3 servers compared: no drift\n")
    assert changed not in fleet.servers


def test_what_was_done_by_hand_in_a_server_is_replaced_where_it_is_looked_for(
    changed: str, fleet: DriftingFleet, capsys: Capture
):
    fleet.aws.elbv2.register_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": changed}])
    fleet.aws.wait(300)
    difference = ["package", "openssl.x86_64", "3.0.7", "3.0.8"]
    fleet.aws.admin("contents", instance=changed, differences=[difference])
    assert run(["drift", "prod", "web", "--heal"]) == 0
    assert changed in fleet.servers
    assert "compared themselves" not in capsys.readouterr().out
    assert run(["drift", "prod", "web", "--heal", "--deep"]) == 0
    said = capsys.readouterr().out
    assert f"  contents  {changed}  has package openssl.x86_64 3.0.8, and its image was baked with 3.0.7\n" in said
    assert "compared: no drift\n  contents: 3 of 3 servers have compared themselves with their images\n" in said
    assert changed not in fleet.servers


def test_a_refusal_names_what_to_do(changed: str, fleet: DriftingFleet, capsys: Capture):
    fleet.aws.autoscaling.suspend_processes(AutoScalingGroupName=GROUP, ScalingProcesses=["Launch"])
    assert run(["drift", "prod", "--heal"]) == 3
    said = capsys.readouterr().out
    assert "web: refused\n  web: Launch of its group is suspended, so that nothing is replaced\n  fix: First: " in said
    assert changed in fleet.servers


def test_nothing_to_replace(fleet: DriftingFleet, changed: str, capsys: Capture):
    fleet.aws.elbv2.register_targets(TargetGroupArn=fleet.aws.targets, Targets=[{"Id": changed}])
    fleet.aws.wait(300)
    assert run(["drift", "prod", "--heal"]) == 0
    assert capsys.readouterr().out == "web: 1.0.0, 3 servers compared: no drift\nweb: nothing to replace\n"


def test_a_dry_run_of_what_changes_nothing_is_a_mistake(capsys: Capture):
    assert run(["drift", "prod", "--dry-run"]) == 2
    assert "--dry-run is for --heal and --record" in capsys.readouterr().err


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]], ids=["heal", "dry run"])
def test_what_to_do_about_a_rollout_can_be_pasted(
    changed: str, fleet: DriftingFleet, capsys: Capture, dry_run: list[str]
):
    fleet.aws.refresh(fleet.version(NEW, "d2"))
    assert run(["drift", "prod", "--heal", *dry_run]) == 6
    assert "Wait for its end: `strata rollout watch prod`." in capsys.readouterr().out
    assert changed in fleet.servers
