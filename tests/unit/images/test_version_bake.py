"""A version from the command to the catalogue, on a pipeline of which a test decides what it answers."""

import asyncio
import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from strata.caution import Caution
from strata.errors import BusyError, ImageError, RefusedError
from strata.images.baking import noted_version, settlement, version_bake
from strata.images.baking.execution import Execution
from strata.images.baking.key_sharing import KeyFinding
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage
from strata.images.baking.version_bake import VersionBake
from strata.images.catalogue import CatalogueEntry

from .test_bake_decision import RECORD, execution
from .test_bake_outcome import HERE

ALONE = replace(RECORD, copies=())
HOME = replace(HERE, keys={"snap-1": "aws/ebs"})
BAKED = (("eu-west-1", "ami-1"),)


class Pipeline:
    """A pipeline whose executions go through the statuses that a test names, one a look."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = list(statuses)
        self.running: list[Execution] = []
        self.written: Order | None = None
        self.started: list[str] = []
        self.tagged: list[tuple[str, Mapping[str, str]]] = []
        self.refused: list[str] = []
        self.marked: list[tuple[str, str, str]] = []
        self.markless = ""
        self.entries: dict[str, CatalogueEntry] = {}
        self.made = HOME
        self.keys: list[KeyFinding] = []
        self.gone = False
        self.taken = False
        self.others: dict[tuple[str, str, str], list[str]] = {}

    def key_findings(self, _record) -> list[KeyFinding]:
        return self.keys

    def executions(self, _record) -> list[Execution]:
        return self.running

    def execution(self, arn: str) -> Execution:
        at = next(index for index, each in enumerate(self.running) if each.arn == arn)
        status = self.statuses.pop(0) if self.statuses else self.running[at].status
        if status == "no answer":
            raise TimeoutError
        images = BAKED if status == "AVAILABLE" else ()
        self.running[at] = replace(self.running[at], status=status, images=images)
        return self.running[at]

    def order(self) -> Order | None:
        return self.written

    def put_order(self, order: Order) -> None:
        self.written = order

    def start(self, _record, order: Order, _tags) -> str:
        if self.taken:
            self.running.append(execution(1, "PENDING", "1.5.0", "winner", git_sha="abc"))
            raise BusyError("somebody else has started it")
        self.started.append(order.id)
        made = execution(len(self.running) + 1, "PENDING", order.version, order.id)
        self.running.append(made)
        return made.arn

    def refuse(self, _execution, why: str) -> None:
        self.refused.append(why)

    def last_lines(self, _record, _execution) -> list[str]:
        return ["verify.sh: connection refused"]

    def parent_marks(self, _record) -> tuple[()]:
        return ()

    def images(self, made: Execution) -> list[MadeImage]:
        return [replace(self.made, id=image) for _, image in made.images]

    def existing(self, _region: str, images: Collection[str]) -> dict[str, tuple[str, Mapping[str, str]]]:
        return {} if self.gone else {each: ("available", self._tags(each)) for each in images}

    def _tags(self, image: str) -> Mapping[str, str]:
        return {key: value for tagged, said in self.tagged if tagged == image for key, value in said.items()}

    def namesakes(self, region: str, app: str, version: str) -> list[str]:
        return self.others.get((region, app, version), [])

    def tag(self, image: MadeImage, tags: Mapping[str, str]) -> None:
        self.tagged.append((image.id, tags))

    def mark(self, image: MadeImage, name: str, version: str) -> str:
        self.marked.append((image.id, name, version))
        return self.markless

    def clients_in(self, _region: str) -> "Pipeline":
        return self

    def renew(self) -> None:
        """Nothing to renew."""


class Noted:
    """The catalogue, kept with the pipeline."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._entries = pipeline.entries

    def entry(self, _image: str, version: str) -> CatalogueEntry | None:
        return self._entries.get(version)

    def some(self, _image: str, versions: Iterable[str]) -> dict[str, CatalogueEntry]:
        return {version: self._entries[version] for version in versions if version in self._entries}

    def entries(self, _image: str) -> dict[str, CatalogueEntry]:
        return self._entries

    def check(self, _entry: CatalogueEntry) -> None:
        """Nothing is in the way."""

    def add(self, entry: CatalogueEntry) -> bool:
        self._entries[entry.version] = entry
        return True


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (version_bake, settlement, noted_version):
        monkeypatch.setattr(module, "Catalogue", Noted)


