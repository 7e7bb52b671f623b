"""A container service, and beside the application in each task an agent that reads what to do while it runs."""

import pulumi

from strata import ContainerService, Ingress, Network, RuntimeConfig, Sidecar, Stack


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    config = RuntimeConfig("agent", stack.runtime["agent"])
    shop = ContainerService(
        "shop",
        stack.container_services["shop"],
        image=stack.container_image("shop"),
        sidecars={"agent": Sidecar(image=stack.container_image("agent"), uses=[config])},
        network=network,
        ingress=ingress,
    )
    pulumi.export("url", ingress.url)
    pulumi.export("deployed", shop.deployed_image)
