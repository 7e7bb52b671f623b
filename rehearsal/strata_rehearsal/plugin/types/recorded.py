"""What is known about types that are only recorded: what replaces them, what their id is, what AWS would answer.

A type that is not listed is recorded too; what replaces it is then its name, its region and what the documentation of
pulumi_aws says so about, which is little: one type in twenty. So a type whose replacement matters belongs in here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata_rehearsal.plugin.row import AutoName

__all__ = ["KNOWN", "Known"]

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


KNOWN: dict[str, Known] = {
    "aws:appautoscaling/policy:Policy": Known(replace="name resourceId scalableDimension serviceNamespace"),
    "aws:appautoscaling/target:Target": Known(replace="resourceId scalableDimension serviceNamespace"),
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
    "aws:ecr/repository:Repository": Known(
        replace="name encryptionConfigurations",
        id="name",
        auto_name=AutoName(256, lower=True),
        outputs={
            "repositoryUrl": lambda _inputs, id_, region: f"123456789012.dkr.ecr.{region}.rehearsal.internal/{id_}"
        },
    ),
    "aws:ecs/cluster:Cluster": Known(replace="name", auto_name=AutoName(255)),
    "aws:ecs/service:Service": Known(
        replace="name cluster launchType schedulingStrategy capacityProviderStrategies deploymentController iamRole",
        auto_name=AutoName(255),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Known(
        replace=(
            "family containerDefinitions cpu memory networkMode executionRoleArn taskRoleArn "
            "requiresCompatibilities volumes placementConstraints runtimePlatform ephemeralStorage "
            "ipcMode pidMode proxyConfiguration enableFaultInjection"
        ),
        id="family",
    ),
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
    "aws:wafv2/webAcl:WebAcl": Known(replace="name namePrefix scope"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Known(replace="resourceArn webAclArn"),
}
"""What is known, by token."""
