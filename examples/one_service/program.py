"""A service, its network and its load balancer, as a function that a test can run too."""

import pulumi

from strata import ImmutableService, Ingress, Network, Stack


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    shop = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),
        network=network,
        ingress=ingress,
        # The way out where a setting is missing: any input of a child, by its name.
        overrides={"launch_template": {"credit_specification": {"cpu_credits": "standard"}}},
    )
    pulumi.export("url", ingress.url)
    pulumi.export("version", shop.deployed_version)
