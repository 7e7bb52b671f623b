"""What S3 does by itself with objects that grow old."""

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.settings.models import LifecycleSettings, ObjectStoreSettings
from strata.spectrum import Mutability

__all__ = ["lifecycle"]


def lifecycle(
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
