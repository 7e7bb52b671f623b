"""A version is asked about in every region before anything is written, and claimed before anything is tagged."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.errors import ImageError, RefusedError
from strata.images.baking.execution import Execution
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage
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
        self.gone = ""

    def images(self, _execution: Any) -> list[MadeImage]:
        return self.made

    def executions(self, _record: Any) -> list[Execution]:
        return [BUILD]

    def order(self) -> Order | None:
        return None

    def there(self, _region: str, image: str) -> tuple[str, Mapping[str, str]] | None:
        tagged = f"tag {image}" in self.written
        return None if image == self.gone else ("available", {"app_version": "1.5.0"} if tagged else {})

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

    def note(self, region: str, image: str) -> None:
        entry = CatalogueEntry(kind=ImageKind.MACHINE, name="web", version="1.5.0", id=image, made="2026-11-29")
        Catalogue(self.clients_in(region)).add(entry)

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
    assert builder.left == (["tag ami-1", "mark ami-1", "tag ami-2", "mark ami-2"], "ami-1", "ami-2")


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
    builder.made[1] = replace(HOME, marks=(of_parent, Watermark("123456789012", "web", "1.4.0", "ami-1")))
    with pytest.raises(ImageError, match=r"has the watermark of version 1\.4\.0 already"):
        settle(builder)
    assert builder.left == ([], None, None)
    assert len(builder.refused) == 1


def test_who_is_late_has_written_nothing(builder: Builder, monkeypatch: pytest.MonkeyPatch):
    check = Catalogue.check

    def late(self: Catalogue, entry: CatalogueEntry) -> None:
        check(self, entry)
        # right after it was asked, somebody else notes the version
        if builder.noted("eu-west-1") is None:
            builder.note("eu-west-1", "ami-9")

    monkeypatch.setattr(Catalogue, "check", late)
    with pytest.raises(RefusedError, match=r"web 1\.5\.0 is ami-9 in the catalogue"):
        settle(builder)
    assert builder.left == ([], "ami-9", None)


def test_what_was_interrupted_is_continued(builder: Builder):
    builder.broken = "ami-2"
    with pytest.raises(TimeoutError):
        settle(builder)
    builder.broken = ""
    builder.others["eu-west-1"] = ["ami-1"]
    settle(builder)
    assert builder.left[0][2:] == ["tag ami-1", "mark ami-1", "tag ami-2", "mark ami-2"]
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
