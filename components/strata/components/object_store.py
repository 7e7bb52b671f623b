"""An S3 bucket that keeps what servers must not: what protects its content, and what happens to old objects."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.access import Access
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import ObjectStoreOverrides
from strata.naming import BUCKET_NAME, environment_key
from strata.settings.models import LifecycleSettings, ObjectStoreSettings, Versioning
from strata.spectrum import Mutability

__all__ = ["ObjectStore", "ObjectStoreChildren"]


class ObjectStoreChildren(Children):
    """What the component ObjectStore makes."""

    bucket: "aws.s3.Bucket"
    """The bucket."""
    versioning: "aws.s3.BucketVersioning | None"
    """Whether old versions are kept."""
    encryption: "aws.s3.BucketServerSideEncryptionConfiguration"
    """How new objects are encrypted."""
    public_access: "aws.s3.BucketPublicAccessBlock"
    """The refusal of public access."""
    ownership: "aws.s3.BucketOwnershipControls"
    """Objects belong to the bucket's owner."""
    policy: "aws.s3.BucketPolicy"
    """The refusal of everything without TLS."""
    lifecycle: "aws.s3.BucketLifecycleConfiguration | None"
    """When objects move and expire."""
    object_lock: "aws.s3.BucketObjectLockConfiguration | None"
    """How long no version can be deleted."""
    logging: "aws.s3.BucketLogging | None"
    """Where access is logged."""


