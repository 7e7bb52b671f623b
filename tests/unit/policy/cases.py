"""What each rule refuses and what it lets pass."""

import base64
import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from strata.policy import Terms
from strata.resources.values import SECRET, UNKNOWN
from strata.stage import Stage

__all__ = ["BROKEN", "KEPT", "Case"]

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SERVER = "aws:ec2/instance:Instance"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
BUCKET = "aws:s3/bucket:Bucket"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
FUNCTION = "aws:lambda/function:Function"
LISTENER = "aws:lb/listener:Listener"
IMAGE = "strata:index:MachineImage"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

DIGEST = f"shop/web@sha256:{'0123456789abcdef' * 4}"
KEY = "-----BEGIN " + "RSA PRIVATE KEY-----"
AWS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
DAY = 86_400.0
NOW = 1_767_225_600.0 + 200 * DAY  # 200 days after the first of January 2026
PROD, DEV = Terms(Stage.PROD, now=NOW), Terms(Stage.DEV, now=NOW)


@dataclass(frozen=True)
class Case:
    """One resource, and what is said of it.

    Args:
        rule: id of the rule.
        type: type token of the resource.
        inputs: its inputs.
        says: part of the finding; empty for none.
    """

    rule: str
    type: str
    inputs: dict[str, Any]
    says: str = ""
    terms: Terms = PROD
    protect: bool = False
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])


def packed(text: str, *, zipped: bool = False) -> str:
    content = text.encode()
    return base64.b64encode(gzip.compress(content) if zipped else content).decode()


def task(**container: Any) -> dict[str, Any]:
    return {"containerDefinitions": json.dumps([{"name": "app", "image": DIGEST, **container}])}


def world(first: float, last: float, protocol: str = "tcp", block: str = "0.0.0.0/0") -> dict[str, Any]:
    return {"fromPort": first, "toPort": last, "ipProtocol": protocol, "cidrIpv4": block}


def inline(**rule: Any) -> dict[str, Any]:
    return {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, **rule}]}


def template(version: object) -> dict[str, Any]:
    return {"launchTemplate": {"id": "lt-1", "version": version}}


def mixed(version: object) -> dict[str, Any]:
    specification = {"launchTemplateId": "lt-1", "version": version}
    return {"mixedInstancesPolicy": {"launchTemplate": {"launchTemplateSpecification": specification}}}


def tags(mutability: str) -> dict[str, Any]:
    return {"tags": {"strata:mutability": mutability}}


NUMBERED, IMDS, FROM_SERVER = "numbered-template-version", "imdsv2", "no-image-of-a-server"
FROM_SNAPSHOT, AGE = "no-image-of-a-snapshot", "image-age"
SECRETS, ENCRYPTED, PUBLIC = "no-secrets-in-the-open", "encrypted", "no-public-database"
PUBLIC_IMAGE = "no-public-image"
ADMIN, TLS, PROTECTED, TAGS = "no-open-admin-port", "tls-floor", "controlled-protected", "required-tags"

LAUNCHES = "aws:ec2/amiLaunchPermission:AmiLaunchPermission"
SPREAD = "aws:imagebuilder/distributionConfiguration:DistributionConfiguration"


def spread(**permission: list[str]) -> dict[str, Any]:
    return {
        "distributions": [{"region": "eu-west-1", "amiDistributionConfiguration": {"launchPermission": permission}}]
    }


