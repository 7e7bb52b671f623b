"""What is read of AWS's images."""

from datetime import UTC, datetime
from typing import Any

import pytest

from strata.images.catalogue import ImageKind
from strata.images.image_finder import FoundVersion, ImageFinder, ecr_repository

MANAGED, OWN = "arn:aws:kms:eu-west-1:1:key/managed", "arn:aws:kms:eu-west-1:1:key/own"


class Aws:
    """EC2 and KMS, as far as keys of snapshots go."""

    def __call__(self, service: str) -> "Aws":
        assert service in {"ec2", "kms"}
        return self

    def describe_snapshots(self, *, SnapshotIds: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's own
        keys = {"snap-1": MANAGED, "snap-2": OWN, "snap-3": OWN}
        return {"Snapshots": [{"SnapshotId": each, "KmsKeyId": keys[each]} for each in SnapshotIds]}

    def describe_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        return {"KeyMetadata": {"KeyManager": "AWS" if KeyId == MANAGED else "CUSTOMER"}}


def image(*snapshots: str, **fields: Any) -> FoundVersion:
    return FoundVersion(kind=ImageKind.MACHINE, version="1.5.0", id="ami-00000001", snapshots=snapshots, **fields)


def test_only_keys_that_aws_manages_keep_an_image_in_its_account():
    finder = ImageFinder(Aws())
    assert finder.keys_of_aws(image("snap-1", "snap-2", "snap-3")) == [MANAGED]
    assert finder.keys_of_aws(image("snap-2")) == []
    assert finder.keys_of_aws(image()) == []


def test_an_image_is_deprecated_from_its_day_on():
    late = image(deprecated="2026-01-31T08:30:00Z")
    at = datetime(2026, 1, 31, 8, 30, tzinfo=UTC).timestamp()
    assert not late.deprecated_at(at - 1)
    assert late.deprecated_at(at)
    assert not image().deprecated_at(at)


@pytest.mark.parametrize(
    "repository, place",
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web", ("123456789012", "shop/web")),
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/web", ("123456789012", "web")),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/web", ("123456789012", "web")),
        ("ghcr.io/shop/web", None),
        ("web", None),
    ],
)
def test_a_repository_of_ecr_is_told_from_another(repository: str, place: tuple[str, str] | None):
    assert ecr_repository(repository) == place