def bake(pipeline: Any, version: str = "1.5.0", *, order: str = "new", watch: bool = True):
    said: list[str] = []
    work = VersionBake(pipeline, Clock(), said.append).run(ALONE, Order("web", version, order), {}, watch=watch)
    return asyncio.run(work), said


def test_a_version_is_built_checked_tagged_and_noted():
    pipeline = Pipeline("PENDING", "BUILDING", "BUILDING", "TESTING", "AVAILABLE")
    report, said = bake(pipeline)
    assert (report.status, report.started, report.images) == ("BAKED", True, {"eu-west-1": "ami-1"})
    assert [each.split()[-1] for each in said[1:]] == ["pending", "building", "testing", "available"]
    assert pipeline.tagged[0][0] == "ami-1"
    assert pipeline.tagged[0][1]["app_version"] == "1.5.0"
    assert pipeline.marked == [("ami-1", "web", "1.5.0")]
    assert pipeline.entries["1.5.0"].id == "ami-1"
    assert not [each for each in said if "watermark" in each]


def test_where_no_watermark_can_be_written_the_catalogue_alone_decides_and_it_is_said():
    pipeline = Pipeline("AVAILABLE")
    pipeline.markless = "AttachImageWatermark: UnauthorizedOperation"
    with pytest.warns(Caution, match="which version it is: AttachImageWatermark: UnauthorizedOperation$") as warned:
        report, _ = bake(pipeline)
    assert (report.status, pipeline.entries["1.5.0"].id) == ("BAKED", "ami-1")
    assert str(warned[0].message).startswith("ami-1 in eu-west-1 has no watermark, so the catalogue alone says")


def test_who_is_stopped_before_the_watermark_leaves_a_version_that_the_same_command_finishes(monkeypatch):
    pipeline = Pipeline("AVAILABLE")

    def stopped(*_given: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "mark", stopped)
        with pytest.raises(KeyboardInterrupt):
            bake(pipeline)
    assert pipeline.entries["1.5.0"].id == "ami-1"
    report, said = bake(pipeline, order="another")
    assert (report.status, pipeline.started) == ("BAKED", ["new"])
    assert said[-1] == "noting the rest of it: ami-1 in eu-west-1 is not tagged with it"
    assert (pipeline.marked, [image for image, _ in pipeline.tagged]) == ([("ami-1", "web", "1.5.0")], ["ami-1"])


def test_without_watching_it_is_started_and_nothing_is_noted():
    pipeline = Pipeline("PENDING")
    report, _ = bake(pipeline, watch=False)
    assert (report.status, report.images) == ("PENDING", {})
    assert pipeline.entries == {}


def test_a_client_that_was_killed_is_followed_by_the_next_without_a_second_build():
    pipeline = Pipeline("BUILDING")
    bake(pipeline, watch=False)
    pipeline.statuses = ["TESTING", "AVAILABLE"]
    report, said = bake(pipeline, order="another")
    assert pipeline.started == ["new"]
    assert (report.status, report.started) == ("BAKED", False)
    assert said[0].startswith("continuing arn:")


def test_a_client_that_was_killed_before_it_could_start_leaves_an_order_that_is_used():
    pipeline = Pipeline("PENDING", "AVAILABLE")
    pipeline.put_order(Order("web", "1.5.0", "left"))
    bake(pipeline, order="another")
    assert pipeline.started == ["left"]


