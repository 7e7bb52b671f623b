"""What protects a resource: the inputs whose change can take protection away, in one table by type.

Inputs that protect under the same name wherever they are stand in a second one, which speaks for every type that the
first leaves out. What is added to something that is there can take away too: the first lifecycle of a bucket deletes
what is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from strata.guard.acls import more_granted, more_open, more_shared
from strata.guard.documents import wider
from strata.guard.retention import (
    fewer_snapshots,
    less_replicated,
    more_images_expire,
    sooner_deleted,
    sooner_expired,
)

__all__ = ["ADDED", "BY_NAME", "KEEPS", "LIFTED", "TABLE", "WORST", "Addition", "Guarded"]

KEEPS: Final = object()
"""An absent input leaves what AWS has."""
WORST: Final = object()
"""Nobody knows for all types what an absent input means: before, what AWS has, and after, nothing."""

_OFF_WORDS: Final = frozenset({"disabled", "inactive", "false", "none"})
"""How AWS says in a word that something is off."""

Weaker = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Guarded:
    """An input that protects.

    Args:
        path: where it is among the inputs, with dots; lists of one are stepped into. Empty: all inputs.
        weaker: whether the second value protects less than the first.
        says: what it means if so.
        absent: what an absent input means: a value, `KEEPS` or `WORST`. Default: nothing.
        without: what AWS does without the resource, for one of `ADDED`. Default: nothing.
    """

    path: str
    weaker: Weaker
    says: str
    absent: Any = None
    without: Any = None


def _is_on(value: Any) -> bool:
    return value.lower() not in {"", *_OFF_WORDS} if isinstance(value, str) else bool(value)


def _time(value: Any) -> float:
    """A length of time; less than none is how AWS says forever, and what is no number is the worst."""
    try:
        number = float(value or 0)
    except (TypeError, ValueError):
        return 0.0
    return number if number >= 0 else float("inf")


def _off(old: Any, new: Any) -> bool:
    return _is_on(old) and not _is_on(new)


def _on(old: Any, new: Any) -> bool:
    return _is_on(new) and not _is_on(old)


def _lower(old: Any, new: Any) -> bool:
    return old is not None and _time(new) < _time(old)


def _higher(old: Any, new: Any) -> bool:
    return old is not None and new is not None and _time(new) > _time(old)


def _sooner(old: Any, new: Any) -> bool:
    """Days until something is deleted, 0 or nothing meaning never."""
    return bool(new) and (not old or _time(new) < _time(old))


def _fewer(old: Any, new: Any) -> bool:
    return len(new or ()) < len(old or ())


def _left_out(old: Any, new: Any) -> bool:
    """Whether something that was named with a value, or switched on by its name, no longer is."""
    after = new if isinstance(new, Mapping) else {}
    return any(after.get(key) != value for key, value in (old or {}).items() if value is not False)


def _leaves(value: str) -> Weaker:
    return lambda old, new: old == value and new != value


def _off_if(path: str, what: str, absent: Any = None) -> Guarded:
    return Guarded(path, _off, f"{what} goes off", absent)


_DELETION = _off_if("deletionProtection", "deletion protection")
_BACKUPS = Guarded("backupRetentionPeriod", _lower, "backups are kept for a shorter time", KEEPS)
_SNAPSHOT = Guarded("skipFinalSnapshot", _on, "no final snapshot is taken before a delete")
_AUTOMATED = Guarded("deleteAutomatedBackups", _on, "a delete takes the automated backups along", absent=True)
_PUBLIC = Guarded("publiclyAccessible", _on, "it becomes reachable from the internet")
_POLICY = Guarded("policy", wider, "its policy grants more")
_EXPIRY = "objects or their old versions expire sooner, or more of them"
_FORCE = Guarded("forceDestroy", _on, "a delete takes the content along")
_BALANCER = (_off_if("enableDeletionProtection", "deletion protection"),)
_LISTENER = (Guarded("protocol", _leaves("HTTPS"), "traffic is no longer encrypted", KEEPS),)
_FILE_BACKUPS = (
    Guarded("automaticBackupRetentionDays", _lower, "backups are kept for a shorter time", KEEPS),
    Guarded("skipFinalBackup", _on, "no final backup is taken before a delete"),
)
_CLUSTER = (_DELETION, _BACKUPS, _SNAPSHOT)
_STAYS = _off_if("skipDestroy", "what leaves it in AWS at a delete")
_PUBLIC_ACCESS = tuple(
    Guarded(flag, _off, f"the public access block's {flag} goes off", without=True)
    for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
)
_ACL = Guarded("acl", more_open, "it is opened to others")
_SHARED = (Guarded("sharedAccounts", more_shared, "other accounts get it"),)
_ACCESS = (Guarded("accessPolicies", wider, "its policy grants more", KEEPS),)

TABLE: Final[Mapping[str, tuple[Guarded, ...]]] = MappingProxyType(
    {
        "aws:alb/listener:Listener": _LISTENER,
        "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:backup/plan:Plan": (Guarded("rules", sooner_deleted, "backups are made or kept less"),),
        "aws:backup/regionSettings:RegionSettings": (
            Guarded("resourceTypeOptInPreference", _left_out, "something is no longer backed up"),
        ),
        "aws:backup/vault:Vault": (_FORCE,),
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
            Guarded("minRetentionDays", _lower, "backups may be deleted sooner"),
        ),
        "aws:backup/vaultPolicy:VaultPolicy": (_POLICY,),
        "aws:cloudtrail/eventDataStore:EventDataStore": (
            _off_if("terminationProtectionEnabled", "deletion protection", absent=True),
            Guarded("retentionPeriod", _lower, "events are kept for a shorter time", 2555),
        ),
        "aws:cloudtrail/trail:Trail": (
            _off_if("enableLogging", "logging", absent=True),
            _off_if("enableLogFileValidation", "validation of its files"),
            _off_if("isMultiRegionTrail", "the record of other regions"),
        ),
        "aws:cloudwatch/eventArchive:EventArchive": (
            Guarded("retentionDays", _sooner, "events are kept for a shorter time"),
        ),
        "aws:cloudwatch/logGroup:LogGroup": (
            Guarded("retentionInDays", _sooner, "logs are kept for a shorter time"),
            _off_if("deletionProtectionEnabled", "deletion protection", KEEPS),
            _STAYS,
        ),
        "aws:cognito/userPool:UserPool": (
            Guarded("deletionProtection", _leaves("ACTIVE"), "deletion protection goes off"),
        ),
        "aws:dlm/lifecyclePolicy:LifecyclePolicy": (
            Guarded("state", _leaves("ENABLED"), "no more snapshots are made", "ENABLED"),
            Guarded("policyDetails.schedules", fewer_snapshots, "snapshots are made or kept less"),
            Guarded("policyDetails.targetTags", _left_out, "less of what is tagged has snapshots made of it"),
            Guarded("policyDetails.createInterval", _higher, "snapshots are made less often", KEEPS),
            Guarded("policyDetails.retainInterval", _lower, "snapshots are kept for a shorter time", KEEPS),
        ),
        "aws:docdb/cluster:Cluster": _CLUSTER,
        "aws:dynamodb/resourcePolicy:ResourcePolicy": (_POLICY,),
        "aws:dynamodb/table:Table": (
            _off_if("deletionProtectionEnabled", "deletion protection"),
            _off_if("pointInTimeRecovery.enabled", "point-in-time recovery"),
            Guarded("pointInTimeRecovery.recoveryPeriodInDays", _lower, "recovery reaches back less", KEEPS),
            _off_if("serverSideEncryption.enabled", "encryption with a key of its own"),
            Guarded("ttl.enabled", _on, "items expire from now on"),
            Guarded("replicas", _fewer, "a replica goes"),
        ),
        "aws:ebs/volume:Volume": (_off_if("finalSnapshot", "the final snapshot before a delete"),),
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": (Guarded("policy", more_images_expire, "other images expire"),),
        "aws:ecr/repository:Repository": (
            Guarded("forceDelete", _on, "a delete takes the images along"),
            Guarded("imageTagMutability", _leaves("IMMUTABLE"), "tags of images can be moved"),
        ),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": (_POLICY,),
        "aws:efs/backupPolicy:BackupPolicy": (
            Guarded("backupPolicy.status", _leaves("ENABLED"), "automatic backups go off"),
        ),
        "aws:efs/fileSystem:FileSystem": (
            Guarded("protection.replicationOverwrite", _leaves("ENABLED"), "a replication may overwrite it", KEEPS),
        ),
        "aws:efs/fileSystemPolicy:FileSystemPolicy": (_POLICY,),
        "aws:eks/cluster:Cluster": (_off_if("deletionProtection", "deletion protection", KEEPS),),
        "aws:elasticsearch/domain:Domain": _ACCESS,
        "aws:elasticsearch/domainPolicy:DomainPolicy": _ACCESS,
        "aws:elasticache/replicationGroup:ReplicationGroup": (
            _off_if("multiAzEnabled", "the standby in another zone"),
            _off_if("automaticFailoverEnabled", "automatic failover"),
            _off_if("transitEncryptionEnabled", "encryption on the way", KEEPS),
            Guarded("snapshotRetentionLimit", _lower, "snapshots are kept for a shorter time"),
        ),
        "aws:fsx/lustreFileSystem:LustreFileSystem": _FILE_BACKUPS,
        "aws:fsx/ontapFileSystem:OntapFileSystem": _FILE_BACKUPS[:1],
        "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _FILE_BACKUPS,
        "aws:fsx/windowsFileSystem:WindowsFileSystem": _FILE_BACKUPS,
        "aws:imagebuilder/component:Component": (_STAYS,),
        "aws:iam/role:Role": (_off_if("permissionsBoundary", "its permissions boundary"),),
        "aws:iam/user:User": (_off_if("permissionsBoundary", "its permissions boundary"),),
        "aws:kinesis/stream:Stream": (Guarded("retentionPeriod", _lower, "records are kept for a shorter time", 24),),
        "aws:kms/key:Key": (
            _off_if("enableKeyRotation", "rotation"),
            _off_if("isEnabled", "the key", absent=True),
            Guarded("rotationPeriodInDays", _higher, "it is rotated less often", KEEPS),
            Guarded("deletionWindowInDays", _lower, "a deleted key is gone sooner", 30),
            Guarded("bypassPolicyLockoutSafetyCheck", _on, "AWS no longer checks that somebody can use it"),
            Guarded("policy", wider, "its policy grants more", KEEPS),
        ),
        "aws:kms/keyPolicy:KeyPolicy": (_POLICY,),
        "aws:kms/replicaKey:ReplicaKey": (
            _off_if("enabled", "the key", absent=True),
            Guarded("deletionWindowInDays", _lower, "a deleted key is gone sooner", 30),
            Guarded("policy", wider, "its policy grants more", KEEPS),
        ),
        "aws:lambda/layerVersion:LayerVersion": (_STAYS,),
        "aws:lb/listener:Listener": _LISTENER,
        "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:neptune/cluster:Cluster": _CLUSTER,
        "aws:opensearch/domain:Domain": _ACCESS,
        "aws:opensearch/domainPolicy:DomainPolicy": _ACCESS,
        "aws:rbin/rule:Rule": (
            Guarded(
                "retentionPeriod.retentionPeriodValue", _lower, "what is deleted can be brought back for less long"
            ),
        ),
        "aws:rds/cluster:Cluster": (
            *_CLUSTER,
            _AUTOMATED,
            Guarded("backtrackWindow", _lower, "it can be taken back to less long ago"),
        ),
        "aws:rds/clusterInstance:ClusterInstance": (_PUBLIC,),
        "aws:rds/clusterSnapshot:ClusterSnapshot": _SHARED,
        "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": _SHARED,
        "aws:rds/globalCluster:GlobalCluster": (_DELETION,),
        "aws:rds/instance:Instance": (
            *_CLUSTER,
            _AUTOMATED,
            _off_if("multiAz", "the standby in another zone", KEEPS),
            _PUBLIC,
            _off_if("manageMasterUserPassword", "the password that RDS rotates"),
        ),
        "aws:rds/snapshot:Snapshot": _SHARED,
        "aws:rds/snapshotCopy:SnapshotCopy": _SHARED,
        "aws:redshift/cluster:Cluster": (
            _SNAPSHOT,
            Guarded("automatedSnapshotRetentionPeriod", _lower, "snapshots are kept for a shorter time", 1),
            _PUBLIC,
            _off_if("multiAz", "the standby in another zone"),
        ),
        "aws:route53/zone:Zone": (_FORCE,),
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": _PUBLIC_ACCESS,
        "aws:s3/bucket:Bucket": (
            _FORCE,
            _ACL,
            Guarded("grants", more_granted, "it is opened to others", KEEPS),
            _off_if("versioning.enabled", "versioning", KEEPS),
            Guarded("lifecycleRules", sooner_expired, _EXPIRY, KEEPS),
        ),
        "aws:s3/bucketAcl:BucketAcl": (
            _ACL,
            Guarded("accessControlPolicy", more_granted, "it is opened to others", KEEPS),
        ),
        "aws:s3/bucketV2:BucketV2": (
            _FORCE,
            _ACL,
            Guarded("grants", more_granted, "it is opened to others", KEEPS),
            _off_if("versionings.enabled", "versioning", KEEPS),
            Guarded("lifecycleRules", sooner_expired, _EXPIRY, KEEPS),
        ),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
            Guarded("rules", sooner_expired, _EXPIRY),
        ),
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (
            Guarded("rule.defaultRetention.days", _lower, "objects are locked for a shorter time"),
            Guarded("rule.defaultRetention.years", _lower, "objects are locked for a shorter time"),
            Guarded("rule.defaultRetention.mode", _leaves("COMPLIANCE"), "locked objects can be unlocked"),
        ),
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
            Guarded(
                "rule.objectOwnership",
                _leaves("BucketOwnerEnforced"),
                "objects may belong to others",
                without="BucketOwnerEnforced",
            ),
        ),
        "aws:s3/bucketPolicy:BucketPolicy": (_POLICY,),
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (*_PUBLIC_ACCESS, _STAYS),
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (
            Guarded("rules", less_replicated, "less is replicated"),
        ),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            Guarded(
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId", _off, "encryption with a key of its own ends"
            ),
        ),
        "aws:s3/bucketVersioning:BucketVersioning": (
            Guarded("versioningConfiguration.status", _leaves("Enabled"), "versioning is suspended", without="Enabled"),
            Guarded("versioningConfiguration.mfaDelete", _leaves("Enabled"), "deleting versions needs no MFA"),
        ),
        "aws:sagemaker/domain:Domain": (
            Guarded("retentionPolicy.homeEfsFileSystem", _leaves("Retain"), "a delete takes the files along", "Retain"),
        ),
        "aws:secretsmanager/secret:Secret": (
            Guarded("recoveryWindowInDays", _lower, "a deleted secret is gone sooner", 30),
            Guarded("policy", wider, "its policy grants more", KEEPS),
            Guarded("replicas", _fewer, "a replica goes"),
        ),
        "aws:secretsmanager/secretPolicy:SecretPolicy": (
            _POLICY,
            _off_if("blockPublicPolicy", "the public policy check"),
        ),
        "aws:secretsmanager/secretRotation:SecretRotation": (
            Guarded("rotationRules.automaticallyAfterDays", _higher, "it is rotated less often"),
            _off_if("rotationLambdaArn", "rotation"),
        ),
        "aws:sqs/queue:Queue": (
            Guarded("messageRetentionSeconds", _lower, "messages are kept for a shorter time", 345_600),
            _off_if("redrivePolicy", "the dead-letter queue", KEEPS),
        ),
        "aws:timestreamwrite/table:Table": (
            Guarded(
                "retentionProperties.magneticStoreRetentionPeriodInDays",
                _lower,
                "records are kept for a shorter time",
                KEEPS,
            ),
        ),
    }
)
"""By type token: the inputs whose change can take protection away."""

_OFF: Final = MappingProxyType(
    {
        "backupRetentionEnabled": "automatic backups go off",
        "deleteProtection": "deletion protection goes off",
        "deletionProtection": "deletion protection goes off",
        "deletionProtectionEnabled": "deletion protection goes off",
        "skipDestroy": _STAYS.says,
        "isBackupRetentionLocked": "the lock on its backups goes off",
        "terminationProtection": "deletion protection goes off",
        "terminationProtectionEnabled": "deletion protection goes off",
    }
)
_ON: Final = MappingProxyType(
    {
        "bypassSnaplockEnterpriseRetention": "a delete takes locked files along",
        "forceDelete": "a delete takes the content along",
        "forceDestroy": "a delete takes the content along",
        "publiclyAccessible": "it becomes reachable from the internet",
        "skipFinalBackup": "no final backup is taken before a delete",
        "skipFinalSnapshot": "no final snapshot is taken before a delete",
    }
)
_SHORTER: Final = MappingProxyType(
    {
        "backupRetentionPeriod": "backups are kept for a shorter time",
        "backupRetentionPeriodInDays": "backups are kept for a shorter time",
        "dataRetention": "data is kept for a shorter time",
        "dataRetentionInHours": "data is kept for a shorter time",
        "defaultExpirationDays": "data is kept for a shorter time",
        "eventExpiryDuration": "data is kept for a shorter time",
        "manualSnapshotRetentionPeriod": "snapshots are kept for a shorter time",
        "minRetentionDays": "backups may be deleted sooner",
        "recoveryWindowInDays": "what is deleted is gone sooner",
        "retentionLockTimeInDays": "tapes are locked for a shorter time",
        "retentionPeriod": "data is kept for a shorter time",
        "retentionPeriodInDays": "data is kept for a shorter time",
        "snapshotRetentionLimit": "snapshots are kept for a shorter time",
    }
)

BY_NAME: Final[Mapping[str, Guarded]] = MappingProxyType(
    {
        name: Guarded(name, weaker, says, WORST)
        for weaker, names in ((_off, _OFF), (_on, _ON), (_lower, _SHORTER))
        for name, says in names.items()
    }
)
"""By name: inputs that protect in every type that has them and holds something."""


_KEEPS_FROM_DELETION: Final = frozenset(
    {
        "deletionProtection",
        "deletionProtectionEnabled",
        "enableDeletionProtection",
        "forceDelete",
        "forceDestroy",
        "recoveryWindowInDays",
        "skipDestroy",
    }
)

LIFTED: Final = frozenset(
    row.says for rows in (*TABLE.values(), tuple(BY_NAME.values())) for row in rows if row.path in _KEEPS_FROM_DELETION
)
"""What is said of inputs that only keep a resource, or its content, from being deleted: a teardown lifts these."""


@dataclass(frozen=True)
class Addition:
    """A resource that is a part of another one.

    Args:
        input: its input that names the other one.
        to: the other one's type.
        had: the path of what the other one has by itself, which this takes the place of. Default: nothing.
        only: the path of the one input that can take something away. Default: all of the type's can.
    """

    input: str
    to: str
    had: str = ""
    only: str = ""


_BUCKET: Final = "aws:s3/bucket:Bucket"
_TO_BUCKET = Addition("bucket", _BUCKET)

ADDED: Final[Mapping[str, Addition]] = MappingProxyType(
    {
        "aws:backup/vaultPolicy:VaultPolicy": Addition("backupVaultName", "aws:backup/vault:Vault"),
        "aws:dynamodb/resourcePolicy:ResourcePolicy": Addition("resourceArn", "aws:dynamodb/table:Table"),
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:elasticsearch/domainPolicy:DomainPolicy": Addition("domainName", "aws:elasticsearch/domain:Domain"),
        "aws:kms/keyPolicy:KeyPolicy": Addition("keyId", "aws:kms/key:Key", had="policy"),
        "aws:opensearch/domainPolicy:DomainPolicy": Addition("domainName", "aws:opensearch/domain:Domain"),
        "aws:s3/bucketAcl:BucketAcl": _TO_BUCKET,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _TO_BUCKET,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _TO_BUCKET,
        "aws:s3/bucketPolicy:BucketPolicy": _TO_BUCKET,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _TO_BUCKET,
        "aws:s3/bucketVersioning:BucketVersioning": Addition("bucket", _BUCKET, only="versioningConfiguration.status"),
        "aws:secretsmanager/secretPolicy:SecretPolicy": Addition("secretArn", "aws:secretsmanager/secret:Secret"),
    }
)
"""By type token: what takes something away by being made, unless what it is added to is made with it.

Not the policies of file systems: those are narrower with any.
"""
