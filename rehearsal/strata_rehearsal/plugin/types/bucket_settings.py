"""The settings of S3 buckets, each a resource of its own whose id is the bucket's name."""

from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, P, PropertyStep, TypeRow, sends

__all__ = ["ROWS"]

_NO_BUCKET = ("NoSuchBucket", "404")
_ACCESS = "blockPublicAcls blockPublicPolicy ignorePublicAcls restrictPublicBuckets"
_OWNER = {"Bucket": P("bucket"), "ExpectedBucketOwner": P("expectedBucketOwner")}


def _row(
    leaf: str,
    put: ApiCall,
    look: Callable[[LiveResource], Mapping[str, Any] | None],
    delete: ApiCall | Callable[[LiveResource], None],
    names: str,
    *,
    replace: str = "",
    **more: Any,
) -> TypeRow:
    """A setting: one call puts it, at first and at every change of `names`; a change of `replace` puts it again."""
    owned = "expectedBucketOwner" if "ExpectedBucketOwner" in put.parameters else ""
    outputs = {"bucket": lambda r, _: r.inputs.get("bucket") or r.id, **more.pop("outputs", {})}
    return TypeRow(
        tokens=(f"aws:s3/bucket{leaf}:Bucket{leaf[0].upper()}{leaf[1:]}",),
        service="s3",
        create=put,
        id=lambda r, _: str(r.inputs["bucket"]),
        read=look,
        steps=(PropertyStep(names, put, on_create=False),),
        delete=delete,
        gone=_NO_BUCKET,
        replace=f"bucket {owned} {replace}",
        outputs=outputs,
        **more,
    )


def _asked(operation: str, *absent: str) -> Callable[[LiveResource], Mapping[str, Any] | None]:
    """A look at the answer of a call; `absent` are the error codes that mean the setting is not there."""

    def look(resource: LiveResource) -> Mapping[str, Any] | None:
        try:
            return resource.aws(operation, Bucket=resource.id)
        except AwsCallError as error:
            if error.code in (*_NO_BUCKET, *absent):
                return None
            raise

    return look


def _versioning(resource: LiveResource) -> Mapping[str, Any] | None:
    found = _asked("get_bucket_versioning")(resource)
    return {"VersioningConfiguration": found} if found and found.get("Status") else None


def _suspend(resource: LiveResource) -> None:
    """Versioning cannot be taken away; this is what the provider does for it."""
    try:
        resource.aws("put_bucket_versioning", Bucket=resource.id, VersioningConfiguration={"Status": "Suspended"})
    except AwsCallError as error:
        # The versions of a bucket with a lock stay; the provider leaves them as well.
        if error.code != "InvalidBucketState":
            raise


def _unwrapped(operation: str, member: str, *absent: str) -> Callable[[LiveResource], Mapping[str, Any] | None]:
    """A look at one member of the answer, which is not there when the setting is not."""

    def look(resource: LiveResource) -> Mapping[str, Any] | None:
        found = _asked(operation, *absent)(resource)
        return (found or {}).get(member) or None

    return look


def _no_logging(resource: LiveResource) -> None:
    resource.aws("put_bucket_logging", Bucket=resource.id, BucketLoggingStatus={})


def _no_default_lock(resource: LiveResource) -> None:
    """The lock itself stays: S3 never lets it be taken off."""
    lock = {"ObjectLockEnabled": "Enabled"}
    resource.aws("put_object_lock_configuration", Bucket=resource.id, ObjectLockConfiguration=lock)


VERSIONING = _row(
    "Versioning",
    ApiCall(
        "put_bucket_versioning", {**_OWNER, "MFA": P("mfa"), "VersioningConfiguration": P("versioningConfiguration")}
    ),
    _versioning,
    _suspend,
    "versioningConfiguration mfa",
)

ENCRYPTION = _row(
    "ServerSideEncryptionConfiguration",
    ApiCall("put_bucket_encryption", {**_OWNER, "ServerSideEncryptionConfiguration": {"Rules": P("rules")}}),
    _unwrapped(
        "get_bucket_encryption",
        "ServerSideEncryptionConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    ),
    ApiCall("delete_bucket_encryption", {"Bucket": ID}),
    "rules",
)

PUBLIC_ACCESS = _row(
    "PublicAccessBlock",
    ApiCall("put_public_access_block", {"Bucket": P("bucket"), "PublicAccessBlockConfiguration": sends(_ACCESS)}),
    _unwrapped("get_public_access_block", "PublicAccessBlockConfiguration", "NoSuchPublicAccessBlockConfiguration"),
    ApiCall("delete_public_access_block", {"Bucket": ID}),
    _ACCESS,
    defaults=dict.fromkeys(_ACCESS.split(), False),
    recorded="skipDestroy",
)

OWNERSHIP = _row(
    "OwnershipControls",
    ApiCall("put_bucket_ownership_controls", {"Bucket": P("bucket"), "OwnershipControls": {"Rules": [P("rule")]}}),
    _unwrapped("get_bucket_ownership_controls", "OwnershipControls", "OwnershipControlsNotFoundError"),
    ApiCall("delete_bucket_ownership_controls", {"Bucket": ID}),
    "rule",
    outputs={"rule": "Rules[0]"},
)

POLICY = _row(
    "Policy",
    ApiCall("put_bucket_policy", {"Bucket": P("bucket"), "Policy": P("policy")}),
    _asked("get_bucket_policy", "NoSuchBucketPolicy"),
    ApiCall("delete_bucket_policy", {"Bucket": ID}),
    "policy",
    documents=("policy",),
)

LIFECYCLE = _row(
    "LifecycleConfiguration",
    ApiCall(
        "put_bucket_lifecycle_configuration",
        {
            **_OWNER,
            "LifecycleConfiguration": {"Rules": P("rules")},
            "TransitionDefaultMinimumObjectSize": P("transitionDefaultMinimumObjectSize"),
        },
    ),
    _asked("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ApiCall("delete_bucket_lifecycle", {"Bucket": ID}),
    "rules transitionDefaultMinimumObjectSize",
    recorded="timeouts",
)

OBJECT_LOCK = _row(
    "ObjectLockConfiguration",
    ApiCall(
        "put_object_lock_configuration",
        {
            **_OWNER,
            "Token": P("token"),
            "ObjectLockConfiguration": {"ObjectLockEnabled": P("objectLockEnabled"), "Rule": P("rule")},
        },
    ),
    _unwrapped("get_object_lock_configuration", "ObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    _no_default_lock,
    "rule token",
    replace="objectLockEnabled",
    defaults={"objectLockEnabled": "Enabled"},
)

LOGGING = _row(
    "Logging",
    ApiCall(
        "put_bucket_logging",
        {
            **_OWNER,
            "BucketLoggingStatus": {
                "LoggingEnabled": sends("targetBucket targetPrefix targetGrants targetObjectKeyFormat")
            },
        },
    ),
    _unwrapped("get_bucket_logging", "LoggingEnabled"),
    _no_logging,
    "targetBucket targetPrefix targetGrants targetObjectKeyFormat",
)

ROWS = (VERSIONING, ENCRYPTION, PUBLIC_ACCESS, OWNERSHIP, POLICY, LIFECYCLE, OBJECT_LOCK, LOGGING)
