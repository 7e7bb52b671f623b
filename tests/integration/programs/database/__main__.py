"""The databases of the stack file and their replicas, on a network that is there already."""

import pulumi

from strata import Database, Network, ReadReplica, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
databases = {name: Database(name, settings, network=network) for name, settings in stack.databases.items()}
replicas = {
    name: ReadReplica(name, settings, source=databases[settings.source], network=network)
    for name, settings in stack.replicas.items()
}
for name, each in {**databases, **replicas}.items():
    pulumi.export(name, each.identifier)
    pulumi.export(f"{name}-environment", dict(each.credentials.environment))
