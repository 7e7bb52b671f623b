"""What the rules over images, and over where they are kept, refuse and let pass."""

import json
from typing import Any

from strata.policy import Terms
from strata.resources.values import UNKNOWN
from strata.stage import Stage
from tests.unit.policy.cases import BUCKET, DEV, DIGEST, FUNCTION, GROUP, SERVER, TASK, TEMPLATE, Case, task

__all__ = ["BROKEN", "KEPT"]

DIGESTS = "digest-only"
BY_ID, FIXED_TAGS, STAY, FORCED = "image-by-id", "immutable-tags", "released-images-stay", "no-forced-deletion"

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
PUSHED = "docker:index/registryImage:RegistryImage"
JOB = "aws:batch/jobDefinition:JobDefinition"
TAGGED = {"image": "shop/web:1"}
BY_DIGEST = {"image": DIGEST}


def expiring(*selections: dict[str, Any]) -> dict[str, Any]:
    """A lifecycle whose rules select these, the last one first."""
    rules = [
        {"rulePriority": order, "selection": each, "action": {"type": "expire"}}
        for order, each in enumerate(selections, start=1)
    ]
    return {"policy": json.dumps({"rules": rules[::-1]})}


def spared(count: int = 1000) -> dict[str, Any]:
    """What selects the images that a gate has tagged."""
    return {
        "tagStatus": "tagged",
        "tagPrefixList": ["kept-"],
        "countType": "imageCountMoreThan",
        "countNumber": count,
    }


NEWEST = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}
UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}


def pods(*containers: dict[str, Any], first: bool = False) -> dict[str, Any]:
    return {"podProperties": {"initContainers" if first else "containers": list(containers)}}


def nodes(**properties: Any) -> dict[str, Any]:
    return {"nodeProperties": json.dumps({"nodeRangeProperties": [properties]})}