def test_a_version_that_is_noted_is_not_built_again():
    pipeline = Pipeline("AVAILABLE")
    bake(pipeline)
    report, said = bake(pipeline, order="another")
    assert pipeline.started == ["new"]
    assert (report.status, said) == ("BAKED", ["web 1.5.0 is ami-1 already"])


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize("planned", [False, True])
def test_who_asks_for_a_version_of_another_commit_is_told_of_which_it_is(noted: bool, planned: bool):
    pipeline = Pipeline()
    pipeline.running.append(execution(1, "AVAILABLE", "1.5.0", "old", images=BAKED, git_sha="aaaaaaa"))
    pipeline.written = Order("web", "1.5.0", "old", "aaaaaaa")
    if noted:
        bake(pipeline)
        assert pipeline.entries["1.5.0"].git_sha == "aaaaaaa"
    wanted = Order("web", "1.5.0", "new", "bbbbbbb")
    work = VersionBake(pipeline, Clock(), lambda _line: None)  # type: ignore[arg-type]
    said = r"^web 1\.5\.0 was ordered for commit aaaaaaa, .* It does not become one of bbbbbbb: for that commit, bake"
    with pytest.warns(Caution, match=said):
        work.planned(ALONE, wanted) if planned else asyncio.run(work.run(ALONE, wanted, {}, watch=True))
    assert pipeline.started == []


@pytest.mark.parametrize("asked", ["", "aaaaaaa", "aaaaaaa0123456789"])
def test_the_same_commit_is_no_other_however_much_of_it_is_written(asked: str):
    pipeline = Pipeline()
    pipeline.running.append(execution(1, "AVAILABLE", "1.5.0", "old", images=BAKED, git_sha="aaaaaaa"))
    pipeline.written = Order("web", "1.5.0", "old", "aaaaaaa")
    work = VersionBake(pipeline, Clock(), lambda _line: None)  # type: ignore[arg-type]
    with warnings.catch_warnings():
        warnings.simplefilter("error", Caution)
        asyncio.run(work.run(ALONE, Order("web", "1.5.0", "new", asked), {}, watch=True))
    assert pipeline.entries["1.5.0"].git_sha == "aaaaaaa"


def test_a_version_whose_image_is_gone_is_never_called_baked():
    pipeline = Pipeline("AVAILABLE")
    bake(pipeline)
    pipeline.gone = True
    for _ in range(2):
        with pytest.raises(
            RefusedError, match=r"web 1\.5\.0 is ami-1, and eu-west-1 does not have ami-1 any more"
        ) as said:
            bake(pipeline, order="another")
        assert "bake a new version" in str(said.value)
    assert pipeline.started == ["new"]


def test_the_same_command_tags_what_was_claimed_and_not_tagged():
    pipeline = Pipeline("AVAILABLE")
    bake(pipeline)
    pipeline.tagged, pipeline.written = [], Order("web", "1.6.0", "later")
    planned: list[str] = []
    VersionBake(pipeline, Clock(), planned.append).planned(ALONE, Order("web", "1.5.0", "x"))  # type: ignore[arg-type]
    assert planned[-1] == "would note the rest of it: ami-1 in eu-west-1 is not tagged with it"
    assert pipeline.tagged == []
    report, said = bake(pipeline, order="another")
    assert (report.status, pipeline.started) == ("BAKED", ["new"])
    assert said[-1] == "noting the rest of it: ami-1 in eu-west-1 is not tagged with it"
    assert [(image, tags["app_version"]) for image, tags in pipeline.tagged] == [("ami-1", "1.5.0")]


def test_who_is_late_gives_the_build_that_runs_its_order_back():
    pipeline = Pipeline()
    pipeline.taken = True
    with pytest.raises(BusyError):
        bake(pipeline, order="loser")
    assert pipeline.written == Order("web", "1.5.0", "winner", "abc")


