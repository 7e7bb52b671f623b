"""Servers that are replaced for their software, and not for a toggle."""

import pulumi

from strata import ImmutableService, Ingress, Network, RuntimeConfig, Stack


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    config = RuntimeConfig("shop", stack.runtime["shop"])
    shop = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),
        network=network,
        ingress=ingress,
        uses=[config],
    )
    pulumi.export("url", ingress.url)
    pulumi.export("version", shop.deployed_version)