class ObjectStore(Component[ObjectStoreChildren]):
    """A private bucket: encrypted, versioned, over TLS only.

    It is where files go that servers used to keep on their own disks: a server of an immutable service is replaced
    with its disk, so uploads, reports, and whatever else has to outlive a release are written here.

    Args:
        name: the component's name; in lower case, as S3 wants it.
        settings: see `ObjectStoreSettings`.
        kms_key_arn: key that encrypts new objects. Default: one that S3 manages.
        logs_bucket: name of a bucket in the same region that gets S3's access logs, below the component's name; its
            policy has to let `logging.s3` write. Default: no logs.
        overrides: inputs of single children, by the child's name in `ObjectStoreChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: an override that does not fit.
    """

    MUTABILITY = Mutability.CONTROLLED

    bucket: pulumi.Output[str]
    """Name of the bucket."""
    arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(
        self,
        name: str,
        settings: ObjectStoreSettings,
        *,
        kms_key_arn: pulumi.Input[str] | None = None,
        logs_bucket: pulumi.Input[str] | None = None,
        overrides: ObjectStoreOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self._kms_key_arn = kms_key_arn
        bucket = self._bucket(settings)
        versioning = _locks(self, settings, bucket, kms_key_arn)
        _lifecycle(self, settings, bucket, versioning)
        if logs_bucket is not None:
            self._logging(bucket, logs_bucket)

        self.bucket = bucket.id
        self.arn = bucket.arn
        self.publish()

    @property
    def reader(self) -> Access:
        """Reading: `<NAME>_BUCKET`, listing the bucket and getting its objects."""
        return self._access(["s3:GetObject"], ["kms:Decrypt"])

    @property
    def writer(self) -> Access:
        """Reading and writing; a delete leaves the old version behind, and no version can be deleted."""
        objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        return self._access(objects, ["kms:Decrypt", "kms:GenerateDataKey"])

    @property
    def access(self) -> Access:
        """The same as `reader`."""
        return self.reader

    def _access(self, on_objects: list[str], on_key: list[str]) -> Access:
        name = self.pulumi_resource_name
        statements: list[Mapping[str, Any]] = [
            {"Action": ["s3:ListBucket"], "Resource": [self.arn]},
            {"Action": on_objects, "Resource": [pulumi.Output.concat(self.arn, "/*")]},
        ]
        if self._kms_key_arn is not None:
            statements.append({"Action": on_key, "Resource": [self._kms_key_arn]})
        return Access(name, statements, {environment_key(name, "BUCKET"): self.bucket})

    def _bucket(self, settings: ObjectStoreSettings) -> "aws.s3.Bucket":
        # Without object_lock_enabled, which would replace a bucket: a lock can be put on one that exists.
        return self.child(
            aws.s3.Bucket,
            "bucket",
            Mutability.CONTROLLED,
            named=BUCKET_NAME,
        )(force_destroy=settings.force_destroy)

    def _logging(self, bucket: "aws.s3.Bucket", logs_bucket: pulumi.Input[str]) -> "aws.s3.BucketLogging":
        return self.child(
            aws.s3.BucketLogging,
            "logging",
            Mutability.CONTROLLED,
            tagged=False,
        )(bucket=bucket.id, target_bucket=logs_bucket, target_prefix=f"{self.pulumi_resource_name}/")


def _locks(
    store: Component,
    settings: ObjectStoreSettings,
    bucket: "aws.s3.Bucket",
    kms_key_arn: pulumi.Input[str] | None,
) -> pulumi.Resource:
    """Encryption, privacy and versions of a bucket; returns the versioning, which the lifecycle rests on."""

    def lock(
        kind: Any, key: str, inputs: Mapping[str, Any], depends_on: Sequence[pulumi.Resource] = ()
    ) -> pulumi.CustomResource:
        return store.child(
            kind,
            key,
            Mutability.CONTROLLED,
            tagged=False,
            depends_on=depends_on,
        )(bucket=bucket.id, **inputs)

    versioning = lock(
        aws.s3.BucketVersioning,
        "versioning",
        {
            "versioning_configuration": {
                "status": "Enabled" if settings.versioning is Versioning.ENABLED else "Suspended"
            }
        },
    )
    lock(aws.s3.BucketServerSideEncryptionConfiguration, "encryption", {"rules": [_encryption(kms_key_arn)]})
    private = lock(
        aws.s3.BucketPublicAccessBlock,
        "public_access",
        {
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
    )
    # One change of a bucket at a time: S3 answers "a conflicting conditional operation is in progress" otherwise.
    owned = lock(
        aws.s3.BucketOwnershipControls, "ownership", {"rule": {"object_ownership": "BucketOwnerEnforced"}}, [private]
    )
    lock(aws.s3.BucketPolicy, "policy", {"policy": _tls_only(bucket)}, [private, owned])
    if settings.object_lock is not None:
        retention = {"mode": "GOVERNANCE", "days": settings.object_lock.days}
        lock(
            aws.s3.BucketObjectLockConfiguration,
            "object_lock",
            {"rule": {"default_retention": retention}},
            [versioning],
        )
    return versioning


def _encryption(kms_key_arn: pulumi.Input[str] | None) -> Mapping[str, Any]:
    if kms_key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": kms_key_arn},
        # A key of the bucket's own, so that not every object is a call of KMS.
        "bucket_key_enabled": True,
    }


def _tls_only(bucket: "aws.s3.Bucket") -> pulumi.Output[str]:
    return policy(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def _lifecycle(
    store: Component, settings: ObjectStoreSettings, bucket: "aws.s3.Bucket", versioning: pulumi.Resource
) -> "aws.s3.BucketLifecycleConfiguration":
    """One rule for the whole bucket, once it is known whether it has versions."""
    return store.child(
        aws.s3.BucketLifecycleConfiguration,
        "lifecycle",
        Mutability.CONTROLLED,
        tagged=False,
        depends_on=[versioning],
    )(bucket=bucket.id, rules=[_rule(settings.lifecycle)])


def _rule(settings: LifecycleSettings) -> "aws.s3.BucketLifecycleConfigurationRuleArgsDict":
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "strata",
        "status": "Enabled",
        # An empty prefix means every object; without a filter the provider refuses the rule.
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": settings.incomplete_upload_days},
    }
    if settings.noncurrent_days is not None:
        old: aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgsDict = {
            "noncurrent_days": settings.noncurrent_days
        }
        if settings.noncurrent_versions is not None:
            old["newer_noncurrent_versions"] = settings.noncurrent_versions
        rule["noncurrent_version_expiration"] = old
    if settings.expire_days is not None:
        rule["expiration"] = {"days": settings.expire_days}
    if settings.transitions:
        rule["transitions"] = [
            {"days": move.after_days, "storage_class": move.storage_class.value} for move in settings.transitions
        ]
    return rule
