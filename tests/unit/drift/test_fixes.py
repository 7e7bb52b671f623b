"""What is printed as the fix of a difference can be pasted: its commands exist, and have their own names in them."""

import re
from dataclasses import replace
from typing import Any

import pytest

from strata.cli.drift_lines import print_service
from strata.drift.drift_finding import DriftFinding, StackDrift
from strata.drift.drift_kinds import KINDS, DriftKind
from strata.drift.fix_names import AWS, LOCAL, filled
from strata.drift.stack_drift import look_at_stack
from strata.drift.task_drift_kinds import TASK_KINDS
from tests.contract.pages.commands import problem, simple_commands
from tests.unit.drift import test_planted_drift, test_planted_task_drift
from tests.unit.drift.drifting_fleet import GROUP, DriftingFleet
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.healing.healing_ground import HealingGround

COMMAND = re.compile(r"`([^`]+)`")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")
WORDS = {"ACM"}
"""What is written in capitals and stands for nothing else."""


def commands(fix: str) -> list[str]:
    return COMMAND.findall(fix)


def wrong(found: DriftFinding) -> list[str]:
    """What keeps the fix of a finding from being pasted."""
    assert commands(found.fix), f"no command: {found.fix}"
    left = set(PLACEHOLDER.findall(found.fix)) - WORDS
    if AWS in found.names:
        # of the local AWS it begins with credentials
        left -= set(PLACEHOLDER.findall(found.names[AWS])) | set(PLACEHOLDER.findall(found.subject))
    said = [text for text in commands(found.fix) for words in simple_commands(text) if problem(_plain(words))]
    return [*sorted(left), *said]


def _plain(words: list[str]) -> list[str]:
    """Without `env` and what it sets: what comes before AWS's command line for a local AWS."""
    return words[words.index("aws") :] if words[0] == "env" else words


def check(drift: StackDrift) -> set[DriftKind]:
    findings = list(drift.findings)
    assert {each.fix: wrong(each) for each in findings if wrong(each)} == {}
    for each in findings:
        aws = [text for text in commands(each.fix) if "aws " in text]
        assert all(text.startswith(each.names[AWS]) for text in aws), "it reaches the AWS that was looked at"
    return {each.kind for each in findings}


@pytest.mark.parametrize("name", test_planted_drift.PLANTS)
def test_every_fix_of_servers_can_be_pasted(fleet: DriftingFleet, name: str):
    planted = {kind for kind, _ in test_planted_drift.PLANTS[name](fleet)}
    assert check(fleet.look()) == planted


@pytest.mark.parametrize("name", test_planted_task_drift.PLANTS)
def test_every_fix_of_tasks_can_be_pasted(tasks: DriftingTasks, name: str):
    planted = {kind for kind, _ in test_planted_task_drift.PLANTS[name](tasks)}
    assert check(tasks.look()) == planted


NAMES = {
    "STACK": "prod",
    "GROUP": "web-1",
    "CLUSTER": "shop",
    "NAME": "web",
    "COUNT": "2",
    AWS: "aws --region eu-west-1",
}


@pytest.mark.parametrize(
    "unit, kind", [*(("servers", each) for each in KINDS), *(("tasks", each) for each in TASK_KINDS)]
)
@pytest.mark.parametrize("local", [{}, {LOCAL: "yes"}], ids=["real", "local"])
def test_no_placeholder_is_left_of_any_kind(unit: str, kind: DriftKind, local: dict[str, str]):
    found = DriftFinding(kind, "web", "i-0f3c51d29a7e84b61", 1, 2, "differs", unit=unit, names={**NAMES, **local})
    assert wrong(found) == []
    assert found.document()["fix"] == found.fix
    own = [text for text in commands(found.fix) if text.startswith("strata ")]
    about = [text for text in own if not text.startswith("strata rehearse ")]
    assert all(text.endswith(" --local") == bool(local) for text in about)
    assert not local or "`pulumi " not in found.fix, "it would reach the real stack"
    assert bool(local) or about == own


def test_a_tag_of_a_group_is_set_again_and_no_server_is_replaced_for_it(fleet: DriftingFleet):
    test_planted_drift.a_tag_of_the_group_changed(fleet)
    (found,) = fleet.look().findings
    assert found.fix == "`pulumi up --refresh --stack prod` sets it again"


@pytest.mark.parametrize("local", [False, True])
def test_what_the_engine_sets_again_a_rehearsal_sets_again(fleet: DriftingFleet, local: bool):
    test_planted_drift.a_tag_of_the_group_changed(fleet)
    place = replace(HealingGround(fleet).place, local=local)
    (found,) = look_at_stack(place, "prod", None).findings
    real = "`pulumi up --refresh --stack prod` sets it again"
    rehearsed = "`strata rehearse prod --refresh` sets it again"
    assert found.fix == (rehearsed if local else real)


