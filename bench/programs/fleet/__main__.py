"""As many services as the stack file has, behind one load balancer."""

from strata import ImmutableService, Ingress, Network, Stack

stack = Stack.load()
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
for name, settings in stack.services.items():
    ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress)
