"""The parts of EC2 Image Builder."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

__all__ = ["image_pipeline"]

DOCUMENT = """\
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - name: provision
        action: ExecuteBash
        inputs: {commands: [dnf install -y shop-1.2.3]}
"""


def image_pipeline(region: str, partition: str, tags: Mapping[str, str]) -> None:
    """A pipeline with all that it needs.

    Args:
        region: where its images are built and go.
        partition: the partition of AWS.
        tags: the tags of everything.
    """
    named = f"image-{pulumi.get_stack()}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    role = aws.iam.Role(f"{named}-builder", assume_role_policy=json.dumps(trust), tags=tags)
    profile = aws.iam.InstanceProfile(f"{named}-builder", role=role.name, tags=tags)
    component = aws.imagebuilder.Component(
        "base", name=f"{named}-base", version="1.0.0", platform="Linux", data=DOCUMENT, tags=tags
    )
    recipe = aws.imagebuilder.ImageRecipe(
        "shop",
        name=named,
        version="1.0.0",
        parent_image=f"arn:{partition}:imagebuilder:{region}:aws:image/amazon-linux-2023-x86/x.x.x",
        components=[{"component_arn": component.arn}],
        block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"volume_size": 12, "volume_type": "gp3"}}],
        tags=tags,
    )
    infrastructure = aws.imagebuilder.InfrastructureConfiguration(
        "small",
        instance_profile_name=profile.name,
        instance_types=["t3.small"],
        instance_metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1},
        tags=tags,
    )
    distribution = aws.imagebuilder.DistributionConfiguration(
        "here",
        distributions=[
            {
                "region": region,
                "ami_distribution_configuration": {
                    "name": named + "-{{ imagebuilder:buildDate }}",
                    "ami_tags": {"app": "shop"},
                },
            }
        ],
        tags=tags,
    )
    aws.imagebuilder.ImagePipeline(
        "shop",
        name=named,
        image_recipe_arn=recipe.arn,
        infrastructure_configuration_arn=infrastructure.arn,
        distribution_configuration_arn=distribution.arn,
        schedule={"schedule_expression": "cron(0 3 * * ? *)"},
        tags=tags,
    )
    aws.imagebuilder.LifecyclePolicy(
        "shop",
        execution_role=role.arn,
        resource_type="AMI_IMAGE",
        policy_details=[
            {
                "action": {"type": "DELETE", "include_resources": {"amis": True, "snapshots": True}},
                "filter": {"type": "AGE", "value": 6, "unit": "MONTHS", "retain_at_least": 5},
            }
        ],
        resource_selection={"recipes": [{"name": named, "semantic_version": "x.x.x"}]},
        tags=tags,
    )
    aws.imagebuilder.Image(
        "shop", image_recipe_arn=recipe.arn, infrastructure_configuration_arn=infrastructure.arn, tags=tags
    )
