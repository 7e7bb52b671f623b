"""The services of the stack file, of servers and of containers, each with the image that the stack file pins for it."""

import pulumi

from strata import ContainerService, ImmutableService, Ingress, Network, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
ingress = Ingress("public", stack.ingress, network=network)
for name, settings in stack.services.items():
    ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress)
for name, settings in stack.container_services.items():
    ContainerService(name, settings, image=stack.container_image(name), network=network, ingress=ingress)
