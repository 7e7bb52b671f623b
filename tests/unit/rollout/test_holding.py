"""AWS refuses the deletion of a protected group, also when the hook that asks for it has failed before."""

import pytest

from strata.rollout.servers.server_deployer import HELD
from strata.rollout.servers.views import GroupView
from tests.unit.rollout.stand_in import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def look(stage: Stage) -> None:
    await stage.deployer.hold_again("web", "web-1")


async def test_a_group_whose_protection_was_never_set_gets_it_in_the_next_up(stage):
    await look(stage)
    assert stage.aws.calls == [("protect", HELD)]
    assert stage.console.said == ["web: AWS did not refuse the deletion of its group web-1, and does so again"]


async def test_a_group_that_is_held_is_left_alone(stage):
    stage.aws.become(deletion_protection=HELD)
    await look(stage)
    assert (stage.aws.calls, stage.console.said, stage.console.warned) == ([], [], [])


async def test_every_up_says_that_a_protected_group_can_be_deleted_while_aws_refuses_to_hold_it(stage):
    for _ in range(2):
        stage.aws.refusals["protect"] = "AccessDenied"
        await look(stage)
    assert stage.console.warned == ["web: AWS does not refuse the deletion of its group web-1: AccessDenied"] * 2


async def test_a_group_that_is_gone_is_the_gates_to_say(stage):
    stage.aws.live = None
    await look(stage)
    assert (stage.aws.calls, stage.console.warned) == ([], [])


def test_what_aws_says_of_a_groups_deletion_is_read():
    found = {
        "AutoScalingGroupName": "web-1",
        "AutoScalingGroupARN": "arn",
        "DesiredCapacity": 1,
        "MinSize": 1,
        "MaxSize": 1,
    }
    assert GroupView.from_api(found).deletion_protection == "none"
    assert GroupView.from_api({**found, "DeletionProtection": HELD}).deletion_protection == HELD
