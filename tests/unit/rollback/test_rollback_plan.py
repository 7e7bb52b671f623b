"""What a rollback leaves and goes back to, whatever runs, is pinned, or was interrupted."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.aws.clients import Clients
from strata.clock import SystemClock
from strata.errors import BusyError, RefusedError
from strata.naming import note_name, rollback_name, veto_name
from strata.rollback import service_history
from strata.rollback.failed_rollouts import NotedRollout
from strata.rollback.past_fleets import LaunchedRelease, UnfinishedRollout
from strata.rollback.rollback_plan import RollbackPlan, plan_rollback
from strata.rollback.service_place import ServicePlace
from strata.rollout.note import Note, Phase
from strata.rollout.once_note import OnceNote, OncePhase
from strata.rollout.record import NOTHING_PROVEN, ImageRef, Release
from strata.settings.models import Compatible, RunOnceSettings
from tests.unit.rollback.past import release

RECORD = "/strata/shop/prod/web/release"


@dataclass
class Group:
    """A fleet in memory."""

    unfinished: UnfinishedRollout | None = None
    launched: LaunchedRelease | None = None
    lost_images: Sequence[str] = ()
    lost_templates: Sequence[str] = ()
    asked: list[str] = field(default_factory=list[str])
    nothing_wanted: str = ""
    proven: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """What images prove to be, by their ids."""
    denied: Exception | None = None
    right: Callable[[Any], Any] = lambda release: release
    """What the newest release is, whatever its record has been made to name."""

    def failed(self, releases: Sequence[Release], notes: Mapping[str, NotedRollout]) -> list[Any]:
        del releases, notes
        return []

    def running(self) -> UnfinishedRollout | None:
        return self.unfinished

    def launches(self) -> LaunchedRelease | None:
        return self.launched

    def true(self, release: Any) -> Any:
        return self.right(release)

    def idle(self) -> str:
        return self.nothing_wanted

    def unavailable(self, release: Release) -> Iterator[str]:
        if release.image.version in self.lost_images:
            yield "its image is gone"

    def called(self, image: ImageRef, terms: Any) -> tuple[tuple[str, ...], str]:
        del terms
        if self.denied is not None:
            raise self.denied
        return self.proven.get(image.id, ()), "by its watermark"

    def gone(self, release: Release) -> Iterator[str]:
        if release.image.version in self.lost_templates:
            yield "its launch template is gone"


@dataclass
class World:
    group: Group
    ssm: Any

    def write(self, *releases: Release | str) -> None:
        for each in releases:
            value = each if isinstance(each, str) else each.to_json()
            self.ssm.put_parameter(Name=RECORD, Value=value, Type="String", Overwrite=True)

    def run_once(self, version: str, compatible: Compatible, began: datetime | None = None, **more: Any) -> None:
        """Note that something has run once before the rollout to a version, a moment ago unless it is said when."""
        at = (began or datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        settings = RunOnceSettings(name="migrate", command=("migrate",), compatible=compatible)
        made = release(version)
        note = replace(OnceNote.begun(settings, made.image, made.digest, at=at, by="ann"), **more)
        self.ssm.put_parameter(Name=note.name(RECORD), Value=note.to_json(), Type="String")

    def plan(self, *, to: str | None = None, now: bool = False, force: bool = False) -> RollbackPlan:
        place = ServicePlace("shop", "prod", Clients(), SystemClock(), unread="there is no project here", service="web")
        return plan_rollback(place, wanted=to, now=now, force=force)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    group = Group()
    monkeypatch.setattr(service_history, "fleet_of", lambda *_: group)
    with mock_aws():
        yield World(group, boto3.client("ssm"))


def ends(plan: RollbackPlan) -> tuple[str, str]:
    return plan.leaving.image.version, plan.release.image.version


def test_it_goes_from_what_is_recorded_to_the_release_before(world: World):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    plan = world.plan()
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert plan.vetoes


@pytest.mark.parametrize("now", [False, True], ids=["by-pin", "now"])
def test_past_what_no_earlier_release_can_run_after_it_goes_by_force_only(world: World, now: bool):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    world.run_once("1.2.0", Compatible.NONE)
    with pytest.raises(
        RefusedError, match=r"migrate of 1\.2\.0 has run at .*; --force goes back all the same"
    ) as refused:
        world.plan(now=now)
    assert refused.value.exit_code == 3
    with pytest.raises(RefusedError, match=r"web cannot go back to 1\.0\.0: migrate of 1\.2\.0 has run"):
        world.plan(to="1.0.0", now=now)
    way_on = "in what can run after migrate of 1.2.0: 1.2.0, or a new release, and run `pulumi up`"
    assert way_on in (refused.value.fix or ""), "a pin of an image before it would not work either"
    plan = world.plan(now=now, force=True)
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert [each.partition(" has run")[0] for each in plan.forced] == ["migrate of 1.2.0"]


def test_what_ran_before_a_release_was_recorded_does_not_stand_in_its_way(world: World):
    world.run_once("1.1.0", Compatible.NONE, datetime(2026, 1, 1, tzinfo=UTC))
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    assert ends(world.plan()) == ("1.2.0", "1.1.0")


@pytest.mark.parametrize(
    "compatible, more",
    [(Compatible.BOTH, {}), (Compatible.NONE, {"phase": OncePhase.FAILED, "ran": False})],
    ids=["compatible", "never-started"],
)
def test_what_both_releases_can_live_with_stands_in_no_way(world: World, compatible: Compatible, more: dict[str, Any]):
    world.write(release("1.0.0"), release("1.1.0"))
    world.run_once("1.1.0", compatible, **more)
    plan = world.plan()
    assert (ends(plan), plan.forced) == (("1.1.0", "1.0.0"), ())


def spoilt(**changes: Any) -> str:
    """A note somebody has written over, which lets everything back as far as it can be read."""
    settings = RunOnceSettings(name="migrate", command=("migrate",))
    note = OnceNote.begun(settings, release("1.1.0").image, "d-1.1.0", at="2026-11-01T10:00:00Z", by="ann")
    return json.dumps({**json.loads(note.to_json()), **changes})


@pytest.mark.parametrize(
    "value",
    [
        "hello",
        "[]",
        spoilt(compatible="maybe"),
        spoilt(phase="bogus"),
        spoilt(image="x"),
        spoilt(began="yesterday"),
        spoilt(attempt="x"),
        spoilt(reason=None),
        spoilt(ran="no"),
        spoilt(more=1),
        json.dumps({key: each for key, each in json.loads(spoilt()).items() if key != "compatible"}),
    ],
)
def test_past_a_note_that_cannot_be_read_it_goes_by_force_only(world: World, value: str):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    name = "/strata/shop/prod/web/once/migrate/d-1.1.0"
    world.ssm.put_parameter(Name=name, Value=value, Type="String")
    with pytest.raises(RefusedError) as refused:
        world.plan(to="1.0.0")
    assert f"{name} is no note of what runs once: {value[:200]!r}" in refused.value.message
    assert "nobody knows whether releases before it can run" in refused.value.message
    assert "--force goes back all the same" in refused.value.message
    plan = world.plan(to="1.0.0", force=True)
    assert ends(plan) == ("1.2.0", "1.0.0")
    assert [each.partition(" is no note")[0] for each in plan.forced] == [name]
    assert ends(world.plan()) == ("1.2.0", "1.1.0"), "the release can run after what ran before its own rollout"


def test_one_that_failed_halfway_stands_in_the_way_too(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    world.run_once("1.2.0", Compatible.NONE, phase=OncePhase.FAILED)
    with pytest.raises(RefusedError, match=r"migrate of 1\.2\.0"):
        world.plan()


def test_only_through_aws_the_old_launch_template_is_needed(world: World):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    world.group.lost_templates = ["1.1.0"]
    assert ends(world.plan()) == ("1.2.0", "1.1.0")
    assert ends(world.plan(now=True)) == ("1.2.0", "1.0.0")


def test_a_running_rollout_is_taken_back_with_now_and_refused_without(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.unfinished = UnfinishedRollout("r-9", "d-1.2.0", "ami-1.2.0", forward=True)
    note = Note(ImageRef("web", "1.2.0", "ami-1.2.0"), "d-1.2.0", "r-9", "", Phase.ROLLING)
    world.ssm.put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
    with pytest.raises(BusyError, match="r-9") as busy:
        world.plan()
    assert busy.value.exit_code == 6
    plan = world.plan(now=True)
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert plan.unfinished is world.group.unfinished


def test_a_rollout_of_somebody_else_is_taken_back_too_and_nothing_is_vetoed_for_it(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.unfinished = UnfinishedRollout("r-9", None, "ami-9", forward=True)
    plan = world.plan(now=True)
    assert plan.release.image.version == "1.1.0"
    assert not plan.vetoes


NOTED = Note(ImageRef("web", "1.2.0", "ami-1.2.0"), "d-1.2.0", "r-9", "", Phase.ROLLING)


@pytest.mark.parametrize("now", [False, True], ids=["by-pin", "now"])
@pytest.mark.parametrize("ran_before", [False, True], ids=["new", "known"])
def test_what_a_rollout_has_brought_after_its_gate_died_is_left_and_what_is_recorded_is_the_way_back(
    world: World, now: bool, ran_before: bool
):
    world.write(*[release("1.2.0")] * ran_before, release("1.0.0"), release("1.1.0"))
    world.group.launched = LaunchedRelease("d-1.2.0", "ami-1.2.0")
    if not ran_before:
        world.ssm.put_parameter(Name=note_name(RECORD), Value=NOTED.to_json(), Type="String")
    plan = world.plan(now=now)
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert plan.vetoes
    assert plan.unfinished is None


def test_a_version_that_its_gate_had_no_time_to_note_is_known_by_the_tags_of_its_image(world: World):
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    image = ec2.register_image(Name="web", RootDeviceName="/dev/xvda")["ImageId"]
    ec2.create_tags(Resources=[image], Tags=[{"Key": "app_version", "Value": "1.2.0"}])
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.launched = LaunchedRelease("d-1.2.0", image)
    plan = world.plan(now=True)
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert plan.vetoes


@pytest.mark.parametrize("noted", ["r-9", None], ids=["started", "beginning"])
def test_a_rollout_whose_gate_died_right_after_its_start_is_known_by_what_was_noted_before(
    world: World, noted: str | None
):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.unfinished = UnfinishedRollout("r-9", "d-1.2.0", "registry/web@sha256:9", forward=True)
    note = replace(NOTED, rollout_id=noted)
    world.ssm.put_parameter(Name=note_name(RECORD), Value=note.to_json(), Type="String")
    plan = world.plan(now=True)
    assert ends(plan) == ("1.2.0", "1.1.0")
    assert plan.vetoes


@pytest.mark.parametrize("digest", ["d-9", None])
def test_a_note_of_another_rollout_names_no_version(world: World, digest: str | None):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.unfinished = UnfinishedRollout("r-10", digest, "registry/web@sha256:9", forward=True)
    world.ssm.put_parameter(Name=note_name(RECORD), Value=NOTED.to_json(), Type="String")
    assert not world.plan(now=True).vetoes


def test_what_was_brought_and_nobody_can_name_is_left_too_and_no_other_version_is_vetoed_for_it(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.launched = LaunchedRelease("d-9", "ami-9")
    world.ssm.put_parameter(Name=note_name(RECORD), Value=NOTED.to_json(), Type="String")
    plan = world.plan(now=True)
    assert (plan.leaving.image.id, plan.release.image.version) == ("ami-9", "1.1.0")
    assert not plan.vetoes


def test_what_an_interrupted_rollback_has_brought_is_not_left_by_the_next_run_of_it(world: World):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    first = world.plan(now=True)
    first.place.record.begin(first.leaving, first.release, first.past.record.newest)
    world.group.launched = LaunchedRelease("d-1.1.0", "ami-1.1.0")
    again = world.plan(now=True)
    assert ends(again) == ("1.2.0", "1.1.0")
    assert again.begun is not None


@pytest.mark.parametrize(
    "running",
    [
        UnfinishedRollout("r-9", "d-1.1.0", "ami-1.1.0", forward=True),
        UnfinishedRollout("r-9", None, "", forward=True),
    ],
    ids=["same", "scheduled"],
)
def test_a_refresh_of_the_same_release_is_no_reason_to_stay(world: World, running: UnfinishedRollout):
    world.write(release("1.0.0"), release("1.1.0"))
    world.group.unfinished = running
    assert ends(world.plan(now=True)) == ("1.1.0", "1.0.0")


@pytest.mark.parametrize("arrived", [False, True], ids=["before", "after"])
def test_an_interrupted_rollback_is_continued_and_goes_no_further_back(world: World, arrived: bool):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    first = world.plan()
    first.place.record.begin(first.leaving, first.release, first.past.record.newest)
    world.ssm.put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="slow", Type="String")
    if arrived:
        world.write(release("1.1.0"))
    again = world.plan()
    assert ends(again) == ("1.2.0", "1.1.0")
    assert again.begun is not None
    assert ends(world.plan(to="1.0.0"))[1] == "1.0.0", "but another target is another rollback"


def test_a_rollback_that_was_begun_long_ago_does_not_count_once_something_newer_runs(world: World):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    world.plan().place.record.begin(release("1.1.0"), release("1.0.0"), 2)
    assert world.plan().begun is None


@pytest.mark.parametrize("to", [None, "1.1.0"], ids=["newest", "named"])
def test_a_rollback_whose_own_rollout_still_runs_is_continued_and_that_is_not_taken_back(world: World, to: str | None):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    first = world.plan(now=True)
    first.place.record.begin(first.leaving, first.release, first.past.record.newest)
    world.ssm.put_parameter(Name=veto_name(RECORD, "1.2.0"), Value="loses orders", Type="String")
    world.group.unfinished = UnfinishedRollout("r-9", first.release.digest, "ami-1.1.0", forward=True)
    again = world.plan(to=to, now=True)
    assert ends(again) == ("1.2.0", "1.1.0")
    assert again.begun is not None
    assert again.unfinished is None


def test_a_rollback_from_a_rollout_that_was_never_proven_is_continued_while_its_own_runs(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    left = release("1.2.0")
    world.plan().place.record.begin(left, release("1.1.0"), 2)
    world.group.unfinished = UnfinishedRollout("r-10", "d-1.1.0", "ami-1.1.0", forward=True)
    again = world.plan(now=True)
    assert ends(again) == ("1.2.0", "1.1.0")
    assert again.unfinished is None


def test_a_rollback_that_has_ended_is_not_continued_once_others_were_released_after_it(world: World):
    world.write(release("1.0.0"), release("1.1.0"))
    world.plan().place.record.begin(release("1.1.0"), release("1.0.0"), 2)
    world.write(release("1.0.0"), release("1.2.0"), release("1.1.0"))
    plan = world.plan()
    assert plan.begun is None
    assert ends(plan) == ("1.1.0", "1.2.0")


def test_a_rollback_that_has_ended_is_not_continued_once_what_it_left_was_released_again(world: World):
    world.write(release("0.9.0"), release("1.0.0"), release("1.1.0"))
    world.plan().place.record.begin(release("1.1.0"), release("1.0.0"), 3)
    world.write(release("1.0.0"), release("1.1.0"))
    plan = world.plan()
    assert plan.begun is None
    assert ends(plan) == ("1.1.0", "1.0.0")


def test_an_interrupted_rollback_whose_image_is_gone_by_now_goes_to_another_release(world: World):
    world.write(release("1.0.0"), release("1.1.0"), release("1.2.0"))
    first = world.plan(now=True)
    first.place.record.begin(first.leaving, first.release, first.past.record.newest)
    world.group.lost_images = ["1.1.0"]
    plan = world.plan(now=True)
    assert plan.begun is None
    assert ends(plan) == ("1.2.0", "1.0.0")
    with pytest.raises(RefusedError, match="its image is gone"):
        world.plan(to="1.1.0", now=True)


@pytest.mark.parametrize("text", ["oops", "{}", '{"leaves": 1}', "[]", json.dumps({"to": "x"})])
def test_a_note_of_a_rollback_that_cannot_be_read_is_none(world: World, text: str):
    world.write(release("1.0.0"), release("1.1.0"))
    world.ssm.put_parameter(Name=rollback_name(RECORD), Value=text, Type="String")
    assert ends(world.plan()) == ("1.1.0", "1.0.0")


def test_settings_that_changed_are_left_through_aws_only_and_the_version_stays_allowed(world: World):
    world.write(release("1.0.0"), release("1.1.0", "small"), release("1.1.0", "large", number=2))
    assert ends(world.plan()) == ("1.1.0", "1.0.0")
    plan = world.plan(now=True)
    assert (ends(plan), plan.release.digest, plan.vetoes) == (("1.1.0", "1.1.0"), "small", False)


@pytest.mark.parametrize(
    "values,why",
    [
        ([NOTHING_PROVEN], "has no proven release"),
        (["oops"], f"version 1 of {RECORD} is no release record: 'oops'"),
        ([release("1.0.0"), "oops"], "version 2 of the record is no release record, and says nothing"),
    ],
)
def test_of_what_proves_nothing_there_is_no_way_back(world: World, values: list[Release | str], why: str):
    world.write(*values)
    with pytest.raises(RefusedError, match=re.escape(why)) as refused:
        world.plan()
    assert ("has no proven release" in refused.value.message) == (values == [NOTHING_PROVEN])


JUNK = "{"


@pytest.mark.parametrize("now", [False, True], ids=["by-pin", "now"])
def test_a_record_that_cannot_be_read_blocks_no_way_back_and_is_said_to_be_none(world: World, now: bool):
    world.write(release("1.0.0"), release("1.1.0"), JUNK)
    plan = world.plan(now=now)
    assert ends(plan) == ("1.1.0", "1.0.0")
    assert plan.past.unreadable.startswith(f"version 3 of {RECORD} is no release record: '{JUNK}'")
    assert ends(world.plan(to="1.0.0", now=now)) == ("1.1.0", "1.0.0")


def test_what_runs_although_no_record_that_can_be_read_names_it_is_left_for_the_newest_that_one_names(world: World):
    world.write(release("1.0.0"), release("1.1.0"), JUNK)
    world.group.launched = LaunchedRelease("d-1.2.0", "ami-1.2.0")
    world.ssm.put_parameter(Name=note_name(RECORD), Value=NOTED.to_json(), Type="String")
    assert ends(world.plan(now=True)) == ("1.2.0", "1.1.0")


def test_a_rollback_from_a_record_that_cannot_be_read_is_continued_and_goes_back_once(world: World):
    world.write(release("1.0.0"), release("1.1.0"), JUNK)
    first = world.plan(now=True)
    first.place.record.begin(first.leaving, first.release, first.past.record.newest)
    assert ends(world.plan(now=True)) == ("1.1.0", "1.0.0")
    world.write(release("1.0.0"))
    again = world.plan(now=True)
    assert (ends(again), again.arrived, again.past.unreadable) == (("1.1.0", "1.0.0"), True, "")
