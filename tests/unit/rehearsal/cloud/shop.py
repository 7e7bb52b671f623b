"""A container service with images in a registry, two target groups and a listener rule, and what is seen of it."""

import hashlib
import json
import math
from typing import Any

from strata_rehearsal.cloud.tasks.interventions import service_state
from tests.unit.rehearsal.cloud.conftest import REGION, Aws
from tests.unit.rehearsal.cloud.container_requests import ROLE, register
from tests.way_out import lead_out

REPOSITORY = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/web"
MEDIA = "application/vnd.oci.image.manifest.v1+json"
ENDED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
ACTIVE = {"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"}
LOG_GROUP = "/shop/web"
ROLLING: dict[str, Any] = {
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "minimumHealthyPercent": 100,
    "maximumPercent": 150,
}
BLUE_GREEN: dict[str, Any] = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}
CANARY: dict[str, Any] = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": 5,
    "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
}
LINEAR: dict[str, Any] = {
    "strategy": "LINEAR",
    "bakeTimeInMinutes": 5,
    "linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 5},
}


class Shop:
    """The service `web` of the cluster `shop`."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        aws.ecs.create_cluster(clusterName="shop")
        aws.ecr.create_repository(repositoryName="web")
        aws.logs.create_log_group(logGroupName=LOG_GROUP)
        aws.iam.create_role(RoleName="execution", AssumeRolePolicyDocument="{}")
        self.allow("*", "*")
        lead_out(aws.ec2, aws.vpc, aws.subnets[0])
        self.blue, self.green = self.target_group("web-blue"), self.target_group("web-green")
        groups = [{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]
        self.rule = aws.elbv2.create_rule(
            ListenerArn=aws.listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/web/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )["Rules"][0]["RuleArn"]
        self._pushed: dict[str, str] = {}
        self.lowest, self.highest = math.inf, 0
        """Healthy tasks and tasks that run or are about to, seen from outside since the service was steady."""

    def allow(self, action: str, resource: str, **more: Any) -> None:
        """Let the tasks' execution role do this, and nothing else."""
        statements = [{"Effect": "Allow", "Action": action, "Resource": resource}, *more.get("besides", ())]
        self.aws.iam.put_role_policy(
            RoleName="execution",
            PolicyName="execution",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )

    def target_group(self, name: str) -> str:
        made = self.aws.elbv2.create_target_group(
            Name=name,
            Port=8080,
            Protocol="HTTP",
            VpcId=self.aws.vpc,
            TargetType="ip",
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=2,
            HealthCheckIntervalSeconds=10,
        )["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "20"}
        self.aws.elbv2.modify_target_group_attributes(TargetGroupArn=made, Attributes=[delay])
        return made

    def push(self, content: str) -> str:
        """Push an image, once; returns its digest."""
        if content in self._pushed:
            return self._pushed[content]
        layer = {"digest": f"sha256:{hashlib.sha256(content.encode()).hexdigest()}", "size": 1, "mediaType": "layer"}
        text = json.dumps({"schemaVersion": 2, "mediaType": MEDIA, "layers": [layer]})
        made = self.aws.ecr.put_image(repositoryName="web", imageManifest=text)
        self._pushed[content] = made["image"]["imageId"]["imageDigest"]
        return self._pushed[content]

    def define(self, digest: str, **changes: Any) -> str:
        """Register a task definition that runs an image; returns its ARN."""
        options = {"awslogs-group": LOG_GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "web"}
        container = {
            "name": "web",
            "image": f"{REPOSITORY}@{digest}",
            "portMappings": [{"containerPort": 8080}],
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            **changes,
        }
        return register(self.aws, containerDefinitions=[container])

    def create(self, configuration: dict[str, Any], *, desired: int = 4, routed: bool = True, **changes: Any) -> str:
        """Make the service with a first image; returns its digest."""
        digest = self.push("first")
        advanced: dict[str, Any] = {}
        if configuration.get("strategy", "ROLLING") != "ROLLING":
            advanced["advancedConfiguration"] = {
                "alternateTargetGroupArn": self.green,
                "productionListenerRule": self.rule,
                "roleArn": ROLE,
            }
        balancer = {"targetGroupArn": self.blue, "containerName": "web", "containerPort": 8080, **advanced}
        self.aws.ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition=self.define(digest),
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.aws.subnets}},
            deploymentConfiguration=configuration,
            **({"loadBalancers": [balancer]} if routed else {}),
            **changes,
        )
        return digest

    def run(self, configuration: dict[str, Any], **changes: Any) -> str:
        """Make the service and wait until its first deployment has ended; returns the digest it runs."""
        digest = self.create(configuration, **changes)
        assert self.until_ended()["status"] == "SUCCESSFUL"
        self.aws.wait(120)
        self.lowest, self.highest = math.inf, 0
        return digest

    def update(self, **changes: Any) -> dict[str, Any]:
        return self.aws.ecs.update_service(cluster="shop", service="web", **changes)["service"]

    def deploy(self, digest: str, **changes: Any) -> str:
        """Deploy an image; returns the ARN of the deployment."""
        self.update(taskDefinition=self.define(digest, **changes))
        return self.latest()["serviceDeploymentArn"]

    def fault(self, kind: str, **values: Any) -> None:
        self.aws.admin("fault", kind=kind, **values)

    def service(self) -> dict[str, Any]:
        return self.aws.ecs.describe_services(cluster="shop", services=["web"])["services"][0]

    def listed(self, **filters: Any) -> list[dict[str, Any]]:
        return self.aws.ecs.list_service_deployments(cluster="shop", service="web", **filters)["serviceDeployments"]

    def latest(self) -> dict[str, Any]:
        arn = self.listed()[0]["serviceDeploymentArn"]
        return self.aws.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]

    def tasks(self, desired_status: str = "RUNNING") -> list[dict[str, Any]]:
        found = self.aws.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus=desired_status)["taskArns"]
        return self.aws.ecs.describe_tasks(cluster="shop", tasks=found)["tasks"] if found else []

    def digests(self) -> set[str]:
        """What the tasks run that run or are about to."""
        return {each["containers"][0]["image"].rpartition("@")[2] for each in self.tasks()}

    def weights(self) -> tuple[int, int]:
        """Of the blue and the green target group, in the listener rule."""
        rule = self.aws.elbv2.describe_rules(RuleArns=[self.rule])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        found = {each["TargetGroupArn"]: each["Weight"] for each in groups}
        return found[self.blue], found[self.green]

    def seen(self) -> dict[str, Any]:
        """The service as the admin document shows it, which is one look where the API needs several."""
        cloud = self.aws.cloud
        with cloud.world.present():
            return next(service_state(cloud, each) for each in cloud.services.values() if each.name == "web")

    def look(self) -> dict[str, Any]:
        """Look at the service from outside, and note how few tasks are healthy and how many take a place."""
        found = self.seen()
        active = [each for each in found["tasks"] if each["state"] in ACTIVE]
        passing = [each for each in active if each["state"] == "RUNNING" and set(each["targets"]) <= {"healthy"}]
        self.lowest, self.highest = min(self.lowest, len(passing)), max(self.highest, len(active))
        return found

    def watch(self, seconds: float, step: float = 5) -> None:
        """Let time pass and look at the service from outside all the while."""
        for _ in range(round(seconds / step)):
            self.look()
            self.aws.wait(step)

    def until_ended(self, step: float = 20, limit: float = 20_000) -> dict[str, Any]:
        """Wait for the end of the latest deployment."""
        for _ in range(int(limit / step)):
            if self.seen()["deployments"][0]["status"] in ENDED:
                return self.latest()
            self.aws.wait(step)
        raise AssertionError(f"the deployment did not end within {limit} simulated seconds: {self.latest()}")

    def watched(self, step: float = 5, limit: float = 6_000) -> dict[str, Any]:
        """Wait for the end of the latest deployment and look at the service from outside all the while."""
        for _ in range(int(limit / step)):
            if self.look()["deployments"][0]["status"] in ENDED:
                return self.latest()
            self.aws.wait(step)
        raise AssertionError(f"the deployment did not end within {limit} simulated seconds: {self.latest()}")

    def messages(self) -> list[str]:
        """What the service's events say, oldest first."""
        return [each["message"] for each in reversed(self.service()["events"])]
