"""Types the local AWS does not carry: their inputs are checked, and what AWS would answer is made up.

Made-up outputs are a function of the resource's name and id, so that a refresh finds what the update left. The table of
what is known about such types is at the end.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.schema import ListOf, MapOf, PropertyType, ResourceSchema, Scalar, resource_schema
from strata_rehearsal.plugin.type_row import AutoName

__all__ = ["FORCES", "KNOWN", "Known", "known", "made_up_id", "made_up_outputs", "replaces"]


Output = Callable[[Mapping[str, Any], str, str], Any]
"""An output from the inputs, the id and the region."""


@dataclass(frozen=True)
class Known:
    """One recorded type.

    Args:
        replace: properties AWS cannot change in place; None to read them from the documentation.
        id: the property that is the id; "" for a made-up one.
        outputs: outputs that need more than a plausible value.
        auto_name: how it is named when the program does not.
    """

    replace: str | None = None
    id: str = ""
    outputs: Mapping[str, Output] = field(default_factory=dict)
    auto_name: AutoName | None = None


FORCES = re.compile(
    r"forces?\s+(?:a\s+|the\s+)?(?:new\s+resource|replacement|re-?creation|creation)"
    r"|(?:creates|requires|triggers)\s+(?:a\s+)?(?:new\s+resource|replacement)"
    r"|will\s+(?:be\s+re-?created|re-?create)"
    r"|cannot\s+be\s+(?:changed|modified|updated)\s+(?:after|once)",
    re.IGNORECASE,
)
"""How the documentation says that a change makes a new resource."""
_ACCOUNTS = frozenset({"ownerId", "accountId", "registryId", "owner"})
_NAMES = frozenset({"name", "bucket", "identifier", "id"})
_HOSTS = ("endpoint", "address", "dnsname", "domainname", "hostname", "url", "uri")
_ALWAYS = frozenset({"region", "namePrefix"})


def known(token: str) -> Known:
    """What the table says about a type; an empty entry for one it does not list."""
    return KNOWN.get(token, Known())


@cache
def replaces(token: str) -> frozenset[str]:
    """The properties whose change makes a new resource: the table's, or those the documentation says so about."""
    schema = resource_schema(token)
    listed = known(token)
    if listed.replace is not None:
        return frozenset(listed.replace.split()) | (_ALWAYS & schema.inputs.keys())
    documented = {name for name, declared in schema.inputs.items() if FORCES.search(" ".join(declared.doc.split()))}
    named = {"name"} & schema.inputs.keys()
    return frozenset(documented | named | (_ALWAYS & schema.inputs.keys()))


def made_up_id(schema: ResourceSchema, inputs: Mapping[str, Any], seed: str) -> str:
    """An id: the property that is the id in AWS, else letters of the type's name and 17 digits."""
    by = known(schema.token).id
    if by and isinstance(inputs.get(by), str):
        return inputs[by]
    leaf = schema.token.rpartition(":")[2]
    return f"{re.sub('[^A-Z]', '', leaf).lower() or 'r'}-{_digits(seed, 17)}"


def made_up_outputs(
    schema: ResourceSchema, inputs: Mapping[str, Any], old: Mapping[str, Any], resource_id: str, cloud: AwsConnection
) -> Properties:
    """The outputs: the inputs, what was made up before, and something plausible for what always has a value."""
    given = {name: value for name, value in inputs.items() if not name.startswith("__")}
    table = known(schema.token).outputs
    outputs: Properties = {}
    for name, declared in schema.outputs.items():
        if name in given:
            outputs[name] = given[name]
        elif name == "region":
            outputs[name] = cloud.settings.region
        elif name == "tagsAll":
            outputs[name] = {**cloud.settings.default_tags, **(given.get("tags") or {})}
        elif name in table:
            outputs[name] = table[name](given, resource_id, str(given.get("region") or cloud.settings.region))
        elif declared.required and not name.endswith("Prefix"):
            before = old.get(name) if name not in schema.inputs else None
            outputs[name] = before if before is not None else _made_up(name, declared.type, schema, resource_id, cloud)
    return outputs


