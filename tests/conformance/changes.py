"""One change of every property the components set, as a person might make it.

A value replaces the property's; a function makes the new value of the old one, or of None where the program of these
tests does not set the property but a stack file could.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = [
    "CHANGES",
    "NOT_IN_VERSION_5",
    "TAGS",
    "TARGETS",
    "Value",
    "first_merged",
    "merged",
    "with_item",
    "without_last",
]

Value = Any | Callable[[Any], Any]

OTHER_VPC = "vpc-0aaaaaaaaaaaaaaa1"
OTHER_SUBNET = "subnet-0aaaaaaaaaaaaaaa1"
OTHER_TABLE = "rtb-0aaaaaaaaaaaaaaa1"
OTHER_GROUP = "sg-0aaaaaaaaaaaaaaa1"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:other"
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/other/0123456789abcdef"
TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/other/0123456789abcdef"


def merged(**more: Any) -> Callable[[Any], Any]:
    """An object with some members changed."""
    return lambda old: {**(old or {}), **more}


def first_merged(**more: Any) -> Callable[[Any], Any]:
    """A list whose first object has some members changed."""
    return lambda old: [{**old[0], **more}, *old[1:]]


def with_item(item: Any) -> Callable[[Any], Any]:
    """A list with one item more."""
    return lambda old: [*(old or []), item]


def without_last(old: list[Any]) -> list[Any]:
    """A list with one item less."""
    return old[:-1]


def with_statement(old: str) -> str:
    document = json.loads(old)
    return json.dumps({**document, "Statement": [*document["Statement"], {**document["Statement"][0], "Sid": "More"}]})


TAGS: Mapping[str, Value] = {"tags": merged(**{"cost-centre": "other"})}

_RULE: Mapping[str, Value] = {
    "securityGroupId": OTHER_GROUP,
    "cidrIpv4": "10.1.0.0/16",
    "description": "Something else",
    "ipProtocol": "udp",
    "fromPort": 7000,
    "toPort": 9000,
    "referencedSecurityGroupId": OTHER_GROUP,
    **TAGS,
}

CHANGES: Mapping[str, Mapping[str, Value]] = {
    "aws:autoscaling/group:Group": {
        "name": "other",
        "minSize": 0,
        "maxSize": 5,
        "desiredCapacity": 2,
        "launchTemplate": merged(version="7"),
        "vpcZoneIdentifiers": without_last,
        "targetGroupArns": [TARGETS],
        "healthCheckType": lambda old: "EC2" if old == "ELB" else "ELB",
        "healthCheckGracePeriod": 61,
        "defaultInstanceWarmup": 61,
        "waitForCapacityTimeout": "900s",
        "instanceMaintenancePolicy": merged(maxHealthyPercentage=120),
        "maxInstanceLifetime": 864_000,
        "terminationPolicies": ["OldestInstance", "OldestLaunchTemplate"],
        "forceDelete": True,
        "suspendedProcesses": ["AZRebalance", "ReplaceUnhealthy"],
        "tags": with_item({"key": "cost-centre", "value": "other", "propagateAtLaunch": True}),
    },
    "aws:autoscaling/lifecycleHook:LifecycleHook": {
        "name": "other",
        "autoscalingGroupName": "other",
        "lifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
        "heartbeatTimeout": 90,
        "defaultResult": "ABANDON",
    },
    "aws:autoscaling/policy:Policy": {
        "name": "other",
        "autoscalingGroupName": "other",
        "policyType": "StepScaling",
        "targetTrackingConfiguration": merged(targetValue=70),
    },
    "aws:autoscaling/schedule:Schedule": {
        "scheduledActionName": "other",
        "autoscalingGroupName": "other",
        "recurrence": "0 21 * * *",
        "timeZone": "Europe/Berlin",
        "minSize": 1,
        "maxSize": 2,
        "desiredCapacity": 1,
    },
    "aws:cloudwatch/logGroup:LogGroup": {"name": "other", "retentionInDays": 60, **TAGS},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "name": "other",
        "alarmActions": [TOPIC],
        "okActions": [TOPIC],
        "alarmDescription": "Something else",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "datapointsToAlarm": 1,
        "evaluationPeriods": 3,
        "dimensions": merged(TargetGroup="targetgroup/other/0123456789abcdef"),
        "evaluateLowSampleCountPercentiles": "evaluate",
        "extendedStatistic": "p99",
        "metricName": "RequestCount",
        "metricQueries": lambda old: [each if "metric" in each else {**each, "label": "other"} for each in old],
        "namespace": "AWS/Other",
        "period": 120,
        "statistic": "Minimum",
        "threshold": 9,
        "treatMissingData": "breaching",
        **TAGS,
    },
    "aws:ec2/eip:Eip": {"domain": "standard", **TAGS},
    "aws:ec2/flowLog:FlowLog": {
        "iamRoleArn": "arn:aws:iam::123456789012:role/other",
        "logDestination": "arn:aws:logs:eu-west-1:123456789012:log-group:other",
        "logDestinationType": "s3",
        "trafficType": "REJECT",
        "vpcId": OTHER_VPC,
        **TAGS,
    },
    "aws:ec2/internetGateway:InternetGateway": {"vpcId": OTHER_VPC, **TAGS},
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "name": "other",
        "imageId": "ami-0aaaaaaaaaaaaaaa1",
        "instanceType": "t3.large",
        "userData": "b3RoZXI=",
        "iamInstanceProfile": {"arn": "arn:aws:iam::123456789012:instance-profile/other"},
        "blockDeviceMappings": lambda old: [{**old[0], "ebs": {**old[0]["ebs"], "volumeSize": 50}}],
        "metadataOptions": merged(httpPutResponseHopLimit=2),
        "networkInterfaces": first_merged(securityGroups=[OTHER_GROUP]),
        "monitoring": {"enabled": False},
        "tagSpecifications": first_merged(tags={"Name": "other"}),
        "updateDefaultVersion": True,
        **TAGS,
    },
    "aws:ec2/natGateway:NatGateway": {"allocationId": "eipalloc-0aaaaaaaaaaaaaaa1", "subnetId": OTHER_SUBNET, **TAGS},
    "aws:ec2/route:Route": {
        "routeTableId": OTHER_TABLE,
        "destinationCidrBlock": "10.9.0.0/16",
        "gatewayId": "igw-0aaaaaaaaaaaaaaa1",
        "natGatewayId": "nat-0aaaaaaaaaaaaaaa1",
    },
    "aws:ec2/routeTable:RouteTable": {"vpcId": OTHER_VPC, **TAGS},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"routeTableId": OTHER_TABLE, "subnetId": OTHER_SUBNET},
    "aws:ec2/securityGroup:SecurityGroup": {
        "name": "other",
        "description": "Something else",
        "vpcId": OTHER_VPC,
        "revokeRulesOnDelete": False,
        **TAGS,
    },
    "aws:ec2/subnet:Subnet": {
        "vpcId": OTHER_VPC,
        "cidrBlock": "10.0.240.0/20",
        "availabilityZone": "eu-west-1c",
        "mapPublicIpOnLaunch": True,
        **TAGS,
    },
    "aws:ec2/vpc:Vpc": {"cidrBlock": "10.1.0.0/16", "enableDnsHostnames": False, "enableDnsSupport": False, **TAGS},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "vpcId": OTHER_VPC,
        "serviceName": "com.amazonaws.eu-west-1.dynamodb",
        "vpcEndpointType": "GatewayLoadBalancer",
        "routeTableIds": without_last,
        "subnetIds": without_last,
        "securityGroupIds": [OTHER_GROUP],
        "privateDnsEnabled": False,
        **TAGS,
    },
    "aws:iam/instanceProfile:InstanceProfile": {"name": "other", "role": "other", **TAGS},
    "aws:iam/role:Role": {"name": "other", "assumeRolePolicy": with_statement, **TAGS},
    "aws:iam/rolePolicy:RolePolicy": {"name": "other", "role": "other", "policy": with_statement},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
        "role": "other",
        "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    },
    "aws:lb/listener:Listener": {
        "loadBalancerArn": BALANCER,
        "port": 81,
        "protocol": "HTTPS",
        "defaultActions": lambda old: [{**old[0], "fixedResponse": {**old[0]["fixedResponse"], "statusCode": "503"}}],
        "certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        **TAGS,
    },
    "aws:lb/listenerRule:ListenerRule": {
        "listenerArn": BALANCER.replace("loadbalancer", "listener") + "/0123456789abcdef",
        "priority": 11,
        "conditions": [{"hostHeader": {"values": ["other.example.com"]}}],
        "actions": first_merged(targetGroupArn=TARGETS),
        **TAGS,
    },
    "aws:lb/loadBalancer:LoadBalancer": {
        "name": "other",
        "loadBalancerType": "network",
        "internal": True,
        "subnets": without_last,
        "securityGroups": [OTHER_GROUP],
        "dropInvalidHeaderFields": False,
        "idleTimeout": 90,
        "enableDeletionProtection": True,
        "accessLogs": {"bucket": "logs-of-others", "prefix": "shop", "enabled": True},
        **TAGS,
    },
    "aws:lb/targetGroup:TargetGroup": {
        "name": "other",
        "port": 8081,
        "protocol": "HTTPS",
        "targetType": "ip",
        "vpcId": OTHER_VPC,
        "deregistrationDelay": 90,
        "healthCheck": merged(path="/other"),
        **TAGS,
    },
    "aws:scheduler/schedule:Schedule": {
        "name": "other",
        "description": "Something else",
        "scheduleExpression": "cron(0 4 ? * SUN *)",
        "scheduleExpressionTimezone": "Europe/Paris",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": merged(roleArn="arn:aws:iam::123456789012:role/other"),
    },
    "aws:ssm/parameter:Parameter": {
        "name": "/other",
        "type": "StringList",
        "description": "Something else",
        "insecureValue": "{}",
        **TAGS,
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
}
"""By type token and property."""

NOT_IN_VERSION_5: Mapping[str, Mapping[str, Value]] = {
    "aws:autoscaling/group:Group": {
        "instanceLifecyclePolicy": {"retentionTriggers": {"terminateHookAbandon": "retain"}}
    }
}
"""What version 5 of the Terraform provider drops, by type token and property, with a change of it."""