BROKEN = [
    Case(PUBLIC_IMAGE, LAUNCHES, {"imageId": "ami-1", "group": "all"}, "every account"),
    Case(PUBLIC_IMAGE, SPREAD, spread(userGroups=["all"]), "every account launch its images in eu-west-1"),
    Case(NUMBERED, GROUP, template("$Latest"), "$Latest"),
    Case(NUMBERED, GROUP, template("$Default"), "$Default"),
    Case(NUMBERED, GROUP, {"launchTemplate": {"id": "lt-1"}}, "$Default"),
    Case(NUMBERED, GROUP, mixed("$Latest"), "$Latest"),
    Case(NUMBERED, SERVER, {"launchTemplate": {"name": "web", "version": "$Latest"}}, "$Latest"),
    Case(NUMBERED, "aws:eks/nodeGroup:NodeGroup", template("$Latest"), "$Latest"),
    Case(IMDS, TEMPLATE, {}, "IMDSv1"),
    Case(IMDS, TEMPLATE, {"metadataOptions": {"httpTokens": "optional"}}, "IMDSv1"),
    Case(IMDS, SERVER, {"metadataOptions": {"httpEndpoint": "enabled"}}, "IMDSv1"),
    Case(IMDS, "aws:ec2/launchConfiguration:LaunchConfiguration", {}, "IMDSv1"),
    Case(IMDS, "aws:ec2/spotInstanceRequest:SpotInstanceRequest", {}, "IMDSv1"),
    Case(IMDS, "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration", {}, "IMDSv1"),
    Case(FROM_SERVER, "aws:ec2/amiFromInstance:AmiFromInstance", {"sourceInstanceId": "i-1"}, "running server"),
    Case(FROM_SNAPSHOT, "aws:ec2/ami:Ami", {"ebsBlockDevices": [{"snapshotId": "snap-1"}]}, "snapshot"),
    Case(AGE, IMAGE, {}, "200 days", outputs={"created": "2026-01-01T00:00:00.000Z"}),
    Case(AGE, IMAGE, {}, "200 days", outputs={"created": "2026-01-01T00:00:00"}),
    Case(AGE, "aws:imagebuilder/image:Image", {}, "200 days", outputs={"dateCreated": "2026-01-01T00:00:00Z"}),
    Case(AGE, IMAGE, {}, "201 days", Terms(now=NOW + DAY, image_days=200), outputs={"created": "2026-01-01T00:00:00Z"}),
    Case(SECRETS, TEMPLATE, {"userData": packed("#!/bin/sh\nexport DB_PASSWORD=hunter2secret\n")}, "line 2"),
    Case(SECRETS, TEMPLATE, {"userData": packed(f"{KEY}\nabc\n", zipped=True)}, "line 1"),
    Case(SECRETS, TEMPLATE, {"userData": packed(f"a: {AWS_KEY}\nb: {AWS_KEY}")}, "lines 1, 2"),
    Case(SECRETS, TEMPLATE, {"userData": SECRET}, "marked as secret"),
    Case(SECRETS, SERVER, {"userData": "api_key: 9f8e7d6c5b4a"}, "line 1"),
    Case(SECRETS, SERVER, {"userDataBase64": packed('{"dbPassword": "hunter2secret"}')}, "line 1"),
    Case(SECRETS, TASK, task(environment=[{"name": "API_TOKEN", "value": "9f8e7d"}]), "API_TOKEN in its container app"),
    Case(SECRETS, TASK, task(environment=[{"name": "DSN", "value": "postgres://shop:hunter2@db/shop"}]), "DSN"),
    Case(SECRETS, FUNCTION, {"environment": {"variables": {"STRIPE": "sk_live_" + "0" * 24}}}, "STRIPE"),
    Case(SECRETS, FUNCTION, {"environment": {"variables": {"ANY": SECRET}}}, "ANY"),
    Case(SECRETS, "docker:index/container:Container", {"envs": ["DB_PASSWORD=hunter2secret"]}, "DB_PASSWORD"),
    Case(
        SECRETS,
        "aws:codebuild/project:Project",
        {"environment": {"environmentVariables": [{"name": "NPM_TOKEN", "value": "9f8e7d"}]}},
        "NPM_TOKEN",
    ),
    Case(ENCRYPTED, TEMPLATE, {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {}}]}, "/dev/xvda"),
    Case(
        ENCRYPTED,
        TEMPLATE,
        {"blockDeviceMappings": [{"deviceName": "/dev/xvdb", "ebs": {"encrypted": "false"}}]},
        "/dev/xvdb",
    ),
    Case(ENCRYPTED, SERVER, {}, "root volume"),
    Case(
        ENCRYPTED,
        SERVER,
        {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"deviceName": "/dev/sdf"}]},
        "/dev/sdf",
    ),
    Case(ENCRYPTED, "aws:ec2/launchConfiguration:LaunchConfiguration", {}, "root volume"),
    Case(ENCRYPTED, "aws:ebs/volume:Volume", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:efs/fileSystem:FileSystem", {"encrypted": False}, "not encrypted"),
    Case(ENCRYPTED, DATABASE, {}, "not encrypted"),
    Case(ENCRYPTED, DATABASE, {"storageEncrypted": False, "snapshotIdentifier": "s"}, "not encrypted"),
    Case(ENCRYPTED, CLUSTER, {}, "not encrypted"),
    Case(ENCRYPTED, "aws:docdb/cluster:Cluster", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:neptune/cluster:Cluster", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:redshift/cluster:Cluster", {"encrypted": "false"}, "not encrypted"),
    Case(ENCRYPTED, "aws:elasticache/replicationGroup:ReplicationGroup", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:opensearch/domain:Domain", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:elasticsearch/domain:Domain", {"encryptAtRest": {"enabled": False}}, "not encrypted"),
    Case(ENCRYPTED, "aws:dax/cluster:Cluster", {}, "not encrypted"),
    Case(ENCRYPTED, "aws:sqs/queue:Queue", {"sqsManagedSseEnabled": False}, "not encrypted"),
    Case(ENCRYPTED, ENCRYPTION, {"rules": [{"bucketKeyEnabled": True}]}, "those who upload"),
    *(
        Case(PUBLIC, type_, {"publiclyAccessible": True}, "from the internet")
        for type_ in (
            DATABASE,
            CLUSTER,
            "aws:dms/replicationInstance:ReplicationInstance",
            "aws:docdb/clusterInstance:ClusterInstance",
            "aws:lightsail/database:Database",
            "aws:neptune/clusterInstance:ClusterInstance",
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:rds/shardGroup:ShardGroup",
            "aws:redshift/cluster:Cluster",
            "aws:redshiftserverless/workgroup:Workgroup",
            "aws:timestreaminfluxdb/dbCluster:DbCluster",
            "aws:timestreaminfluxdb/dbInstance:DbInstance",
        )
    ),
    Case(ADMIN, INGRESS, world(22, 22), "0.0.0.0/0 in on port 22"),
    Case(ADMIN, INGRESS, world(0, 65535), "port 22 and 3389"),
    Case(ADMIN, INGRESS, world(20.0, 25.0), "port 22"),
    Case(ADMIN, INGRESS, world(-1, -1, "-1"), "port 22 and 3389"),
    Case(ADMIN, INGRESS, world(3389, 3389, "udp"), "port 3389"),
    Case(ADMIN, INGRESS, world(22, 22, "6", "128.0.0.0/1"), "128.0.0.0/1"),
    Case(ADMIN, INGRESS, {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv6": "::/0"}, "::/0"),
    Case(ADMIN, SECURITY_GROUP, inline(cidrBlocks=["10.0.0.0/8", "0.0.0.0/0"]), "0.0.0.0/0 in on port 22"),
    Case(ADMIN, SECURITY_GROUP, inline(ipv6CidrBlocks=["::/0"], fromPort=3000, toPort=4000), "::/0 in on port 3389"),
    Case(
        ADMIN,
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        inline(cidrBlocks=["0.0.0.0/0"], protocol="all", fromPort=0, toPort=0),
        "port 22 and 3389",
    ),
    Case(
        ADMIN,
        OLD_RULE,
        {"type": "ingress", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]},
        "port 22",
    ),
    Case(TLS, LISTENER, {"protocol": "HTTPS"}, "ELBSecurityPolicy-2016-08"),
    Case(TLS, LISTENER, {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"}, "TLS-1-1"),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"}, "TLS13-1-0"),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-FS-2018-06"}, "FS-2018"),
    Case(TLS, "aws:alb/listener:Listener", {"protocol": "HTTPS"}, "2016-08"),
    Case(PROTECTED, BUCKET, tags("controlled"), "in prod"),
    Case(PROTECTED, DATABASE, {}, "in prod"),
    Case(PROTECTED, DATABASE, {"deletionProtection": False}, "in staging", Terms(Stage.STAGING)),
    Case(PROTECTED, "aws:dynamodb/table:Table", {}, "in prod"),
    Case(PROTECTED, "aws:dms/endpoint:Endpoint", tags("controlled"), "in prod"),
    Case(TAGS, BUCKET, {}, "strata:project, strata:stack, strata:mutability"),
    Case(TAGS, "aws:sqs/queue:Queue", {"tags": {"strata:project": "p", "strata:stack": "s"}}, "tag strata:mutability"),
    Case(TAGS, GROUP, {"tags": [{"key": "Name", "value": "web"}]}, "strata:project"),
    Case(TAGS, BUCKET, {"tags": {"owner": "us"}}, "tag team", Terms(required_tags=("owner", "team"))),
]

KEPT = [
    Case(PUBLIC_IMAGE, LAUNCHES, {"imageId": "ami-1", "accountId": "210987654321"}),
    Case(PUBLIC_IMAGE, SPREAD, spread(userIds=["210987654321"])),
    Case(PUBLIC_IMAGE, SPREAD, {"distributions": [{"region": "eu-west-1"}]}),
    Case(NUMBERED, GROUP, template("3")),
    Case(NUMBERED, GROUP, template(3.0)),
    Case(NUMBERED, GROUP, template(UNKNOWN)),
    Case(NUMBERED, GROUP, mixed("7")),
    Case(NUMBERED, GROUP, {"launchTemplate": UNKNOWN}),
    Case(IMDS, TEMPLATE, {"metadataOptions": {"httpTokens": "required"}}),
    Case(IMDS, TEMPLATE, {"metadataOptions": {"httpEndpoint": "disabled"}}),
    Case(IMDS, TEMPLATE, {"metadataOptions": {"httpTokens": UNKNOWN}}),
    Case(IMDS, SERVER, template("1")),
    Case(FROM_SERVER, "aws:ec2/amiCopy:AmiCopy", {"sourceAmiId": "ami-1"}),
    Case(FROM_SNAPSHOT, "aws:ec2/ami:Ami", {"ebsBlockDevices": [{"deviceName": "/dev/xvda"}]}),
    Case(AGE, IMAGE, {}, terms=Terms(now=NOW - 111 * DAY), outputs={"created": "2026-01-01T00:00:00Z"}),
    Case(AGE, IMAGE, {}, terms=Terms(now=None), outputs={"created": "2026-01-01T00:00:00Z"}),
    Case(AGE, IMAGE, {}, outputs={"created": UNKNOWN}),
    Case(AGE, TEMPLATE, {"imageId": "ami-1"}, outputs={"created": "2020-01-01T00:00:00Z"}),
    Case(SECRETS, TEMPLATE, {"userData": packed("export DB_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:x")}),
    Case(SECRETS, TEMPLATE, {"userData": packed('TOKEN=$(curl -X PUT "http://169.254.169.254/latest/api/token")')}),
    Case(SECRETS, TEMPLATE, {"userData": packed("PASSWORD_FILE=/run/secrets/db\nTOKEN_TTL_SECONDS=300\n")}),
    Case(SECRETS, TEMPLATE, {"userData": packed("TOKEN=/shop/prod/token")}),
    Case(SECRETS, TEMPLATE, {"userData": UNKNOWN}),
    Case(SECRETS, TEMPLATE, {"userData": base64.b64encode(b"\x1f\x8bbroken").decode()}),
    Case(SECRETS, TASK, task(secrets=[{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/x"}])),
    Case(SECRETS, TASK, task(environment=[{"name": "LOG_LEVEL", "value": "debug"}])),
    Case(SECRETS, FUNCTION, {"environment": {"variables": {"DB_PASSWORD": UNKNOWN, "CACHE_KEY": "cart"}}}),
    Case(SECRETS, "docker:index/container:Container", {"envs": ["DB_PASSWORD_FILE=/run/secrets/db"]}),
    Case(
        SECRETS,
        "aws:codebuild/project:Project",
        {"environment": {"environmentVariables": [{"name": "T_TOKEN", "value": "x", "type": "SECRETS_MANAGER"}]}},
    ),
    Case(ENCRYPTED, TEMPLATE, {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]}),
    Case(ENCRYPTED, TEMPLATE, {"blockDeviceMappings": [{"deviceName": "/dev/sdb", "noDevice": ""}]}),
    Case(ENCRYPTED, SERVER, template("1")),
    Case(ENCRYPTED, SERVER, {"rootBlockDevice": UNKNOWN}),
    Case(ENCRYPTED, DATABASE, {"storageEncrypted": True}),
    Case(ENCRYPTED, DATABASE, {"storageEncrypted": UNKNOWN}),
    Case(ENCRYPTED, DATABASE, {"replicateSourceDb": "orders"}),
    Case(ENCRYPTED, CLUSTER, {"snapshotIdentifier": "s"}),
    Case(ENCRYPTED, "aws:redshift/cluster:Cluster", {}),
    Case(ENCRYPTED, "aws:sqs/queue:Queue", {}),
    Case(ENCRYPTED, "aws:opensearch/domain:Domain", {"encryptAtRest": {"enabled": True}}),
    Case(ENCRYPTED, ENCRYPTION, {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]}),
    Case(ENCRYPTED, BUCKET, {}),
    Case(PUBLIC, DATABASE, {}),
    Case(PUBLIC, DATABASE, {"publiclyAccessible": False}),
    Case(PUBLIC, "aws:mq/broker:Broker", {"publiclyAccessible": True}),
    Case(ADMIN, INGRESS, world(443, 443)),
    Case(ADMIN, INGRESS, world(22, 22, "udp")),
    Case(ADMIN, INGRESS, world(22, 22, block="10.0.0.0/8")),
    Case(ADMIN, INGRESS, world(22, 22, block="not a block")),
    Case(ADMIN, INGRESS, {**world(22, 22), "cidrIpv4": None, "referencedSecurityGroupId": "sg-1"}),
    Case(ADMIN, INGRESS, {**world(22, 22), "cidrIpv4": UNKNOWN}),
    Case(ADMIN, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", world(0, 65535)),
    Case(ADMIN, OLD_RULE, {"type": "egress", "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}),
    Case(ADMIN, SECURITY_GROUP, {"egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}),
    Case(ADMIN, SECURITY_GROUP, inline(cidrBlocks=["0.0.0.0/0"], protocol="icmp", fromPort=-1, toPort=-1)),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06"}),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-FS-1-2-Res-2020-10"}),
    Case(TLS, LISTENER, {"protocol": "HTTPS", "sslPolicy": UNKNOWN}),
    Case(TLS, LISTENER, {"protocol": "HTTP"}),
    Case(PROTECTED, BUCKET, tags("controlled"), protect=True),
    Case(PROTECTED, BUCKET, tags("controlled"), terms=DEV),
    Case(PROTECTED, BUCKET, tags("controlled"), terms=Terms(teardown=True)),
    Case(PROTECTED, BUCKET, tags("replaced")),
    Case(PROTECTED, DATABASE, {"deletionProtection": True}),
    Case(PROTECTED, DATABASE, {"replicateSourceDb": "orders"}),
    Case(PROTECTED, "aws:ec2/vpc:Vpc", {}),
    Case(TAGS, BUCKET, {"tags": dict.fromkeys(Terms().required_tags, "x")}),
    Case(TAGS, GROUP, {"tags": [{"key": key, "value": "x"} for key in Terms().required_tags]}),
    Case(TAGS, BUCKET, {"tags": UNKNOWN}),
    Case(TAGS, "aws:ec2/route:Route", {}),
    Case(TAGS, "docker:index/container:Container", {"tags": {}}),
]
