"""A fleet of servers that are changed in place by a pinned playbook, a quarter of them at a time."""

import pulumi

from strata import Ingress, MaintainedFleet, Network, Stack


def program() -> None:
    """Everything this stack is. How its servers change stands in the stack file."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    legacy = MaintainedFleet(
        "legacy",
        stack.maintained["legacy"],
        image=stack.image("legacy"),
        network=network,
        ingress=ingress,
    )
    pulumi.export("url", ingress.url)
    pulumi.export("association", legacy.association_id)
