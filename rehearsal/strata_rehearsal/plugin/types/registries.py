"""ECR: repositories of container images, who may reach them, and what expires in them."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow
from strata_rehearsal.plugin.types.tagging import arn_tags

__all__ = ["ROWS"]

_NO_REPOSITORY = ("RepositoryNotFoundException",)


def _arn(resource: LiveResource) -> str:
    return resource.arn(f"repository/{resource.id}")


def _scanning(resource: LiveResource, found: Mapping[str, Any]) -> Any:
    """What a program leaves to ECR is no block of its own."""
    told = found.get("imageScanningConfiguration")
    return told if "imageScanningConfiguration" in resource.inputs or (told or {}).get("scanOnPush") else None


_MUTABILITY = {
    "imageTagMutability": P("imageTagMutability"),
    "imageTagMutabilityExclusionFilters": P("imageTagMutabilityExclusionFilters"),
}

REPOSITORY = TypeRow(
    tokens=("aws:ecr/repository:Repository",),
    service="ecr",
    create=ApiCall(
        "create_repository",
        {
            "repositoryName": P("name"),
            "encryptionConfiguration": P("encryptionConfigurations"),
            "imageScanningConfiguration": P("imageScanningConfiguration"),
            **_MUTABILITY,
        },
    ),
    id="repository.repositoryName",
    read=Lookup(ApiCall("describe_repositories", {"repositoryNames": [ID]}), "repositories[0]", _NO_REPOSITORY),
    steps=(
        PropertyStep(
            " ".join(_MUTABILITY),
            ApiCall("put_image_tag_mutability", {"repositoryName": ID, **_MUTABILITY}),
            on_create=False,
        ),
        PropertyStep(
            "imageScanningConfiguration",
            ApiCall(
                "put_image_scanning_configuration",
                {
                    "repositoryName": ID,
                    "imageScanningConfiguration": lambda r: (
                        r.inputs.get("imageScanningConfiguration") or {"scanOnPush": False}
                    ),
                },
            ),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_repository", {"repositoryName": ID, "force": P("forceDelete")}),
    replace="name encryptionConfigurations",
    renames={
        "name": "repositoryName",
        "arn": "repositoryArn",
        "encryptionConfigurations": "encryptionConfiguration",
        "repositoryUrl": "repositoryUri",
    },
    defaults={"imageTagMutability": "MUTABLE"},
    outputs={"imageScanningConfiguration": _scanning},
    tagging=arn_tags(_arn, "resourceArn", "tags", "tagKeys", at="tags", on_create="tags"),
    auto_name=AutoName(256, lower=True),
)

LIFECYCLE_POLICY = TypeRow(
    tokens=("aws:ecr/lifecyclePolicy:LifecyclePolicy",),
    service="ecr",
    create=ApiCall("put_lifecycle_policy", {"repositoryName": P("repository"), "lifecyclePolicyText": P("policy")}),
    id="repositoryName",
    read=Lookup(
        ApiCall("get_lifecycle_policy", {"repositoryName": ID}),
        "",
        ("LifecyclePolicyNotFoundException", *_NO_REPOSITORY),
    ),
    delete=ApiCall("delete_lifecycle_policy", {"repositoryName": ID}),
    replace="policy repository",
    renames={"policy": "lifecyclePolicyText", "repository": "repositoryName"},
    documents=("policy",),
)

_SET_POLICY = ApiCall("set_repository_policy", {"repositoryName": P("repository"), "policyText": P("policy")})

REPOSITORY_POLICY = TypeRow(
    tokens=("aws:ecr/repositoryPolicy:RepositoryPolicy",),
    service="ecr",
    create=_SET_POLICY,
    id="repositoryName",
    read=Lookup(
        ApiCall("get_repository_policy", {"repositoryName": ID}),
        "",
        ("RepositoryPolicyNotFoundException", *_NO_REPOSITORY),
    ),
    steps=(PropertyStep("policy", _SET_POLICY, on_create=False),),
    delete=ApiCall("delete_repository_policy", {"repositoryName": ID}),
    replace="repository",
    renames={"policy": "policyText", "repository": "repositoryName"},
    documents=("policy",),
)

ROWS = (REPOSITORY, LIFECYCLE_POLICY, REPOSITORY_POLICY)
