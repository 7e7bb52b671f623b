"""A stack without any Strata component. Another edition replaces every resource; without one there are none.

What expires is added to it later: to a bucket that is there by then, and to one that is made with it. Everything is
protected, as far as Pulumi does that, where the stack file says so.
"""

import json

import pulumi
import pulumi_aws as aws

edition = pulumi.Config("trial").require_int("edition")
stack = pulumi.get_stack()
trust = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
            for service in ("ec2", "rds")
        ],
    }
)


def protected(made: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    return pulumi.ResourceTransformationResult(
        made.props, pulumi.ResourceOptions.merge(made.opts, pulumi.ResourceOptions(protect=True))
    )


if pulumi.Config("trial").get_bool("protected"):
    pulumi.runtime.register_stack_transformation(protected)

if edition:
    vpc = aws.ec2.Vpc("network", cidr_block=f"10.{edition}.0.0/16")
    subnets = [
        aws.ec2.Subnet(
            f"subnet-{zone}",
            vpc_id=vpc.id,
            cidr_block=f"10.{edition}.{index}.0/24",
            availability_zone=f"eu-west-1{zone}",
        )
        for index, zone in enumerate("ab")
    ]
    firewall = aws.ec2.SecurityGroup("firewall", vpc_id=vpc.id, description=f"edition {edition}")
    aws.iam.Role("role", name=f"{stack}-{edition}", assume_role_policy=trust)
    files = aws.s3.Bucket("files", bucket=f"{stack}-files-{edition}", force_destroy=True)
    if pulumi.Config("trial").get_bool("expires"):
        scratch = aws.s3.Bucket("scratch", force_destroy=True)
        for bucket, name in ((files, "files"), (scratch, "scratch")):
            aws.s3.BucketLifecycleConfiguration(
                f"{name}-expire",
                bucket=bucket.bucket,
                rules=[{"id": "all", "status": "Enabled", "expiration": {"days": 3650}}],
            )
    key = aws.kms.Key("key", customer_master_key_spec=("SYMMETRIC_DEFAULT", "RSA_2048")[edition - 1])
    secret = aws.secretsmanager.Secret("secret", name=f"{stack}-{edition}", recovery_window_in_days=0)
    aws.secretsmanager.SecretVersion("value", secret_id=secret.id, secret_string=f"canary-{edition}")
    places = aws.rds.SubnetGroup("places", name=f"{stack}-{edition}", subnet_ids=[subnet.id for subnet in subnets])
    database = aws.rds.Instance(
        "orders",
        engine="postgres",
        engine_version="16",
        instance_class="db.t4g.micro",
        allocated_storage=20,
        db_name=f"orders{edition}",
        username=f"owner{edition}",
        manage_master_user_password=True,
        db_subnet_group_name=places.name,
        storage_encrypted=True,
        skip_final_snapshot=True,
    )
    aws.rds.Cluster("ledger", engine="aurora-postgresql", database_name=f"ledger{edition}", skip_final_snapshot=True)
    aws.dynamodb.Table(
        "carts",
        name=f"{stack}-carts-{edition}",
        billing_mode="PAY_PER_REQUEST",
        hash_key=f"id{edition}",
        attributes=[{"name": f"id{edition}", "type": "S"}],
    )
    aws.efs.FileSystem("share", performance_mode=("generalPurpose", "maxIO")[edition - 1], encrypted=True)
    aws.route53.Zone("zone", name=f"edition{edition}.example.com")
    aws.lb.LoadBalancer("front", name=f"{stack}-{edition}", subnets=[subnet.id for subnet in subnets])
