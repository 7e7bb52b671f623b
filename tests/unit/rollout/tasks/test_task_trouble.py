"""Which container a failed release is blamed on, where a task has several."""

from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.tasks.task_trouble import describe_failed
from strata.rollout.tasks.task_views import TaskView
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.shop import CANARY, REPOSITORY, ROLLING
from tests.unit.rehearsal.cloud.test_sidecars import CHECK, SidecarShop
from tests.unit.rollout.tasks.rolled_shop import RolledShop

OWN_CHECK = "Task failed container health checks"
OF_THE_BALANCER = "Task failed ELB health checks in (target-group web)"


class RolledSidecarShop(RolledShop, SidecarShop):
    """A shop whose tasks have an agent, rolled by the gate."""


def stopped(reason: str, **health: str) -> TaskView:
    containers = [{"name": name, "exitCode": 143, "healthStatus": each} for name, each in health.items()]
    return TaskView.from_api(
        {
            "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/shop/t-1",
            "taskDefinitionArn": "web:2",
            "lastStatus": "STOPPED",
            "stopCode": "ServiceSchedulerInitiated",
            "stoppedReason": reason,
            "containers": containers,
        }
    )


@pytest.mark.parametrize(
    "reason, health, blamed",
    [
        (OWN_CHECK, {"web": "HEALTHY", "agent": "UNHEALTHY"}, "; container agent was unhealthy; agent exited with 143"),
        (OWN_CHECK, {"web": "UNKNOWN", "agent": "UNKNOWN"}, "; agent exited with 143"),
        (OWN_CHECK, {"web": "UNHEALTHY"}, "; web exited with 143"),
        (OF_THE_BALANCER, {"web": "HEALTHY", "agent": "UNHEALTHY"}, "; agent exited with 143"),
    ],
)
def test_a_container_is_blamed_where_aws_says_whose_check_failed(reason: str, health: dict[str, str], blamed: str):
    said = describe_failed(stopped(reason, **health))
    assert said.startswith(f"task t-1 stopped by ServiceSchedulerInitiated: {reason}{blamed}")


@pytest.mark.parametrize("configuration", [ROLLING, CANARY], ids=["rolling", "canary"])
async def test_a_sick_agent_is_named_with_its_own_log(aws: Aws, configuration: dict[str, Any]):
    shop = RolledSidecarShop(aws)
    shop.agent = {"essential": True, "healthCheck": CHECK}
    shop.begin(configuration)
    shop.agent = {**shop.agent, "image": f"{REPOSITORY}@{shop.push('agent-2')}"}
    shop.fault("unhealthy", image=shop.push("agent-2"))
    with pytest.raises(RolloutError) as error:
        await shop.up(shop.release("good"))
    assert "Task failed container health checks; container agent was unhealthy" in error.value.message
    assert "the last lines of its log, agent/agent/" in error.value.message
    assert "agent: health check answered with 503" in error.value.message
