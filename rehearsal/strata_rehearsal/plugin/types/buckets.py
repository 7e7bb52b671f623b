"""S3 buckets; their settings are resources of their own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.engine_values import is_unknown
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, TAGS, ApiCall, AutoName, PropertyStep, Tagging, TypeRow

__all__ = ["ROWS"]

_GONE = ("404", "NoSuchBucket", "NotFound")


def _allowed_name(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    name = inputs.get("bucket")
    if name is not None and not is_unknown(name) and not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name):
        yield Failure(
            "bucket", f"a bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens, got {name!r}"
        )


def _create(resource: LiveResource) -> str:
    name = resource.get("bucket")
    # The oldest region is the default and must not be named.
    place = (
        {"CreateBucketConfiguration": {"LocationConstraint": resource.region}} if resource.region != "us-east-1" else {}
    )
    locked = {"ObjectLockEnabledForBucket": True} if resource.inputs.get("objectLockEnabled") else {}
    resource.aws("create_bucket", Bucket=name, **place, **locked)
    return str(name)


def _find(resource: LiveResource) -> Mapping[str, Any] | None:
    try:
        return {"Bucket": resource.id, **resource.aws("head_bucket", Bucket=resource.id)}
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise


def _tags(resource: LiveResource) -> Mapping[str, Any]:
    try:
        return resource.aws("get_bucket_tagging", Bucket=resource.id)
    except AwsCallError as error:
        if error.code == "NoSuchTagSet":
            return {"TagSet": []}
        raise


def _remove_tags(resource: LiveResource) -> None:
    """A bucket's tags are one document: what is left is written again."""
    if resource.tags:
        left = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
        resource.aws("put_bucket_tagging", Bucket=resource.id, Tagging={"TagSet": left})
    else:
        resource.aws("delete_bucket_tagging", Bucket=resource.id)


def _set_policy(resource: LiveResource) -> None:
    policy = resource.inputs.get("policy")
    if policy:
        resource.aws("put_bucket_policy", Bucket=resource.id, Policy=policy)
    else:
        resource.aws("delete_bucket_policy", Bucket=resource.id)


def _delete(resource: LiveResource) -> None:
    if str(resource.get("forceDestroy")).lower() == "true":
        for kind in ("Versions", "DeleteMarkers"):
            versions = resource.cloud.pages("s3", "list_object_versions", kind, resource.region, Bucket=resource.id)
            for each in versions:
                resource.aws("delete_object", Bucket=resource.id, Key=each["Key"], VersionId=each["VersionId"])
    resource.aws("delete_bucket", Bucket=resource.id)


BUCKET = TypeRow(
    tokens=("aws:s3/bucket:Bucket",),
    service="s3",
    create=_create,
    read=_find,
    steps=(PropertyStep("policy", _set_policy),),
    delete=_delete,
    gone=_GONE,
    replace="bucket bucketPrefix objectLockEnabled objectLockConfiguration.objectLockEnabled bucketNamespace",
    documents=("policy",),
    defaults={
        "forceDestroy": False,
        "objectLockEnabled": False,
        "requestPayer": "BucketOwner",
        "bucketNamespace": "global",
    },
    outputs={
        "arn": lambda r, _: f"arn:{r.cloud.partition}:s3:::{r.id}",
        "bucket": lambda r, _: r.id,
        "bucketDomainName": lambda r, _: f"{r.id}.s3.{r.cloud.suffix}",
        "bucketRegionalDomainName": lambda r, _: f"{r.id}.s3.{r.region}.{r.cloud.suffix}",
        "bucketRegion": lambda r, _: r.region,
        "hostedZoneId": lambda *_: "Z3AQBSTGFYJSTF",
        "policy": lambda r, _: r.inputs.get("policy"),
    },
    tagging=Tagging(
        add=ApiCall("put_bucket_tagging", {"Bucket": ID, "Tagging": {"TagSet": TAGS}}),
        remove=_remove_tags,
        read=_tags,
        at="TagSet",
        on_create="",
    ),
    auto_name=AutoName(63, "bucket", "bucketPrefix", lower=True),
    checks=(_allowed_name,),
    recorded=(
        "accelerationStatus acl bucketNamespace corsRules forceDestroy grants lifecycleRules logging "
        "objectLockConfiguration objectLockEnabled region replicationConfiguration requestPayer "
        "serverSideEncryptionConfiguration versioning website"
    ),
)

ROWS = (BUCKET,)
