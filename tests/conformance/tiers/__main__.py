"""The tiers beside a service that both the real provider at hand and the local AWS carry.

A `FileStore` is left out: the bridge has neither access points nor policies of file systems.
"""

from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from strata import Backup, Certificate, Database, Network, ObjectStore, ReadReplica, RuntimeConfig, Secret, Stack

# The real provider at hand may be of the 5.x line, where getRegion has a `name` and no `region` yet.
REGION = SimpleNamespace(region=pulumi.Config("aws").require("region"))
aws.get_region_output = lambda *_, **__: pulumi.Output.from_input(REGION)

stack = Stack.load()
network = Network("main", stack.network)
orders = Database("orders", stack.databases["orders"], network=network)
reports = ReadReplica("reports", stack.replicas["reports"], source=orders, network=network)
uploads = ObjectStore("uploads", stack.object_stores["uploads"])
config = RuntimeConfig("web", stack.runtime["web"])
mail = Secret("mail", stack.secrets["mail"])
zone = aws.route53.Zone("shop", name="example.com", comment="of the shop")
shop = Certificate("shop", stack.certificates["shop"], zone_id=zone.zone_id)
backup = Backup("backup", stack.backup)

pulumi.export("database", orders.identifier)
pulumi.export("mail", mail.arn)
pulumi.export("shop", shop.arn)
