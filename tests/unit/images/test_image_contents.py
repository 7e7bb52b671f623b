"""What differs between two versions, from what their builds have kept."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.errors import ImageError, UsageError
from strata.images.baking.kept_reports import read_contents
from strata.images.image_contents import ContentChange, ImageContents, compare_contents

from .test_bake_decision import RECORD

KEEPING = replace(RECORD, reports="s3://builds/reports")


def described(*, config: dict[str, str], **packages: str) -> tuple[str, str]:
    facts = {"kernel": "6.1", "os": "Amazon Linux", "base_ami": "ami-1", "recipe": "1.2.3", "git_sha": "abc"}
    parts = [
        {"name": name, "version": version, "purl": f"pkg:rpm/amzn/{name}@{version}?arch=x86_64"}
        for name, version in packages.items()
    ]
    return json.dumps({**facts, "config": config}), json.dumps({"components": parts})


BEFORE = described(config={"/etc/a": "1", "/etc/b": "1"}, bash="5.2", curl="8.0", kernel="6.1")
AFTER = described(config={"/etc/a": "2", "/etc/c": "1"}, bash="5.3", zlib="1.2", kernel="6.1")


class Bucket:
    """S3 with the reports of two versions."""

    def __init__(self) -> None:
        self.files = {
            f"reports/web/{version}/{name}": text
            for version, both in (("1.4.0", BEFORE), ("1.5.0", AFTER))
            for name, text in zip(("manifest.json", "sbom.cdx.json"), both, strict=True)
        }

    def __call__(self, service: str) -> "Bucket":
        assert service == "s3"
        return self

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        assert Bucket == "builds"
        if Key not in self.files:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": ""}}, "GetObject")
        return {"Body": io.BytesIO(self.files[Key].encode())}


def test_packages_and_files_are_added_removed_and_changed():
    bucket = Bucket()
    found = compare_contents(read_contents(bucket, KEEPING, "1.4.0"), read_contents(bucket, KEEPING, "1.5.0"))
    assert found.packages == (
        ContentChange("bash.x86_64", "5.2", "5.3"),
        ContentChange("curl.x86_64", "8.0", None),
        ContentChange("zlib.x86_64", None, "1.2"),
    )
    assert [(each.name, each.before, each.after) for each in found.config] == [
        ("/etc/a", "1", "2"),
        ("/etc/b", "1", None),
        ("/etc/c", None, "1"),
    ]
    assert found.facts == ()


def test_another_kernel_is_a_fact():
    one, other = (ImageContents.parse(*BEFORE) for _ in range(2))
    other = replace(other, facts={**other.facts, "kernel": "6.12"})
    assert compare_contents(one, other).facts == (ContentChange("kernel", "6.1", "6.12"),)


def test_a_version_of_which_nothing_was_kept_is_named_with_its_place():
    with pytest.raises(ImageError, match=r"there is no s3://builds/reports/web/1\.6\.0/manifest\.json"):
        read_contents(Bucket(), KEEPING, "1.6.0")


def test_a_pipeline_that_keeps_no_reports_is_told_how():
    with pytest.raises(UsageError, match=r"strata:image_pipelines\.web-image\.reports") as refused:
        read_contents(Bucket(), RECORD, "1.5.0")
    assert refused.value.exit_code == 2, "it is a matter of the stack file"


def test_what_is_no_report_is_refused():
    bucket = Bucket()
    for text in ("no JSON", "[]", "{}"):
        bucket.files["reports/web/1.5.0/manifest.json"] = text
        with pytest.raises(ImageError, match=r"what was kept of web 1\.5\.0 cannot be read"):
            read_contents(bucket, KEEPING, "1.5.0")
