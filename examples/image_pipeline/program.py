"""A pipeline that bakes the image of a service, and the service that runs the one that is pinned."""

import pulumi

from strata import ImagePipeline, ImmutableService, Network, Stack


def program() -> None:
    """Everything this stack is: `strata image bake dev web-image VERSION` does the rest."""
    stack = Stack.load()
    network = Network("main", stack.network)
    web = ImagePipeline("web-image", stack.image_pipelines["web-image"], network=network)
    # Before anything is baked nothing is pinned: the first `up` makes the pipeline alone.
    if "web" in stack.settings.images:
        ImmutableService("web", stack.services["web"], image=stack.image("web"), network=network)
    pulumi.export("pipeline", web.arn)
    pulumi.export("recipe", web.recipe_version)
