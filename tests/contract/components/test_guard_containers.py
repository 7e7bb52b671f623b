"""What the guard says in prod to every type that containers are made of: what it must refuse, and what it must not.

Each type has a change that is stopped or warned of beside one that goes through, so that neither can be lost unseen.
"""

import inspect
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import pulumi_docker as docker
import pytest

from strata.guard.terms import PlanTerms, TeardownTerms
from strata.guard.verdict import ChangeFinding, judge
from strata.resources.protections.by_type import TABLE
from strata.spectrum import Operation, Verdict
from strata.stage import Stage
from strata_rehearsal.plugin.docker.image_inputs import IMAGE_TYPE, REGISTRY_IMAGE_TYPE
from strata_rehearsal.plugin.schema.source import resource_index
from strata_rehearsal.plugin.types import ROWS as LIVE
from tests.unit.guard.plans import read, step

PROD = PlanTerms(Stage.PROD, date(2026, 3, 10))
REFUSE, WARN, ALLOW = Verdict.REFUSE, Verdict.WARN, Verdict.ALLOW
SERVICES = {"appautoscaling", "ecr", "ecrpublic", "ecs"}

SERVICE = "aws:ecs/service:Service"
TASK_SET = "aws:ecs/taskSet:TaskSet"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER = "aws:ecs/cluster:Cluster"
PROVIDERS = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
REGISTRY_POLICY = "aws:ecr/registryPolicy:RegistryPolicy"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
PUBLIC = "aws:ecrpublic/repository:Repository"
PUBLIC_POLICY = "aws:ecrpublic/repositoryPolicy:RepositoryPolicy"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
IMAGE, PUSHED = IMAGE_TYPE, REGISTRY_IMAGE_TYPE
BUILT = "docker-build:index:Image"
INDEX = "docker-build:index:Index"
RECORD = "aws:ssm/parameter:Parameter"

DIGEST = f"sha256:{'a' * 64}"
URL = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
ARN = "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"
RUNS = {"desiredCount": 2}
BALANCED = {**RUNS, "loadBalancers": [{"targetGroupArn": "arn:one"}]}
ANYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Principal": "*", "Resource": "*"}]})
NOBODY = json.dumps({"Statement": []})
TO_OTHERS = {"rules": [{"destinations": [{"region": "eu-central-1", "registryId": "123456789012"}]}]}


def expiring(*orders: int) -> dict[str, Any]:
    selections = {
        1: {"tagStatus": "tagged", "tagPrefixList": ["kept-"], "countNumber": 1000},
        2: {"tagStatus": "any", "countNumber": 10},
    }
    rules = [{"rulePriority": order, "selection": selections[order], "action": {"type": "expire"}} for order in orders]
    return {"policy": json.dumps({"rules": rules})}


class Row(NamedTuple):
    """One change, and what the guard says.

    Args:
        type: type token.
        op: the engine's step.
        verdict: what is said in prod.
        old: the inputs before.
        new: the inputs after. Default: the same.
        says: part of why, or of what is lost. Default: not looked at.
        reasons: inputs that AWS cannot change in place. Default: none.
        outputs: what AWS says. Default: the inputs.
    """

    type: str
    op: str
    verdict: Verdict
    old: dict[str, Any] = {}  # noqa: RUF012 - nothing changes it
    new: dict[str, Any] | None = None
    says: str = ""
    reasons: tuple[str, ...] = ()
    outputs: dict[str, Any] | None = None