def _made_up(name: str, type_: PropertyType, schema: ResourceSchema, resource_id: str, cloud: AwsConnection) -> Any:
    if isinstance(type_, ListOf):
        return []
    if isinstance(type_, MapOf):
        return {}
    if isinstance(type_, Scalar):
        return _scalar(name, type_.kind, schema, resource_id, cloud)
    return None


def _scalar(name: str, kind: str, schema: ResourceSchema, resource_id: str, cloud: AwsConnection) -> Any:
    if kind != "str":
        return {"bool": False, "int": 1 if name.lower().endswith("version") else 0, "float": 0.0}[kind]
    service = schema.token.split(":")[1].partition("/")[0]
    region = cloud.settings.region
    leaf = schema.token.rpartition(":")[2]
    if name == "arn" or name.endswith("Arn"):
        noun = leaf[:1].lower() + leaf[1:] if name == "arn" else name.removesuffix("Arn")
        text = f"arn:{cloud.partition}:{service}:{region}:{cloud.account}:{noun}/{resource_id}"
    elif name in _ACCOUNTS:
        text = cloud.account
    elif name in _NAMES:
        text = resource_id
    elif name.lower().endswith(_HOSTS):
        text = f"{resource_id}.{_digits(resource_id, 12)}.{region}.{service}.rehearsal.internal"
    elif name.endswith(("At", "Date", "Time")):
        text = "1970-01-01T00:00:00Z"
    else:
        text = f"{name}-{_digits(f'{resource_id}{name}', 8)}" if name.endswith(("Id", "Key")) else ""
    return text


def _digits(seed: str, count: int) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()[:count]


