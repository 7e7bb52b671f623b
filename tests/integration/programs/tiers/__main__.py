"""A network, a service and a shelf with data on it: replaced, removed, renamed or moved, as the stack file says."""

from typing import Any

import pulumi
import pulumi_aws as aws

from strata import ImmutableService, Ingress, Mutability, Network, Stack
from strata.components.base import Component
from strata.components.children import Children

config = pulumi.Config("trial")
shape = config.get("shape")


class ShelfChildren(Children):
    """What is on the shelf."""

    files: "aws.s3.Bucket"
    orders: "aws.rds.Instance"
    key: "aws.kms.Key"


class Shelf(Component[ShelfChildren]):
    """Data in a component: a bucket, a database and the key of both."""

    def __init__(self, name: str, *, protect: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, protect=protect, opts=opts)
        database: dict[str, Any] = {
            "engine": "postgres",
            "instance_class": "db.t4g.micro",
            "allocated_storage": 20,
            "username": "owner",
            "manage_master_user_password": True,
            "deletion_protection": protect,
            "skip_final_snapshot": False,
            "final_snapshot_identifier": f"{pulumi.get_stack()}-orders-final",
        }
        self.child(aws.s3.Bucket, "files", Mutability.CONTROLLED)()
        self.child(aws.rds.Instance, "orders", Mutability.CONTROLLED)(**database)
        self.child(aws.kms.Key, "key", Mutability.ROTATED)(enable_key_rotation=True)
        self.register_outputs({})


class Room(pulumi.ComponentResource):
    """Somewhere else to put the shelf."""

    def __init__(self, name: str) -> None:
        super().__init__("trial:index:Room", name)
        self.register_outputs({})


def elsewhere(made: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Everything with a region goes to another one, and what has none under another path: all of it is replaced."""
    if not made.type_.startswith("aws:"):
        return None
    key, value = ("path", "/elsewhere/") if made.type_.startswith("aws:iam/") else ("region", "eu-central-1")
    props: dict[str, Any] = dict(made.props)
    return pulumi.ResourceTransformationResult({**props, key: value} if key in props else props, made.opts)


if shape in {"elsewhere", "renamed elsewhere"}:
    pulumi.runtime.register_stack_transformation(elsewhere)

stack = Stack.load()
protect = stack.network.protect
match shape:
    case "renamed" | "renamed elsewhere":
        Shelf("store", protect=protect, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="shelf")]))
    case "moved":
        here = pulumi.ResourceOptions(parent=Room("room"), aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        Shelf("shelf", protect=protect, opts=here)
    case "renamed without an alias":
        Shelf("store", protect=protect)
    case "moved without an alias":
        Shelf("shelf", protect=protect, opts=pulumi.ResourceOptions(parent=Room("room")))
    case "unshelved" | "empty":
        pass
    case "bare":
        Shelf("shelf", protect=False)
    case _:
        Shelf("shelf", protect=protect)

if shape != "empty":
    network = Network("main", stack.network)
    ingress = Ingress("public", stack.ingress, network=network)
    for name, settings in stack.services.items():
        ImmutableService(name, settings, image=stack.image(name), network=network, ingress=ingress)
