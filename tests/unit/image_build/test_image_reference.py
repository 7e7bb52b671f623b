"""An image is named by its digest, or not at all."""

import pytest

from strata.errors import ImageError
from strata.image_build.image_reference import ImageReference

DIGEST = "sha256:" + "a" * 64
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web"


@pytest.mark.parametrize("repository", [ECR, "nginx", "localhost:5000/a/b_c", "ghcr.io/org/app-x"])
def test_a_reference_is_a_repository_and_a_digest(repository: str):
    found = ImageReference.parse(f"{repository}@{DIGEST}")
    assert (found.repository, found.digest, found.tag) == (repository, DIGEST, "")
    assert str(found) == f"{repository}@{DIGEST}"


def test_the_tag_that_a_builder_writes_beside_the_digest_is_kept_and_decides_nothing():
    found = ImageReference.parse(f"{ECR}:1.4.2@{DIGEST}")
    assert found.tag == "1.4.2"
    assert str(found) == f"{ECR}@{DIGEST}"


@pytest.mark.parametrize("text,tag", [(f"{ECR}:latest", "latest"), (f"{ECR}:1.4.2", "1.4.2"), (ECR, "latest")])
def test_a_tag_without_a_digest_is_refused_with_the_reason(text: str, tag: str):
    with pytest.raises(ImageError, match=rf"tag '{tag}', and a tag is whatever was pushed last[\s\S]*fix: .*sha256"):
        ImageReference.parse(text)


@pytest.mark.parametrize("text", ["", "Web@" + DIGEST, f"{ECR}@sha256:abc", f"{ECR}@md5:{'a' * 64}", "a b"])
def test_what_is_no_reference_is_refused(text: str):
    with pytest.raises(ImageError, match="is not an image reference"):
        ImageReference.parse(text)
