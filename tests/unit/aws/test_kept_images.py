"""Images that no lifecycle may expire have a tag that spares them, and others have none."""

from typing import Any

import pytest

from strata.aws.kept_images import KEPT, keep_images, kept_tag

NEW, OLD, GONE = (f"sha256:{letter * 64}" for letter in "abc")


class AlreadyThereError(Exception):
    """ECR's ImageAlreadyExistsException."""


class Ecr:
    """A repository with two images, of which the old one is spared."""

    class exceptions:  # noqa: N801 - boto3's name for it
        ImageAlreadyExistsException = AlreadyThereError

    def __init__(self, *, faster: bool = False) -> None:
        self.tags = {"1.4.2": NEW, "1.4.1": OLD, kept_tag(OLD): OLD}
        self._faster = faster

    def get_paginator(self, _name: str) -> "Ecr":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        return [{"imageIds": [{"imageTag": tag, "imageDigest": digest}]} for tag, digest in self.tags.items()]

    def batch_get_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        digest = imageIds[0]["imageDigest"]
        there = digest in self.tags.values()
        return {"images": [{"imageManifest": digest, "imageManifestMediaType": "oci"}] if there else []}

    def put_image(self, *, imageManifest: str, imageTag: str, **_more: Any) -> None:  # noqa: N803
        self.tags[imageTag] = imageManifest
        if self._faster:
            raise AlreadyThereError

    def batch_delete_image(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> None:  # noqa: N803
        for each in imageIds:
            del self.tags[each["imageTag"]]


@pytest.mark.parametrize("faster", [False, True])
def test_what_is_named_is_spared_and_nothing_else_any_more(faster: bool):
    ecr = Ecr(faster=faster)
    assert keep_images(ecr, "web", [NEW]) == frozenset()
    assert ecr.tags == {"1.4.2": NEW, "1.4.1": OLD, kept_tag(NEW): NEW}


def test_what_is_spared_already_is_left_alone_and_what_is_not_there_is_named():
    ecr = Ecr()
    before = dict(ecr.tags)
    assert keep_images(ecr, "web", [OLD, GONE]) == {GONE}
    assert ecr.tags == before


def test_a_tag_begins_as_the_lifecycle_expects_and_is_short_enough():
    assert kept_tag(NEW).startswith(KEPT)
    assert len(kept_tag(NEW)) <= 128
