"""The pipelines of the stack file, and the services whose images they bake, on a network that is there already."""

import pulumi

from strata import ImagePipeline, ImmutableService, Network, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
for name, settings in stack.image_pipelines.items():
    pulumi.export(name, ImagePipeline(name, settings, network=network).recipe_version)
for name, service in stack.services.items():
    ImmutableService(name, service, image=stack.image(name), network=network)
