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
            Mutability.REPLACED,
        )(
            image_id="ami-1",
            user_data=pulumi.Output.secret(CANARY),
            block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"encrypted": "true"}}],
            metadata_options={"http_tokens": "required"},
        )
        group = self.child(
            aws.autoscaling.Group,
            "group",
            Mutability.REPLACED,
            tagged=False,
        )(min_size=1, max_size=1, launch_template={"id": template.id, "version": "1"})
        self.child(aws.autoscaling.Policy, "cpu", Mutability.REPLACED, tagged=False)(autoscaling_group_name=group.name)
        self.child(aws.ssm.Parameter, "flag", Mutability.VERSIONED)(type="SecureString", value=CANARY)
        database = self.child(
            aws.rds.Instance,
            "orders",
            Mutability.CONTROLLED,
        )(
            instance_class="db.t4g.small",
            password=CANARY,
            deletion_protection=True,
            backup_retention_period=30,
            skip_final_snapshot=False,
            storage_encrypted=True,
            multi_az=True,
        )
        self.child(
            aws.rds.Instance,
            "replica",
            Mutability.REBUILDABLE,
        )(instance_class="db.t4g.small", replicate_source_db=database.id)
        bucket = self.child(aws.s3.Bucket, "files", Mutability.CONTROLLED)(force_destroy=False)
        # made without the component's help, and so without its protection
        aws.s3.BucketVersioning(
            f"{name}-versions",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.child(aws.ec2.Vpc, "vpc", Mutability.STABLE)(cidr_block="10.0.0.0/16")
        self.child(
            aws.secretsmanager.Secret,
            "key",
            Mutability.ROTATED,
        )(recovery_window_in_days=30, description=CANARY)
        self.register_outputs({"secret": CANARY})


def everything(*, protect: bool = True) -> None:
    Shop("shop", protect=protect)
    aws.sqs.Queue("mail", policy=CANARY)
    aws.dynamodb.Table("legacy<&>", billing_mode="PAY_PER_REQUEST", tags={"note": CANARY})
    pulumi.export("canary", CANARY)
