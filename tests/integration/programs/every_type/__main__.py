"""One resource at least of every type the rehearsal's plugin carries to the local AWS, and some it only records."""

import json

import pulumi
import pulumi_aws as aws
from containers import container_service
from machine_images import image_pipeline
from server_changes import server_changes

config = pulumi.Config("trial")
image = aws.ec2.get_ami(owners=["self"], filters=[{"name": "image-id", "values": [config.require("image")]}])
stack = pulumi.get_stack()
tags = {"Owner": stack, **(config.get_object("tags") or {})}
zones = aws.get_availability_zones(state="available").names[:2]
partition, region = aws.get_partition().partition, aws.get_region().region

vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, enable_dns_support=True, tags=tags)
gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=tags)
public, private = (
    [
        aws.ec2.Subnet(
            f"{tier}-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.0.{first + index}.0/24",
            availability_zone=zone,
            map_public_ip_on_launch=tier == "public",
            tags=tags,
        ).id
        for index, zone in enumerate(zones)
    ]
    for tier, first in (("public", 0), ("private", 10))
)
table = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=tags)
aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
for zone, subnet in zip(zones, public, strict=True):
    aws.ec2.RouteTableAssociation(f"public-{zone}", route_table_id=table.id, subnet_id=subnet)
address = aws.ec2.Eip("nat", domain="vpc", tags=tags)
nat = aws.ec2.NatGateway("main", allocation_id=address.id, subnet_id=public[0], tags=tags)
inner = aws.ec2.RouteTable(
    "private", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "nat_gateway_id": nat.id}], tags=tags
)
aws.ec2.VpcEndpoint(
    "s3", vpc_id=vpc.id, service_name=f"com.amazonaws.{region}.s3", route_table_ids=[inner.id], tags=tags
)

