"""What the conformance tests put up: every kind of resource the components make, once."""

from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from strata import ImmutableService, Ingress, MaintainedFleet, Network, Stack

# The real provider at hand may be of the 5.x line, where getRegion has a `name` and no `region` yet.
REGION = SimpleNamespace(region=pulumi.Config("aws").require("region"))
aws.get_region_output = lambda *_, **__: pulumi.Output.from_input(REGION)

stack = Stack.load()
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
web = ImmutableService("web", stack.services["web"], image=stack.image("web"), network=network, ingress=ingress)
jobs = ImmutableService("jobs", stack.services["jobs"], image=stack.image("jobs"), network=network)
MaintainedFleet("legacy", stack.maintained["legacy"], image=stack.image("legacy"), network=network)

pulumi.export("group", web.group_name)
pulumi.export("release", web.release)
