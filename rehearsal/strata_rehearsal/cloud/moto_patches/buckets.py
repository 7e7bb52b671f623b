"""moto's S3 locks objects only in buckets that are new, S3 also in those that have versions; and it takes any name."""

from typing import Any

from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import S3Backend

from strata_rehearsal.cloud.moto_patches.refusals import refuse_bucket_name
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Take a lock on any bucket with versions, keep the versions of one with a lock, and refuse names as S3 does."""
    wrap(S3Backend, "create_bucket", _named)
    replace(S3Backend, "put_object_lock_configuration", _put_lock)
    wrap(S3Backend, "put_bucket_versioning", _keeping_locked_versions)


def _named(original: Any) -> Any:
    def create_bucket(self: Any, bucket_name: str, *args: Any, **others: Any) -> Any:
        refuse_bucket_name(bucket_name)
        return original(self, bucket_name, *args, **others)

    return create_bucket


def _put_lock(
    self: Any,
    bucket_name: str,
    lock_enabled: bool,  # noqa: FBT001 - moto passes it so
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = mode, days, years


def _keeping_locked_versions(original: Any) -> Any:
    def put_bucket_versioning(self: Any, bucket_name: str, status: str) -> None:
        if self.get_bucket(bucket_name).object_lock_enabled and status != "Enabled":
            raise InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
        original(self, bucket_name, status)

    return put_bucket_versioning
