"""A pipeline of EC2 Image Builder whose recipe moves from version to version."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config("trial")
version, keep = config.require("version"), config.require_bool("keep")
# the provider deletes a resource before it replaces it where a program names it, unless the program says otherwise
create_first = False if config.get_bool("create_first") else None
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
document = {
    "schemaVersion": 1.0,
    "phases": [
        {
            "name": "build",
            "steps": [
                {
                    "name": "provision",
                    "action": "ExecuteBash",
                    "inputs": {"commands": [f"dnf install -y shop-{version}"]},
                }
            ],
        }
    ],
}
role = aws.iam.Role("builder", assume_role_policy=json.dumps(trust))
profile = aws.iam.InstanceProfile("builder", role=role.name)
component = aws.imagebuilder.Component(
    "base",
    name=f"base-{pulumi.get_stack()}",
    version=version,
    platform="Linux",
    data=json.dumps(document),
    skip_destroy=keep,
    opts=pulumi.ResourceOptions(delete_before_replace=create_first),
)
recipe = aws.imagebuilder.ImageRecipe(
    "shop",
    name=pulumi.get_stack(),
    version=version,
    parent_image=config.require("image"),
    components=[{"component_arn": component.arn}],
    opts=pulumi.ResourceOptions(retain_on_delete=keep, delete_before_replace=create_first),
)
infrastructure = aws.imagebuilder.InfrastructureConfiguration("small", instance_profile_name=profile.name)
pipeline = aws.imagebuilder.ImagePipeline(
    "shop",
    name=pulumi.get_stack(),
    image_recipe_arn=recipe.arn,
    infrastructure_configuration_arn=infrastructure.arn,
)
pulumi.export("pipeline", pipeline.arn)
pulumi.export("recipe", recipe.arn)
