"""What protects a resource: one table, by type, of the inputs whose change can take protection away.

Absent inputs count as the provider's default; where the provider keeps what AWS has, an absent one changes nothing.
What is added to something that is there can take away too: the first lifecycle of a bucket deletes what is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from strata.guard.documents import wider
from strata.guard.retention import more_images_expire, sooner_deleted, sooner_expired

__all__ = ["ADDED", "KEEPS", "TABLE", "Addition", "Guarded"]

KEEPS: Final = object()
"""An absent input leaves what AWS has."""


Weaker = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Guarded:
    """An input that protects.

    Args:
        path: where it is among the inputs, with dots; lists of one are stepped into. Empty: all inputs.
        weaker: whether the second value protects less than the first.
        says: what it means if so.
        absent: what an absent input means. Default: nothing.
        without: what AWS does without the resource, for one of `ADDED`. Default: nothing.
    """

    path: str
    weaker: Weaker
    says: str
    absent: Any = None
    without: Any = None


def _off(old: Any, new: Any) -> bool:
    return bool(old) and not new


def _on(old: Any, new: Any) -> bool:
    return bool(new) and not old


def _lower(old: Any, new: Any) -> bool:
    return old is not None and float(new or 0) < float(old)


def _higher(old: Any, new: Any) -> bool:
    return old is not None and new is not None and float(new) > float(old)


def _sooner(old: Any, new: Any) -> bool:
    """Days until something is deleted, 0 or nothing meaning never."""
    return bool(new) and (not old or float(new) < float(old))


def _fewer(old: Any, new: Any) -> bool:
    return len(new or ()) < len(old or ())


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

TABLE: Final[Mapping[str, tuple[Guarded, ...]]] = MappingProxyType(
    {
        "aws:alb/listener:Listener": _LISTENER,
        "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:backup/plan:Plan": (Guarded("rules", sooner_deleted, "backups are made or kept less"),),
        "aws:backup/vault:Vault": (_FORCE,),
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
            Guarded("minRetentionDays", _lower, "backups may be deleted sooner"),
        ),
        "aws:backup/vaultPolicy:VaultPolicy": (_POLICY,),
        "aws:cloudtrail/trail:Trail": (
            _off_if("enableLogging", "logging", absent=True),
            _off_if("enableLogFileValidation", "validation of its files"),
            _off_if("isMultiRegionTrail", "the record of other regions"),
        ),
        "aws:cloudwatch/logGroup:LogGroup": (
            Guarded("retentionInDays", _sooner, "logs are kept for a shorter time"),
            _off_if("deletionProtectionEnabled", "deletion protection", KEEPS),
        ),
        "aws:cognito/userPool:UserPool": (
            Guarded("deletionProtection", _leaves("ACTIVE"), "deletion protection goes off"),
        ),
        "aws:docdb/cluster:Cluster": _CLUSTER,
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
        "aws:lb/listener:Listener": _LISTENER,
        "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:neptune/cluster:Cluster": _CLUSTER,
        "aws:rds/cluster:Cluster": (*_CLUSTER, _AUTOMATED),
        "aws:rds/clusterInstance:ClusterInstance": (_PUBLIC,),
        "aws:rds/globalCluster:GlobalCluster": (_DELETION,),
        "aws:rds/instance:Instance": (
            *_CLUSTER,
            _AUTOMATED,
            _off_if("multiAz", "the standby in another zone", KEEPS),
            _PUBLIC,
            _off_if("manageMasterUserPassword", "the password that RDS rotates"),
        ),
        "aws:redshift/cluster:Cluster": (
            _SNAPSHOT,
            Guarded("automatedSnapshotRetentionPeriod", _lower, "snapshots are kept for a shorter time", 1),
            _PUBLIC,
            _off_if("multiAz", "the standby in another zone"),
        ),
        "aws:route53/zone:Zone": (_FORCE,),
        "aws:s3/bucket:Bucket": (
            _FORCE,
            _off_if("versioning.enabled", "versioning", KEEPS),
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
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": tuple(
            Guarded(flag, _off, f"the public access block's {flag} goes off", without=True)
            for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        ),
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (Guarded("rules", _fewer, "less is replicated"),),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            Guarded(
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId", _off, "encryption with a key of its own ends"
            ),
        ),
        "aws:s3/bucketVersioning:BucketVersioning": (
            Guarded("versioningConfiguration.status", _leaves("Enabled"), "versioning is suspended"),
            Guarded("versioningConfiguration.mfaDelete", _leaves("Enabled"), "deleting versions needs no MFA"),
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
    }
)
"""By type token: the inputs whose change can take protection away."""


@dataclass(frozen=True)
class Addition:
    """A resource that is a part of another one.

    Args:
        input: its input that names the other one.
        to: the other one's type.
    """

    input: str
    to: str


_TO_BUCKET = Addition("bucket", "aws:s3/bucket:Bucket")

ADDED: Final[Mapping[str, Addition]] = MappingProxyType(
    {
        "aws:backup/vaultPolicy:VaultPolicy": Addition("backupVaultName", "aws:backup/vault:Vault"),
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": Addition("repository", "aws:ecr/repository:Repository"),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _TO_BUCKET,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _TO_BUCKET,
        "aws:s3/bucketPolicy:BucketPolicy": _TO_BUCKET,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _TO_BUCKET,
        "aws:secretsmanager/secretPolicy:SecretPolicy": Addition("secretArn", "aws:secretsmanager/secret:Secret"),
    }
)
"""By type token: what takes something away by being made, unless what it is added to is made with it.

Not the policies of keys and file systems: those are never without one, or narrower with any.
"""
