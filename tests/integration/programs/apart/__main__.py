"""The services of the stack file on networks that nobody made here: of the account by its ids, and of another stack."""

import pulumi

from strata import Database, ImmutableService, Ingress, Network, Stack

stack = Stack.load()
account = Network.from_ids(
    "account",
    vpc_id="vpc-0a1b2c3d4e5f60718",
    cidr="10.0.0.0/16",
    public_subnet_ids=[f"subnet-0a1b2c3d4e5f6071{n}" for n in "12"],
    private_subnet_ids=[f"subnet-0a1b2c3d4e5f6071{n}" for n in "34"],
)
apart = Network.from_stack("apart", pulumi.StackReference("acme/network/prod"))
ingress = Ingress("public", stack.ingress, network=account)
for name, settings in stack.services.items():
    service = ImmutableService(name, settings, image=stack.image(name), network=account, ingress=ingress)
    pulumi.export(name, service.deployed_version)
for name, wanted in stack.databases.items():
    pulumi.export(f"{name}-identifier", Database(name, wanted, network=apart).identifier)