def everywhere(container: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every place of the provider's types in which a container, or the image it runs, is named."""
    image = container["image"]
    tasks = {"taskProperties": [{"containers": [container]}]}
    artifact = {"containerConfiguration": {"containerUri": image}}
    service = {"sourceConfiguration": {"imageRepository": {"imageIdentifier": image}}}
    return [
        (TASK, {"containerDefinitions": json.dumps([{"name": "app", **BY_DIGEST}, {"name": "agent", **container}])}),
        ("aws:ecs/daemonTaskDefinition:DaemonTaskDefinition", {"containerDefinitions": [container]}),
        ("aws:ecs/expressGatewayService:ExpressGatewayService", {"primaryContainer": container}),
        (JOB, {"containerProperties": json.dumps(container)}),
        (JOB, {"ecsProperties": json.dumps(tasks)}),
        (JOB, {"eksProperties": pods(container)}),
        (JOB, {"eksProperties": pods(container, first=True)}),
        (JOB, nodes(container=container)),
        (JOB, nodes(ecsProperties=tasks)),
        (JOB, nodes(eksProperties=pods(container))),
        (JOB, nodes(eksProperties=pods(container, first=True))),
        (
            "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion",
            {"containers": [container]},
        ),
        ("aws:sagemaker/model:Model", {"containers": [container]}),
        ("aws:sagemaker/model:Model", {"primaryContainer": container}),
        ("aws:apprunner/service:Service", service),
        ("aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime", {"agentRuntimeArtifact": artifact}),
        ("aws:bedrock/agentcoreHarness:AgentcoreHarness", {"environmentArtifact": artifact}),
        ("aws:emrserverless/application:Application", {"imageConfiguration": {"imageUri": image}}),
        (FUNCTION, {"imageUri": image}),
        ("docker:index/container:Container", {"image": image}),
        ("docker:index/remoteImage:RemoteImage", {"name": image}),
        ("docker:index/service:Service", {"taskSpec": {"containerSpec": container}}),
    ]


BROKEN = [
    *(Case(DIGESTS, type_, inputs, "runs shop/web:1") for type_, inputs in everywhere(TAGGED)),
    Case(BY_ID, TEMPLATE, {"imageId": "resolve:ssm:/golden/web"}, "resolve:ssm:/golden/web"),
    Case(BY_ID, TEMPLATE, {"imageId": "resolve:ssm:/golden/web:stable"}, "can be another image tomorrow"),
    Case(BY_ID, TEMPLATE, {"imageId": "resolve:ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/web"}, "parameter/web"),
    Case(BY_ID, SERVER, {"ami": "resolve:ssm:/golden/web"}, "/golden/web"),
    Case(
        BY_ID,
        "aws:batch/computeEnvironment:ComputeEnvironment",
        {"computeResources": {"ec2Configurations": [{"imageIdOverride": "resolve:ssm:/golden/web"}]}},
        "/golden/web",
    ),
    Case(FIXED_TAGS, REPOSITORY, {}, "moved to other images"),
    Case(FIXED_TAGS, REPOSITORY, {"imageTagMutability": "MUTABLE"}, "moved to other images"),
    Case(FIXED_TAGS, REPOSITORY, {"imageTagMutability": "MUTABLE_WITH_EXCLUSION"}, "moved to other images"),
    Case(FIXED_TAGS, "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", {}, "moved to other images"),
    Case(STAY, LIFECYCLE, expiring(NEWEST), "expire that a release"),
    Case(STAY, LIFECYCLE, expiring({**NEWEST, "tagStatus": "tagged", "tagPrefixList": ["v"]}), "expire that a release"),
    Case(STAY, LIFECYCLE, expiring(NEWEST, spared()), "expire that a release"),
    Case(STAY, LIFECYCLE, expiring(spared(3), NEWEST), "expire that a release"),
    Case(STAY, LIFECYCLE, expiring({**spared(), "countType": "sinceImagePushed"}, NEWEST), "expire that a release"),
    Case(STAY, PUSHED, {"name": "shop/web:1"}, "deleted from its registry"),
    Case(STAY, PUSHED, {"name": "shop/web:1", "keepRemotely": False}, "deleted from its registry"),
    Case(STAY, "docker-build:index:Index", {"tag": "shop/web:1", "push": True}, "deleted from its registry"),
    Case(FORCED, REPOSITORY, {"forceDelete": True}, "together with its content in prod"),
    Case(FORCED, BUCKET, {"forceDestroy": "true"}, "together with its content in staging", Terms(Stage.STAGING)),
    Case(DIGESTS, TASK, task(image="shop/web:latest"), "shop/web:latest in its container app"),
    Case(DIGESTS, TASK, task(image="shop/web"), "shop/web"),
    Case(DIGESTS, TASK, task(image="shop/web@sha256:12"), "sha256:12"),
    Case(DIGESTS, FUNCTION, {"imageUri": "shop/web:1.0"}, "shop/web:1.0"),
    Case(DIGESTS, "docker:index/container:Container", {"image": "nginx:1.27"}, "nginx:1.27"),
    Case(DIGESTS, "docker:index/service:Service", {"taskSpec": {"containerSpec": {"image": "nginx"}}}, "nginx"),
    Case(
        DIGESTS,
        "aws:batch/jobDefinition:JobDefinition",
        {"containerProperties": json.dumps({"image": "shop/job:1"})},
        "shop/job:1",
    ),
]

KEPT = [
    Case(DIGESTS, TASK, task()),
    Case(DIGESTS, TASK, {"containerDefinitions": UNKNOWN}),
    Case(DIGESTS, TASK, {"containerDefinitions": "not JSON"}),
    Case(DIGESTS, FUNCTION, {"s3Bucket": "code"}),
    Case(DIGESTS, "docker:index/container:Container", {"image": f"sha256:{'ab' * 32}"}),
    Case(DIGESTS, "docker:index/container:Container", {"image": UNKNOWN}),
    *(Case(DIGESTS, type_, inputs) for type_, inputs in everywhere(BY_DIGEST)),
    Case(DIGESTS, TASK, {"containerDefinitions": UNKNOWN}),
    Case(DIGESTS, "docker:index/image:Image", {"imageName": "shop/web:1"}),
    Case(DIGESTS, "docker:index/remoteImage:RemoteImage", {"name": "shop/web:1", "build": {"context": "."}}),
    Case(
        DIGESTS,
        "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion",
        {"containers": [{"image": ":shop.web.12"}]},
    ),
    Case(BY_ID, TEMPLATE, {"imageId": "ami-0f3c51d29a7e84b61"}),
    Case(BY_ID, TEMPLATE, {"imageId": "resolve:ssm:/golden/web:3"}),
    Case(BY_ID, TEMPLATE, {"imageId": "resolve:ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/web:3"}),
    Case(BY_ID, TEMPLATE, {"imageId": UNKNOWN}),
    Case(BY_ID, TEMPLATE, {"userData": "resolve:ssm:/golden/web"}),
    Case(BY_ID, "aws:cloud9/environmentEC2:EnvironmentEC2", {"imageId": "resolve:ssm:/aws/service/cloud9/amis/x"}),
    Case(FIXED_TAGS, REPOSITORY, {"imageTagMutability": "IMMUTABLE"}),
    Case(FIXED_TAGS, REPOSITORY, {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}),
    Case(FIXED_TAGS, REPOSITORY, {"imageTagMutability": UNKNOWN}),
    Case(STAY, LIFECYCLE, expiring()),
    Case(STAY, LIFECYCLE, expiring(UNTAGGED)),
    Case(STAY, LIFECYCLE, expiring(UNTAGGED, spared(), NEWEST)),
    Case(STAY, LIFECYCLE, expiring({**spared(100), "tagPrefixList": None, "tagPatternList": ["kept-*"]}, NEWEST)),
    Case(STAY, LIFECYCLE, {"policy": UNKNOWN}),
    Case(STAY, PUSHED, {"keepRemotely": True}),
    Case(STAY, PUSHED, {"keepRemotely": UNKNOWN}),
    Case(STAY, "docker-build:index:Index", {"push": False}),
    Case(STAY, "docker-build:index:Image", {"push": True}),
    Case(STAY, "docker:index/image:Image", {"imageName": "shop/web:1"}),
    Case(FORCED, REPOSITORY, {"forceDelete": False}),
    Case(FORCED, REPOSITORY, {"forceDelete": UNKNOWN}),
    Case(FORCED, REPOSITORY, {"forceDelete": True}, terms=DEV),
    Case(FORCED, REPOSITORY, {"forceDelete": True}, terms=Terms(teardown=True)),
    Case(FORCED, GROUP, {"forceDelete": True}),
    Case(FORCED, "aws:ecs/service:Service", {"forceDelete": True}),
]
