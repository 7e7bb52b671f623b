"""EC2 Image Builder: where images are built and where they go, pipelines, and what becomes of old images."""

from typing import Final

from strata_rehearsal.plugin.type_row import ID, ApiCall, Lookup, P, PropertyStep, TypeRow
from strata_rehearsal.plugin.types.image_recipes import GONE, NAME, TAGS_BY_ARN, token

__all__ = ["ROWS"]


def _row(
    leaf: str,
    noun: str,
    names: str,
    *,
    defaults: dict[str, object] | None = None,
    renames: dict[str, str] | None = None,
) -> TypeRow:
    """A part that is changed in place, as a whole: what an update leaves out is gone.

    Args:
        leaf: the end of its token.
        noun: its name in the names of operations.
        names: its properties besides the name, separated by blanks.
        defaults: what the provider assumes.
        renames: AWS's member by property name.
    """
    member = f"{leaf.partition(':')[0]}Arn"
    sent = {name: P(name) for name in names.split()}
    update = ApiCall(f"update_{noun}", {member: ID, "clientToken": token, **sent})
    return TypeRow(
        tokens=(f"aws:imagebuilder/{leaf}",),
        service="imagebuilder",
        create=ApiCall(f"create_{noun}", {"name": P("name"), "clientToken": token, **sent}),
        id=member,
        read=Lookup(ApiCall(f"get_{noun}", {member: ID}), leaf.partition(":")[0], GONE),
        steps=(PropertyStep(names, update, on_create=False),),
        delete=ApiCall(f"delete_{noun}", {member: ID}),
        gone=GONE,
        replace="name",
        defaults=defaults or {},
        renames=renames or {},
        tagging=TAGS_BY_ARN,
        auto_name=NAME,
    )


INFRASTRUCTURE: Final = _row(
    "infrastructureConfiguration:InfrastructureConfiguration",
    "infrastructure_configuration",
    "description instanceMetadataOptions instanceProfileName instanceTypes keyPair logging placement resourceTags "
    "securityGroupIds snsTopicArn subnetId terminateInstanceOnFailure",
    defaults={"terminateInstanceOnFailure": True},
)

DISTRIBUTION: Final = _row(
    "distributionConfiguration:DistributionConfiguration",
    "distribution_configuration",
    "description distributions",
    renames={"default": "setDefaultVersion"},
)

PIPELINE: Final = _row(
    "imagePipeline:ImagePipeline",
    "image_pipeline",
    "containerRecipeArn description distributionConfigurationArn enhancedImageMetadataEnabled executionRole "
    "imageRecipeArn imageScanningConfiguration imageTestsConfiguration infrastructureConfigurationArn "
    "loggingConfiguration schedule status workflows",
    defaults={"enhancedImageMetadataEnabled": True, "status": "ENABLED"},
)

LIFECYCLE_POLICY: Final = _row(
    "lifecyclePolicy:LifecyclePolicy",
    "lifecycle_policy",
    "description executionRole policyDetails resourceSelection resourceType status",
    defaults={"status": "ENABLED"},
)

ROWS = (INFRASTRUCTURE, DISTRIBUTION, PIPELINE, LIFECYCLE_POLICY)