balancer_group = aws.ec2.SecurityGroup("balancer", vpc_id=vpc.id, description="load balancer", tags=tags)
server_group = aws.ec2.SecurityGroup("servers", vpc_id=vpc.id, description="servers", tags=tags)
endpoint_group = aws.ec2.SecurityGroup(
    "endpoints",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/16"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
    tags=tags,
)
aws.vpc.SecurityGroupIngressRule(
    "http", security_group_id=balancer_group.id, ip_protocol="tcp", from_port=80, to_port=80, cidr_ipv4="0.0.0.0/0"
)
aws.vpc.SecurityGroupIngressRule(
    "from-balancer",
    security_group_id=server_group.id,
    ip_protocol="tcp",
    from_port=80,
    to_port=80,
    referenced_security_group_id=balancer_group.id,
    tags=tags,
)
aws.vpc.SecurityGroupEgressRule("anywhere", security_group_id=server_group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0")
aws.ec2.VpcEndpoint(
    "ssm",
    vpc_id=vpc.id,
    service_name=f"com.amazonaws.{region}.ssm",
    vpc_endpoint_type="Interface",
    subnet_ids=private,
    security_group_ids=[endpoint_group.id],
    private_dns_enabled=True,
)

assume = aws.iam.get_policy_document(
    statements=[
        {"actions": ["sts:AssumeRole"], "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}]}
    ]
)
role = aws.iam.Role("server", assume_role_policy=assume.json, tags=tags)
aws.iam.RolePolicyAttachment(
    "ssm", role=role.name, policy_arn=f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
)
logs = aws.cloudwatch.LogGroup("server", retention_in_days=30, tags=tags)


def may_write(arn: str) -> str:
    statement = {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [f"{arn}:*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)


aws.iam.RolePolicy("logs", role=role.id, policy=logs.arn.apply(may_write))
profile = aws.iam.InstanceProfile("server", role=role.name, tags=tags)
aws.ec2.FlowLog(
    "rejected", vpc_id=vpc.id, traffic_type="REJECT", log_destination=logs.arn, iam_role_arn=role.arn, tags=tags
)

template = aws.ec2.LaunchTemplate(
    "server",
    image_id=image.id,
    instance_type="t3.small",
    vpc_security_group_ids=[server_group.id],
    iam_instance_profile={"arn": profile.arn},
    metadata_options={"http_tokens": "required", "http_put_response_hop_limit": 1},
    block_device_mappings=[
        {"device_name": image.root_device_name, "ebs": {"volume_size": 20, "volume_type": "gp3", "encrypted": "true"}}
    ],
    monitoring={"enabled": True},
    tag_specifications=[{"resource_type": kind, "tags": {"Name": "server"}} for kind in ("instance", "volume")],
    user_data="IyEvYmluL3NoCg==",
    tags=tags,
)
balancer = aws.lb.LoadBalancer(
    "a-balancer-in-front",
    subnets=public,
    security_groups=[balancer_group.id],
    drop_invalid_header_fields=True,
    idle_timeout=70,
    tags=tags,
)
targets = aws.lb.TargetGroup(
    "server",
    port=80,
    protocol="HTTP",
    vpc_id=vpc.id,
    deregistration_delay=config.get_int("delay") or 60,
    health_check={"path": "/health", "interval": 10, "matcher": "200", "healthy_threshold": 2},
    tags=tags,
)
listener = aws.lb.Listener(
    "http",
    load_balancer_arn=balancer.arn,
    port=80,
    default_actions=[
        {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "404"}}
    ],
    tags=tags,
)
rule = aws.lb.ListenerRule(
    "server",
    listener_arn=listener.arn,
    priority=10,
    conditions=[{"host_header": {"values": ["b.example.com", "a.example.com"]}}, {"path_pattern": {"values": ["/*"]}}],
    actions=[{"type": "forward", "target_group_arn": targets.arn}],
    tags=tags,
)
group = aws.autoscaling.Group(
    "server",
    min_size=1,
    max_size=config.get_int("max") or 4,
    desired_capacity=2,
    vpc_zone_identifiers=private,
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
    target_group_arns=[targets.arn],
    health_check_type="ELB",
    health_check_grace_period=120,
    default_instance_warmup=30,
    instance_maintenance_policy={"min_healthy_percentage": 100, "max_healthy_percentage": 150},
    suspended_processes=["AZRebalance"],
    enabled_metrics=[aws.autoscaling.Metric.GROUP_IN_SERVICE_INSTANCES],
    termination_policies=["OldestLaunchTemplate", "Default"],
    tags=[{"key": key, "value": value, "propagate_at_launch": True} for key, value in tags.items()],
    opts=pulumi.ResourceOptions(depends_on=[rule], ignore_changes=["launchTemplate", "desiredCapacity"]),
)
aws.autoscaling.Policy(
    "cpu",
    autoscaling_group_name=group.name,
    policy_type="TargetTrackingScaling",
    target_tracking_configuration={
        "target_value": 50,
        "predefined_metric_specification": {"predefined_metric_type": "ASGAverageCPUUtilization"},
    },
)
aws.autoscaling.Schedule(
    "night", autoscaling_group_name=group.name, scheduled_action_name="night", min_size=1, recurrence="0 20 * * *"
)
aws.scheduler.Schedule(
    "refresh",
    schedule_expression="cron(0 3 ? * SUN *)",
    schedule_expression_timezone="Europe/Berlin",
    flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 60},
    target={
        "arn": "arn:aws:scheduler:::aws-sdk:autoscaling:startInstanceRefresh",
        "role_arn": role.arn,
        "input": group.name.apply(lambda name: json.dumps({"AutoScalingGroupName": name})),
        "retry_policy": {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 300},
    },
)
aws.autoscaling.LifecycleHook(
    "drain",
    autoscaling_group_name=group.name,
    lifecycle_transition="autoscaling:EC2_INSTANCE_TERMINATING",
    heartbeat_timeout=30,
    default_result="CONTINUE",
)

container_service(
    vpc=vpc.id, subnets=private, security_group=server_group.id, listener=listener.arn, role=role.arn, tags=tags
)

topic = aws.sns.Topic("alarms", display_name="Alarms", tags=tags)
aws.autoscaling.Notification(
    "server",
    group_names=[group.name],
    topic_arn=topic.arn,
    notifications=[
        aws.autoscaling.NotificationType.INSTANCE_LAUNCH,
        aws.autoscaling.NotificationType.INSTANCE_LAUNCH_ERROR,
    ],
)
errors = aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
    metric_name="HTTPCode_Target_5XX_Count",
    namespace="AWS/ApplicationELB",
    period=60,
    stat="Sum",
    dimensions={"TargetGroup": targets.arn_suffix},
)
aws.cloudwatch.MetricAlarm(
    "rate",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=2,
    threshold=5,
    treat_missing_data="notBreaching",
    alarm_actions=[topic.arn],
    metric_queries=[
        aws.cloudwatch.MetricAlarmMetricQueryArgs(id="rate", expression="errors * 2", return_data=True),
        aws.cloudwatch.MetricAlarmMetricQueryArgs(id="errors", metric=errors),
    ],
    tags=tags,
)
aws.cloudwatch.MetricAlarm(
    "slow",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=2,
    threshold=1.5,
    metric_name="TargetResponseTime",
    namespace="AWS/ApplicationELB",
    period=60,
    extended_statistic="p95",
    evaluate_low_sample_count_percentiles="ignore",
    dimensions={"TargetGroup": targets.arn_suffix},
)
server_changes(group, tags, config.get_int("delay") or 0)
release = pulumi.Output.json_dumps({"group": group.name, "version": template.latest_version})
aws.ssm.Parameter("release", name=f"/{stack}/release", type="String", insecure_value=release, tags=tags)
aws.ssm.Parameter("secret", name=f"/{stack}/secret", type="SecureString", value=pulumi.Output.secret("hunter2"))
bucket = aws.s3.Bucket("data", force_destroy=True, tags=tags)
versioning = aws.s3.BucketVersioning("data", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketServerSideEncryptionConfiguration(
    "data",
    bucket=bucket.id,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}, "bucket_key_enabled": True}],
)
aws.s3.BucketPublicAccessBlock("data", bucket=bucket.id, block_public_acls=True, restrict_public_buckets=True)
aws.s3.BucketOwnershipControls("data", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"})
aws.s3.BucketLifecycleConfiguration(
    "data",
    bucket=bucket.id,
    rules=[
        {
            "id": "old",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrent_version_expiration": {"noncurrent_days": config.get_int("delay") or 60},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}, {"days": 90, "storage_class": "GLACIER"}],
        }
    ],
    opts=pulumi.ResourceOptions(depends_on=[versioning]),
)
aws.s3.BucketObjectLockConfiguration(
    "data",
    bucket=bucket.id,
    rule={"default_retention": {"mode": "GOVERNANCE", "days": 1}},
    opts=pulumi.ResourceOptions(depends_on=[versioning]),
)
# The local AWS writes access logs, so this bucket is not empty either.
written = aws.s3.Bucket("written", force_destroy=True, tags=tags)


def may_be_written(arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"{arn}/*"}]}, indent=2)