ROWS = (
    # services
    Row(SERVICE, "delete", REFUSE, RUNS, says="every task of the service"),
    Row(SERVICE, "delete", REFUSE, {"schedulingStrategy": "DAEMON"}, says="it is in use"),
    Row(SERVICE, "delete", REFUSE, {"desiredCount": 0}, outputs={"desiredCount": 3}, says="it is in use"),
    Row(SERVICE, "delete", WARN, {"desiredCount": 0}),
    Row(SERVICE, "replace", REFUSE, RUNS, reasons=("launchType",), says="AWS cannot change launchType in place"),
    Row(SERVICE, "replace", ALLOW, {"desiredCount": 0}, reasons=("launchType",)),
    Row(SERVICE, "update", REFUSE, RUNS, {"desiredCount": 0}, says="every task ends"),
    Row(SERVICE, "update", REFUSE, BALANCED, RUNS, says="no longer reach its tasks"),
    Row(SERVICE, "update", ALLOW, RUNS, {"desiredCount": 1}),
    Row(SERVICE, "update", ALLOW, RUNS, {**RUNS, "taskDefinition": "web:2"}),
    Row(SERVICE, "update", REFUSE, RUNS, {**RUNS, "forceDelete": True}, says="no longer stops its tasks first"),
    Row(SERVICE, "update", REFUSE, {**RUNS, "forceDelete": False}, {**RUNS, "forceDelete": True}, says="no longer"),
    Row(SERVICE, "update", ALLOW, {**RUNS, "forceDelete": True}, {**RUNS, "forceDelete": False}),
    Row(SERVICE, "update", ALLOW, {"desiredCount": 0}, {"desiredCount": 0, "forceDelete": True}),
    Row(SERVICE, "create", ALLOW, {**RUNS, "forceDelete": True}),
    Row(TASK_SET, "delete", REFUSE, {}, says="every task of the set"),
    Row(TASK_SET, "replace", REFUSE, {"scale": {"value": 100}}, reasons=("taskDefinition",), says="it is in use"),
    Row(TASK_SET, "replace", ALLOW, {"scale": {"value": 0}}, reasons=("taskDefinition",)),
    Row(TASK_SET, "update", REFUSE, {"scale": {"value": 50}}, {"scale": {"value": 0}}, says="every task of the set"),
    Row(TASK_SET, "update", REFUSE, {}, {"forceDelete": True}, says="no longer stops its tasks first"),
    Row(TASK_SET, "update", ALLOW, {"scale": {"value": 50}}, {"scale": {"value": 100}}),
    Row(TASK, "delete", WARN),
    Row(TASK, "replace", ALLOW, {"cpu": "256"}, {"cpu": "512"}, reasons=("cpu",)),
    Row(CLUSTER, "delete", REFUSE),
    Row(CLUSTER, "replace", REFUSE, reasons=("name",)),
    Row(CLUSTER, "create", ALLOW),
    Row(PROVIDERS, "delete", REFUSE),
    Row(PROVIDERS, "update", WARN, {"capacityProviders": ["FARGATE"]}, {"capacityProviders": []}),
    Row(PROVIDERS, "create", ALLOW),
    Row("aws:ecs/capacityProvider:CapacityProvider", "replace", REFUSE, reasons=("name",)),
    Row("aws:ecs/capacityProvider:CapacityProvider", "create", ALLOW),
    Row("aws:ecs/accountSettingDefault:AccountSettingDefault", "delete", REFUSE),
    Row("aws:ecs/accountSettingDefault:AccountSettingDefault", "create", ALLOW),
    Row("aws:ecs/expressGatewayService:ExpressGatewayService", "delete", REFUSE),
    Row("aws:ecs/expressGatewayService:ExpressGatewayService", "replace", REFUSE, reasons=("cluster",)),
    Row("aws:ecs/expressGatewayService:ExpressGatewayService", "create", ALLOW),
    Row("aws:ecs/daemon:Daemon", "delete", REFUSE),
    Row("aws:ecs/daemon:Daemon", "create", ALLOW),
    Row("aws:ecs/daemonTaskDefinition:DaemonTaskDefinition", "delete", REFUSE),
    Row("aws:ecs/daemonTaskDefinition:DaemonTaskDefinition", "create", ALLOW),
    Row("aws:ecs/tag:Tag", "delete", WARN),
    Row("aws:ecs/tag:Tag", "update", ALLOW, {"value": "a"}, {"value": "b"}),
    # repositories
    Row(REPOSITORY, "delete", REFUSE, says="the images in it"),
    Row(REPOSITORY, "replace", REFUSE, {"name": "a"}, {"name": "b"}, reasons=("name",), says="the images in it"),
    Row(
        REPOSITORY,
        "replace",
        REFUSE,
        {"encryptionConfigurations": [{"encryptionType": "AES256"}]},
        {"encryptionConfigurations": [{"encryptionType": "KMS"}]},
        reasons=("encryptionConfigurations",),
        says="AWS cannot change encryptionConfigurations in place",
    ),
    Row(REPOSITORY, "update", REFUSE, {}, {"forceDelete": True}, says="a delete removes the images, too"),
    Row(REPOSITORY, "update", REFUSE, {"forceDelete": False}, {"forceDelete": True}, says="removes the images"),
    Row(REPOSITORY, "update", ALLOW, {"forceDelete": True}, {"forceDelete": False}),
    Row(REPOSITORY, "update", ALLOW, {"forceDelete": True}, {}),
    Row(REPOSITORY, "create", ALLOW, {"forceDelete": True}),
    Row(
        REPOSITORY,
        "update",
        REFUSE,
        {"imageTagMutability": "IMMUTABLE"},
        {"imageTagMutability": "MUTABLE"},
        says="tags of images can be moved",
    ),
    Row(REPOSITORY, "update", REFUSE, {"imageTagMutability": "IMMUTABLE"}, {}, says="tags of images can be moved"),
    Row(REPOSITORY, "update", ALLOW, {"imageTagMutability": "MUTABLE"}, {"imageTagMutability": "IMMUTABLE"}),
    Row(
        REPOSITORY,
        "update",
        REFUSE,
        {"imageScanningConfiguration": {"scanOnPush": True}},
        {"imageScanningConfiguration": {"scanOnPush": False}},
        says="the scan of images that are pushed goes off",
    ),
    Row(REPOSITORY, "update", ALLOW, {}, {"imageScanningConfiguration": {"scanOnPush": True}}),
    Row(LIFECYCLE, "create", REFUSE, {"repository": "shop", **expiring(2)}, says="other images expire"),
    Row(LIFECYCLE, "update", REFUSE, expiring(1), expiring(1, 2), says="other images expire"),
    Row(LIFECYCLE, "update", REFUSE, expiring(1, 2), expiring(2), says="other images expire"),
    Row(LIFECYCLE, "update", ALLOW, expiring(1, 2), expiring(1)),
    Row(LIFECYCLE, "delete", REFUSE),
    Row(REPOSITORY_POLICY, "update", REFUSE, {"policy": NOBODY}, {"policy": ANYBODY}, says="grants more"),
    Row(REPOSITORY_POLICY, "create", REFUSE, {"repository": "shop", "policy": ANYBODY}, says="grants more"),
    Row(REPOSITORY_POLICY, "update", ALLOW, {"policy": ANYBODY}, {"policy": NOBODY}),
    Row(REGISTRY_POLICY, "update", REFUSE, {"policy": NOBODY}, {"policy": ANYBODY}, says="grants more"),
    Row(REGISTRY_POLICY, "update", WARN, {"policy": ANYBODY}, {"policy": NOBODY}),
    Row(REGISTRY_POLICY, "create", ALLOW, {"policy": NOBODY}),
    Row(
        REPLICATION,
        "update",
        REFUSE,
        {"replicationConfiguration": TO_OTHERS},
        {"replicationConfiguration": {"rules": []}},
        says="fewer images are replicated",
    ),
    Row(
        REPLICATION,
        "update",
        ALLOW,
        {"replicationConfiguration": {"rules": []}},
        {"replicationConfiguration": TO_OTHERS},
    ),
    *(
        Row(f"aws:ecr/{name[0].lower()}{name[1:]}:{name}", op, verdict)
        for name in (
            *("AccountSetting", "PullThroughCacheRule", "PullTimeUpdateExclusion"),
            *("RegistryScanningConfiguration", "RepositoryCreationTemplate"),
        )
        for op, verdict in (("delete", REFUSE), ("create", ALLOW))
    ),
    Row(PUBLIC, "delete", REFUSE, says="the images in it"),
    Row(PUBLIC, "update", REFUSE, {"forceDestroy": False}, {"forceDestroy": True}, says="removes the content"),
    Row(PUBLIC, "update", ALLOW, {"forceDestroy": True}, {"forceDestroy": False}),
    Row(PUBLIC_POLICY, "update", REFUSE, {"policy": NOBODY}, {"policy": ANYBODY}, says="grants more"),
    Row(PUBLIC_POLICY, "update", ALLOW, {"policy": ANYBODY}, {"policy": NOBODY}),
    # scaling
    Row(TARGET, "update", REFUSE, {"maxCapacity": 4}, {"maxCapacity": 0}, says="cannot scale up again"),
    Row(TARGET, "update", ALLOW, {"maxCapacity": 4}, {"maxCapacity": 8}),
    Row(TARGET, "replace", ALLOW, reasons=("resourceId",)),
    Row(TARGET, "delete", WARN),
    Row(POLICY, "delete", WARN),
    Row(POLICY, "replace", ALLOW, reasons=("name",)),
    Row("aws:appautoscaling/scheduledAction:ScheduledAction", "delete", WARN),
    Row("aws:appautoscaling/scheduledAction:ScheduledAction", "update", ALLOW, {"schedule": "a"}, {"schedule": "b"}),
    # images
    Row(IMAGE, "delete", WARN, {"imageName": f"{URL}:1"}),
    Row(IMAGE, "update", ALLOW, {"imageName": f"{URL}:1"}, {"imageName": f"{URL}:2"}),
    Row(PUSHED, "delete", WARN, {"name": f"{URL}:1"}, says="the image in its registry"),
    Row(
        PUSHED, "replace", REFUSE, {"name": f"{URL}:1"}, {"name": f"{URL}:2"}, reasons=("name",), says="in its registry"
    ),
    Row(PUSHED, "replace", ALLOW, {"name": f"{URL}:1", "keepRemotely": True}, reasons=("name",)),
    Row(PUSHED, "update", REFUSE, {"keepRemotely": True}, {"keepRemotely": False}, says="in the registry at a delete"),
    Row(PUSHED, "update", REFUSE, {"keepRemotely": True}, {}, says="in the registry at a delete"),
    Row(PUSHED, "update", ALLOW, {"keepRemotely": False}, {"keepRemotely": True}),
    Row(BUILT, "delete", WARN),
    Row(BUILT, "replace", ALLOW, reasons=("push",)),
    Row(INDEX, "replace", REFUSE, {"tag": f"{URL}:1"}, {"tag": f"{URL}:2"}, reasons=("tag",), says="in its registry"),
    Row(INDEX, "replace", ALLOW, {"tag": "shop:1", "push": False}, {"tag": "shop:2", "push": False}, reasons=("tag",)),
)


