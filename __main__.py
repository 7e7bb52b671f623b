"""The reference stack: two services behind one load balancer, and a worker that nobody calls."""

import pulumi

from strata import ImmutableService, Ingress, Network, Stack

stack = Stack.load()
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
web = ImmutableService("web", stack.services["web"], image=stack.image("web"), network=network, ingress=ingress)
api = ImmutableService("api", stack.services["api"], image=stack.image("api"), network=network, ingress=ingress)
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network)

pulumi.export("url", ingress.url)
for name, service in {"web": web, "api": api, "jobs": jobs}.items():
    pulumi.export(name, {"version": service.deployed_version, "image": service.deployed_image_id})
