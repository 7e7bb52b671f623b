"""Images that no lifecycle may expire have a tag that spares them, and others have none."""

from typing import Any

import pytest

from strata.aws.kept_images import KEPT, keep_images, kept_tag

NEW, OLD, GONE = (f"sha256:{letter * 64}" for letter in "abc")
RECORD, OTHER = "/strata/shop/prod/web/release", "/strata/shop/staging/web/release"


class AlreadyThereError(Exception):
    """ECR's ImageAlreadyExistsException."""


class Ecr:
    """A repository with two images, of which the old one is spared."""

    class exceptions:  # noqa: N801 - boto3's name for it
        ImageAlreadyExistsException = AlreadyThereError

    def __init__(self, *, faster: bool = False) -> None:
        self.tags = {"1.4.2": NEW, "1.4.1": OLD, kept_tag(RECORD, OLD): OLD}
        self.calls: list[str] = []
        self._faster = faster

    def get_paginator(self, _name: str) -> "Ecr":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        return [{"imageIds": [{"imageTag": tag, "imageDigest": digest}]} for tag, digest in self.tags.items()]

    def batch_get_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append("batch_get_image")
        digest = imageIds[0]["imageDigest"]
        there = digest in self.tags.values()
        return {"images": [{"imageManifest": digest, "imageManifestMediaType": "oci"}] if there else []}

    def put_image(self, *, imageManifest: str, imageTag: str, **_more: Any) -> None:  # noqa: N803
        self.calls.append("put_image")
        self.tags[imageTag] = imageManifest
        if self._faster:
            raise AlreadyThereError

    def batch_delete_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> None:  # noqa: N803
        for each in imageIds:
            del self.tags[each["imageTag"]]


def keep(ecr: Ecr, *digests: str, prune: bool = True) -> frozenset[str]:
    return keep_images(ecr, "web", digests, owner=RECORD, prune=prune)


@pytest.mark.parametrize("faster", [False, True])
def test_what_is_named_is_spared_and_nothing_else_any_more(faster: bool):
    ecr = Ecr(faster=faster)
    assert keep(ecr, NEW) == frozenset()
    assert ecr.tags == {"1.4.2": NEW, "1.4.1": OLD, kept_tag(RECORD, NEW): NEW}


def test_what_is_spared_already_costs_no_call_and_what_is_not_there_is_named():
    ecr = Ecr()
    before = dict(ecr.tags)
    assert keep(ecr, OLD) == frozenset()
    assert ecr.calls == []
    assert keep(ecr, OLD, GONE) == {GONE}
    assert ecr.tags == before


def test_what_another_service_keeps_stays_and_so_does_an_image_that_would_go_with_its_last_tag():
    ecr = Ecr()
    ecr.tags = {"1.4.2": NEW, kept_tag(OTHER, OLD): OLD, kept_tag(RECORD, GONE): GONE}
    keep(ecr, NEW)
    assert {kept_tag(OTHER, OLD), kept_tag(RECORD, GONE), kept_tag(RECORD, NEW)} <= ecr.tags.keys()


def test_nothing_loses_its_tag_before_there_is_something_else_to_go_back_to():
    ecr = Ecr()
    keep(ecr, NEW, prune=False)
    assert kept_tag(RECORD, OLD) in ecr.tags


def test_a_tag_begins_as_the_lifecycle_expects_and_is_short_enough():
    assert kept_tag(RECORD, NEW).startswith(KEPT)
    assert len(kept_tag(RECORD, NEW)) <= 128
    assert kept_tag(RECORD, NEW) != kept_tag(OTHER, NEW)