writable = aws.s3.BucketPolicy("written", bucket=written.id, policy=written.arn.apply(may_be_written))
aws.s3.BucketLogging(
    "data",
    bucket=bucket.id,
    target_bucket=written.id,
    target_prefix="data/",
    opts=pulumi.ResourceOptions(depends_on=[writable]),
)
files = aws.efs.FileSystem(
    "files",
    encrypted=True,
    throughput_mode="elastic",
    lifecycle_policies=[
        {"transition_to_ia": "AFTER_30_DAYS"},
        {"transition_to_primary_storage_class": "AFTER_1_ACCESS"},
    ],
    tags=tags,
)
aws.efs.BackupPolicy("files", file_system_id=files.id, backup_policy={"status": "ENABLED"})
aws.efs.FileSystemPolicy(
    "files",
    file_system_id=files.id,
    policy=files.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["*"], "Resource": arn}],
            }
        )
    ),
)
aws.efs.AccessPoint(
    "files",
    file_system_id=files.id,
    posix_user={"uid": 1000, "gid": 1000},
    root_directory={"path": "/data", "creation_info": {"owner_uid": 1000, "owner_gid": 1000, "permissions": "0750"}},
    tags=tags,
)
for zone, subnet in zip(zones, private, strict=True):
    aws.efs.MountTarget(f"files-{zone}", file_system_id=files.id, subnet_id=subnet, security_groups=[server_group.id])
