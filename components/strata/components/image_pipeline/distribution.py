"""Where the images of a pipeline go, how they are called, and when old ones are deleted."""

from typing import Any, Final

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import assume_role_policy
from strata.components.base import Component
from strata.images import image_tags
from strata.images.recipe.documents import Recipe
from strata.naming import ROLE_NAME
from strata.settings.models import ImageLifecycleSettings, ImagePipelineSettings
from strata.spectrum import Mutability

__all__ = ["distribution", "lifecycle"]

_LIFECYCLE_POLICY: Final = "service-role/EC2ImageBuilderLifecycleExecutionPolicy"


def distribution(
    pipeline: Component, settings: ImagePipelineSettings, recipe: Recipe
) -> "aws.imagebuilder.DistributionConfiguration":
    """The image in this region, and its copies.

    A configuration is the same for every build, so that a name holds the moment of the build and no version; the
    version is a tag, which `strata image bake` sets on what it has checked.

    Args:
        pipeline: the pipeline.
        settings: its settings.
        recipe: what images are baked by.
    """
    app = settings.app or pipeline.pulumi_resource_name
    tags = {
        **pipeline.launched_tag_set(pipeline.child_name("image"), Mutability.VERSIONED),
        image_tags.APP: app,
        image_tags.BASE: settings.parent,
        image_tags.RECIPE: recipe.version,
    }

    def ami(key: str | None) -> dict[str, Any]:
        found: dict[str, Any] = {"name": f"{app}-{{{{ imagebuilder:buildDate }}}}", "ami_tags": tags}
        if key is not None:
            found["kms_key_id"] = key
        if settings.accounts:
            # AWS refuses an empty list.
            found["launch_permission"] = {"user_ids": list(settings.accounts)}
        return found

    home: Any = {
        "region": aws.get_region_output(opts=pipeline.lookups).region,
        "ami_distribution_configuration": ami(settings.kms_key_arn),
    }
    copies: list[Any] = [
        {"region": region, "ami_distribution_configuration": ami(copy.kms_key_arn)}
        for region, copy in sorted(settings.copies.items())
    ]
    return pipeline.child(
        aws.imagebuilder.DistributionConfiguration,
        "distribution",
        Mutability.VERSIONED,
    )(distributions=[home, *copies])


def lifecycle(pipeline: Component, settings: ImageLifecycleSettings) -> None:
    """The deletion of old images that nothing uses.

    Args:
        pipeline: the pipeline.
        settings: which ones are old.
    """
    role = pipeline.child(
        aws.iam.Role,
        "lifecycle_role",
        Mutability.STABLE,
        named=ROLE_NAME,
    )(assume_role_policy=assume_role_policy("imagebuilder"))
    allowed = pipeline.child(
        aws.iam.RolePolicyAttachment,
        "lifecycle_role_policy",
        Mutability.REPLACED,
        tagged=False,
    )(
        role=role.name,
        policy_arn=pulumi.Output.concat("arn:", pipeline.partition.partition, ":iam::aws:policy/", _LIFECYCLE_POLICY),
    )
    own = pipeline.tag_set(pipeline.child_name("image"), Mutability.VERSIONED)
    identity = ("strata:project", "strata:stack", "strata:component")
    pipeline.child(aws.imagebuilder.LifecyclePolicy, "lifecycle", Mutability.VERSIONED, depends_on=[allowed])(
        resource_type="AMI_IMAGE",
        execution_role=role.arn,
        resource_selection={"tag_map": {key: own[key] for key in identity}},
        policy_details=[
            {
                "action": {"type": "DELETE", "include_resources": {"amis": True, "snapshots": True}},
                "filter": {
                    "type": "AGE",
                    "value": settings.delete_after_days,
                    "unit": "DAYS",
                    "retain_at_least": settings.keep_images,
                },
                "exclusion_rules": {
                    "amis": {
                        "last_launched": {"value": settings.spare_launched_days, "unit": "DAYS"},
                        "tag_map": {image_tags.KEPT: image_tags.KEPT_VALUE},
                    },
                },
            }
        ],
    )
