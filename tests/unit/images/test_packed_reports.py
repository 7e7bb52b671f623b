"""What Packer's builds say of their images is kept as what those of Image Builder say, and compared with it."""

import io
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.errors import ImageError, UsageError
from strata.images.baking import noted_version, settlement, version_bake
from strata.images.baking.kept_reports import read_contents
from strata.images.baking.packed_reports import read_packed_reports
from strata.images.baking.packer_manifest import PackerBuild
from strata.images.baking.pipelines import OpenPipeline
from strata.images.baking.version_bake import VersionBake
from strata.images.image_contents import ContentChange, compare_contents
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.packer_template import FETCHED

from .build_server import BuildServer
from .test_recipe_documents import PLAIN
from .test_version_bake import ALONE, BAKED, Clock, Noted, Pipeline

RECORD = replace(ALONE, reports="s3://builds/reports", recipe=recipe_of(PLAIN).version)
INSTALLED = r"printf 'zlib\t0:1.2.{minor}-33\tx86_64\nbash\t0:5.2-1\tx86_64\n{more}'"


class Account(Pipeline):
    """A pipeline whose client for S3 keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.made = replace(self.made, tags={**self.made.tags, "strata:recipe": RECORD.recipe})
        self.kept: dict[str, bytes] = {}

    def __call__(self, service: str) -> "Account":
        assert service == "s3"
        return self

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803 - boto3's own
        assert (Bucket, ContentType) == ("builds", "application/json")
        self.kept[Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's own
        assert Bucket == "builds"
        return {"Body": io.BytesIO(self.kept[Key])}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    for module in (version_bake, settlement, noted_version):
        monkeypatch.setattr(module, "Catalogue", Noted)
    return Account()


def opened(account: Any, **more: Any) -> OpenPipeline:
    record = replace(RECORD, **more)
    return OpenPipeline(Path("/"), "shop", "dev", record, account, VersionBake(account, Clock(), print), Clock())


def packed(folder: Path, version: str, run: str, files: Mapping[str, str], *, minor: int = 11, more: str = ""):
    """What a run of Packer leaves in its folder, by the very script that runs inside the image."""
    folder.mkdir()
    server = BuildServer(folder)
    server.ordered(run, version)
    server.stub("rpm", INSTALLED.format(minor=minor, more=more))
    for path, text in files.items():
        server.write(path, text)
    done = server.run(PLAIN, "finish", "describe")
    assert done.returncode == 0, done.stderr
    for name, fetched in FETCHED.items():
        shutil.copy(server.root / "usr/share/strata-image" / name, folder / fetched)
    return PackerBuild(run, version, RECORD.recipe, "abc", "2026-11-29T12:00:00Z", BAKED), folder


def test_two_versions_of_packer_are_compared(account: Account, tmp_path: Path):
    for build, folder in (
        packed(tmp_path / "a", "1.4.0", "run-1", {"etc/old.conf": "1"}),
        packed(
            tmp_path / "b", "1.5.0", "run-2", {"etc/app.conf": "port = 9"}, minor=12, more=r"curl\t0:8.0-1\tx86_64\n"
        ),
    ):
        images = (("eu-west-1", f"ami-{build.version}"),)
        assert opened(account).add(replace(build, images=images), folder, dry_run=False) == dict(images)
    assert set(account.kept) == {
        f"reports/web/{version}/{name}" for version in ("1.4.0", "1.5.0") for name in ("manifest.json", "sbom.cdx.json")
    }
    found = compare_contents(*(read_contents(account, RECORD, version) for version in ("1.4.0", "1.5.0")))
    assert found.packages == (
        ContentChange("curl.x86_64", None, "8.0-1"),
        ContentChange("zlib.x86_64", "1.2.11-33", "1.2.12-33"),
    )
    assert [(each.name, bool(each.before), bool(each.after)) for each in found.config] == [
        ("/etc/app.conf", True, True),
        ("/etc/old.conf", True, False),
    ]
    assert found.facts == ()


def test_a_plan_and_an_image_that_is_refused_keep_nothing(account: Account, tmp_path: Path):
    build, folder = packed(tmp_path / "a", "1.5.0", "run-1", {})
    opened(account).add(build, folder, dry_run=True)
    account.made = replace(account.made, architecture="arm64")
    with pytest.raises(ImageError, match="is for arm64"):
        opened(account).add(build, folder, dry_run=False)
    assert (account.kept, account.entries) == ({}, {})


def test_a_pipeline_that_keeps_no_reports_asks_for_none(account: Account, tmp_path: Path):
    build = PackerBuild("run-1", "1.5.0", RECORD.recipe, "abc", "2026-11-29T12:00:00Z", BAKED)
    opened(account, reports="").add(build, tmp_path, dry_run=False)
    assert (account.kept, set(account.entries)) == ({}, {"1.5.0"})


@pytest.mark.parametrize("name", FETCHED)
def test_what_was_not_fetched_is_named_and_nothing_is_noted(account: Account, tmp_path: Path, name: str):
    build, folder = packed(tmp_path / "a", "1.5.0", "run-1", {})
    (folder / FETCHED[name]).unlink()
    with pytest.raises(UsageError, match=f"there is no file .*{FETCHED[name]}") as refused:
        opened(account).add(build, folder, dry_run=False)
    assert "strata image packer" in str(refused.value)
    assert (account.tagged, account.entries) == ([], {})


@pytest.mark.parametrize(
    "change, words",
    [
        ({"id": "run-2"}, "is of run 'run-1' of Packer, and the manifest is of 'run-2'"),
        ({"version": "1.6.0"}, "has '1.5.0' as app_version, expected '1.6.0'"),
        ({"recipe": "9.9.9"}, f"has '{RECORD.recipe}' as recipe, expected '9.9.9'"),
    ],
)
def test_what_an_earlier_build_has_left_is_refused(tmp_path: Path, change: dict[str, str], words: str):
    build, folder = packed(tmp_path / "a", "1.5.0", "run-1", {})
    with pytest.raises(UsageError) as refused:
        read_packed_reports(folder, replace(build, **change))
    assert words in str(refused.value)


def test_a_bill_that_is_not_that_of_the_manifest_is_refused(tmp_path: Path):
    build, folder = packed(tmp_path / "a", "1.5.0", "run-1", {})
    (folder / FETCHED["sbom.cdx.json"]).write_text('{"components": []}')
    with pytest.raises(UsageError, match="as sbom_sha256, expected"):
        read_packed_reports(folder, build)


@pytest.mark.parametrize("content", [b"{}", b"no JSON", b"[]", b"\xff"])
def test_what_describes_no_image_is_refused(tmp_path: Path, content: bytes):
    build, folder = packed(tmp_path / "a", "1.5.0", "run-1", {})
    (folder / FETCHED["manifest.json"]).write_bytes(content)
    with pytest.raises(UsageError, match=r"does not describe an image|is not text in UTF-8"):
        read_packed_reports(folder, build)
