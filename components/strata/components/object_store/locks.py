"""What keeps a bucket's content private, readable and there.

All of it carries the bucket's own class: it is the protection, and taking it away is as grave as taking the bucket.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.base import Component
from strata.settings.models import ObjectStoreSettings, Versioning
from strata.spectrum import Mutability

__all__ = ["locks"]


def locks(
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
