"""A pipeline of EC2 Image Builder: how an image is baked, and never the baking itself."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.access import Usable
from strata.components.base import Component
from strata.components.children import Children
from strata.components.image_pipeline.build_server import infrastructure
from strata.components.image_pipeline.distribution import distribution, lifecycle
from strata.components.image_pipeline.parent_image import parent_device
from strata.components.inputs import ImagePipelineOverrides
from strata.components.network import AnyNetwork, Tier, place
from strata.images.pipeline_record import PipelineRecord
from strata.images.recipe.documents import Recipe, recipe_of
from strata.images.recipe.reading import read_definition
from strata.naming import bake_order_name, pipeline_record_name, stack_path
from strata.settings.models import ImagePipelineSettings
from strata.spectrum import Mutability

__all__ = ["ImagePipeline", "ImagePipelineChildren"]

_HASHED = "nothing: it is a hash of the content, which Image Builder never changes under a version"
_PINNED = "set `parent`"
_FIXED_INPUTS: Mapping[str, Mapping[str, str]] = {
    "component": {
        "version": _HASHED,
        "data": "change the file that the step is in",
        "uri": "change the file that the step is in",
        "skip_destroy": "nothing: the recipes of images that exist name it",
    },
    "recipe": {
        "version": _HASHED,
        "components": "set the steps of the pipeline",
        "parent_image": _PINNED,
    },
    "pipeline": {
        "image_recipe_arn": "nothing: it is the recipe of this pipeline",
        "container_recipe_arn": "use a ContainerImage",
        "schedule": "nothing: `strata image bake` says which version is baked",
    },
    "record": {"name": "nothing: `strata image bake` looks there", "value": "nothing", "insecure_value": "nothing"},
}
"""Inputs that no override may set, each with the way that is meant."""


class ImagePipelineChildren(Children):
    """What the component ImagePipeline makes."""

    component: "Sequence[aws.imagebuilder.Component]"
    """The documents with the steps, in the order in which they run."""
    recipe: "aws.imagebuilder.ImageRecipe"
    """The parent, the documents and the root volume."""
    role: "aws.iam.Role"
    """The role of the servers that build and test."""
    role_policy: "Sequence[aws.iam.RolePolicyAttachment]"
    """AWS's own policies of that role."""
    build_policy: "aws.iam.RolePolicy"
    """The permission to read which version is baked, to fetch it, and to write logs and reports."""
    profile: "aws.iam.InstanceProfile"
    """What gives the role to servers."""
    security_group: "aws.ec2.SecurityGroup"
    """The security group of those servers, into which nothing is let."""
    egress: "Sequence[aws.vpc.SecurityGroupEgressRule]"
    """What they may reach: HTTPS and HTTP."""
    log_group: "aws.cloudwatch.LogGroup"
    """The logs of builds."""
    infrastructure: "aws.imagebuilder.InfrastructureConfiguration"
    """Where and as what those servers run."""
    distribution: "aws.imagebuilder.DistributionConfiguration"
    """Where images go, and who may launch them."""
    pipeline: "aws.imagebuilder.ImagePipeline"
    """The pipeline."""
    lifecycle_role: "aws.iam.Role | None"
    """The role by which Image Builder deletes old images."""
    lifecycle_role_policy: "aws.iam.RolePolicyAttachment | None"
    """AWS's own policy for that."""
    lifecycle: "aws.imagebuilder.LifecyclePolicy | None"
    """Which images are deleted."""
    record: "aws.ssm.Parameter"
    """What `strata image bake STACK NAME VERSION` reads."""


