"""Task protection as ECS has it: of tasks of services that run, for a while, and none against a request by name."""

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.shop import ROLLING, Shop


@pytest.fixture
def shop(aws: Aws) -> Shop:
    made = Shop(aws)
    made.run(ROLLING, desired=3)
    return made


def ids(shop: Shop) -> list[str]:
    return sorted(each["taskArn"].rpartition("/")[2] for each in shop.tasks())


def protect(shop: Shop, task: str, *, protected: bool = True, **more: int):
    return shop.aws.ecs.update_task_protection(cluster="shop", tasks=[task], protectionEnabled=protected, **more)


def test_scaling_in_takes_another_task_than_a_protected_one(shop: Shop):
    kept = ids(shop)
    answer = protect(shop, kept[0], expiresInMinutes=60)
    assert (answer["failures"], len(answer["protectedTasks"])) == ([], 1)
    shop.update(desiredCount=1)
    shop.aws.wait(900)
    assert ids(shop) == kept[:1]


def test_protection_that_is_taken_off_is_none(shop: Shop):
    task = ids(shop)[0]
    protect(shop, task)
    protect(shop, task, protected=False)
    shop.update(taskDefinition=shop.define(shop.push("second")))
    shop.aws.wait(1800)
    assert task not in ids(shop)


def test_a_protected_task_is_stopped_by_name(shop: Shop):
    task = ids(shop)[0]
    protect(shop, task)
    shop.aws.ecs.stop_task(cluster="shop", task=task)
    shop.aws.wait(600)
    assert task not in ids(shop)
    assert len(ids(shop)) == 3


def test_what_does_not_run_is_a_failure_and_a_time_beyond_the_limits_is_refused(shop: Shop):
    (missing,) = protect(shop, "0" * 32)["failures"]
    assert missing["reason"] == "MISSING"
    task = ids(shop)[0]
    shop.aws.ecs.stop_task(cluster="shop", task=task)
    shop.aws.wait(300)
    (stopped,) = protect(shop, task)["failures"]
    assert stopped["reason"] == "TASK_NOT_VALID"
    for minutes in (0, 2881):
        with pytest.raises(ClientError, match="expiresInMinutes must be between 1 and 2880"):
            protect(shop, ids(shop)[0], expiresInMinutes=minutes)
