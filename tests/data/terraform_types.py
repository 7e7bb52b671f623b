"""Which Terraform type stands behind a Pulumi type, where the names do not say so, and what its questions need."""

import re

from strata_rehearsal.plugin.recorded import KNOWN
from strata_rehearsal.plugin.types import ROWS

__all__ = ["BASE", "EMPTY", "NEWER", "PROPERTIES", "VALUES", "terraform_type", "tokens"]

MORE = (
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:backup/vaultNotifications:VaultNotifications",
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:efs/accessPoint:AccessPoint",
    "aws:efs/backupPolicy:BackupPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:rds/eventSubscription:EventSubscription",
    "aws:rds/snapshot:Snapshot",
    "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "aws:s3/bucketNotification:BucketNotification",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
)
"""Types beside those the plugin has tables for: neighbours of what the components are made of."""

TYPES = {
    "alb": "lb",
    "appautoscaling/policy": "appautoscaling_policy",
    "autoscaling/policy": "autoscaling_policy",
    "cloudwatch/compositeAlarm": "cloudwatch_composite_alarm",
    "lb/loadBalancer": "lb",
    "rds/instance": "db_instance",
    "rds/optionGroup": "db_option_group",
    "rds/parameterGroup": "db_parameter_group",
    "rds/proxy": "db_proxy",
    "rds/subnetGroup": "db_subnet_group",
    "rds/eventSubscription": "db_event_subscription",
    "rds/snapshot": "db_snapshot",
    "s3/bucketLifecycleConfiguration": "s3_bucket_lifecycle_configuration",
    "s3/bucketReplicationConfig": "s3_bucket_replication_configuration",
    "iam/openIdConnectProvider": "iam_openid_connect_provider",
}
"""Terraform's name without `aws_`, by module and name."""

NO_MODULE = {"ec2"}
"""Modules that Terraform's names leave out."""


def tokens() -> list[str]:
    """The types to ask about."""
    return sorted({*ROWS, *KNOWN, *MORE})


def terraform_type(token: str) -> str:
    """Terraform's name of a Pulumi type."""
    module, _, name = token.removeprefix("aws:").partition(":")[0].partition("/")
    module = "lb" if module == "alb" else module
    if listed := TYPES.get(f"{module}/{name}"):
        return f"aws_{listed}"
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    return f"aws_{snake}" if module in NO_MODULE else f"aws_{module}_{snake}"


EMPTY: dict[str, set[str]] = {
    "aws_dynamodb_table": {"read_capacity", "write_capacity"},
    "aws_sns_topic": {"fifo_throughput_scope"},
}
"""Computed attributes that AWS leaves empty in what is asked about."""

PROPERTIES: dict[tuple[str, str], str] = {
    ("aws_cloudwatch_metric_alarm", "alarm_name"): "name",
    ("aws_cloudwatch_log_subscription_filter", "log_group_name"): "logGroup",
    ("aws_lambda_function", "filename"): "code",
    ("aws_lambda_function", "function_name"): "name",
    ("aws_lambda_permission", "function_name"): "function",
    ("aws_sns_topic_subscription", "topic_arn"): "topic",
}
"""Pulumi's name of a property, by Terraform type and path, where it is neither the same nor its plural."""

BASE: dict[str, dict[str, object]] = {
    "aws_ecs_task_definition": {"container_definitions": '[{"name":"web","image":"alpha"}]', "family": "alpha"},
    "aws_dynamodb_table": {"billing_mode": "PAY_PER_REQUEST", "hash_key": "alpha", "attribute": True},
    "aws_lambda_function": {"handler": "main.handler", "runtime": "python3.12", "filename": "code.zip"},
    "aws_lb_target_group": {"port": 80, "protocol": "HTTP", "vpc_id": "vpc-alpha"},
    "aws_db_instance": {"engine": "postgres", "engine_version": "16.4", "instance_class": "db.m7g.large"},
    "aws_imagebuilder_lifecycle_policy": {
        "execution_role": "arn:aws:iam::123456789012:role/alpha",
        "resource_type": "AMI_IMAGE",
    },
    "aws_rds_cluster": {"engine": "aurora-postgresql", "cluster_identifier": "alpha"},
}
"""Attributes that a plan of the type cannot do without, by path."""

VALUES: dict[tuple[str, str], tuple[str, str]] = {
    ("aws_dynamodb_table", "billing_mode"): ("PROVISIONED", "PAY_PER_REQUEST"),
    ("aws_ecs_task_definition", "container_definitions"): (
        '[{"name":"web","image":"alpha"}]',
        '[{"name":"web","image":"beta"}]',
    ),
    ("aws_elasticache_replication_group", "engine"): ("redis", "valkey"),
    ("aws_elasticache_replication_group", "engine_version"): ("7.0", "7.1"),
    ("aws_imagebuilder_lifecycle_policy", "execution_role"): (
        "arn:aws:iam::123456789012:role/alpha",
        "arn:aws:iam::123456789012:role/beta",
    ),
    ("aws_imagebuilder_lifecycle_policy", "resource_type"): ("AMI_IMAGE", "CONTAINER_IMAGE"),
    ("aws_imagebuilder_lifecycle_policy", "status"): ("ENABLED", "DISABLED"),
    ("aws_lb_target_group", "protocol"): ("HTTP", "HTTPS"),
    ("aws_lb_target_group", "target_type"): ("instance", "ip"),
    ("aws_ssm_parameter", "tier"): ("Standard", "Advanced"),
    ("aws_ssm_parameter", "type"): ("String", "SecureString"),
    ("aws_vpc", "instance_tenancy"): ("default", "dedicated"),
}
"""The two texts to ask with where the provider's answer depends on them."""

_SUBNET = ("ipv4IpamPoolId", "ipv4NetmaskLength", "ipv6IpamPoolId", "ipv6NetmaskLength")

NEWER: dict[tuple[str, str], str] = {
    ("aws:alb/targetGroup:TargetGroup", "targetControlPort"): "replaces: only CreateTargetGroup takes it",
    ("aws:lb/targetGroup:TargetGroup", "targetControlPort"): "replaces: only CreateTargetGroup takes it",
    ("aws:ec2/flowLog:FlowLog", "regionalNatGatewayId"): "replaces: EC2 cannot change a flow log",
    ("aws:ec2/natGateway:NatGateway", "availabilityMode"): "replaces: only CreateNatGateway takes it",
    ("aws:ec2/natGateway:NatGateway", "vpcId"): "replaces: only CreateNatGateway takes it",
    **dict.fromkeys(
        (("aws:ec2/subnet:Subnet", name) for name in _SUBNET),
        "replaces: the range of a subnet is given to CreateSubnet",
    ),
    ("aws:efs/mountTarget:MountTarget", "ipAddressType"): "replaces: only CreateMountTarget takes it",
    ("aws:efs/mountTarget:MountTarget", "ipv6Address"): "replaces: only CreateMountTarget takes it",
    ("aws:imagebuilder/image:Image", "loggingConfiguration"): "replaces: only CreateImage takes it",
    ("aws:imagebuilder/imageRecipe:ImageRecipe", "amiTags"): "replaces: a recipe does not change",
    ("aws:s3/bucket:Bucket", "bucketNamespace"): "replaces: only CreateBucket takes it",
}
"""Properties of 6.x where the documentation is silent, by AWS's API as botocore ships it."""
