"""An S3 bucket that keeps what servers must not."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.access import Access
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import ObjectStoreOverrides
from strata.components.object_store.lifecycle import lifecycle
from strata.components.object_store.locks import locks
from strata.naming import BUCKET_NAME, environment_key
from strata.settings.models import ObjectStoreSettings
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
        versioning = locks(self, settings, bucket, kms_key_arn)
        lifecycle(self, settings, bucket, versioning)
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
