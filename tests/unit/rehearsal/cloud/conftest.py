"""The local AWS in the process of the test: boto3 asks its application directly, and time stands still."""

import json
from collections.abc import Iterator
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.utils import parse_timestamp
from werkzeug.test import Client

from strata_rehearsal.cloud import patches, state
from strata_rehearsal.cloud.assembly import assemble
from strata_rehearsal.cloud.machine_images import Image
from tests.unit.rehearsal.cloud.direct_calls import ENDPOINT, answer_with, leave_unsigned

REGION = "eu-west-1"
OLD, NEW = "ami-0000000000000001", "ami-0000000000000002"
SERVICES = (
    *("acm", "autoscaling", "backup", "cloudwatch", "ec2", "efs", "elbv2", "iam", "kms", "s3"),
    *("rds", "route53", "secretsmanager", "ssm", "sts"),
    *("application-autoscaling", "ecr", "ecs", "imagebuilder", "logs", "scheduler"),
)

MOMENTS = 10_000
"""Times that are remembered as they were read."""


class StoppedClock:
    """Moves only when a test says so."""

    def __init__(self) -> None:
        self.time = 1_700_000_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Aws:
    """A local AWS with a network, a launch template of two versions, a load balancer and a target group."""

    def __init__(self, clients: SimpleNamespace) -> None:
        from strata_rehearsal.cloud.application import Application

        self.clock = StoppedClock()
        self.cloud = assemble(self.clock)
        self.application = Application(self.cloud)
        self.web = Client(self.application)
        self.autoscaling, self.cloudwatch, self.ec2 = clients.autoscaling, clients.cloudwatch, clients.ec2
        self.elbv2, self.iam, self.ssm, self.sts = clients.elbv2, clients.iam, clients.ssm, clients.sts
        self.backup, self.efs, self.s3 = clients.backup, clients.efs, clients.s3
        self.kms, self.secretsmanager = clients.kms, clients.secretsmanager
        self.rds, self.route53 = clients.rds, clients.route53
        self.ecr, self.ecs, self.logs = clients.ecr, clients.ecs, clients.logs
        self.acm = clients.acm
        self.imagebuilder, self.scheduler = clients.imagebuilder, clients.scheduler
        self.application_autoscaling = vars(clients)["application-autoscaling"]
        clients.aws = self
        self.cloud.images.add(Image("web", "1.0.0", OLD, baked=False))
        self.cloud.images.add(Image("web", "1.1.0", NEW, baked=False))

    def prepare(self, *, delay: int = 60) -> "Aws":
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        self.template = self.ec2.create_launch_template(
            LaunchTemplateName="web",
            LaunchTemplateData={"ImageId": OLD, "InstanceType": "t3.small", "UserData": "aGk="},
        )["LaunchTemplate"]["LaunchTemplateId"]
        self.version(NEW)
        self.balancer = self.elbv2.create_load_balancer(Name="public", Subnets=self.subnets)["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        self.targets = self.target_group("web")
        self.elbv2.modify_target_group_attributes(
            TargetGroupArn=self.targets,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}],
        )
        self.listener = self.elbv2.create_listener(
            LoadBalancerArn=self.balancer,
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )["Listeners"][0]["ListenerArn"]
        return self

    def https_listener(self) -> str:
        """Give the load balancer an HTTPS listener that leads to the target group; gives the ARN of its certificate."""
        certificate = self.acm.request_certificate(DomainName="shop.example.com")["CertificateArn"]
        self.elbv2.create_listener(
            LoadBalancerArn=self.balancer,
            Protocol="HTTPS",
            Port=443,
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.targets}],
        )
        return certificate

    def version(self, image: str, **data: Any) -> str:
        made = self.ec2.create_launch_template_version(
            LaunchTemplateId=self.template,
            LaunchTemplateData={"ImageId": image, "InstanceType": "t3.small", "UserData": "aGk=", **data},
        )
        return str(made["LaunchTemplateVersion"]["VersionNumber"])

    def target_group(self, name: str) -> str:
        return self.elbv2.create_target_group(
            Name=name,
            Port=80,
            Protocol="HTTP",
            VpcId=self.vpc,
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            HealthCheckIntervalSeconds=10,
        )["TargetGroups"][0]["TargetGroupArn"]

    def specification(self, version: str) -> dict[str, str]:
        return {"LaunchTemplateId": self.template, "Version": version}

    def group(self, name: str = "web", *, size: int = 4, version: str = "1", **values: Any) -> None:
        settings = {
            "MinSize": 0,
            "MaxSize": 3 * size,
            "DesiredCapacity": size,
            "LaunchTemplate": self.specification(version),
            "VPCZoneIdentifier": ",".join(self.subnets),
            "TargetGroupARNs": [self.targets],
            "HealthCheckType": "ELB",
            "HealthCheckGracePeriod": 60,
            **values,
        }
        self.autoscaling.create_auto_scaling_group(AutoScalingGroupName=name, **settings)

    def running_group(self, **values: Any) -> None:
        self.group(**values)
        self.wait(100)

    def refresh(self, version: str = "2", name: str = "web", **preferences: Any) -> str:
        wanted = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150, "InstanceWarmup": 80, **preferences}
        return self.autoscaling.start_instance_refresh(
            AutoScalingGroupName=name,
            DesiredConfiguration={"LaunchTemplate": self.specification(version)},
            Preferences=wanted,
        )["InstanceRefreshId"]

    def alarm(self, name: str = "web-5xx", **values: Any) -> str:
        suffix = self.targets.rpartition(":")[2]
        self.cloudwatch.put_metric_alarm(
            AlarmName=name,
            **{
                "Namespace": "AWS/ApplicationELB",
                "MetricName": "HTTPCode_Target_5XX_Count",
                "Dimensions": [{"Name": "TargetGroup", "Value": suffix}],
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                **values,
            },
        )
        return name

    def wait(self, seconds: float) -> None:
        self.clock.time += seconds

    def describe(self, name: str = "web") -> dict[str, Any]:
        return self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]

    def instances(self, name: str = "web") -> list[dict[str, Any]]:
        return self.describe(name)["Instances"]

    def states(self, name: str = "web") -> list[str]:
        return sorted(each["LifecycleState"] for each in self.instances(name))

    def versions(self, name: str = "web") -> list[str]:
        return [each["LaunchTemplate"]["Version"] for each in self.instances(name)]

    def health(self, arn: str | None = None) -> list[str]:
        described = self.elbv2.describe_target_health(TargetGroupArn=arn or self.targets)
        return sorted(each["TargetHealth"]["State"] for each in described["TargetHealthDescriptions"])

    def latest(self, name: str = "web") -> dict[str, Any]:
        return self.autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)["InstanceRefreshes"][0]

    def until_ended(self, name: str = "web", step: float = 30, limit: float = 20_000) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(int(limit / step)):
            found = self.latest(name)
            if found.get("EndTime"):
                return found
            self.wait(step)
        raise AssertionError(f"the refresh did not end within {limit} simulated seconds: {found}")

    def admin(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self.web.post(f"/_strata/{path}", data=json.dumps(fields))
        assert answer.status_code == 200, answer.text
        return json.loads(answer.data)

    def events(self, subject: str | None = None) -> list[dict[str, Any]]:
        events = json.loads(self.web.get("/_strata/events").data)["events"]
        return events if subject is None else [each for each in events if each.get("subject") == subject]


@pytest.fixture(scope="session")
def clients() -> SimpleNamespace:
    """Clients are slow to make, so all tests share theirs; they ask whatever AWS the test made last."""
    found = SimpleNamespace(aws=None)
    core = botocore.session.get_session()
    # an event or a task is described at every look, and a tenth of a test was reading its times
    remembered = lru_cache(MOMENTS)(parse_timestamp)
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=remembered)
    session = boto3.Session(botocore_session=core)
    for service in SERVICES:
        client = session.client(
            service,
            region_name=REGION,
            endpoint_url=ENDPOINT,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(
                retries={"total_max_attempts": 1},
                user_agent_appid="a-test",
                s3={"addressing_style": "path"},
                # the provider sends what botocore would not: AWS is to say what it does not accept
                parameter_validation=service != "imagebuilder",
            ),
        )
        answer_with(client, lambda: found.aws.application)
        leave_unsigned(client)
        setattr(found, service, client)
    return found


@pytest.fixture
def bare(clients: SimpleNamespace) -> Iterator[Aws]:
    yield Aws(clients)
    state.use(None)
    patches.restore()


@pytest.fixture
def aws(bare: Aws) -> Aws:
    return bare.prepare()
