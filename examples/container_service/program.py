"""One image, and the service that runs it behind a load balancer, as a function that a test can run too."""

import pulumi

from strata import ContainerService, Ingress, Network, Stack


def program() -> None:
    """Everything this stack is."""
    stack = Stack.load()
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    image = stack.container_image("shop")  # built in dev, pinned by its digest in prod
    shop = ContainerService("shop", stack.container_services["shop"], image=image, network=network, ingress=ingress)
    pulumi.export("url", ingress.url)
    pulumi.export("image", image.reference)  # what to pin in the next stage, once it is proven
    pulumi.export("deployed", shop.deployed_image)
