"""A version is asked about in every region before anything is written, and claimed before anything is tagged."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from strata.errors import ImageError, RefusedError
from strata.images.baking.execution import Execution
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage
from strata.images.baking.pipelines import OpenPipeline
from strata.images.baking.settlement import Settlement
from strata.images.baking.version_bake import VersionBake
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.image_origin import Watermark

from .test_bake_decision import RECORD, execution
from .test_bake_outcome import HERE, THERE
from .test_version_bake import Clock

HOME = replace(HERE, keys={"snap-1": "aws/ebs"})
BUILD = execution(1, "AVAILABLE", images=(("eu-central-1", "ami-2"), ("eu-west-1", "ami-1")))
ORDER = Order("web", "1.5.0", "order-1")


class Builder:
    """What a build has made in two regions, each with a catalogue of its own; a tag or a mark is an entry of a list."""

    def __init__(self) -> None:
        self.made = [THERE, HOME]
        self.written: list[str] = []
        self.refused: list[str] = []
        self.others: dict[str, list[str]] = {}
        self.broken = ""
        self.inherited: tuple[Watermark, ...] | None = ()
        self.gone = ""

    def images(self, _execution: Any) -> list[MadeImage]:
        return self.made

    def parent_marks(self, _record: Any) -> tuple[Watermark, ...] | None:
        return self.inherited

    def executions(self, _record: Any) -> list[Execution]:
        return [BUILD]

    def order(self) -> Order | None:
        return None

    def existing(self, _region: str, images: Collection[str]) -> dict[str, tuple[str, Mapping[str, str]]]:
        tags = {each: {"app_version": "1.5.0"} if f"tag {each}" in self.written else {} for each in images}
        return {each: ("available", tags[each]) for each in images if each != self.gone}

    def namesakes(self, region: str, _app: str, _version: str) -> list[str]:
        return self.others.get(region, [])

    def tag(self, image: MadeImage, _tags: Mapping[str, str]) -> None:
        if image.id == self.broken:
            raise TimeoutError
        self.written.append(f"tag {image.id}")

    def mark(self, image: MadeImage, _name: str, _version: str) -> str:
        self.written.append(f"mark {image.id}")
        return ""

    def refuse(self, _execution: Any, why: str) -> None:
        self.refused.append(why)

    def clients_in(self, region: str) -> Any:
        return lambda service: boto3.client(service, region_name=region)

    def noted(self, region: str, version: str = "1.5.0") -> str | None:
        entry = Catalogue(self.clients_in(region)).entry("web", version)
        return entry.id if entry else None

    def note(self, region: str, image: str, **more: Any) -> None:
        said: dict[str, Any] = {"version": "1.5.0", "made": "2026-11-29", **more}
        entry = CatalogueEntry(kind=ImageKind.MACHINE, name="web", id=image, **said)
        Catalogue(self.clients_in(region)).add(entry)

    def claim(self, region: str, image: str) -> None:
        """As the build notes it, by the recipe that the pipeline had then."""
        self.note(region, image, by=BUILD.arn, recipe=RECORD.recipe, parent=RECORD.base)

    @property
    def left(self) -> tuple[list[str], str | None, str | None]:
        """What it has written on images, and what each catalogue has."""
        return self.written, self.noted("eu-west-1"), self.noted("eu-central-1")


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Builder]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Builder()


def settle(builder: Any, *, write: bool = True) -> Mapping[str, str]:
    return VersionBake(builder, Clock(), print).settle(RECORD, BUILD, ORDER, write=write)  # type: ignore[arg-type]


def test_a_version_is_claimed_at_home_noted_everywhere_and_then_tagged(builder: Builder):
    assert list(settle(builder).items()) == [("eu-west-1", "ami-1"), ("eu-central-1", "ami-2")]
    assert builder.left == (["mark ami-1", "tag ami-1", "mark ami-2", "tag ami-2"], "ami-1", "ami-2")


def test_an_image_of_a_server_of_another_version_leaves_nothing_written(builder: Builder):
    builder.made[1] = replace(HOME, marks=(Watermark("123456789012", "web", "1.4.0", "ami-9"),))
    with pytest.raises(ImageError, match=r"it was made of web 1\.4\.0, by a copy or from a server"):
        settle(builder)
    assert builder.left == ([], None, None)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("region, known", [("eu-west-1", ("ami-9", None)), ("eu-central-1", (None, "ami-9"))])
def test_a_version_that_any_region_knows_as_another_image_leaves_nothing_written(
    builder: Builder, region: str, known: tuple[str | None, str | None], write: bool
):
    builder.note(region, "ami-9")
    with pytest.raises(RefusedError, match=r"web 1\.5\.0 is ami-9 in the catalogue"):
        settle(builder, write=write)
    assert builder.left == ([], *known)


def test_an_image_that_has_the_tags_of_the_version_already_leaves_nothing_written(builder: Builder):
    builder.others["eu-central-1"] = ["ami-2", "ami-9"]
    with pytest.raises(RefusedError, match="ami-9 in eu-central-1 has its tags"):
        settle(builder)
    assert builder.left == ([], None, None)


def test_an_image_with_the_watermark_of_another_version_leaves_nothing_written(builder: Builder):
    of_parent = Watermark("123456789012", "web", "1.3.0", "ami-0")
    builder.inherited = (of_parent,)
    builder.made[1] = replace(HOME, marks=(of_parent, Watermark("123456789012", "web", "1.4.0", "ami-1")))
    with pytest.raises(ImageError, match=r"has the watermark of version 1\.4\.0 already"):
        settle(builder)
    assert builder.left == ([], None, None)
    assert len(builder.refused) == 1


@pytest.mark.parametrize("region, left", [("eu-west-1", ("ami-9", None)), ("eu-central-1", (None, "ami-9"))])
def test_who_is_late_leaves_nothing_written(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, region: str, left: tuple[str | None, str | None]
):
    somebody_notes(builder, monkeypatch, region)
    with pytest.raises(RefusedError, match=rf"web 1\.5\.0 is ami-9 in the catalogue of {region}, and not"):
        settle(builder)
    assert builder.left == ([], *left)


def test_who_is_late_takes_back_what_this_run_has_noted_and_nothing_else(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
):
    builder.claim("eu-central-1", "ami-2")
    somebody_notes(builder, monkeypatch, "eu-west-1")
    with pytest.raises(RefusedError, match="is ami-9 in the catalogue of eu-west-1"):
        settle(builder)
    assert builder.left == ([], "ami-9", "ami-2")


def test_what_cannot_be_taken_back_is_named_and_hides_no_refusal(builder: Builder, monkeypatch: pytest.MonkeyPatch):
    def denied(_self: Any, _entry: CatalogueEntry) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DeleteParameter")

    monkeypatch.setattr(Catalogue, "withdraw", denied)
    somebody_notes(builder, monkeypatch, "eu-west-1")
    with pytest.raises(RefusedError, match="is ami-9 in the catalogue of eu-west-1") as said:
        settle(builder)
    assert "delete the parameter /strata/images/web/1.5.0 there" in (said.value.fix or "")
    assert builder.left == ([], "ami-9", "ami-2")


def somebody_notes(builder: Builder, monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    """Somebody else notes the version in a region right after a catalogue was asked for it."""
    check = Catalogue.check

    def late(self: Catalogue, entry: CatalogueEntry) -> None:
        check(self, entry)
        if entry.id == {"eu-west-1": "ami-1", "eu-central-1": "ami-2"}[region] and builder.noted(region) is None:
            builder.note(region, "ami-9")

    monkeypatch.setattr(Catalogue, "check", late)


def test_two_pipelines_that_copy_to_each_other_do_not_lock_each_other_out(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
):
    add, mirrored = Catalogue.add, replace(RECORD, region="eu-central-1", copies=("eu-west-1",))
    others = execution(2, "AVAILABLE", images=(("eu-central-1", "ami-4"), ("eu-west-1", "ami-3")))
    rival, said = Builder(), []
    rival.made = [replace(THERE, id="ami-4"), replace(HOME, id="ami-3")]

    def between(self: Catalogue, entry: CatalogueEntry) -> bool:
        new = add(self, entry)
        if not said:
            said.append("the first has noted it in one region")
            with pytest.raises(RefusedError, match=r"web 1\.5\.0 is ami-"):
                Settlement(rival, mirrored, others).write(rival.made)  # type: ignore[arg-type]
        return new

    monkeypatch.setattr(Catalogue, "add", between)
    settle(builder)
    assert (builder.left[1:], rival.written) == (("ami-1", "ami-2"), [])


@pytest.mark.parametrize("write", [True, False])
def test_an_image_that_the_catalogue_has_as_another_version_is_no_second_one(builder: Builder, write: bool):
    builder.note("eu-central-1", "ami-2", version="1.4.0")
    with pytest.raises(RefusedError, match=r"the catalogue of eu-central-1 has ami-2 as web 1\.4\.0"):
        settle(builder, write=write)
    assert builder.left == ([], None, None)


@pytest.mark.parametrize("claimed", [(("eu-west-1", "ami-1"), ("eu-central-1", "ami-2")), (("eu-central-1", "ami-2"),)])
def test_what_was_claimed_is_finished_whatever_recipe_the_pipeline_has_by_now(
    builder: Builder, claimed: tuple[tuple[str, str], ...]
):
    for region, image in claimed:
        builder.claim(region, image)
    changed, said = replace(RECORD, recipe="9.9.9", base="ami-8"), []
    bake = VersionBake(builder, Clock(), said.append)  # type: ignore[arg-type]
    planned = bake.planned(changed, ORDER)
    assert builder.written == []
    report = asyncio.run(bake.run(changed, ORDER, {}, watch=True))
    assert (report.status, builder.refused) == ("BAKED", [])
    # and not the one that the pipeline has now
    assert {each.document()["recipe"] for each in (planned, report)} == {RECORD.recipe}
    assert builder.left == (["mark ami-1", "tag ami-1", "mark ami-2", "tag ami-2"], "ami-1", "ami-2")
    noted = Catalogue(builder.clients_in("eu-west-1")).entry("web", "1.5.0")
    assert noted is not None
    assert (noted.recipe, noted.parent) == (RECORD.recipe, RECORD.base)
    with pytest.raises(RefusedError, match="bake a new version"):
        bake.planned(changed, ORDER)


def test_what_was_claimed_and_is_gone_since_is_refused_with_a_way_that_leads_somewhere(builder: Builder):
    builder.claim("eu-central-1", "ami-2")
    builder.made = [HOME]
    with pytest.raises(RefusedError, match=r"eu-central-1 does not have ami-2 any more(.|\n)*bake a new version"):
        settle(builder)
    assert (builder.written, builder.refused) == ([], [])


@pytest.mark.parametrize("copied", [BUILD.images, BUILD.images[1:]])
def test_what_somebody_else_has_made_in_another_region_is_no_copy(
    builder: Builder, monkeypatch: pytest.MonkeyPatch, copied: tuple[tuple[str, str], ...]
):
    builder.claim("eu-west-1", "ami-1")
    builder.note("eu-central-1", "ami-9", by="arn:aws:imagebuilder:eu-central-1:123456789012:image/other/1.0.0/1")
    builder.written = ["tag ami-1", "tag ami-9"]
    monkeypatch.setattr(builder, "executions", lambda _: [replace(BUILD, images=copied)])
    with pytest.raises(RefusedError, match=r"is ami-1, and eu-central-1 has ami-9 as it, made by arn:.*other"):
        planned(builder, [])


def test_what_was_interrupted_is_continued(builder: Builder):
    builder.broken = "ami-2"
    with pytest.raises(TimeoutError):
        settle(builder)
    builder.broken = ""
    builder.others["eu-west-1"] = ["ami-1"]
    settle(builder)
    assert builder.left[0][:3] == ["mark ami-1", "tag ami-1", "mark ami-2"]
    assert builder.left[0][3:] == ["mark ami-1", "tag ami-1", "mark ami-2", "tag ami-2"]
    assert builder.left[1:] == ("ami-1", "ami-2")


def test_an_image_that_is_not_there_is_named(builder: Builder):
    builder.made = [HOME]
    with pytest.raises(ImageError, match="eu-central-1 has no image ami-2, which came out of it"):
        settle(builder)
    assert builder.left == ([], None, None)


def planned(builder: Any, said: list[str]) -> None:
    VersionBake(builder, Clock(), said.append).planned(RECORD, ORDER)  # type: ignore[arg-type]


def test_a_region_in_which_the_version_was_not_noted_is_made_up_for(builder: Builder):
    builder.note("eu-west-1", "ami-1")
    said: list[str] = []
    entry = Catalogue(builder.clients_in("eu-west-1")).entry("web", "1.5.0")
    assert entry is not None
    value = replace(entry, by=BUILD.arn, recipe=RECORD.recipe).to_json()
    ssm = builder.clients_in("eu-west-1")("ssm")
    ssm.put_parameter(Name="/strata/images/web/1.5.0", Value=value, Type="String", Overwrite=True)
    planned(builder, said)
    assert said[-1].startswith(
        "would note the rest of it: ami-2 is not noted in eu-central-1; ami-1 in eu-west-1 is not"
    )
    asyncio.run(VersionBake(builder, Clock(), said.append).run(RECORD, ORDER, {}, watch=True))  # type: ignore[arg-type]
    assert builder.left[1:] == ("ami-1", "ami-2")
    said.clear()
    planned(builder, said)
    assert said == ["web 1.5.0 is ami-1 already"]


def test_a_copy_that_is_gone_is_said_with_a_way_that_leads_somewhere(builder: Builder):
    settle(builder)
    builder.gone = "ami-2"
    with pytest.raises(RefusedError, match="eu-central-1 does not have ami-2 any more") as said:
        planned(builder, [])
    assert "bake a new version" in str(said.value)


def row(builder: Any, *, copied: tuple[tuple[str, str], ...] = BUILD.images) -> tuple[str, str, bool]:
    """How the status of the pipeline shows the build."""
    builder.executions = lambda _: [replace(BUILD, images=copied)]
    bake = VersionBake(builder, Clock(), print)  # type: ignore[arg-type]
    (found,) = OpenPipeline(Path("/"), "shop", "dev", RECORD, builder, bake, Clock()).look()  # type: ignore[arg-type]
    return found.words, found.detail, found.unfinished


def test_the_status_knows_a_copy_that_is_gone(builder: Builder):
    settle(builder)
    assert row(builder) == ("baked", "ami-2 (eu-central-1), ami-1 (eu-west-1)", False)
    builder.gone = "ami-2"
    assert row(builder) == ("gone", "eu-central-1 does not have ami-2 any more", False)


@pytest.mark.parametrize("copied", [BUILD.images, BUILD.images[1:]])
def test_the_status_knows_what_somebody_else_has_made_in_another_region(
    builder: Builder, copied: tuple[tuple[str, str], ...]
):
    builder.claim("eu-west-1", "ami-1")
    builder.note("eu-central-1", "ami-9", by="another build")
    builder.written = ["tag ami-1", "tag ami-9"]
    assert row(builder, copied=copied) == ("not whole", "eu-central-1 has ami-9 as it, made by another build", False)
    builder.gone = "ami-9"
    assert row(builder, copied=copied)[0] == "gone", "it is not even there"


def test_the_status_names_the_state_of_an_image_that_nothing_can_launch(
    builder: Builder, monkeypatch: pytest.MonkeyPatch
):
    settle(builder)
    there = builder.existing

    def disabled(region: str, images: Collection[str]) -> dict[str, tuple[str, Mapping[str, str]]]:
        return {image: ("disabled", tags) for image, (_, tags) in there(region, images).items()}

    monkeypatch.setattr(builder, "existing", disabled)
    words, detail, _ = row(builder)
    assert words == "disabled"
    assert detail == "ami-1 in eu-west-1 is disabled; ami-2 in eu-central-1 is disabled"


def test_the_status_knows_what_was_claimed_in_another_region_alone(builder: Builder):
    builder.claim("eu-central-1", "ami-2")
    bake = VersionBake(builder, Clock(), print)  # type: ignore[arg-type]
    changed = replace(RECORD, recipe="9.9.9")
    (found,) = OpenPipeline(Path("/"), "shop", "dev", changed, builder, bake, Clock()).look()  # type: ignore[arg-type]
    assert (found.words, found.unfinished) == ("available", True)


def test_the_status_advises_nothing_where_another_region_has_another_image(builder: Builder):
    builder.note("eu-central-1", "ami-9")
    assert row(builder) == ("no version", "1.5.0 is ami-9 in eu-central-1", False)
