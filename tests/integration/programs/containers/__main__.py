"""The container services of the stack file, on a network that is there already, behind one load balancer."""

import pulumi

from strata import ContainerService, Ingress, Network, RuntimeConfig, Sidecar, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
ingress = Ingress(pulumi.Config("trial").get("ingress") or "public", stack.ingress, network=network)
images = pulumi.Config("trial").require_object("images")
read = {name: RuntimeConfig(name, settings) for name, settings in stack.runtime.items()}
for name, settings in stack.container_services.items():
    sidecars = {key: Sidecar(uses=[read[key]]) for key in settings.sidecars if key in read}
    service = ContainerService(name, settings, image=images[name], network=network, ingress=ingress, sidecars=sidecars)
    pulumi.export(name, service.deployed_version)
