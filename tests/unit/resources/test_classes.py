"""What a resource is, by its tag or by its type."""

import json
from typing import Any

import pytest

from strata.resources.classes import Classification, Source, class_of, holds_data, is_judged, type_class
from strata.resources.protections.held import held_by
from strata.resources.resource import Resource
from strata.spectrum import MUTABILITY_TAG, Mutability

TAGGED = {MUTABILITY_TAG: "stable"}
REPOSITORY = "aws:ecr/repository:Repository"


@pytest.mark.parametrize(
    "token,mutability",
    [
        ("aws:rds/instance:Instance", Mutability.CONTROLLED),
        ("aws:rds/cluster:Cluster", Mutability.CONTROLLED),
        ("aws:dynamodb/table:Table", Mutability.CONTROLLED),
        ("aws:s3/bucket:Bucket", Mutability.CONTROLLED),
        ("aws:s3/bucketV2:BucketV2", Mutability.CONTROLLED),
        ("aws:s3/bucketVersioningV2:BucketVersioningV2", Mutability.CONTROLLED),
        ("aws:efs/fileSystem:FileSystem", Mutability.CONTROLLED),
        ("aws:ebs/volume:Volume", Mutability.CONTROLLED),
        ("aws:opensearch/domain:Domain", Mutability.CONTROLLED),
        ("aws:cognito/userPool:UserPool", Mutability.CONTROLLED),
        ("aws:ec2/vpc:Vpc", Mutability.STABLE),
        ("aws:route53/zone:Zone", Mutability.STABLE),
        ("aws:rds/subnetGroup:SubnetGroup", Mutability.STABLE),
        ("aws:alb/loadBalancer:LoadBalancer", Mutability.STABLE),
        ("aws:kms/key:Key", Mutability.ROTATED),
        ("aws:acm/certificate:Certificate", Mutability.ROTATED),
        ("aws:secretsmanager/secretRotation:SecretRotation", Mutability.ROTATED),
        ("aws:elasticache/replicationGroup:ReplicationGroup", Mutability.REBUILDABLE),
        ("aws:ssm/parameter:Parameter", Mutability.VERSIONED),
        ("aws:lambda/layerVersion:LayerVersion", Mutability.VERSIONED),
        ("aws:lambda/function:Function", Mutability.REPLACED),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", Mutability.REPLACED),
        ("aws:iam/rolePolicy:RolePolicy", Mutability.REPLACED),
        ("random:index/randomPassword:RandomPassword", Mutability.ROTATED),
    ],
)
def test_a_type_has_a_class(token: str, mutability: Mutability):
    found = type_class(Resource(token))
    assert (found.mutability, found.source) == (mutability, Source.TYPE)


@pytest.mark.parametrize(
    "token", ["aws:sagemaker/model:Model", "aws:new/thing:Thing", "postgresql:index/database:D", "x"]
)
def test_a_type_that_nobody_has_classed_is_treated_as_if_it_held_data(token: str):
    found = class_of(Resource(token))
    assert (found.mutability, found.source) == (Mutability.CONTROLLED, Source.UNKNOWN)


@pytest.mark.parametrize(
    "token,inputs,mutability",
    [
        ("aws:rds/instance:Instance", {"replicateSourceDb": "orders"}, Mutability.REBUILDABLE),
        ("aws:ssm/parameter:Parameter", {"type": "SecureString"}, Mutability.ROTATED),
        ("aws:ssm/parameter:Parameter", {"type": "String"}, Mutability.VERSIONED),
    ],
)
def test_some_types_are_what_their_inputs_make_them(token: str, inputs: dict[str, Any], mutability: Mutability):
    assert class_of(Resource(token, inputs=inputs)).mutability is mutability


@pytest.mark.parametrize(
    "state",
    [
        Resource("aws:sqs/queue:Queue", inputs={"tags": TAGGED}),
        Resource("aws:sqs/queue:Queue", outputs={"tagsAll": TAGGED}),
        Resource("aws:autoscaling/group:Group", inputs={"tags": [{"key": MUTABILITY_TAG, "value": "stable"}]}),
    ],
)
def test_a_tag_knows_better_than_the_type(state: Resource):
    assert class_of(state).mutability is Mutability.STABLE
    assert class_of(state).source is Source.TAG


