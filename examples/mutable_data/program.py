"""Servers that hold nothing, and two places for what must survive them."""

import pulumi

from strata import Database, ImmutableService, Ingress, Network, ObjectStore, Stack


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    orders = Database("orders", stack.databases["orders"], network=network)
    uploads = ObjectStore("uploads", stack.object_stores["uploads"])
    shop = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),
        network=network,
        ingress=ingress,
        uses=[orders, uploads.writer],
    )
    pulumi.export("url", ingress.url)
    pulumi.export("version", shop.deployed_version)
