"""The class of a resource: what its tag says, else what its type is.

The table names types as `service:Type`, and all others of a service as `service:*`. A type that nobody has classed
counts as CONTROLLED: it may be made and changed in place, but nothing that might hold data is replaced or deleted
unseen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from strata.guard.plan import Change
from strata.resources.resource import Resource
from strata.spectrum import Mutability, is_laxer
from strata.tags import tagged_class

__all__ = ["TABLE", "Class", "Source", "class_of", "class_of_change", "is_judged", "type_class"]

_TYPES: Final[Mapping[Mutability, str]] = {
    Mutability.REPLACED: """
        alb:ListenerRule alb:TargetGroup alb:TargetGroupAttachment
        appautoscaling:* apprunner:* autoscaling:* batch:* codebuild:Project codebuild:Webhook
        cloudwatch:CompositeAlarm cloudwatch:Dashboard cloudwatch:EventPermission cloudwatch:EventRule
        cloudwatch:EventTarget cloudwatch:LogDataProtectionPolicy cloudwatch:LogMetricFilter
        cloudwatch:LogResourcePolicy cloudwatch:LogStream cloudwatch:LogSubscriptionFilter cloudwatch:MetricAlarm
        cloudwatch:MetricStream
        ebs:SnapshotBlockPublicAccess
        ec2:AvailabilityZoneGroup ec2:EipAssociation ec2:Fleet ec2:Instance ec2:KeyPair
        ec2:LaunchConfiguration ec2:LaunchTemplate ec2:NetworkAclAssociation ec2:NetworkAclRule
        ec2:NetworkInterfaceAttachment ec2:NetworkInterfaceSecurityGroupAttachment ec2:PlacementGroup
        ec2:SecurityGroupRule ec2:SecurityGroupAssociation ec2:SpotFleetRequest ec2:SpotInstanceRequest ec2:Tag
        ec2:VolumeAttachment
        ecs:Service ecs:TaskDefinition ecs:TaskSet ecs:Tag
        eks:AccessEntry eks:AccessPolicyAssociation eks:Addon eks:FargateProfile eks:NodeGroup
        eks:PodIdentityAssociation
        elb:Attachment elb:AppCookieStickinessPolicy
        iam:GroupMembership iam:GroupPolicy iam:GroupPolicyAttachment iam:PolicyAttachment iam:RolePoliciesExclusive
        iam:RolePolicy iam:RolePolicyAttachment iam:RolePolicyAttachmentsExclusive iam:UserGroupMembership
        iam:UserPolicy iam:UserPolicyAttachment
        lambda:EventSourceMapping lambda:Function lambda:FunctionEventInvokeConfig lambda:FunctionUrl
        lambda:Invocation lambda:Permission lambda:ProvisionedConcurrencyConfig
        lb:ListenerRule lb:TargetGroup lb:TargetGroupAttachment
        pipes:* rds:RoleAssociation rds:ClusterRoleAssociation rds:ProxyDefaultTargetGroup rds:ProxyTarget
        s3:AnalyticsConfiguration s3:BucketCorsConfiguration s3:BucketMetric s3:BucketNotification
        s3:BucketRequestPaymentConfiguration s3:BucketAccelerateConfiguration s3:BucketWebsiteConfiguration
        s3:BucketIntelligentTieringConfiguration s3:Inventory
        scheduler:Schedule sfn:Activity sfn:StateMachine
        sns:TopicPolicy sns:TopicSubscription sqs:QueuePolicy sqs:RedriveAllowPolicy sqs:RedrivePolicy
        ssm:Association synthetics:* vpc:SecurityGroupEgressRule vpc:SecurityGroupIngressRule
        vpc:SecurityGroupVpcAssociation wafv2:WebAclAssociation""",
    Mutability.VERSIONED: """
        appconfig:* cloudwatch:LogGroup codedeploy:* ec2:Ami ec2:AmiCopy ec2:AmiFromInstance
        ec2:AmiLaunchPermission imagebuilder:* lambda:Alias lambda:LayerVersion
        s3:BucketObject s3:BucketObjectv2 s3:ObjectCopy ssm:Document ssm:Parameter""",
    Mutability.REBUILDABLE: """
        dax:* elasticache:Cluster elasticache:GlobalReplicationGroup elasticache:ReplicationGroup
        elasticache:ServerlessCache""",
    Mutability.CONTROLLED: """
        backup:* cloudhsmv2:* cloudtrail:* codecommit:* cognito:IdentityPool cognito:User cognito:UserPool
        directoryservice:* dms:* docdb:Cluster docdb:ClusterInstance docdb:ClusterSnapshot docdb:ElasticCluster
        docdb:GlobalCluster dynamodb:* ebs:Snapshot ebs:SnapshotCopy ebs:SnapshotImport ebs:Volume
        ecr:LifecyclePolicy ecr:ReplicationConfiguration ecr:Repository ecr:RepositoryPolicy
        efs:BackupPolicy efs:FileSystem efs:FileSystemPolicy efs:ReplicationConfiguration eks:Cluster
        elasticsearch:* emr:Cluster fsx:* glacier:* glue:CatalogDatabase glue:CatalogTable keyspaces:* kinesis:Stream
        lightsail:Database lightsail:Disk lightsail:Instance memorydb:Cluster memorydb:Snapshot mq:Broker msk:Cluster
        msk:ServerlessCluster neptune:Cluster neptune:ClusterInstance neptune:ClusterSnapshot neptune:GlobalCluster
        opensearch:Domain opensearch:DomainPolicy opensearch:ServerlessCollection qldb:*
        rds:Cluster rds:ClusterInstance rds:ClusterSnapshot rds:ClusterSnapshotCopy rds:CustomDbEngineVersion
        rds:ExportTask rds:GlobalCluster rds:Instance rds:InstanceAutomatedBackupsReplication rds:Snapshot
        rds:SnapshotCopy
        redshift:Cluster redshift:ClusterSnapshot redshiftserverless:Namespace redshiftserverless:Snapshot
        s3:Bucket s3:BucketAcl s3:BucketLifecycleConfiguration s3:BucketLogging s3:BucketObjectLockConfiguration
        s3:BucketOwnershipControls s3:BucketPolicy s3:BucketPublicAccessBlock s3:BucketReplicationConfig
        s3:BucketServerSideEncryptionConfiguration s3:BucketVersioning s3:DirectoryBucket s3control:* s3tables:*
        sqs:Queue ssmcontacts:* storagegateway:* timestreamwrite:* timestreaminfluxdb:* workspaces:*""",
    Mutability.STABLE: """
        accessanalyzer:* account:* acm:* alb:Listener alb:ListenerCertificate alb:LoadBalancer apigateway:*
        apigatewayv2:* appmesh:* appsync:* athena:* budgets:* cfg:* cloudformation:*
        cloudfront:* cloudwatch:* cognito:* directconnect:*
        dlm:LifecyclePolicy docdb:* ec2:* ec2clientvpn:* ec2transitgateway:* ecr:* ecs:* efs:AccessPoint
        efs:MountTarget eks:* elasticache:* elasticbeanstalk:Application elb:* globalaccelerator:* glue:* guardduty:*
        iam:* identitystore:* inspector2:* kinesis:* kms:Alias lambda:* lb:* macie:* memorydb:* mq:Configuration
        msk:* neptune:*
        networkfirewall:* networkmanager:* oam:* organizations:* ram:* rds:* redshift:* redshiftserverless:*
        resourceexplorer:* resourcegroups:* rolesanywhere:* route53:* route53domains:* route53recoverycontrol:*
        s3:AccessPoint s3:AccountPublicAccessBlock scheduler:ScheduleGroup schemas:* securityhub:* servicecatalog:*
        servicediscovery:* servicequotas:* ses:* sesv2:* shield:* signer:* sns:* ssm:* ssoadmin:* transfer:* vpc:*
        vpclattice:* waf:* wafregional:* wafv2:* xray:*""",
    Mutability.ROTATED: """
        acm:Certificate acm:CertificateValidation acmpca:* cloudfront:KeyGroup cloudfront:PublicKey iam:AccessKey
        iam:ServerCertificate iam:ServiceSpecificCredential iam:SigningCertificate iam:SshKey iam:UserLoginProfile
        kms:Ciphertext kms:CustomKeyStore kms:ExternalKey kms:Grant kms:Key kms:KeyPolicy kms:ReplicaExternalKey
        kms:ReplicaKey secretsmanager:* transfer:SshKey""",
}

TABLE: Final = MappingProxyType({name: kind for kind, names in _TYPES.items() for name in names.split()})
"""Class by `service:Type` or `service:*`, for the types of pulumi_aws."""

_PACKAGES: Final = MappingProxyType(
    {
        "archive": Mutability.REPLACED,
        "docker": Mutability.REPLACED,
        "null": Mutability.REPLACED,
        "random": Mutability.ROTATED,
        "time": Mutability.REPLACED,
        "tls": Mutability.ROTATED,
    }
)
"""Class by package, for providers that programs on AWS use beside it: a random password or a key is somebody's."""