class ImagePipeline(Component[ImagePipelineChildren]):
    """How a machine image is baked: from a pinned parent, by files of the project, for this account and others.

    `up` makes the pipeline and waits for no build: `strata image bake STACK NAME VERSION` starts one, checks what came
    out, tags it and writes its catalogue. Nothing that is baked is pinned by it.

    Every version is a hash of its content. A changed step is a new document beside the old one, and a new recipe beside
    the old one, which the pipeline then uses; the former ones stay in AWS, because the images that were baked by them
    name them. Equal definitions have equal versions, on every machine.

    Args:
        name: the component's name.
        settings: see `ImagePipelineSettings`. Paths in it begin at the program's folder.
        network: where the servers that build and test run: in a private subnet, with a way out to AWS and to the
            repositories of the packages.
        uses: what the steps read besides, such as `uploads.reader` of an `ObjectStore` that holds the artifact. Only
            its permissions count. Default: nothing.
        overrides: inputs of single children, by the child's name in `ImagePipelineChildren`. One that exists several
            times is changed everywhere.
        opts: Pulumi options of the component.

    Raises:
        ImageError: a file is not there, or a step would make another image tomorrow; when the program runs, a parent
            that is not there, is of another account or of another architecture.
        UsageError: the network has no private subnet, or an override does not fit.
    """

    MUTABILITY = Mutability.VERSIONED

    FIXED_INPUTS = _FIXED_INPUTS

    arn: pulumi.Output[str]
    """ARN of the pipeline."""
    recipe_version: pulumi.Output[str]
    """Version of the recipe: a hash of everything that images are baked by."""

    def __init__(
        self,
        name: str,
        settings: ImagePipelineSettings,
        *,
        network: AnyNetwork,
        uses: Sequence[Usable] = (),
        overrides: ImagePipelineOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        project, stack = pulumi.get_project(), pulumi.get_stack()
        order = bake_order_name(project, stack, name)
        recipe = recipe_of(read_definition(name, settings, order_parameter=order))
        ground = place(self, network, Tier.PRIVATE, user="a server that bakes images")
        logs = self._log_group(settings)
        servers = infrastructure(self, settings, ground, order=order, logs=logs, uses=uses)
        spread = distribution(self, settings, recipe)
        pipeline = self._pipeline(settings, self._recipe(settings, recipe), servers, spread, logs)
        if settings.lifecycle is not None:
            lifecycle(self, settings.lifecycle)
        self._record(settings, recipe, pipeline, logs, pipeline_record_name(project, stack, name))

        self.arn = pipeline.arn
        self.recipe_version = pulumi.Output.from_input(recipe.version)
        self.publish()

    def _log_group(self, settings: ImagePipelineSettings) -> "aws.cloudwatch.LogGroup":
        """A log group below the prefix to which the service-linked role of Image Builder may write."""
        place = stack_path(pulumi.get_project(), pulumi.get_stack(), f"images/{self.pulumi_resource_name}")
        return self.child(
            aws.cloudwatch.LogGroup,
            "log_group",
            Mutability.VERSIONED,
            suffix="logs",
        )(
            name=f"/aws/imagebuilder{place}",
            retention_in_days=settings.log_retention_days,
        )

    def _recipe(self, settings: ImagePipelineSettings, recipe: Recipe) -> "aws.imagebuilder.ImageRecipe":
        components = [
            self.child(
                aws.imagebuilder.Component,
                "component",
                Mutability.VERSIONED,
                suffix=f"component-{document.name}",
                # Older recipes name it, and AWS refuses to delete what something names.
                kept=True,
            )(platform="Linux", version=document.version, data=document.text, skip_destroy=True)
            for document in recipe.documents
        ]
        ebs: aws.imagebuilder.ImageRecipeBlockDeviceMappingEbsArgsDict = {
            "volume_size": settings.volume.size_gib,
            "volume_type": settings.volume.type.value,
            "encrypted": "true",
            "delete_on_termination": "true",
        }
        if settings.kms_key_arn is not None:
            ebs["kms_key_id"] = settings.kms_key_arn
        # Named by Pulumi: one that is made again after a change was taken back would meet its own name and version.
        return self.child(
            aws.imagebuilder.ImageRecipe,
            "recipe",
            Mutability.VERSIONED,
            # Images that were baked by it name it.
            kept=True,
        )(
            version=recipe.version,
            parent_image=settings.parent,
            components=[{"component_arn": each.arn} for each in components],
            block_device_mappings=[{"device_name": parent_device(self, settings), "ebs": ebs}],
        )

    def _pipeline(
        self,
        settings: ImagePipelineSettings,
        recipe: "aws.imagebuilder.ImageRecipe",
        servers: "aws.imagebuilder.InfrastructureConfiguration",
        spread: "aws.imagebuilder.DistributionConfiguration",
        logs: "aws.cloudwatch.LogGroup",
    ) -> "aws.imagebuilder.ImagePipeline":
        scan: dict[str, Any] = {"image_scanning_configuration": {"image_scanning_enabled": True}}
        return self.child(aws.imagebuilder.ImagePipeline, "pipeline", Mutability.VERSIONED)(
            image_recipe_arn=recipe.arn,
            infrastructure_configuration_arn=servers.arn,
            distribution_configuration_arn=spread.arn,
            # It fails where the account has an inventory association of its own, and the image has its own manifest.
            enhanced_image_metadata_enabled=False,
            image_tests_configuration={"image_tests_enabled": True, "timeout_minutes": settings.test_minutes},
            logging_configuration={"image_log_group_name": logs.name},
            status="ENABLED",
            **(scan if settings.scan else {}),
        )

    def _record(
        self,
        settings: ImagePipelineSettings,
        recipe: Recipe,
        pipeline: "aws.imagebuilder.ImagePipeline",
        logs: "aws.cloudwatch.LogGroup",
        name: str,
    ) -> None:
        """What the command line needs to know, where it finds it with names and credentials alone."""
        said = PipelineRecord.described(self.pulumi_resource_name, settings, recipe=recipe.version)
        region = aws.get_region_output(opts=self.lookups).region

        def document(known: Mapping[str, str]) -> str:
            return json.dumps({**said, **known}, sort_keys=True)

        value = pulumi.Output.all(pipeline=pipeline.arn, log_group=logs.name, region=region).apply(document)
        self.child(aws.ssm.Parameter, "record", Mutability.VERSIONED)(name=name, type="String", insecure_value=value)
