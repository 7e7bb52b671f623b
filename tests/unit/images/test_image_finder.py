"""What is read of AWS's images."""

from datetime import UTC, datetime
from typing import Any

import pytest

from strata.aws.ecr_repository import EcrRepository
from strata.images.catalogue import ImageKind
from strata.images.image_finder import FoundVersion


def image(*snapshots: str, **fields: Any) -> FoundVersion:
    return FoundVersion(kind=ImageKind.MACHINE, version="1.5.0", id="ami-00000001", snapshots=snapshots, **fields)


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
    found = EcrRepository.parse(repository)
    assert (found and (found.account, found.name)) == place