_V2: Final = "V2"
"""Ending of the older name that pulumi_aws keeps for some S3 types."""


class Source(StrEnum):
    """How a class is known."""

    TAG = "tag"
    TYPE = "type"
    UNKNOWN = "unknown type"


@dataclass(frozen=True)
class Class:
    """The class of a resource, and how it is known."""

    mutability: Mutability
    source: Source


def is_judged(state: Resource) -> bool:
    """Whether a resource is something of the stack's own in AWS.

    Components, providers and stack references are not, and neither is what a program only reads, as by `Vpc.get`.
    """
    return state.custom and not state.external and not state.type.startswith("pulumi:")


def class_of(state: Resource) -> Class:
    """The class of a resource: its own tag decides, because who made it knows more than its type tells.

    A tag that its provider gives everything speaks of no resource in particular, so that one may only raise the class.
    """
    own = tagged_class(state.inputs.get("tags"))
    if own:
        return Class(own, Source.TAG)
    plain = type_class(state)
    every = (state.inputs.get("tagsAll"), state.outputs.get("tagsAll"))
    given = next((found for tags in every if (found := tagged_class(tags))), None)
    return Class(given, Source.TAG) if given and not is_laxer(given, plain.mutability) else plain


def class_of_change(change: Change) -> Class:
    """The class that a change is judged by: what the resource was, unless it becomes something stricter.

    Args:
        change: the change.
    """
    was = class_of(change.state)
    becomes = class_of(change.later) if change.later else was
    return becomes if is_laxer(was.mutability, becomes.mutability) else was


def type_class(state: Resource) -> Class:
    """The class of a resource by its type alone."""
    inputs = state.inputs
    service, leaf = _split(state.type)
    if service in _PACKAGES and not leaf:
        return Class(_PACKAGES[service], Source.TYPE)
    if (service, leaf) == ("rds", "Instance") and inputs.get("replicateSourceDb"):
        return Class(Mutability.REBUILDABLE, Source.TYPE)
    if (service, leaf) == ("ssm", "Parameter") and inputs.get("type") == "SecureString":
        return Class(Mutability.ROTATED, Source.TYPE)
    for name in (f"{service}:{leaf}", f"{service}:{leaf.removesuffix(_V2)}", f"{service}:*"):
        if name in TABLE:
            return Class(TABLE[name], Source.TYPE)
    return Class(Mutability.CONTROLLED, Source.UNKNOWN)


def _split(token: str) -> tuple[str, str]:
    """Service and leaf of `aws:service/type:Leaf`; of another provider's type, the provider."""
    package, _, rest = token.partition(":")
    service, _, leaf = rest.rpartition(":")
    return (service.partition("/")[0], leaf) if package == "aws" else (package, "")
