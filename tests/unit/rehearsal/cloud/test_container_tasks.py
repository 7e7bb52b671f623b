"""Tasks of container services start, serve, fail and stop on the simulated clock, as ECS describes it."""

from typing import Any

import pytest

from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.container_requests import addresses, refusal
from tests.unit.rehearsal.cloud.shop import LOG_GROUP, REPOSITORY, ROLLING, Shop

CHECK = {"command": ["CMD", "true"], "interval": 10, "retries": 2, "startPeriod": 20}


@pytest.fixture
def shop(aws: Aws) -> Shop:
    return Shop(aws)


def only(shop: Shop, desired_status: str = "RUNNING") -> dict[str, Any]:
    """The newest of the tasks."""
    return shop.tasks(desired_status)[-1 if desired_status == "RUNNING" else 0]


def lines(shop: Shop, task: dict[str, Any]) -> list[str]:
    """What the task wrote."""
    stream = f"web/web/{task['taskArn'].rpartition('/')[2]}"
    found = shop.aws.logs.get_log_events(logGroupName=LOG_GROUP, logStreamName=stream)["events"]
    return [each["message"] for each in found]


def last_states(shop: Shop, seconds: int) -> list[str]:
    """The states that the first task goes through."""
    arn, seen = only(shop)["taskArn"], []
    for _ in range(seconds):
        state = shop.aws.ecs.describe_tasks(cluster="shop", tasks=[arn])["tasks"][0]["lastStatus"]
        seen += [] if seen[-1:] == [state] else [state]
        shop.aws.wait(1)
    return seen


def test_a_task_is_provisioned_pulled_and_run_in_simulated_time(shop: Shop):
    shop.create(ROLLING, desired=1)
    assert last_states(shop, 32) == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]


def test_a_task_drains_before_its_containers_end(shop: Shop):
    shop.run(ROLLING, desired=2)
    shop.update(desiredCount=1)
    stopping = only(shop, "STOPPED")["taskArn"]
    seen: list[str] = []
    while seen[-1:] != ["STOPPED"]:
        state = shop.aws.ecs.describe_tasks(cluster="shop", tasks=[stopping])["tasks"][0]["lastStatus"]
        seen += [] if seen[-1:] == [state] else [state]
        shop.aws.wait(1)
    assert seen == ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"]
    found = shop.aws.ecs.describe_tasks(cluster="shop", tasks=[stopping])["tasks"][0]
    assert found["stoppedReason"].startswith("Scaling activity initiated by (deployment ecs-svc/")
    assert (found["stopCode"], found["containers"][0]["exitCode"]) == ("ServiceSchedulerInitiated", 0)
    assert (found["stoppedAt"] - found["stoppingAt"]).total_seconds() == 20 + 5 + 10


def test_a_task_has_an_address_of_its_subnet_where_its_target_group_knows_it(shop: Shop):
    digest = shop.run(ROLLING, desired=2)
    found = shop.tasks()
    assert {each["availabilityZone"] for each in found} == {"eu-west-1a", "eu-west-1b"}
    known = shop.aws.elbv2.describe_target_health(TargetGroupArn=shop.blue)["TargetHealthDescriptions"]
    containers = [each["containers"][0] for each in found]
    assert {each["Target"]["Id"] for each in known} == {
        each["networkInterfaces"][0]["privateIpv4Address"] for each in containers
    }
    assert {each["Target"]["Port"] for each in known} == {8080}
    assert {(each["image"], each["imageDigest"]) for each in containers} == {(f"{REPOSITORY}@{digest}", digest)}
    assert {each["group"] for each in found} == {"service:web"}


def test_a_stopped_task_gives_its_address_back(shop: Shop):
    subnet = shop.aws.subnets[0]

    def free() -> int:
        return shop.aws.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"]

    before = free()
    shop.run(ROLLING, desired=2)
    assert free() == before - 1
    shop.update(desiredCount=0)
    shop.aws.wait(60)
    assert free() == before


def test_a_subnet_without_addresses_has_no_room_for_a_task(shop: Shop):
    made = shop.aws.ec2.create_subnet(VpcId=shop.aws.vpc, CidrBlock="10.0.200.0/28", AvailabilityZone="eu-west-1a")
    shop.aws.subnets = [made["Subnet"]["SubnetId"]]
    shop.create(ROLLING, desired=12)
    shop.aws.wait(60)
    assert shop.service()["runningCount"] == 11
    found = only(shop, "STOPPED")
    assert found["stopCode"] == "TaskFailedToStart"
    assert found["stoppedReason"].endswith("InsufficientFreeAddressesInSubnet")


