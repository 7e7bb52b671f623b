"""A fleet that is renewed by the calendar: servers by their age, their image by its pin."""

import pulumi

from strata import ImmutableService, Ingress, Network, Stack


def program() -> None:
    """Everything this stack is. What is periodic about it stands in the stack file."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    shop = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),
        network=network,
        ingress=ingress,
    )
    pulumi.export("url", ingress.url)
    pulumi.export("version", shop.deployed_version)
