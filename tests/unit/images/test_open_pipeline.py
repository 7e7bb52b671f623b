"""A pipeline as commands use it: what it has built, what Packer has built for it, and what an order may say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strata.errors import ImageError, RefusedError, UsageError
from strata.images.baking import noted_version, pipelines, settlement, version_bake
from strata.images.baking.order import Order
from strata.images.baking.packer_manifest import PackerBuild
from strata.images.baking.pipelines import OpenPipeline
from strata.images.baking.version_bake import VersionBake

from .test_bake_decision import execution
from .test_version_bake import ALONE, BAKED, HOME, Clock, Noted, Pipeline

BUILD = PackerBuild("0f1e", "1.5.0", ALONE.recipe, "abc", "2026-11-29T12:00:00Z", BAKED)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    for module in (pipelines, noted_version, settlement, version_bake):
        monkeypatch.setattr(module, "Catalogue", Noted)
    return Pipeline()


def opened(live: Any) -> OpenPipeline:
    said: list[str] = []
    return OpenPipeline(Path("/"), "shop", "dev", ALONE, live, VersionBake(live, Clock(), said.append), Clock())


def test_the_newest_execution_comes_first_and_a_failed_one_with_the_end_of_its_log(live: Pipeline):
    live.running = [execution(1, "FAILED", reason="it broke"), execution(2, "AVAILABLE", images=BAKED)]
    newest, oldest = opened(live).look()
    assert (newest.words, newest.unfinished, newest.detail) == ("available", True, "ami-1 (eu-west-1)")
    assert (oldest.words, oldest.detail, oldest.log) == ("failed", "it broke", ("verify.sh: connection refused",))


def test_an_execution_is_baked_once_its_version_is_noted(live: Pipeline):
    live.running = [execution(1, "AVAILABLE", images=BAKED)]
    opened(live).add(BUILD, Path(), dry_run=False)
    (row,) = opened(live).look()
    assert (row.words, row.unfinished) == ("baked", False)


def test_what_was_refused_says_why(live: Pipeline):
    live.running = [execution(1, "AVAILABLE", images=BAKED, refused="ami-1 is not encrypted")]
    (row,) = opened(live).look()
    assert (row.words, row.detail, row.unfinished) == ("refused", "ami-1 is not encrypted", False)


def test_a_version_whose_image_is_gone_is_not_called_baked(live: Pipeline):
    live.running = [execution(1, "AVAILABLE", images=BAKED)]
    opened(live).add(BUILD, Path(), dry_run=False)
    live.gone = True
    (row,) = opened(live).look()
    assert (row.words, row.detail, row.unfinished) == ("gone", "ami-1 is not there any more", False)


def test_a_version_that_was_claimed_and_not_tagged_is_not_called_baked(live: Pipeline):
    live.running = [execution(1, "AVAILABLE", images=BAKED)]
    opened(live).bake.settle(ALONE, live.running[0], Order("web", "1.5.0", "order-1"))
    assert [each.words for each in opened(live).look()] == ["baked"]
    live.tagged = []
    (row,) = opened(live).look()
    assert (row.words, row.rest, row.unfinished) == (
        "not finished",
        "ami-1 in eu-west-1 is not tagged with it",
        True,
    )
    assert row.document()["problem"] == "ami-1 in eu-west-1 is not tagged with it"


def test_what_cannot_be_noted_is_not_advised_to_be_baked(live: Pipeline):
    live.running = [execution(1, "AVAILABLE", images=BAKED, recipe="5.0.5")]
    (row,) = opened(live).look()
    said = "built by recipe 5.0.5, and the pipeline has 1.2.3 now"
    assert (row.words, row.detail, row.unfinished) == ("no version", said, False)
    live.running = [execution(1, "AVAILABLE", images=(("eu-west-1", "ami-7"),))]
    opened(live).add(BUILD, Path(), dry_run=False)
    (row,) = opened(live).look()
    assert (row.words, row.detail, row.unfinished) == ("no version", "1.5.0 is ami-1", False)


def test_what_packer_baked_is_checked_tagged_and_noted(live: Pipeline):
    assert opened(live).add(BUILD, Path(), dry_run=True) == {"eu-west-1": "ami-1"}
    assert (live.tagged, live.entries) == ([], {})
    assert opened(live).add(BUILD, Path(), dry_run=False) == {"eu-west-1": "ami-1"}
    ((image, tags),) = live.tagged
    assert (image, tags["app_version"], tags["git_sha"]) == ("ami-1", "1.5.0", "abc")
    assert live.entries["1.5.0"].by == "packer:0f1e"


def test_what_packer_baked_of_another_definition_is_refused(live: Pipeline):
    with pytest.raises(RefusedError, match=r"baked by recipe 9\.9\.9; (.|\n)*strata image packer dev web-image"):
        opened(live).add(replace(BUILD, recipe="9.9.9"), Path(), dry_run=False)


def test_what_packer_baked_and_is_not_as_it_should_be_is_refused_without_a_mark(live: Pipeline):
    live.made = replace(HOME, architecture="arm64")
    with pytest.raises(ImageError, match="is for arm64"):
        opened(live).add(BUILD, Path(), dry_run=False)
    assert (live.refused, live.tagged, live.entries) == ([], [], {})


@pytest.mark.parametrize("version, commit", [("1.5.0 beta", "abc"), ("-1", "abc"), ("1.5.0", "$(reboot)")])
def test_an_order_has_a_version_and_a_commit_and_nothing_else(live: Pipeline, version: str, commit: str):
    with pytest.raises(UsageError):
        opened(live).order(version, commit)


def test_two_orders_of_a_version_are_told_apart(live: Pipeline):
    pipeline = opened(live)
    assert pipeline.order("1.5.0", "abc").id != pipeline.order("1.5.0", "abc").id
    assert pipeline.tags == {"strata:project": "shop", "strata:stack": "dev", "strata:component": "web-image"}
