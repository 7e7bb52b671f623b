"""A program with something of every class, secrets in every place that takes one, and a resource in no component."""

import pulumi
import pulumi_aws as aws

from strata import Mutability
from strata.components.base import Component

__all__ = ["CANARY", "everything"]

CANARY = "canary-7f3a9c"


class Shop(Component):
    """A component of no library."""

    def __init__(self, name: str, *, protect: bool) -> None:
        super().__init__(name, protect=protect)
        template = self.child(
            aws.ec2.LaunchTemplate,
            "template",
            {
                "image_id": "ami-1",
                "user_data": pulumi.Output.secret(CANARY),
                "block_device_mappings": [{"device_name": "/dev/xvda", "ebs": {"encrypted": "true"}}],
                "metadata_options": {"http_tokens": "required"},
            },
            Mutability.REPLACED,
        )
        group = self.child(
            aws.autoscaling.Group,
            "group",
            {"min_size": 1, "max_size": 1, "launch_template": {"id": template.id, "version": "1"}},
            Mutability.REPLACED,
            tagged=False,
        )
        self.child(
            aws.autoscaling.Policy, "cpu", {"autoscaling_group_name": group.name}, Mutability.REPLACED, tagged=False
        )
        self.child(aws.ssm.Parameter, "flag", {"type": "SecureString", "value": CANARY}, Mutability.VERSIONED)
        database = self.child(
            aws.rds.Instance,
            "orders",
            {
                "instance_class": "db.t4g.small",
                "password": CANARY,
                "deletion_protection": True,
                "backup_retention_period": 30,
                "skip_final_snapshot": False,
                "storage_encrypted": True,
                "multi_az": True,
            },
            Mutability.CONTROLLED,
        )
        self.child(
            aws.rds.Instance,
            "replica",
            {"instance_class": "db.t4g.small", "replicate_source_db": database.id},
            Mutability.REBUILDABLE,
        )
        bucket = self.child(aws.s3.Bucket, "files", {"force_destroy": False}, Mutability.CONTROLLED)
        # made without the component's help, and so without its protection
        aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.child(aws.ec2.Vpc, "vpc", {"cidr_block": "10.0.0.0/16"}, Mutability.STABLE)
        self.child(
            aws.secretsmanager.Secret,
            "key",
            {"recovery_window_in_days": 30, "description": CANARY},
            Mutability.ROTATED,
        )
        self.register_outputs({"secret": CANARY})


def everything(*, protect: bool = True) -> None:
    Shop("shop", protect=protect)
    aws.sqs.Queue("mail", policy=CANARY)
    aws.dynamodb.Table("legacy<&>", billing_mode="PAY_PER_REQUEST", tags={"note": CANARY})
    pulumi.export("canary", CANARY)