def judged(*steps: dict[str, Any], name: str = "main", terms: PlanTerms = PROD) -> ChangeFinding:
    return next(each for each in judge(read(*steps), terms).findings if each.change.name == name)


def made(row: Row) -> dict[str, Any]:
    return step(row.op, row.type, old=row.old, new=row.new, reasons=row.reasons, outputs=row.outputs)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.type.rpartition(':')[2]}-{row.op}-{row.verdict}")
def test_a_change_of_what_containers_are_made_of_is_judged_by_what_it_takes_away(row: Row):
    found = judged(made(row))
    assert found.verdict is row.verdict, found
    assert any(row.says in text for text in (*found.because, found.lost)), found
    if row.verdict is not ALLOW:
        assert found.fix


def test_every_type_of_containers_has_a_change_that_is_flagged_and_one_that_is_not():
    wanted = {token for token in resource_index() if token.split(":")[1].partition("/")[0] in SERVICES}
    wanted |= {token for token in LIVE if token.split(":")[1].partition("/")[0] in SERVICES}
    wanted |= {IMAGE, PUSHED, BUILT, INDEX}
    flagged = {row.type for row in ROWS if row.verdict is not ALLOW}
    passed = {row.type for row in ROWS if row.verdict is ALLOW}
    assert flagged == wanted
    assert passed == wanted


