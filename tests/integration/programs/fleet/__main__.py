"""The services of the stack file, on a network that is there already, behind one load balancer if any has routes."""

import pulumi

from strata import ImmutableService, Ingress, Network, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
routed = any(settings.routes for settings in stack.services.values())
ingress = Ingress("public", stack.ingress, network=network) if routed else None
for name, settings in stack.services.items():
    service = ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress)
    pulumi.export(name, service.deployed_version)
