"""Two stacks: one is the network, the other stands on it and can neither change nor delete it."""

import pulumi

from strata import ImmutableService, Ingress, Network, Stack


def network() -> None:
    """The stack that few people apply, and rarely."""
    stack = Stack.load()
    main = Network("main", stack.network)
    pulumi.export("network", main.exports)


def shop() -> None:
    """The stack that is applied ten times a day."""
    stack = Stack.load()
    # With a network in a project of its own, this names that project.
    apart = pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/network")
    main = Network.from_stack("main", apart)
    ingress = Ingress("public", stack.ingress, network=main)
    service = ImmutableService(
        "shop",
        stack.services["shop"],
        image=stack.image("shop"),
        network=main,
        ingress=ingress,
    )
    pulumi.export("url", ingress.url)
    pulumi.export("version", service.deployed_version)