# A type that is not listed is recorded too; what replaces it is then its name, its region and what the documentation of
# pulumi_aws says so about, which is little: one type in twenty. So a type whose replacement matters belongs in here.
KNOWN: dict[str, Known] = {
    "aws:appconfig/application:Application": Known(replace="", auto_name=AutoName(64)),
    "aws:appconfig/configurationProfile:ConfigurationProfile": Known(
        replace="applicationId locationUri type", auto_name=AutoName(128)
    ),
    "aws:appconfig/deployment:Deployment": Known(
        replace="applicationId configurationProfileId configurationVersion deploymentStrategyId environmentId "
        "description kmsKeyIdentifier"
    ),
    "aws:appconfig/environment:Environment": Known(replace="applicationId", auto_name=AutoName(64)),
    "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": Known(
        replace="applicationId configurationProfileId content contentType description"
    ),
    "aws:autoscaling/attachment:Attachment": Known(replace="autoscalingGroupName elb lbTargetGroupArn"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Known(replace="alarmName actionsEnabled", id="alarmName"),
    "aws:cloudwatch/dashboard:Dashboard": Known(replace="dashboardName", id="dashboardName"),
    "aws:cloudwatch/eventRule:EventRule": Known(replace="name namePrefix eventBusName", auto_name=AutoName(64)),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Known(replace="name logGroupName", id="name"),
    "aws:dynamodb/table:Table": Known(
        replace=(
            "name hashKey rangeKey localSecondaryIndexes importTable restoreDateTime restoreSourceName "
            "restoreSourceTableArn restoreToLatestTime"
        ),
        id="name",
        auto_name=AutoName(255),
    ),
    "aws:ebs/volume:Volume": Known(
        replace="availabilityZone encrypted kmsKeyId multiAttachEnabled outpostArn snapshotId"
    ),
    "aws:ec2/instance:Instance": Known(
        replace=(
            "ami availabilityZone subnetId keyName privateIp associatePublicIpAddress hibernation "
            "ipv6Addresses placementGroup placementPartitionNumber tenancy hostId ebsOptimized securityGroups "
            "networkInterfaces cpuOptions.amdSevSnp cpuOptions.coreCount cpuOptions.threadsPerCore "
            "enclaveOptions.enabled ebsBlockDevices.deviceName ebsBlockDevices.snapshotId "
            "instanceMarketOptions.marketType instanceMarketOptions.spotOptions launchTemplate.id "
            "launchTemplate.name rootBlockDevice.encrypted rootBlockDevice.kmsKeyId"
        )
    ),
    "aws:ec2/keyPair:KeyPair": Known(replace="keyName keyNamePrefix publicKey", id="keyName"),
    "aws:ec2/volumeAttachment:VolumeAttachment": Known(replace="deviceName instanceId volumeId"),
    "aws:elasticache/parameterGroup:ParameterGroup": Known(
        replace="name family description", id="name", auto_name=AutoName(255, lower=True)
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Known(
        replace=(
            "replicationGroupId atRestEncryptionEnabled dataTieringEnabled globalReplicationGroupId kmsKeyId port "
            "networkType securityGroupNames snapshotArns snapshotName subnetGroupName"
        ),
        id="replicationGroupId",
        auto_name=AutoName(40, "replicationGroupId", "replicationGroupId", lower=True),
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": Known(replace="name", id="name", auto_name=AutoName(255, lower=True)),
    "aws:iam/policy:Policy": Known(replace="name path description", auto_name=AutoName(128)),
    "aws:lambda/function:Function": Known(replace="name packageType", id="name", auto_name=AutoName(64)),
    "aws:lambda/permission:Permission": Known(
        replace=(
            "action eventSourceToken function functionUrlAuthType principal principalOrgId qualifier "
            "sourceAccount sourceArn statementId statementIdPrefix"
        )
    ),
    "aws:rds/cluster:Cluster": Known(
        replace=(
            "availabilityZones clusterIdentifier clusterIdentifierPrefix clusterScalabilityType databaseName "
            "dbSubnetGroupName dbSystemId engine engineMode kmsKeyId masterUsername "
            "snapshotIdentifier sourceRegion storageEncrypted s3Import restoreToPointInTime"
        ),
        id="clusterIdentifier",
    ),
    "aws:rds/clusterInstance:ClusterInstance": Known(
        replace=(
            "availabilityZone clusterIdentifier customIamInstanceProfile dbSubnetGroupName engine identifier "
            "identifierPrefix"
        ),
        id="identifier",
    ),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": Known(
        replace="name family description", id="name", auto_name=AutoName(255)
    ),
    "aws:rds/optionGroup:OptionGroup": Known(
        replace="name engineName majorEngineVersion optionGroupDescription",
        id="name",
        auto_name=AutoName(255, lower=True),
    ),
    "aws:rds/proxy:Proxy": Known(replace="engineFamily vpcSubnetIds", id="name"),
    "aws:secretsmanager/secretVersion:SecretVersion": Known(
        replace="secretId secretBinary secretString secretStringWoVersion"
    ),
    "aws:sns/topicPolicy:TopicPolicy": Known(replace="arn", id="arn"),
    "aws:sns/topicSubscription:TopicSubscription": Known(replace="endpoint protocol topic"),
    "aws:sqs/queue:Queue": Known(replace="name fifoQueue", auto_name=AutoName(80)),
    "aws:sqs/queuePolicy:QueuePolicy": Known(replace="queueUrl", id="queueUrl"),
    "aws:ssm/maintenanceWindow:MaintenanceWindow": Known(replace="", auto_name=AutoName(128)),
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": Known(replace="description name resourceType windowId"),
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": Known(replace="taskType windowId"),
    "aws:ssm/patchBaseline:PatchBaseline": Known(replace="operatingSystem", auto_name=AutoName(128)),
    "aws:ssm/patchGroup:PatchGroup": Known(replace="baselineId patchGroup"),
    "aws:wafv2/webAcl:WebAcl": Known(replace="name namePrefix scope"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Known(replace="resourceArn webAclArn"),
}
"""What is known, by token."""
