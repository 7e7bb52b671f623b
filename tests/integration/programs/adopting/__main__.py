"""A worker and a database that others made: known by the names they have, which the program repeats."""

import pulumi

from strata import Database, ImmutableService, Network, Stack

stack = Stack.load()
network = Network.from_ids("main", **pulumi.Config("trial").require_object("network"))
orders = Database(
    "orders",
    stack.databases["orders"],
    network=network,
    overrides={"instance": {"identifier": "legacy-orders", "db_subnet_group_name": "legacy-orders"}},
)
jobs = ImmutableService(
    "jobs",
    stack.services["jobs"],
    image=stack.image("jobs"),
    network=network,
    reads=[orders.credentials],
    overrides={"group": {"name": "legacy-jobs"}},
)
pulumi.export("jobs", jobs.deployed_version)
pulumi.export("secret", orders.secret_arn)
