"""Every command when AWS throttles it, its credentials have expired, or answers come in parts.

One table of all commands. Each asks AWS in a run of the permissions, or is named here and shown to ask nothing.
"""

import json
import re
from typing import Any

import botocore.client
import pytest

from tests.contract.command_leaves import LEAVES
from tests.contract.documents.schemas import problems_of
from tests.contract.documents.spoken import spoken_locally
from tests.contract.faults.outcomes import Outcome, Played
from tests.contract.faults.weather import READS, Fault
from tests.contract.test_command_line import READERS

NAMES = [name for name, _ in LEAVES]
ASKS_NOTHING = {
    "explain": "it reads a stack file",
    "guard": "the engine that it runs asks",
    "image packer": "it reads files",
    "init": "it writes files",
    "rehearse": "it asks the local AWS",
    "schema": "it prints what it knows",
    "spectrum": "it runs the program, under mocks",
}
WRITES = {
    *("break-glass open", "break-glass close", "drift", "image add", "image bake", "image prune", "image revoke"),
    *("image unrevoke", "image unveto", "rollout refresh", "rollout rollback", "backup drill", "image promote"),
}
"""Commands that change AWS; a promotion notes the image in the catalogue of another account."""
AFTERWARDS = {"image pin": "could not be protected from being deregistered: "}
"""Commands that change AWS once they have done what they are for, and what they note where AWS refuses that."""
PAGED = {
    *("ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSubnets"),
    *("ecr:DescribeImages", "ecr:ListImages", "ecs:ListTasks", "elbv2:DescribeListeners", "ssm:GetParameterHistory"),
    *("iam:SimulatePrincipalPolicy", "imagebuilder:ListImagePipelineImages", "ssm:GetParametersByPath"),
}
"""Operations whose answers have several items on the account, so that pages of one show whether all are read."""
ASKING = [name for name in NAMES if name not in ASKS_NOTHING]
IN_PART = {
    "assess": "not read: ",
    "drift": "not read: ",
    "doctor": "fail  account ",
}
"""Commands that go on without what one call would have told, and what they print of it."""


def is_one_error(outcome: Outcome) -> None:
    """A single error, which names a call and a fix, and no traceback."""
    said = outcome.out + outcome.err
    assert "Traceback" not in said
    assert "strata bug" not in said
    if outcome.leaf == "doctor":
        assert said.count("fail  account ") == 1 or '"health": "fail"' in said, outcome
        return
    if outcome.fault is Fault.THROTTLED and "--json" not in outcome.line and not outcome.err.startswith("error"):
        document = json.loads(outcome.out[outcome.out.index('{"error"') :])
        assert problems_of("error", document) == []
        message, fix = document["error"]["message"], document["error"]["fix"]
    else:
        errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
        fixes = [line for line in outcome.err.splitlines() if line.startswith("  fix: ")]
        assert (len(errors), len(fixes)) == (1, 1), outcome
        message, fix = errors[0], fixes[0]
    assert any(each in message for each in outcome.hit), outcome
    assert fix


def of(outcomes: list[Outcome], leaf: str, fault: Fault) -> list[Outcome]:
    return [each for each in outcomes if each.leaf == leaf and each.fault is fault and each.hit]


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.EXPIRED])
@pytest.mark.parametrize("name", ASKING)
def test_where_aws_answers_nothing_a_command_fails_with_one_error_and_changes_nothing(
    played: Played, name: str, fault: Fault
):
    found = of(played.outcomes, name, fault)
    assert found, f"no run of {name} asks AWS: add one to RUNS of the permissions, or name it in ASKS_NOTHING"
    for each in found:
        assert each.ended == 1, each
        assert each.wrote == ()
        is_one_error(each)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_where_nothing_can_be_written_a_command_that_changes_aws_fails_and_leaves_the_stack_file(
    played: Played, name: str
):
    found = of(played.outcomes, name, Fault.WRITES_THROTTLED)
    assert found
    for each in found:
        assert each.ended == 1, each
        assert each.wrote == ()
        assert "Traceback" not in each.out + each.err
        assert any(call in each.out + each.err for call in each.hit), each


@pytest.mark.parametrize("name", sorted(AFTERWARDS))
def test_where_nothing_can_be_written_what_comes_afterwards_is_noted_as_not_done(played: Played, name: str):
    found = of(played.outcomes, name, Fault.WRITES_THROTTLED)
    assert found
    for each in found:
        assert each.ended == 0, each
        assert any(f"{AFTERWARDS[name]}{call.partition(':')[2]}" in each.out + each.err for call in each.hit), each


def test_only_those_commands_change_aws(played: Played):
    changing = WRITES | AFTERWARDS.keys()
    assert {each.leaf for each in played.outcomes if each.fault is Fault.WRITES_THROTTLED and each.hit} == changing
    assert not changing & set(READERS)


def test_what_only_looks_and_what_is_only_tried_writes_nothing_to_aws(played: Played):
    assert {*played.tried} >= WRITES | AFTERWARDS.keys()
    wrote = {name: [each for each in asked if not each.startswith(READS)] for name, asked in played.tried.items()}
    assert {name: calls for name, calls in wrote.items() if calls} == {}


def test_a_single_call_that_is_throttled_is_an_error_or_what_is_left_is_named(played: Played):
    assert len(played.single) > 150
    assert {each.leaf for each in played.single} == {*ASKING} - {"rollout watch"}
    for each in played.single:
        if each.leaf in IN_PART and IN_PART[each.leaf] in each.out:
            assert each.hit[0] in each.out, each
            continue
        assert each.ended == 1, each
        assert each.wrote == ()
        errors = [line for line in each.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, each
        assert each.hit[0] in errors[0], each


def _without_moment(told: tuple[int, str, str]) -> tuple[int, str, str]:
    """A run without the moment of its look: one that waits for an answer lets the time of the next one go on."""
    return told[0], re.sub(r'^  "at": "[^"]+",$', "", told[1], flags=re.MULTILINE), told[2]


def test_answers_in_pages_of_one_give_what_whole_answers_give(played: Played):
    assert {each.line.split()[0] for each in played.pages} >= {"audit", "break-glass", "drift", "image", "rollout"}
    for each in played.pages:
        assert _without_moment(each.paged) == _without_moment(each.whole), each.line
    assert played.cut >= PAGED


def test_every_run_ends_as_it_does_with_whole_answers(played: Played):
    assert len(played.ended) > 50
    for run, ended, said in played.ended:
        assert ended == run.ends_with, f"strata {run.line}\n{said}"


def test_the_others_ask_aws_nothing(
    played: Played, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    asked: list[str] = []

    def ask(_client: Any, operation: str, _arguments: Any) -> Any:
        asked.append(operation)
        raise AssertionError(operation)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", ask)
    run = {each.leaf for each in spoken_locally(tmp_path_factory.mktemp("local"))}
    assert asked == []
    assert run >= {*ASKS_NOTHING}
    assert {each.leaf for each in played.outcomes if each.hit} == {*ASKING}