def test_an_earlier_build_that_is_no_version_keeps_no_other_from_being_baked():
    pipeline = Pipeline("AVAILABLE")
    pipeline.running.append(execution(1, "AVAILABLE", "1.4.0", "old", images=BAKED, recipe="5.0.5"))
    pipeline.written = Order("web", "1.4.0", "old")
    planned: list[str] = []
    VersionBake(pipeline, Clock(), planned.append).planned(ALONE, Order("web", "1.5.0", "x"))  # type: ignore[arg-type]
    assert planned[0] == "would note web 1.4.0, which was built before"
    assert planned[1].startswith("not noted: web 1.4.0 is arn:")
    assert bake(pipeline)[0].status == "BAKED"
    assert set(pipeline.entries) == {"1.5.0"}


def test_what_was_built_while_nobody_watched_is_noted_before_its_order_is_overwritten():
    pipeline = Pipeline("AVAILABLE")
    pipeline.running.append(execution(1, "AVAILABLE", "1.4.0", "old", images=(("eu-west-1", "ami-0"),)))
    pipeline.written = Order("web", "1.4.0", "old")
    bake(pipeline)
    assert set(pipeline.entries) == {"1.4.0", "1.5.0"}


@pytest.mark.parametrize("status, words", [("FAILED", "failed"), ("CANCELLED", "was cancelled")])
def test_a_build_that_made_nothing_is_an_error_with_the_end_of_its_log(status: str, words: str):
    pipeline = Pipeline("BUILDING", status)
    with pytest.raises(ImageError, match=f"web 1.5.0 {words}(.|\n)*  | verify.sh: connection refused") as ended:
        bake(pipeline)
    assert "run the command again" in (ended.value.fix or "")
    assert pipeline.entries == {}
    pipeline.statuses = ["AVAILABLE"]
    assert bake(pipeline, order="again")[0].status == "BAKED"


def test_what_is_not_as_it_should_be_is_neither_tagged_nor_noted_and_built_again():
    pipeline = Pipeline("AVAILABLE")
    pipeline.made = replace(HOME, architecture="arm64")
    with pytest.raises(ImageError, match=r"web 1\.5\.0 is refused"):
        bake(pipeline)
    assert (pipeline.tagged, pipeline.entries) == ([], {})
    assert pipeline.refused == ["ami-1 in eu-west-1 is for arm64, not for x86_64"]


def test_an_outage_is_waited_out():
    pipeline = Pipeline("BUILDING", "no answer", "no answer", "AVAILABLE")
    report, said = bake(pipeline)
    assert report.status == "BAKED"
    assert sum("it goes on in AWS" in each for each in said) == 2


def test_a_plan_changes_nothing():
    pipeline = Pipeline()
    said: list[str] = []
    report = VersionBake(pipeline, Clock(), said.append).planned(ALONE, Order("web", "1.5.0", "new"))  # type: ignore[arg-type]
    assert (report.status, pipeline.started, pipeline.written) == ("PLANNED", [], None)
    assert said == ["would bake web 1.5.0 by recipe 1.2.3"]


def test_a_key_that_cannot_be_used_is_found_before_the_build():
    pipeline = Pipeline("AVAILABLE")
    pipeline.keys = [KeyFinding("the key k is Disabled, expected Enabled", certain=True)]
    with pytest.raises(ImageError, match=r"nothing was started:\n  the key k is Disabled") as refused:
        bake(pipeline)
    assert "kms_key_arn" in str(refused.value)
    assert (pipeline.started, pipeline.written) == ([], None)
    with pytest.raises(ImageError, match="nothing was started"):
        VersionBake(pipeline, Clock(), print).planned(ALONE, Order("web", "1.5.0", "new"))  # type: ignore[arg-type]


def test_a_key_that_an_account_may_not_use_is_a_warning_before_the_build():
    pipeline = Pipeline("AVAILABLE")
    pipeline.keys = [KeyFinding("the policy does not let 210987654321 kms:Decrypt", certain=False)]
    with pytest.warns(Caution, match="^the policy does not let 210987654321 kms:Decrypt$"):
        report, said = bake(pipeline)
    assert report.status == "BAKED"
    assert not any("kms:Decrypt" in line for line in said), "a command shows it as a warning"
