"""The reference stack: a shop on all six classes of the mutability spectrum."""

import pulumi

from strata import (
    Backup,
    ContainerService,
    Database,
    ImmutableService,
    Ingress,
    Network,
    ObjectStore,
    ReadReplica,
    RuntimeConfig,
    Secret,
    Stack,
)

stack = Stack.load()

# stable: what everything else stands on
network = Network("main", stack.network)
ingress = Ingress("public", stack.ingress, network=network)

# controlled and rebuildable: the data, what is made from it, and its backups
orders = Database("orders", stack.databases["orders"], network=network)
reports = ReadReplica("reports", stack.replicas["reports"], source=orders, network=network)
uploads = ObjectStore("uploads", stack.object_stores["uploads"])
Backup("backup", stack.backup)

# versioned and rotated: what servers read when they run
config = RuntimeConfig("shop", stack.runtime["shop"])
mail = Secret("mail", stack.secrets["mail"])

# replaced: two services on servers and one in containers behind one load balancer, and a worker that nobody calls
web = ImmutableService(
    "web", stack.services["web"], image=stack.image("web"), network=network, ingress=ingress, uses=[config]
)
api = ImmutableService(
    "api",
    stack.services["api"],
    image=stack.image("api"),
    network=network,
    ingress=ingress,
    uses=[config, orders, uploads.writer],
)
search = ContainerService(
    "search",
    stack.container_services["search"],
    image=stack.container_image("search"),
    network=network,
    ingress=ingress,
    uses=[config],
)
jobs = ImmutableService(
    "jobs", stack.services["jobs"], image=stack.image("jobs"), network=network, uses=[reports, mail]
)

pulumi.export("url", ingress.url)
pulumi.export("database", orders.identifier)
for name, service in {"web": web, "api": api, "jobs": jobs}.items():
    pulumi.export(name, {"version": service.deployed_version, "image": service.deployed_image_id})
pulumi.export("search", {"version": search.deployed_version, "image": search.deployed_image})