def test_a_crash_shows_its_exit_code_and_its_last_lines(shop: Shop):
    shop.fault("crash", service="web", after=100)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(135)
    found = only(shop, "STOPPED")
    assert (found["stopCode"], found["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert found["containers"][0]["exitCode"] == 1
    assert lines(shop, found)[-1] == "web: exit status 1"
    assert len(shop.tasks()) == 1, "another one takes its place"


def test_a_container_that_exits_at_once_never_ran(shop: Shop):
    shop.fault("crash", service="web", after=0)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    assert "startedAt" not in only(shop, "STOPPED")
    assert shop.latest()["deploymentCircuitBreaker"]["failureCount"] == 1


def test_a_container_without_enough_memory_is_killed(shop: Shop):
    shop.fault("out-of-memory", service="web")
    shop.create(ROLLING, desired=1)
    shop.aws.wait(65)
    found = only(shop, "STOPPED")
    assert found["containers"][0]["exitCode"] == 137
    assert found["containers"][0]["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert found["stopCode"] == "EssentialContainerExited"


@pytest.mark.parametrize(
    "kind,words",
    [
        ("cannot-pull", "CannotPullContainerError: "),
        ("no-capacity", "Capacity is unavailable at this time."),
    ],
)
def test_a_task_that_cannot_start_says_why_and_is_tried_again_later(shop: Shop, kind: str, words: str):
    shop.fault(kind, service="web")
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    found = only(shop, "STOPPED")
    assert (found["stopCode"], found["stoppedReason"].startswith(words)) == ("TaskFailedToStart", True)
    assert "exitCode" not in found["containers"][0]
    assert shop.tasks() == []
    shop.aws.admin("clear", kind=kind)
    shop.aws.wait(600)
    assert shop.service()["runningCount"] == 1


def test_an_image_of_a_repository_that_is_empty_here_is_taken_to_be_in_the_account(shop: Shop):
    shop.aws.ecr.create_repository(repositoryName="api")
    shop.create({"maximumPercent": 200}, desired=1)
    for name in ("api", "elsewhere"):
        image = f"{REPOSITORY.removesuffix('web')}{name}@sha256:{'1' * 64}"
        shop.define("unused", image=image)
        shop.update(taskDefinition="web")
        assert shop.until_ended()["status"] == "SUCCESSFUL"
        assert {each["containers"][0]["image"] for each in shop.tasks()} == {image}


def test_a_slow_image_takes_longer_to_pull(shop: Shop):
    shop.fault("slow", service="web")
    shop.create(ROLLING, desired=1)
    shop.aws.wait(100)
    assert only(shop)["lastStatus"] == "PENDING"
    shop.aws.wait(100)
    assert only(shop)["lastStatus"] == "RUNNING"


def test_a_service_says_how_long_its_tasks_take_to_start(shop: Shop):
    shop.aws.admin("boot", service="web", seconds=300)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(299)
    assert only(shop)["lastStatus"] == "ACTIVATING"
    shop.aws.wait(1)
    assert only(shop)["lastStatus"] == "RUNNING"


@pytest.mark.parametrize("waited", [0, 400, 900], ids=["provisioning", "pending", "activating"])
def test_tasks_that_are_starting_can_be_told_to_be_quicker(shop: Shop, waited: float):
    shop.aws.admin("boot", service="web", seconds=999)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(waited)
    shop.aws.admin("boot", service="web", seconds=30, waiting=True)
    shop.aws.wait(31)
    assert only(shop)["lastStatus"] == "RUNNING"
    shop.aws.wait(1000)
    assert only(shop)["lastStatus"] == "RUNNING"


def test_a_missing_log_group_keeps_tasks_from_starting(shop: Shop):
    shop.aws.logs.delete_log_group(logGroupName=LOG_GROUP)
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    assert "The specified log group does not exist" in only(shop, "STOPPED")["stoppedReason"]


def test_a_container_check_makes_a_task_healthy_or_stops_it(shop: Shop):
    shop.run({**ROLLING, "maximumPercent": 200}, desired=1, routed=False)
    good, bad = shop.push("good"), shop.push("bad")
    shop.deploy(good, healthCheck=CHECK)
    assert shop.until_ended()["status"] == "SUCCESSFUL"
    assert only(shop)["healthStatus"] == "HEALTHY"
    shop.fault("unhealthy", image=bad)
    shop.deploy(bad, healthCheck=CHECK)
    assert shop.until_ended()["status"] == "ROLLBACK_SUCCESSFUL"
    shop.aws.wait(60)
    reasons = {each["stoppedReason"] for each in shop.tasks("STOPPED")}
    assert "Task failed container health checks" in reasons
    assert shop.digests() == {good}


def test_a_task_that_nothing_checks_is_healthy_after_forty_seconds(shop: Shop):
    shop.create(ROLLING, desired=1, routed=False)
    shop.aws.wait(69)
    assert shop.latest()["status"] == "IN_PROGRESS"
    shop.aws.wait(1)
    assert shop.latest()["status"] == "SUCCESSFUL"


def test_a_grace_period_ignores_what_checks_say(shop: Shop):
    shop.fault("unhealthy", service="web")
    shop.create(ROLLING, desired=1, healthCheckGracePeriodSeconds=300)
    shop.aws.wait(300)
    assert shop.tasks("STOPPED") == []
    shop.aws.wait(60)
    assert "ELB health checks" in only(shop, "STOPPED")["stoppedReason"]


def test_a_task_that_somebody_stops_is_replaced(shop: Shop):
    shop.run(ROLLING, desired=2)
    arn = only(shop)["taskArn"]
    stopped = shop.aws.ecs.stop_task(cluster="shop", task=arn, reason="too old")["task"]
    assert (stopped["desiredStatus"], stopped["stoppedReason"], stopped["stopCode"]) == (
        "STOPPED",
        "too old",
        "UserInitiated",
    )
    shop.aws.wait(60)
    assert len(shop.tasks()) == 2
    assert shop.service()["runningCount"] == 2
    assert arn not in {each["taskArn"] for each in shop.tasks()}


def test_a_task_that_dies_is_replaced(shop: Shop):
    shop.run(ROLLING, desired=2)
    victim = only(shop)["taskArn"].rpartition("/")[2]
    assert shop.aws.admin("kill", task=victim) == {"killed": [victim]}
    shop.aws.wait(60)
    assert len(shop.tasks()) == 2
    assert only(shop, "STOPPED")["stopCode"] == "EssentialContainerExited"


def test_a_task_made_ill_by_hand_is_replaced(shop: Shop):
    shop.run(ROLLING, desired=2)
    victim = only(shop)["taskArn"].rpartition("/")[2]
    shop.aws.admin("health", task=victim, healthy=False)
    shop.aws.wait(30)
    assert "ELB health checks" in only(shop, "STOPPED")["stoppedReason"]


def test_tasks_are_listed_by_what_is_asked_of_them(shop: Shop):
    shop.run(ROLLING, desired=2)
    ecs, started_by = shop.aws.ecs, only(shop)["startedBy"]

    def count(**filters: str) -> int:
        return len(ecs.list_tasks(cluster="shop", **filters)["taskArns"])

    assert started_by == shop.service()["deployments"][0]["id"]
    assert (count(), count(serviceName="web"), count(serviceName="api")) == (2, 2, 0)
    assert (count(family="web"), count(family="api"), count(startedBy=started_by)) == (2, 0, 2)
    assert (count(desiredStatus="STOPPED"), count(launchType="EC2")) == (0, 0)
    gone = "arn:aws:ecs:eu-west-1:123456789012:task/shop/gone"
    assert ecs.describe_tasks(cluster="shop", tasks=[gone])["failures"] == [{"arn": gone, "reason": "MISSING"}]
    assert refusal(ecs.stop_task, cluster="shop", task=gone) == (
        "InvalidParameterException",
        "The referenced task was not found.",
    )


def test_a_stopped_task_is_described_for_an_hour(shop: Shop):
    shop.run(ROLLING, desired=1)
    shop.aws.ecs.stop_task(cluster="shop", task=only(shop)["taskArn"])
    shop.aws.wait(3600)
    assert len(shop.tasks("STOPPED")) == 1
    shop.aws.wait(60)
    assert shop.tasks("STOPPED") == []


def test_a_cluster_counts_the_tasks_of_its_services(shop: Shop):
    shop.run(ROLLING, desired=3)
    found = shop.aws.ecs.describe_clusters(clusters=["shop"])["clusters"][0]
    assert (found["runningTasksCount"], found["pendingTasksCount"], found["activeServicesCount"]) == (3, 0, 1)


def test_a_service_that_is_deleted_drains_first(shop: Shop):
    shop.run(ROLLING, desired=2)
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    assert shop.service()["status"] == "DRAINING"
    shop.aws.wait(30)
    assert shop.service()["status"] == "DRAINING"
    shop.aws.wait(30)
    assert (shop.service()["status"], shop.service()["runningCount"]) == ("INACTIVE", 0)
    known = shop.aws.elbv2.describe_target_health(TargetGroupArn=shop.blue)["TargetHealthDescriptions"]
    assert known == []


def test_a_service_says_when_it_is_steady(shop: Shop):
    shop.run(ROLLING, desired=1)
    assert shop.messages()[-1] == "(service web) has reached a steady state."
    assert shop.messages()[0].startswith("(service web) has started 1 tasks: (task ")


def test_a_service_says_what_goes_wrong_with_its_tasks(shop: Shop):
    shop.fault("cannot-pull", service="web")
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    said = shop.messages()
    assert any("was unable to start (task" in each and "CannotPullContainerError" in each for each in said)
    assert said[-1] == "(service web) is unable to consistently start tasks successfully."


def test_a_digest_that_was_deleted_cannot_be_pulled_also_where_nothing_was_pushed(shop: Shop):
    made_up = f"sha256:{'a' * 64}"
    asked = {"repositoryName": "web", "imageIds": [{"imageDigest": made_up}]}
    assert shop.aws.ecr.batch_get_image(**asked)["images"]
    shop.aws.ecr.batch_delete_image(**asked)
    shop.push = lambda content: made_up
    shop.create(ROLLING, desired=1)
    shop.aws.wait(60)
    stopped = only(shop, "STOPPED")
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["stoppedReason"].startswith("CannotPullContainerError: ")
    assert f"web@{made_up}: not found" in stopped["stoppedReason"]


def test_a_service_is_deleted_and_made_again_under_its_name(shop: Shop):
    shop.run(ROLLING, desired=1)
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.aws.wait(60)
    gone = [each for each in shop.aws.events("container_service") if each["state"] == "inactive"]
    assert len(gone) == 1
    shop.run(ROLLING, desired=1)
    assert (len(shop.listed()), len(shop.tasks())) == (1, 1)


def test_the_admin_document_shows_services_and_their_tasks(shop: Shop):
    digest = shop.run(ROLLING, desired=1)
    found = shop.seen()
    task = found["tasks"][0]
    assert (found["cluster"], found["desired"], found["deployments"][0]["status"]) == ("shop", 1, "SUCCESSFUL")
    assert (task["digest"], task["state"], task["health"], task["targets"]) == (
        digest,
        "RUNNING",
        "HEALTHY",
        ["healthy"],
    )


def test_the_life_of_a_task_is_in_the_event_log(shop: Shop):
    digest = shop.run(ROLLING, desired=1)
    found = shop.aws.events("task")
    assert [each["state"] for each in found] == ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"]
    assert {(each["service"], each["cluster"], each["digest"]) for each in found} == {("web", "shop", digest)}


def test_a_target_group_of_another_service_is_left_alone(shop: Shop):
    other = addresses(shop.aws, "other")
    shop.run(ROLLING, desired=1)
    assert shop.aws.elbv2.describe_target_health(TargetGroupArn=other)["TargetHealthDescriptions"] == []


def test_a_task_that_nothing_checks_is_found_healthy_in_the_event_log(shop: Shop):
    shop.run(ROLLING, desired=1, routed=False)
    found = {each["state"]: each for each in shop.aws.events("task")}
    assert found["RUNNING"]["own_check"]
    assert found["HEALTHY"]["at"] == found["RUNNING"]["at"] + 40


def test_the_life_of_a_service_is_in_the_event_log(shop: Shop):
    shop.run(ROLLING, desired=1)
    shop.aws.ecs.update_service(cluster="shop", service="web", desiredCount=3)
    shop.aws.ecs.delete_service(cluster="shop", service="web", force=True)
    shop.aws.wait(600)
    found = shop.aws.events("container_service")
    assert [(each["state"], each.get("desired")) for each in found] == [
        ("created", 1),
        ("desired", 3),
        ("deleted", 0),
        ("inactive", None),
    ]
    assert {(each["name"], each["cluster"], each["service"]) for each in found} == {("web", "shop", "web")}