@pytest.mark.parametrize(
    "tags", [{MUTABILITY_TAG: "sturdy"}, {}, None, "[secret]", [{"key": "team", "value": "stable"}]]
)
def test_a_tag_that_says_nothing_leaves_the_type(tags: Any):
    assert class_of(Resource("aws:s3/bucket:Bucket", inputs={"tags": tags})).source is Source.TYPE


@pytest.mark.parametrize("token", ["pulumi:pulumi:Stack", "pulumi:providers:aws", "pulumi:pulumi:StackReference"])
def test_what_is_the_engines_own_is_not_judged(token: str):
    assert not is_judged(Resource(token))


def test_a_component_is_judged_by_its_children():
    assert not is_judged(Resource("strata:index:Network", custom=False))


CONTAINERS = {
    "aws:ecs/service:Service": Mutability.REPLACED,
    "aws:ecs/taskDefinition:TaskDefinition": Mutability.REPLACED,
    "aws:ecs/cluster:Cluster": Mutability.STABLE,
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Mutability.STABLE,
    REPOSITORY: Mutability.CONTROLLED,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Mutability.CONTROLLED,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Mutability.CONTROLLED,
    "aws:appautoscaling/target:Target": Mutability.REPLACED,
    "aws:appautoscaling/policy:Policy": Mutability.REPLACED,
}


@pytest.mark.parametrize("token", sorted(CONTAINERS))
def test_what_containers_are_made_of_has_a_class(token: str):
    assert type_class(Resource(token)) == Classification(CONTAINERS[token], Source.TYPE)


def test_of_these_only_a_repository_holds_something():
    assert [token for token in CONTAINERS if holds_data(Resource(token))] == [REPOSITORY]


def test_a_repository_is_held_by_tags_that_stay_and_by_a_delete_that_leaves_its_images():
    held = held_by(Resource(REPOSITORY, inputs={"imageTagMutability": "IMMUTABLE", "forceDelete": False}))
    assert list(held) == ["immutable tags", "not emptied on delete"]
    assert list(held_by(Resource(REPOSITORY, inputs={"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}))) == []


TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"


def containers(*found: dict[str, Any]) -> dict[str, Any]:
    return {"containerDefinitions": json.dumps(found)}


BY_DIGEST = {"image": f"shop/web@sha256:{'a' * 64}", "readonlyRootFilesystem": True}
BREAKER = {"enable": True, "rollback": True}


@pytest.mark.parametrize(
    "type_,inputs,held",
    [
        (TASK, containers(BY_DIGEST, BY_DIGEST), ["images by digest", "read-only file systems"]),
        (TASK, containers(BY_DIGEST, {"image": "agent:1"}), []),
        (TASK, {**containers(), "skipDestroy": True}, ["earlier revisions stay"]),
        (TASK, {"containerDefinitions": "no JSON"}, []),
        (SERVICE, {"deploymentCircuitBreaker": BREAKER}, ["ECS goes back by itself"]),
        (SERVICE, {"alarms": BREAKER}, ["ECS goes back by itself"]),
        (SERVICE, {"deploymentCircuitBreaker": {"enable": True, "rollback": False}, "alarms": {}}, []),
        (REPOSITORY, {"imageScanningConfiguration": {"scanOnPush": True}}, ["images scanned on push"]),
        ("docker:index/registryImage:RegistryImage", {"keepRemotely": True}, ["stays in its registry"]),
        ("docker:index/registryImage:RegistryImage", {}, []),
    ],
)
def test_what_containers_are_held_by_is_named(type_: str, inputs: dict[str, Any], held: list[str]):
    assert list(held_by(Resource(type_, inputs=inputs))) == held


def test_an_image_that_leaves_its_registry_with_its_resource_is_no_compute():
    for type_ in ("docker:index/registryImage:RegistryImage", "docker-build:index:Index"):
        assert type_class(Resource(type_)).mutability is Mutability.VERSIONED
    for type_ in ("docker:index/image:Image", "docker-build:index:Image", "docker:index/container:Container"):
        assert type_class(Resource(type_)).mutability is Mutability.REPLACED
