"""A pipeline of machine images, for version 5 of the Terraform provider as for later ones."""

from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from strata import ImagePipeline, Network, Stack

# The real provider at hand may be of the 5.x line, where getRegion has a `name` and no `region` yet.
REGION = SimpleNamespace(region=pulumi.Config("aws").require("region"))
aws.get_region_output = lambda *_, **__: pulumi.Output.from_input(REGION)

stack = Stack.load()
network = Network("main", stack.network)
pipeline = ImagePipeline("web-image", stack.image_pipelines["web-image"], network=network)

pulumi.export("pipeline", pipeline.arn)
pulumi.export("recipe", pipeline.recipe_version)
