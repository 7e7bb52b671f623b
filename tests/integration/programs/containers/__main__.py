"""The container services of the stack file, on a network that is there already, behind one load balancer."""

import pulumi

from strata import ContainerService, Ingress, Network, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
ingress = Ingress("public", stack.ingress, network=network)
images = pulumi.Config("trial").require_object("images")
for name, settings in stack.container_services.items():
    service = ContainerService(name, settings, image=images[name], network=network, ingress=ingress)
    pulumi.export(name, service.deployed_version)
