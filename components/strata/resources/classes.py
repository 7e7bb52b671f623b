"""The class of a resource, by what its tag says or else by its type, and each class in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from strata.resources.resource import Resource
from strata.spectrum import Mutability, is_laxer
from strata.tags import tagged_class

__all__ = ["TABLE", "WORDS", "Classification", "Source", "Words", "class_of", "holds_data", "is_judged", "type_class"]

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
        ecr:LifecyclePolicy ecr:ReplicationConfiguration ecr:Repository ecr:RepositoryPolicy ecrpublic:*
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
        "docker-build": Mutability.REPLACED,
        "null": Mutability.REPLACED,
        "random": Mutability.ROTATED,
        "time": Mutability.REPLACED,
        "tls": Mutability.ROTATED,
    }
)
"""Class by package, for providers that programs on AWS use beside it: a random password or a key is somebody's."""
_OTHERS: Final = MappingProxyType(
    {
        "docker-build:index:Index": Mutability.VERSIONED,
        "docker:index/registryImage:RegistryImage": Mutability.VERSIONED,
    }
)
"""Class by type, for types of these packages that take something along: the image in its registry."""
_V2: Final = "V2"
"""Ending of the older name that pulumi_aws keeps for some S3 types."""
_ATTACHED_NAMES: Final = """
    backup:Framework backup:GlobalSettings backup:Plan backup:RegionSettings backup:ReportPlan
    backup:RestoreTestingPlan backup:RestoreTestingSelection backup:Selection backup:VaultLockConfiguration
    backup:VaultNotifications backup:VaultPolicy cloudtrail:OrganizationDelegatedAdminAccount cloudtrail:Trail
    codecommit:ApprovalRuleTemplate codecommit:ApprovalRuleTemplateAssociation codecommit:Trigger
    directoryservice:ConditionalForwarder directoryservice:IpRoute directoryservice:IpRoutesExclusive
    directoryservice:LogSubscription directoryservice:RadiusSettings directoryservice:ServiceRegion
    directoryservice:SharedDirectory directoryservice:SharedDirectoryAccepter directoryservice:Trust dms:*
    dynamodb:ContributorInsights dynamodb:GlobalSecondaryIndex dynamodb:KinesisStreamingDestination
    dynamodb:ResourcePolicy dynamodb:TableExport dynamodb:Tag ecr:LifecyclePolicy ecr:ReplicationConfiguration
    ecr:RepositoryPolicy ecrpublic:RepositoryPolicy efs:BackupPolicy efs:FileSystemPolicy efs:ReplicationConfiguration
    elasticsearch:DomainPolicy elasticsearch:DomainSamlOptions elasticsearch:VpcEndpoint
    fsx:DataRepositoryAssociation fsx:S3AccessPointAttachment glacier:VaultLock opensearch:DomainPolicy qldb:Stream
    rds:ExportTask rds:InstanceAutomatedBackupsReplication s3:BucketAcl s3:BucketLifecycleConfiguration
    s3:BucketLogging s3:BucketObjectLockConfiguration s3:BucketOwnershipControls s3:BucketPolicy
    s3:BucketPublicAccessBlock s3:BucketReplicationConfig s3:BucketServerSideEncryptionConfiguration
    s3:BucketVersioning s3control:AccessGrant s3control:AccessGrantsInstance
    s3control:AccessGrantsInstanceResourcePolicy s3control:AccessGrantsLocation s3control:AccessPointPolicy
    s3control:BucketLifecycleConfiguration s3control:BucketPolicy s3control:DirectoryBucketAccessPointScope
    s3control:MultiRegionAccessPoint s3control:MultiRegionAccessPointPolicy s3control:MultiRegionAccessPointRoutes
    s3control:ObjectLambdaAccessPoint s3control:ObjectLambdaAccessPointPolicy s3control:StorageLensConfiguration
    s3tables:Namespace s3tables:TableBucketPolicy s3tables:TableBucketReplication s3tables:TablePolicy
    s3tables:TableReplication ssmcontacts:* storagegateway:Cache storagegateway:FileSystemAssociation
    storagegateway:UploadBuffer storagegateway:WorkingStorage workspaces:ConnectionAlias workspaces:IpGroup"""
_ATTACHED: Final = frozenset(_ATTACHED_NAMES.split())
"""CONTROLLED types that hold nothing themselves: what they say keeps, moves or opens the data of something else."""


class Source(StrEnum):
    """How a class is known."""

    TAG = "tag"
    TYPE = "type"
    UNKNOWN = "unknown type"


