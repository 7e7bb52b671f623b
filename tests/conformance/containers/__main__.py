"""A container service behind a load balancer, as far as version 5 of the Terraform provider carries one.

Its service has no block `deployment_configuration`, so there is no strategy but ECS's own, which is rolling.
"""

from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from strata import ContainerService, Ingress, Network, Stack

# The real provider at hand may be of the 5.x line, where getRegion has a `name` and no `region` yet.
REGION = SimpleNamespace(region=pulumi.Config("aws").require("region"))
aws.get_region_output = lambda *_, **__: pulumi.Output.from_input(REGION)

stack = Stack.load()
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)
image = stack.container_image("web")
web = ContainerService("web", stack.container_services["web"], image=image, network=network, ingress=ingress)

pulumi.export("service", web.service_arn)
pulumi.export("release", web.release)
