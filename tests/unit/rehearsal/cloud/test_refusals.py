"""What AWS would refuse is refused in a rehearsal too, by AWS's code and in its words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import REGION, Aws


def refused(call: Any, **values: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**values)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("name", ["192.168.1.1", "my..bucket", "xn--logs", "logs-s3alias"])
def test_a_bucket_of_a_name_that_s3_refuses_is_not_made(bare: Aws, name: str):
    code, _ = refused(bare.s3.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert code == "InvalidBucketName"


@pytest.mark.parametrize("cidr", ["127.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "10.0.0.0/15"])
def test_a_network_in_addresses_that_no_network_can_have_is_not_made(bare: Aws, cidr: str):
    code, message = refused(bare.ec2.create_vpc, CidrBlock=cidr)
    assert (code, cidr in message) == ("InvalidVpc.Range", True)


def test_a_load_balancer_called_internal_is_not_made(aws: Aws):
    code, message = refused(aws.elbv2.create_load_balancer, Name="internal-web", Subnets=aws.subnets)
    assert code == "ValidationError"
    assert "internal-" in message


def test_a_load_balancer_in_one_zone_is_not_made(aws: Aws):
    assert refused(aws.elbv2.create_load_balancer, Name="one", Subnets=aws.subnets[:1]) == (
        "ValidationError",
        "At least two subnets in two different Availability Zones must be specified",
    )
    assert refused(aws.elbv2.set_subnets, LoadBalancerArn=aws.balancer, Subnets=aws.subnets[:1])[0] == "ValidationError"


def test_a_load_balancer_with_two_subnets_in_one_zone_is_not_made(aws: Aws):
    twin = aws.ec2.create_subnet(VpcId=aws.vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}a")
    code, _ = refused(aws.elbv2.create_load_balancer, Name="twins", Subnets=[*aws.subnets, twin["Subnet"]["SubnetId"]])
    assert code == "InvalidConfigurationRequest"


def test_a_network_load_balancer_is_content_with_one_zone(aws: Aws):
    aws.elbv2.create_load_balancer(Name="one", Type="network", Subnets=aws.subnets[:1])


def listen(aws: Aws, policy: str) -> Any:
    kept = aws.iam.upload_server_certificate(ServerCertificateName="shop", CertificateBody="-", PrivateKey="-")
    return aws.elbv2.create_listener(
        LoadBalancerArn=aws.balancer,
        Protocol="HTTPS",
        Port=443,
        SslPolicy=policy,
        Certificates=[{"CertificateArn": kept["ServerCertificateMetadata"]["Arn"]}],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": aws.targets}],
    )


def test_a_listener_with_a_tls_policy_that_elb_does_not_have_is_not_made(aws: Aws):
    code, _ = refused(lambda: listen(aws, "ELBSecurityPolicy-TLS13-1-2-2021-6"))
    assert code == "SSLPolicyNotFound"


def test_a_listener_can_move_between_tls_policies_that_moto_does_not_know(aws: Aws):
    made = listen(aws, "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04")["Listeners"][0]["ListenerArn"]
    aws.elbv2.modify_listener(ListenerArn=made, SslPolicy="ELBSecurityPolicy-FS-1-2-Res-2019-08")
    (shown,) = aws.elbv2.describe_listeners(ListenerArns=[made])["Listeners"]
    assert shown["SslPolicy"] == "ELBSecurityPolicy-FS-1-2-Res-2019-08"


def rule(aws: Aws, *, hosts: list[str] | None = None, paths: list[str] | None = None) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = []
    if hosts:
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": hosts}})
    if paths:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}})
    actions = [{"Type": "forward", "TargetGroupArn": aws.targets}]
    return {"ListenerArn": aws.listener, "Priority": 7, "Conditions": conditions, "Actions": actions}


@pytest.mark.parametrize(
    "conditions",
    [
        {"hosts": ["localhost"]},
        {"hosts": ["shop.example.c0m"]},
        {"hosts": ["shop.example.com:8443"]},
        {"hosts": ["10.0.0.1"]},
        {"paths": ["/a=b"]},
        {"paths": ["/ä"]},
    ],
)
def test_a_rule_for_a_host_or_path_that_elb_cannot_match_is_not_made(aws: Aws, conditions: dict[str, list[str]]):
    code, message = refused(aws.elbv2.create_rule, **rule(aws, **conditions))
    assert (code, "is not valid" in message) == ("ValidationError", True)


def test_a_rule_with_six_values_or_six_wildcards_is_not_made(aws: Aws):
    six = [f"/{n}" for n in range(5)]
    assert refused(aws.elbv2.create_rule, **rule(aws, hosts=["a.example.com"], paths=six)) == (
        "ValidationError",
        "A rule can only have '5' condition values",
    )
    assert refused(aws.elbv2.create_rule, **rule(aws, hosts=["*.?.example.com"], paths=["/*/*/*/*"])) == (
        "ValidationError",
        "A rule can only have '5' condition wildcards",
    )


def test_a_rule_of_just_what_elb_takes_is_made_and_cannot_be_changed_into_another(aws: Aws):
    paths = ["/img/*", "*.png", "/a_b-c.d$e~f\"g'h@i:j+k&l"]
    made = aws.elbv2.create_rule(**rule(aws, hosts=["*.my_shop.example.com", "a.?.example.com"], paths=paths))
    changed = rule(aws, hosts=["localhost"])["Conditions"]
    arn = made["Rules"][0]["RuleArn"]
    assert refused(aws.elbv2.modify_rule, RuleArn=arn, Conditions=changed)[0] == "ValidationError"


def schedule(aws: Aws, name: str, recurrence: str, group: str = "web", **values: Any) -> None:
    aws.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=group, ScheduledActionName=name, Recurrence=recurrence, MinSize=1, **values
    )


def start_of(aws: Aws, name: str, group: str = "web") -> datetime:
    (found,) = aws.autoscaling.describe_scheduled_actions(AutoScalingGroupName=group, ScheduledActionNames=[name])[
        "ScheduledUpdateGroupActions"
    ]
    return found["StartTime"]


def test_two_scheduled_actions_at_one_time_are_refused(aws: Aws):
    aws.group()
    schedule(aws, "night", "0 22 * * *")
    assert refused(lambda: schedule(aws, "late", "0 23 * * *", TimeZone="Europe/Berlin")) == (
        "AlreadyExists",
        "Scheduled action with this scheduled start time already exists",
    )
    schedule(aws, "late", "5 22 * * *")
    schedule(aws, "night", "0 22 * * *")


def test_a_scheduled_action_starts_at_its_next_time_and_then_at_the_one_after(aws: Aws):
    aws.group()
    schedule(aws, "night", "0 0 * * *")
    # it is 2023-11-14 22:13:20 in UTC
    assert start_of(aws, "night") == datetime(2023, 11, 15, tzinfo=UTC)
    aws.wait(86_400)
    assert start_of(aws, "night") == datetime(2023, 11, 16, tzinfo=UTC)


def test_a_start_time_that_is_over_is_refused(aws: Aws):
    aws.group()
    over = datetime.fromtimestamp(aws.clock.time, UTC) - timedelta(days=1)
    assert refused(lambda: schedule(aws, "night", "0 0 * * *", StartTime=over)) == (
        "ValidationError",
        "Given start time is in the past",
    )


def test_two_groups_can_have_a_scheduled_action_of_one_name(aws: Aws):
    for group in ("web", "jobs"):
        aws.group(group)
        schedule(aws, "night", "0 0 * * *", group)
    aws.autoscaling.delete_scheduled_action(AutoScalingGroupName="web", ScheduledActionName="night")
    assert start_of(aws, "night", "jobs")
    assert refused(
        aws.autoscaling.delete_scheduled_action, AutoScalingGroupName="web", ScheduledActionName="night"
    ) == ("ValidationError", "Scheduled action name not found")


def make(aws: Aws, **values: Any) -> Any:
    return aws.rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=20,
        MasterUserPassword="not-a-real-one",
        **values,
    )


@pytest.mark.parametrize(
    "engine, user, words",
    [
        ("postgres", "user", "MasterUsername user cannot be used as it is a reserved word used by the engine"),
        ("postgres", "admin", "MasterUsername admin cannot be used as it is a reserved word used by the engine"),
        ("postgres", "pg_dba", 'role names starting with "pg_" are reserved by the PostgreSQL engine'),
        ("mysql", "rdsadmin", "MasterUsername rdsadmin cannot be used as it is a reserved word used by the engine"),
        ("mariadb", "Select", "MasterUsername Select cannot be used as it is a reserved word used by the engine"),
    ],
)
def test_a_master_user_named_by_a_reserved_word_is_refused(aws: Aws, engine: str, user: str, words: str):
    code, message = refused(lambda: make(aws, Engine=engine, MasterUsername=user))
    assert (code, words in message) == ("InvalidParameterValue", True)


@pytest.mark.parametrize("engine, name", [("postgres", "table"), ("mysql", "groups"), ("mariadb", "order")])
def test_a_database_named_by_a_reserved_word_is_refused(aws: Aws, engine: str, name: str):
    code, message = refused(lambda: make(aws, Engine=engine, MasterUsername="owner", DBName=name))
    assert (code, name in message) == ("InvalidParameterValue", True)


@pytest.mark.parametrize("family, parameter", [("postgres16", "max_connections"), ("mysql8.4", "innodb_log_file_size")])
def test_a_static_parameter_is_not_changed_at_once(aws: Aws, family: str, parameter: str):
    aws.rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily=family, Description="d")

    def put(method: str) -> None:
        change = {"ParameterName": parameter, "ParameterValue": "90", "ApplyMethod": method}
        aws.rds.modify_db_parameter_group(DBParameterGroupName="own", Parameters=[change])

    assert refused(lambda: put("immediate")) == (
        "InvalidParameterCombination",
        "cannot use immediate apply method for static parameter",
    )
    put("pending-reboot")


def test_databases_get_no_subnets_in_one_zone_only(aws: Aws):
    def group(name: str, subnets: list[str]) -> None:
        aws.rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="d", SubnetIds=subnets)

    code, message = refused(lambda: group("one", aws.subnets[:1]))
    assert code == "DBSubnetGroupDoesNotCoverEnoughAZs"
    assert f"Current AZ coverage: {REGION}a." in message
    group("two", aws.subnets)
    code, _ = refused(aws.rds.modify_db_subnet_group, DBSubnetGroupName="two", SubnetIds=aws.subnets[:1])
    assert code == "DBSubnetGroupDoesNotCoverEnoughAZs"