@dataclass(frozen=True)
class Classification:
    """The class of a resource, and how it is known."""

    mutability: Mutability
    source: Source


def is_judged(resource: Resource) -> bool:
    """Whether a resource is something of the stack's own in AWS.

    Components, providers and stack references are not, and neither is what a program only reads, as by `Vpc.get`.
    """
    return resource.custom and not resource.external and not resource.type.startswith("pulumi:")


def class_of(resource: Resource) -> Classification:
    """The class of a resource: its own tag decides, because who made it knows more than its type shows.

    A tag that its provider gives everything speaks of no resource in particular, so that one may only raise the class.
    """
    own = tagged_class(resource.inputs.get("tags"))
    if own:
        return Classification(own, Source.TAG)
    plain = type_class(resource)
    every = (resource.inputs.get("tagsAll"), resource.outputs.get("tagsAll"))
    given = next((found for tags in every if (found := tagged_class(tags))), None)
    return Classification(given, Source.TAG) if given and not is_laxer(given, plain.mutability) else plain


def type_class(resource: Resource) -> Classification:
    """The class of a resource by its type alone."""
    inputs = resource.inputs
    service, leaf = _split(resource.type)
    if service in _PACKAGES and not leaf:
        return Classification(_OTHERS.get(resource.type, _PACKAGES[service]), Source.TYPE)
    if (service, leaf) == ("rds", "Instance") and inputs.get("replicateSourceDb"):
        return Classification(Mutability.REBUILDABLE, Source.TYPE)
    if (service, leaf) == ("ssm", "Parameter") and inputs.get("type") == "SecureString":
        return Classification(Mutability.ROTATED, Source.TYPE)
    name = next((name for name in _names(resource.type) if name in TABLE), None)
    return Classification(TABLE[name], Source.TYPE) if name else Classification(Mutability.CONTROLLED, Source.UNKNOWN)


def holds_data(resource: Resource) -> bool:
    """Whether a resource is known to hold data of its own: by its tag, or by a type that does.

    What nobody has classed is not, although it counts as CONTROLLED: it may as well hold nothing.

    Args:
        resource: the resource.
    """
    found = class_of(resource)
    if found.mutability is not Mutability.CONTROLLED or found.source is Source.UNKNOWN:
        return False
    return found.source is Source.TAG or _ATTACHED.isdisjoint(_names(resource.type))


def _names(token: str) -> tuple[str, str, str]:
    """What the table may call a type, the most exact name first."""
    service, leaf = _split(token)
    return f"{service}:{leaf}", f"{service}:{leaf.removesuffix(_V2)}", f"{service}:*"


def _split(token: str) -> tuple[str, str]:
    """Service and leaf of `aws:service/type:Leaf`; of another provider's type, the provider."""
    package, _, rest = token.partition(":")
    service, _, leaf = rest.rpartition(":")
    return (service.partition("/")[0], leaf) if package == "aws" else (package, "")


class Words(NamedTuple):
    """How a class is described.

    Args:
        what: what is of this class.
        changes: how a change arrives.
        truth: where the truth about it is: what it would be made from again.
        lost: what goes with one of it, where its type says nothing more exact.
    """

    what: str
    changes: str
    truth: str
    lost: str


WORDS: Final = MappingProxyType(
    {
        Mutability.REPLACED: Words(
            "stateless compute: templates, groups, tasks, routes to them",
            "a new image on new servers or tasks, and the old ones go",
            "the pinned image and the program",
            "nothing that a new one does not bring back",
        ),
        Mutability.VERSIONED: Words(
            "application config, release records, logs",
            "a new version beside the old one",
            "the stack file; earlier versions in AWS",
            "its earlier versions",
        ),
        Mutability.REBUILDABLE: Words(
            "replicas and caches",
            "built again from its source",
            "the protected source it is built from",
            "a copy that can be rebuilt from its source",
        ),
        Mutability.CONTROLLED: Words(
            "databases, buckets and file systems with data",
            "in place, under window, backup and approval",
            "the data itself, and its backups",
            "the data it holds, or what keeps that data safe",
        ),
        Mutability.STABLE: Words(
            "networks, load balancers, roles",
            "rarely and deliberately, in place",
            "the program and the stack file",
            "what everything built on it relies on",
        ),
        Mutability.ROTATED: Words(
            "secrets, certificates and keys",
            "a rotation from outside, never a deploy",
            "AWS alone; the program knows an ARN",
            "the value, for everybody who uses it",
        ),
    }
)
"""Every class, in the order of the spectrum."""