def test_the_inputs_of_images_that_are_judged_are_those_of_their_provider():
    known = inspect.signature(docker.RegistryImage._internal_init).parameters
    assert "keep_remotely" in known
    assert [row.path for row in TABLE[PUSHED]] == ["keepRemotely"]


SCALED = {"resourceId": "service/shop/web", "maxCapacity": 8}


@pytest.mark.parametrize(
    "target,verdict",
    [
        (SCALED, REFUSE),
        ({**SCALED, "resourceId": "service/shop/other"}, WARN),
        ({**SCALED, "maxCapacity": 0}, WARN),
    ],
)
def test_a_service_that_was_made_without_tasks_and_is_scaled_is_in_use(target: dict[str, Any], verdict: Verdict):
    """The program says 0 and ignores what becomes of it, so that its inputs say 0 for ever."""
    gone = step("delete", SERVICE, old={"desiredCount": 0}, outputs={"arn": ARN})
    assert judged(gone, step("same", TARGET, "scaling", old=target)).verdict is verdict


RELEASE = json.dumps({"release": {"image": {"id": f"{URL}@{DIGEST}"}}})
USERS = {
    "the-release": (RECORD, {"insecureValue": RELEASE}),
    "the-task": (TASK, {"containerDefinitions": json.dumps([{"name": "web", "image": f"{URL}@{DIGEST}"}])}),
    "the-function": ("aws:lambda/function:Function", {"imageUri": f"{URL}@{DIGEST}"}),
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("op", ["delete", "replace"])
@pytest.mark.parametrize("stage", [Stage.DEV, Stage.PROD])
def test_a_repository_goes_with_a_word_on_whose_image_is_in_it(user: str, op: str, stage: Stage):
    kind, inputs = USERS[user]
    gone = step(op, REPOSITORY, outputs={"repositoryUrl": URL}, reasons=("name",) if op == "replace" else ())
    found = judged(gone, step("same", kind, user, old=inputs), terms=PlanTerms(stage, date(2026, 3, 10)))
    assert found.verdict is (WARN if stage is Stage.DEV else REFUSE)
    assert f"{user} names an image that goes with it" in found.because


def test_a_repository_that_nothing_names_goes_without_such_a_word():
    gone = step("delete", REPOSITORY, outputs={"repositoryUrl": URL})
    other = step("same", RECORD, "the-release", old={"insecureValue": RELEASE.replace("/shop@", "/shop-other@")})
    found = judged(gone, other)
    assert found.verdict is REFUSE
    assert not [each for each in found.because if "names" in each]


def test_many_that_name_an_image_are_counted():
    users = [step("same", TASK, f"task-{at}", old={"containerDefinitions": f"{URL}@{DIGEST}"}) for at in range(5)]
    found = judged(step("delete", REPOSITORY, outputs={"repositoryUrl": URL}), *users)
    assert "task-0, task-1, task-2 and 2 more name an image that goes with it" in found.because


@pytest.mark.parametrize(
    "kind,inputs,outputs",
    [
        (PUSHED, {"name": f"{URL}:1"}, {"sha256Digest": DIGEST}),
        (INDEX, {"tag": f"{URL}:1"}, {"ref": f"{URL}:1@{DIGEST}"}),
    ],
)
def test_an_image_that_a_release_names_is_not_deleted_from_its_registry(
    kind: str, inputs: dict[str, Any], outputs: dict[str, Any]
):
    release = step("same", RECORD, "the-release", old={"insecureValue": RELEASE})
    found = judged(step("delete", kind, old=inputs, outputs=outputs), release)
    assert (found.verdict, found.operation) == (REFUSE, Operation.DELETE)
    assert "the-release names an image that goes with it" in found.because
    assert "keep_remotely=True" in found.fix
    other = step("same", RECORD, "the-release", old={"insecureValue": RELEASE.replace(DIGEST, f"sha256:{'b' * 64}")})
    assert judged(step("delete", kind, old=inputs, outputs=outputs), other).verdict is WARN
    kept = {"keepRemotely": True} if kind == PUSHED else {"push": False}
    assert judged(step("delete", kind, old={**inputs, **kept}, outputs=outputs), release).verdict is WARN


@pytest.mark.parametrize("kind", [PUSHED, INDEX])
def test_an_image_that_is_kept_at_a_delete_goes_from_no_release(kind: str):
    release = step("same", RECORD, "the-release", old={"insecureValue": RELEASE})
    outputs = {"sha256Digest": DIGEST, "ref": f"{URL}:1@{DIGEST}"}
    kept = {"retainOnDelete": True}
    assert judged(step("delete", kind, outputs=outputs, was=kept), release).verdict is WARN
    replaced = step("replace", kind, outputs=outputs, was=kept, reasons=("name",))
    assert judged(replaced, release).verdict is ALLOW
    comes_with_it = step("replace", kind, outputs=outputs, was={}, becomes=kept, reasons=("name",))
    assert judged(comes_with_it, release).verdict is REFUSE


FIRST, SECOND = (f"arn:aws:ecs:eu-west-1:123456789012:task-definition/web:{number}" for number in (1, 2))
OF_TASKS = json.dumps({"release": {"task_definition": FIRST}})


@pytest.mark.parametrize(
    "user,kept,verdict",
    [
        (step("same", SERVICE, "web", old={**RUNS, "taskDefinition": FIRST}), False, REFUSE),
        (step("same", SERVICE, "web", old={**RUNS, "taskDefinition": "web:1"}), False, REFUSE),
        (step("same", RECORD, "web", old={"insecureValue": OF_TASKS}), False, REFUSE),
        (step("same", SERVICE, "web", old={**RUNS, "taskDefinition": FIRST}), True, None),
        (step("same", SERVICE, "web", old={**RUNS, "taskDefinition": f"{FIRST}0"}), False, None),
        (
            step(
                "update", SERVICE, "web", old={**RUNS, "taskDefinition": FIRST}, new={**RUNS, "taskDefinition": SECOND}
            ),
            False,
            None,
        ),
    ],
)
@pytest.mark.parametrize("op,usual", [("delete", WARN), ("replace", ALLOW)])
def test_a_revision_that_something_names_afterwards_is_not_deregistered(
    user: dict[str, Any], kept: bool, verdict: Verdict | None, op: str, usual: Verdict
):
    """An ordinary deployment by hand moves the service on, and is not held up."""
    reasons = ("cpu",) if op == "replace" else ()
    gone = step(op, TASK, old={"skipDestroy": kept}, outputs={"arn": FIRST}, reasons=reasons)
    found = judged(gone, user)
    assert found.verdict is (verdict or usual)
    if verdict is REFUSE:
        assert "web names it, and no task starts from it any more" in found.because
        assert "skip_destroy=True" in found.fix


@pytest.mark.parametrize("kind", [REPOSITORY, PUBLIC, SERVICE, TASK_SET])
def test_the_first_run_of_a_teardown_may_set_what_a_delete_is_forced_by(kind: str):
    until = TeardownTerms(PROD.today + timedelta(days=3), "the shop moves")
    key = "forceDestroy" if kind == PUBLIC else "forceDelete"
    found = judged(step("update", kind, old=RUNS, new={**RUNS, key: True}), terms=replace(PROD, teardown=until))
    assert (found.verdict, found.lifts) == (ALLOW, True)