vault = aws.backup.Vault("kept", tags=tags)
aws.backup.VaultLockConfiguration("kept", backup_vault_name=vault.name, min_retention_days=7)
plan = aws.backup.Plan(
    "kept",
    rules=[
        {
            "rule_name": "daily",
            "target_vault_name": vault.name,
            "schedule": "cron(0 3 * * ? *)",
            "lifecycle": {"delete_after": config.get_int("delay") or 60},
            "recovery_point_tags": {"kept": "yes"},
        }
    ],
    tags=tags,
)
aws.backup.Selection(
    "kept",
    plan_id=plan.id,
    iam_role_arn=role.arn,
    resources=["*"],
    conditions=[{"string_equals": [{"key": "aws:ResourceTag/Owner", "value": stack}]}],
)
key = aws.kms.Key("data", description="data", enable_key_rotation=True, deletion_window_in_days=7, tags=tags)
aws.kms.Alias("data", name_prefix=f"alias/{stack}-", target_key_id=key.key_id)
secret = aws.secretsmanager.Secret(
    "login", description="login", kms_key_id=key.arn, recovery_window_in_days=7, tags=tags
)
aws.secretsmanager.SecretRotation(
    "login",
    secret_id=secret.id,
    rotation_lambda_arn=f"arn:{partition}:lambda:{region}:123456789012:function:rotate",
    rotation_rules={"schedule_expression": "rate(30 days)", "duration": "3h"},
    rotate_immediately=False,
)
certificate = aws.acm.Certificate(
    "shop",
    domain_name="shop.example.com",
    subject_alternative_names=["www.example.com", "*.shop.example.com"],
    validation_method="DNS",
    tags=tags,
)
aws.acm.CertificateValidation("shop", certificate_arn=certificate.arn)
database_subnets = aws.rds.SubnetGroup("orders", subnet_ids=private, tags=tags)
parameters = aws.rds.ParameterGroup(
    "orders", family="postgres16", parameters=[{"name": "log_statement", "value": "ddl"}], tags=tags
)
aws.rds.Instance(
    "orders",
    engine="postgres",
    engine_version="16.4",
    instance_class="db.t4g.small",
    allocated_storage=20,
    username="owner",
    manage_master_user_password=True,
    db_subnet_group_name=database_subnets.name,
    parameter_group_name=parameters.name,
    backup_retention_period=1,
    enabled_cloudwatch_logs_exports=["postgresql"],
    skip_final_snapshot=True,
    tags=tags,
)
zone = aws.route53.Zone("shop", name="shop.example.com", tags=tags)
aws.route53.Record("text", zone_id=zone.zone_id, name="about", type="TXT", ttl=300, records=["here"])
aws.route53.Record(
    "shop",
    zone_id=zone.zone_id,
    name="shop.example.com",
    type="A",
    aliases=[{"name": balancer.dns_name, "zone_id": balancer.zone_id, "evaluate_target_health": True}],
)
explicit = aws.Provider(
    "elsewhere",
    region="eu-central-1",
    endpoints=[{"ssm": config.require("endpoint"), "sts": config.require("endpoint")}],
    default_tags={"tags": {"team": "x"}},
)
aws.ssm.Parameter(
    "elsewhere",
    name=f"/{stack}/elsewhere",
    type="String",
    value="1",
    opts=pulumi.ResourceOptions(provider=explicit),
)

image_pipeline(region, partition, tags)

pulumi.export("group", group.name)
pulumi.export("template", template.id)
pulumi.export("version", template.latest_version)
pulumi.export("balancer", balancer.name)
pulumi.export("servers", server_group.id)
