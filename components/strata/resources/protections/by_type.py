"""What protects a resource, by type: the inputs whose change can take protection away."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from strata.resources.protections.grants import more_granted, more_open, more_shared, wider
from strata.resources.protections.protection import (
    KEEPS,
    Protection,
    dropped,
    fewer,
    goes_off,
    goes_on,
    leaves,
    left_out,
    lowered,
    off_if,
    raised,
    sooner,
)
from strata.resources.protections.retention import (
    fewer_snapshots,
    less_replicated,
    more_images_expire,
    more_tags_move,
    other_tags_move,
    sooner_deleted,
    sooner_expired,
)

__all__ = ["TABLE"]

_DELETION = off_if("deletionProtection", "deletion protection")
_BACKUPS = Protection("backupRetentionPeriod", lowered, "backups are kept for a shorter time", KEEPS)
_SNAPSHOT = Protection("skipFinalSnapshot", goes_on, "no final snapshot is taken before a delete")
_AUTOMATED = Protection("deleteAutomatedBackups", goes_on, "a delete removes the automated backups, too", absent=True)
_PUBLIC = Protection("publiclyAccessible", goes_on, "it becomes reachable from the internet")
_POLICY = Protection("policy", wider, "its policy grants more")
_TAGS = "tags of images can be moved"
_EXPIRY = "objects or their old versions expire sooner, or more of them"
_FORCE = Protection("forceDestroy", goes_on, "a delete removes the content, too")
_BALANCER = (off_if("enableDeletionProtection", "deletion protection"),)
_LISTENER = (Protection("protocol", leaves("HTTPS"), "traffic is no longer encrypted", KEEPS),)
_FILE_BACKUPS = (
    Protection("automaticBackupRetentionDays", lowered, "backups are kept for a shorter time", KEEPS),
    Protection("skipFinalBackup", goes_on, "no final backup is taken before a delete"),
)
_CLUSTER = (_DELETION, _BACKUPS, _SNAPSHOT)
_STAYS = off_if("skipDestroy", "what leaves it in AWS at a delete")
_PUBLIC_ACCESS = tuple(
    Protection(flag, goes_off, f"the public access block's {flag} goes off", without=True)
    for flag in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
)
_ACL = Protection("acl", more_open, "it is opened to others")
_SHARED = (Protection("sharedAccounts", more_shared, "other accounts get it"),)
_ACCESS = (Protection("accessPolicies", wider, "its policy grants more", KEEPS),)

TABLE: Final[Mapping[str, tuple[Protection, ...]]] = MappingProxyType(
    {
        "aws:alb/listener:Listener": _LISTENER,
        "aws:alb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:backup/plan:Plan": (Protection("rules", sooner_deleted, "backups are made or kept less"),),
        "aws:backup/regionSettings:RegionSettings": (
            Protection("resourceTypeOptInPreference", left_out, "something is no longer backed up"),
        ),
        "aws:backup/vault:Vault": (_FORCE,),
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": (
            Protection("minRetentionDays", lowered, "backups may be deleted sooner"),
        ),
        "aws:backup/vaultPolicy:VaultPolicy": (_POLICY,),
        "aws:cloudtrail/eventDataStore:EventDataStore": (
            off_if("terminationProtectionEnabled", "deletion protection", absent=True),
            Protection("retentionPeriod", lowered, "events are kept for a shorter time", 2555),
        ),
        "aws:cloudtrail/trail:Trail": (
            off_if("enableLogging", "logging", absent=True),
            off_if("enableLogFileValidation", "validation of its files"),
            off_if("isMultiRegionTrail", "the record of other regions"),
        ),
        "aws:cloudwatch/eventArchive:EventArchive": (
            Protection("retentionDays", sooner, "events are kept for a shorter time"),
        ),
        "aws:cloudwatch/logGroup:LogGroup": (
            Protection("retentionInDays", sooner, "logs are kept for a shorter time"),
            off_if("deletionProtectionEnabled", "deletion protection", KEEPS),
            _STAYS,
        ),
        "aws:cognito/userPool:UserPool": (
            Protection("deletionProtection", leaves("ACTIVE"), "deletion protection goes off"),
        ),
        "aws:dlm/lifecyclePolicy:LifecyclePolicy": (
            Protection("state", leaves("ENABLED"), "no more snapshots are made", "ENABLED"),
            Protection("policyDetails.schedules", fewer_snapshots, "snapshots are made or kept less"),
            Protection("policyDetails.targetTags", left_out, "less of what is tagged has snapshots made of it"),
            Protection("policyDetails.createInterval", raised, "snapshots are made less often", KEEPS),
            Protection("policyDetails.retainInterval", lowered, "snapshots are kept for a shorter time", KEEPS),
        ),
        "aws:docdb/cluster:Cluster": _CLUSTER,
        "aws:dynamodb/resourcePolicy:ResourcePolicy": (_POLICY,),
        "aws:dynamodb/table:Table": (
            off_if("deletionProtectionEnabled", "deletion protection"),
            off_if("pointInTimeRecovery.enabled", "point-in-time recovery"),
            Protection("pointInTimeRecovery.recoveryPeriodInDays", lowered, "recovery reaches back less", KEEPS),
            off_if("serverSideEncryption.enabled", "encryption with a key of its own"),
            Protection("ttl.enabled", goes_on, "items expire from now on"),
            Protection("replicas", fewer, "a replica goes"),
        ),
        "aws:ebs/volume:Volume": (off_if("finalSnapshot", "the final snapshot before a delete"),),
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": (Protection("policy", more_images_expire, "other images expire"),),
        "aws:ecr/registryPolicy:RegistryPolicy": (_POLICY,),
        "aws:ecr/replicationConfiguration:ReplicationConfiguration": (
            Protection("replicationConfiguration.rules", dropped, "fewer images are replicated"),
        ),
        "aws:ecr/repository:Repository": (
            Protection("forceDelete", goes_on, "a delete removes the images, too"),
            Protection("imageTagMutability", more_tags_move, _TAGS),
            Protection("imageTagMutabilityExclusionFilters", other_tags_move, _TAGS),
            off_if("imageScanningConfiguration.scanOnPush", "the scan of images that are pushed"),
        ),
        "aws:ecr/repositoryPolicy:RepositoryPolicy": (_POLICY,),
        "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": (_POLICY,),
        "aws:ecs/service:Service": (Protection("forceDelete", goes_on, "a delete no longer stops its tasks first"),),
        "aws:ecs/taskSet:TaskSet": (Protection("forceDelete", goes_on, "a delete no longer stops its tasks first"),),
        "aws:efs/backupPolicy:BackupPolicy": (
            Protection("backupPolicy.status", leaves("ENABLED"), "automatic backups go off"),
        ),
        "aws:efs/fileSystem:FileSystem": (
            Protection("protection.replicationOverwrite", leaves("ENABLED"), "a replication may overwrite it", KEEPS),
        ),
        "aws:efs/fileSystemPolicy:FileSystemPolicy": (_POLICY,),
        "aws:eks/cluster:Cluster": (off_if("deletionProtection", "deletion protection", KEEPS),),
        "aws:elasticsearch/domain:Domain": _ACCESS,
        "aws:elasticsearch/domainPolicy:DomainPolicy": _ACCESS,
        "aws:elasticache/replicationGroup:ReplicationGroup": (
            off_if("multiAzEnabled", "the standby in another zone"),
            off_if("automaticFailoverEnabled", "automatic failover"),
            off_if("transitEncryptionEnabled", "encryption on the way", KEEPS),
            Protection("snapshotRetentionLimit", lowered, "snapshots are kept for a shorter time"),
        ),
        "aws:fsx/lustreFileSystem:LustreFileSystem": _FILE_BACKUPS,
        "aws:fsx/ontapFileSystem:OntapFileSystem": _FILE_BACKUPS[:1],
        "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": _FILE_BACKUPS,
        "aws:fsx/windowsFileSystem:WindowsFileSystem": _FILE_BACKUPS,
        "aws:imagebuilder/component:Component": (_STAYS,),
        "aws:iam/role:Role": (off_if("permissionsBoundary", "its permissions boundary"),),
        "aws:iam/user:User": (off_if("permissionsBoundary", "its permissions boundary"),),
        "aws:kinesis/stream:Stream": (
            Protection("retentionPeriod", lowered, "records are kept for a shorter time", 24),
        ),
        "aws:kms/key:Key": (
            off_if("enableKeyRotation", "rotation"),
            off_if("isEnabled", "the key", absent=True),
            Protection("rotationPeriodInDays", raised, "it is rotated less often", KEEPS),
            Protection("deletionWindowInDays", lowered, "a deleted key is gone sooner", 30),
            Protection("bypassPolicyLockoutSafetyCheck", goes_on, "AWS no longer checks that somebody can use it"),
            Protection("policy", wider, "its policy grants more", KEEPS),
        ),
        "aws:kms/keyPolicy:KeyPolicy": (_POLICY,),
        "aws:kms/replicaKey:ReplicaKey": (
            off_if("enabled", "the key", absent=True),
            Protection("deletionWindowInDays", lowered, "a deleted key is gone sooner", 30),
            Protection("policy", wider, "its policy grants more", KEEPS),
        ),
        "aws:lambda/layerVersion:LayerVersion": (_STAYS,),
        "aws:lb/listener:Listener": _LISTENER,
        "aws:lb/loadBalancer:LoadBalancer": _BALANCER,
        "aws:neptune/cluster:Cluster": _CLUSTER,
        "aws:opensearch/domain:Domain": _ACCESS,
        "aws:opensearch/domainPolicy:DomainPolicy": _ACCESS,
        "aws:rbin/rule:Rule": (
            Protection(
                "retentionPeriod.retentionPeriodValue", lowered, "what is deleted can be brought back for less long"
            ),
        ),
        "aws:rds/cluster:Cluster": (
            *_CLUSTER,
            _AUTOMATED,
            Protection("backtrackWindow", lowered, "it can be taken back to less long ago"),
        ),
        "aws:rds/clusterInstance:ClusterInstance": (_PUBLIC,),
        "aws:rds/clusterSnapshot:ClusterSnapshot": _SHARED,
        "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": _SHARED,
        "aws:rds/globalCluster:GlobalCluster": (_DELETION,),
        "aws:rds/instance:Instance": (
            *_CLUSTER,
            _AUTOMATED,
            off_if("multiAz", "the standby in another zone", KEEPS),
            _PUBLIC,
            off_if("manageMasterUserPassword", "the password that RDS rotates"),
        ),
        "aws:rds/snapshot:Snapshot": _SHARED,
        "aws:rds/snapshotCopy:SnapshotCopy": _SHARED,
        "aws:redshift/cluster:Cluster": (
            _SNAPSHOT,
            Protection("automatedSnapshotRetentionPeriod", lowered, "snapshots are kept for a shorter time", 1),
            _PUBLIC,
            off_if("multiAz", "the standby in another zone"),
        ),
        "aws:route53/zone:Zone": (_FORCE,),
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": _PUBLIC_ACCESS,
        "aws:s3/bucket:Bucket": (
            _FORCE,
            _ACL,
            Protection("grants", more_granted, "it is opened to others", KEEPS),
            off_if("versioning.enabled", "versioning", KEEPS),
            Protection("lifecycleRules", sooner_expired, _EXPIRY, KEEPS),
        ),
        "aws:s3/bucketAcl:BucketAcl": (
            _ACL,
            Protection("accessControlPolicy", more_granted, "it is opened to others", KEEPS),
        ),
        "aws:s3/bucketV2:BucketV2": (
            _FORCE,
            _ACL,
            Protection("grants", more_granted, "it is opened to others", KEEPS),
            off_if("versionings.enabled", "versioning", KEEPS),
            Protection("lifecycleRules", sooner_expired, _EXPIRY, KEEPS),
        ),
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": (
            Protection("rules", sooner_expired, _EXPIRY),
        ),
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": (
            Protection("rule.defaultRetention.days", lowered, "objects are locked for a shorter time"),
            Protection("rule.defaultRetention.years", lowered, "objects are locked for a shorter time"),
            Protection("rule.defaultRetention.mode", leaves("COMPLIANCE"), "locked objects can be unlocked"),
        ),
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": (
            Protection(
                "rule.objectOwnership",
                leaves("BucketOwnerEnforced"),
                "objects may belong to others",
                without="BucketOwnerEnforced",
            ),
        ),
        "aws:s3/bucketPolicy:BucketPolicy": (_POLICY,),
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": (*_PUBLIC_ACCESS, _STAYS),
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig": (
            Protection("rules", less_replicated, "less is replicated"),
        ),
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
            Protection(
                "rules.applyServerSideEncryptionByDefault.kmsMasterKeyId",
                goes_off,
                "encryption with a key of its own ends",
            ),
        ),
        "aws:s3/bucketVersioning:BucketVersioning": (
            Protection(
                "versioningConfiguration.status", leaves("Enabled"), "versioning is suspended", without="Enabled"
            ),
            Protection("versioningConfiguration.mfaDelete", leaves("Enabled"), "deleting versions needs no MFA"),
        ),
        "aws:sagemaker/domain:Domain": (
            Protection(
                "retentionPolicy.homeEfsFileSystem", leaves("Retain"), "a delete removes the files, too", "Retain"
            ),
        ),
        "aws:secretsmanager/secret:Secret": (
            Protection("recoveryWindowInDays", lowered, "a deleted secret is gone sooner", 30),
            Protection("policy", wider, "its policy grants more", KEEPS),
            Protection("replicas", fewer, "a replica goes"),
        ),
        "aws:secretsmanager/secretPolicy:SecretPolicy": (
            _POLICY,
            off_if("blockPublicPolicy", "the public policy check"),
        ),
        "aws:secretsmanager/secretRotation:SecretRotation": (
            Protection("rotationRules.automaticallyAfterDays", raised, "it is rotated less often"),
            off_if("rotationLambdaArn", "rotation"),
        ),
        "aws:sqs/queue:Queue": (
            Protection("messageRetentionSeconds", lowered, "messages are kept for a shorter time", 345_600),
            off_if("redrivePolicy", "the dead-letter queue", KEEPS),
        ),
        "aws:timestreamwrite/table:Table": (
            Protection(
                "retentionProperties.magneticStoreRetentionPeriodInDays",
                lowered,
                "records are kept for a shorter time",
                KEEPS,
            ),
        ),
        "docker:index/registryImage:RegistryImage": (
            off_if("keepRemotely", "what keeps its image in the registry at a delete"),
        ),
    }
)
"""By type token: the inputs whose change can take protection away."""