def test_a_tag_with_another_value_is_said_to_have_it(fleet: DriftingFleet):
    test_planted_drift.a_tag_of_the_group_changed(fleet)
    (found,) = fleet.look().findings
    assert found.said == "has 'dev' as its tag strata:stack instead of 'prod'; by its tags its servers are found"


def test_a_tag_of_tasks_with_another_value_is_said_to_have_it(tasks: DriftingTasks):
    tasks.aws.ecs.untag_resource(resourceArn=tasks.shop.arn, tagKeys=["strata:service"])
    tasks.aws.ecs.tag_resource(resourceArn=tasks.shop.arn, tags=[{"key": "strata:stack", "value": "dev"}])
    (found,) = tasks.look().findings
    assert "has 'dev' as its tag strata:stack instead of 'prod'" in found.said
    assert "lacks its tag strata:service" in found.said


def test_a_tag_of_a_server_is_not_set_again_but_the_server_is_replaced(fleet: DriftingFleet):
    test_planted_drift.a_tag_taken_off(fleet)
    (found,) = fleet.look().findings
    assert found.fix.startswith("let the group replace it: `strata drift prod web --heal`")
    assert "pulumi up" not in found.fix


def test_a_suspended_process_is_resumed_in_its_group(fleet: DriftingFleet):
    test_planted_drift.a_process_suspended(fleet)
    (found,) = fleet.look().findings
    assert commands(found.fix) == [f"{found.names[AWS]} autoscaling resume-processes --auto-scaling-group-name {GROUP}"]


@pytest.mark.parametrize(
    "plant, command",
    [
        (test_planted_drift.the_image_disabled, "aws ec2 enable-image --image-id"),
        (test_planted_drift.the_image_deregistered, "strata image list prod"),
    ],
)
def test_only_an_image_that_is_disabled_can_be_enabled(fleet: DriftingFleet, plant: Any, command: str):
    plant(fleet)
    (found,) = fleet.look().findings
    assert filled(f"`{command}", found.names).strip("`") in found.fix.replace(found.names[AWS], "aws")
    assert ("enable-image" in found.fix) == ("enable-image" in command)


@pytest.mark.parametrize("desired, asked", [(1, "2"), (7, "6")])
def test_a_number_of_tasks_that_is_not_allowed_is_brought_to_the_nearest_that_is(
    tasks: DriftingTasks, desired: int, asked: str
):
    tasks.shop.update(desiredCount=desired)
    tasks.aws.wait(300)
    (found,) = (each for each in tasks.look().findings if each.kind is DriftKind.TASK_COUNT)
    bounds = found.expected
    assert asked in {str(bounds["min"]), str(bounds["max"])}
    assert f"--cluster shop --service web --desired-count {asked}`" in found.fix


def test_a_fix_is_printed_once_a_kind_and_for_how_many_it_is_the_same(
    fleet: DriftingFleet, capsys: pytest.CaptureFixture[str]
):
    first, *others = fleet.servers
    for each in (first, *others):
        fleet.aws.ec2.delete_tags(Resources=[each], Tags=[{"Key": "cost"}])
    (service,) = fleet.look().services
    print_service(service)
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  for tags:")]
    assert "strata drift prod web --heal" in said
    assert said.endswith(f"; likewise for {len(others)} more")
    assert len([each for each in fleet.servers if each in said]) == 1


@pytest.mark.parametrize("local", [False, True])
def test_commands_about_the_local_aws_do_not_reach_the_real_one(fleet: DriftingFleet, local: bool):
    fleet.aws.ec2.delete_tags(Resources=[fleet.servers[0]], Tags=[{"Key": "cost"}])
    place = replace(HealingGround(fleet).place, local=local)
    (found,) = look_at_stack(place, "prod", None).findings
    assert f"`strata drift prod web --heal{' --local' if local else ''}`" in found.fix


def test_what_is_no_command_stays_as_it_is_and_odd_names_are_quoted():
    said = filled("STACK is not in a command; `aws x --group-name GROUP`", {"GROUP": "the web", "STACK": "prod"})
    assert said == "STACK is not in a command; `aws x --group-name 'the web'`"


def test_a_rollback_in_the_local_aws_has_what_it_needs_there():
    fix = KINDS[DriftKind.IMAGE_FORBIDDEN].remedy
    names = {"STACK": "staging", "SERVICE": "web"}
    assert "`strata rollout rollback staging web`" in filled(fix, names)
    assert "`strata rollout rollback staging web --now --local`" in filled(fix, {**names, LOCAL: LOCAL})


@pytest.mark.parametrize("kinds", [KINDS, TASK_KINDS], ids=["servers", "tasks"])
def test_a_record_that_is_gone_is_written_again_by_a_rehearsal_that_forgets_nothing(kinds: Any):
    fix = filled(kinds[DriftKind.NO_RECORD].remedy, {"STACK": "staging", LOCAL: LOCAL})
    assert fix.startswith("`strata rehearse staging --refresh` waits for its ")
