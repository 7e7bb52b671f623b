"""What people live through with rollouts, as one table over all deployers, each told by the real engine.

A service lives through one story after the other; those of all deployers share the `up`s of a stack.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from strata.rollout.wiring import DEPLOYERS
from tests.integration.conftest import NewTrial
from tests.integration.support import open_site
from tests.integration.support.ledger import Look
from tests.integration.support.lives import (
    ABANDONED,
    CLEAN,
    ENDINGS,
    LIVES,
    PREVIEWS,
    RETRIED,
    SHORT_PAUSE_MINUTES,
    WAYS,
)
from tests.integration.support.rolled import Rolled
from tests.integration.support.rolled_servers import RolledServers
from tests.integration.support.rolled_tasks import RolledTasks
from tests.integration.support.stories import ACTIVE, Act, Chapter, Ending, Found, Teller
from tests.integration.support.trial import Trial
from tests.integration.support.warm_start import WarmStart

SPEED_CUT_OFF = 90.0
"""Of the local AWS where one `up` is cut off and another has to come before EC2 gives up a refresh, after an hour."""
CELLS = [
    pytest.param(life, story, way, id=f"{way}-{story.replace(' ', '-')}")
    for life, (stories, ways) in LIVES.items()
    for story in stories
    for way in ways
]
cells = pytest.mark.parametrize("life, story, way", CELLS)


def rolled_by(way: str, trial: Trial, life: str) -> Rolled:
    """The service that goes through a life in a way."""
    name = f"{life}-{way}"
    return RolledServers(trial, name) if way == "servers" else RolledTasks(trial, name, way)


def teller(trial: Trial, *lives: str) -> Teller:
    return Teller(trial, [(rolled_by(way, trial, life), LIVES[life][0]) for life in lives for way in LIVES[life][1]])


@pytest.fixture(scope="module")
def applied(new_trial: NewTrial) -> Teller:
    """All that happens while every `up` ends by itself."""
    told = teller(new_trial({}, program="stories"), "disturbed", "unlucky")
    # nobody kills them
    told.trial.environment["PULUMI_SKIP_CHECKPOINTS"] = "true"

    async def tell() -> None:
        for turn in range(max(PREVIEWS) + 1):
            await told.tell(preview=PREVIEWS.get(turn))

    asyncio.run(tell())
    assert told.looks, "before anybody else changes anything"
    return told


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory, warm: WarmStart) -> Iterator[Teller]:
    """All that happens when an `up` is killed or interrupted."""
    with open_site(tmp_path_factory.mktemp("cut_off"), speed=SPEED_CUT_OFF, warm=warm) as site:
        yield _cut_off(teller(Trial(site, "cut-off", {}, program="stories"), "interrupted"))


def _cut_off(told: Teller) -> Teller:

    async def tell() -> None:
        for turn in range(8):
            await told.tell(ENDINGS.get(turn, Ending.ITS_OWN), preview={ABANDONED: ("--refresh",), 7: CLEAN}.get(turn))

    asyncio.run(tell())
    assert told.looks, "before anybody else changes anything"
    return told


@dataclass(frozen=True)
class Told:
    """An act of a cell, and what came of it."""

    rolled: Rolled
    act: Act
    chapter: Chapter
    found: Found
    before: Found | None
    """After the `up` before; None for the first one."""
    looks: list[Look]
    """What the event log saw of it since."""

    def fill(self, text: str, quote: Callable[[str], str] = str) -> str:
        """A text of the table with the names that belong there."""
        names = {"name": self.rolled.name, "called": self.found.called, "went_back": self.rolled.WENT_BACK}
        return text.format_map({name: quote(value) for name, value in names.items()})


@pytest.fixture
def acts(request: pytest.FixtureRequest, life: str, story: str, way: str) -> list[Told]:
    """Those of one cell."""
    told: Teller = request.getfixturevalue("cut_off" if life == "interrupted" else "applied")
    (rolled,) = (each for each, _ in told.lives if each.name == f"{life}-{way}")
    stories = LIVES[life][0]
    turns = [(name, act) for name, each in stories.items() for act in each.acts]
    found = [chapter.found[rolled.name] for chapter in told.chapters]
    since = [0.0, *(chapter.ended for chapter in told.chapters)]
    return [
        Told(
            rolled,
            act,
            told.chapters[turn],
            found[turn],
            before=found[turn - 1] if turn else None,
            looks=[each for each in told.looks[rolled.name] if since[turn] <= each.at <= since[turn + 1]],
        )
        for turn, (name, act) in enumerate(turns)
        if name == story
    ]


def test_every_story_is_told_of_every_deployer() -> None:
    known = {way: RolledServers.DEPLOYER if way == "servers" else RolledTasks.DEPLOYER for way in WAYS}
    for life, (stories, ways) in LIVES.items():
        assert {known[way] for way in ways} == set(DEPLOYERS), f"{life}: {', '.join(stories)}"


@cells
def test_row_25_an_up_fails_for_what_was_rolled_back_or_not_rolled_and_says_why(acts: list[Told]) -> None:
    for told in acts:
        if told.act.error:
            assert told.chapter.done.exit_code > 0
            assert re.search(told.fill(told.act.error, re.escape), told.found.errors, re.DOTALL)
        else:
            assert told.found.errors == ""


@cells
def test_rows_04_and_05_a_rollout_begins_where_one_has_to_and_ends_as_it_should(acts: list[Told]) -> None:
    for told in acts:
        if told.act.began is not None:
            assert told.found.began == told.act.began(told.rolled)
        if told.act.called is not None:
            assert told.found.called_ended == told.act.called(told.rolled)
        if not told.act.error and told.found.began and not told.act.left_alone:
            assert told.found.began[0] in (told.rolled.SUCCEEDED, ACTIVE), "green after a rollback"


@cells
def test_the_record_names_what_runs_and_is_launched(acts: list[Told]) -> None:
    for told in acts:
        found, recorded = told.found, told.act.recorded
        assert found.recorded == recorded
        if recorded is None or ACTIVE in (*found.began, found.called_ended):
            continue
        # what AWS has finished without a gate runs, and is not proven until the next `up`
        runs = told.act.asks if told.act.left_alone and told.rolled.goes_on else recorded
        assert found.launches == told.rolled.image(runs)
        assert set(found.running.values()) == {told.rolled.image(runs)}
        assert len(found.running) == told.rolled.desired


@cells
def test_where_no_rollout_begins_nothing_is_replaced(acts: list[Told]) -> None:
    for told in acts:
        before = told.before
        if before is None or told.found.began or told.act.records is None:
            continue
        if ACTIVE not in (*before.began, before.called_ended):
            assert told.found.running == before.running


@cells
def test_what_happens_is_said(acts: list[Told]) -> None:
    for told in acts:
        assert [text for text in told.act.says if told.fill(text) not in told.found.said] == []


@cells
def test_no_story_takes_a_service_under_its_floor_or_over_its_ceiling(acts: list[Told]) -> None:
    for told in acts:
        rolled = told.rolled
        # a service that is being made has no floor until it has run something
        if told.before is None or told.before.recorded is None:
            continue
        assert max((each.total for each in told.looks), default=0) <= rolled.ceiling
        # only a rolling deployment of ECS stops old tasks for new ones that have been healthy for a moment
        dips = told.act.dips and rolled.DEPLOYER == "tasks" and rolled.goes_on
        if not dips:
            assert min((each.healthy for each in told.looks), default=rolled.desired) >= rolled.desired


@pytest.mark.parametrize("way", WAYS)
def test_row_04_the_preview_after_a_failed_rollout_says_that_the_next_is_a_retry(applied: Teller, way: str) -> None:
    (rolled,) = (each for each, _ in applied.lives if each.name == f"unlucky-{way}")
    said = applied.chapters[RETRIED].previewed.of(rolled.name)
    assert f"{rolled.name}: retry of 2.0.0, which ended {rolled.WENT_BACK}" in said


def test_where_all_is_well_a_refreshed_preview_finds_nothing_to_change(applied: Teller, cut_off: Teller) -> None:
    clean = [applied.chapters[turn] for turn, asked in PREVIEWS.items() if asked == CLEAN]
    for chapter in (*clean, cut_off.chapters[-1]):
        assert chapter.preview is not None
        assert chapter.done.ok, chapter.done.reason
        assert chapter.preview.ok, chapter.preview.reason


@pytest.mark.parametrize("way", WAYS)
def test_requests_move_to_the_other_target_group_and_back_where_they_move_at_all(applied: Teller, way: str) -> None:
    (rolled,) = (each for each, _ in applied.lives if each.name == f"unlucky-{way}")
    had_requests = {frozenset(chapter.found[rolled.name].serving) for chapter in applied.chapters}
    assert {len(each) for each in had_requests} == {1}
    assert len(had_requests) == (1 if rolled.goes_on else 2)


def test_a_killed_or_interrupted_up_is_red_and_its_lock_is_cleared_by_the_next(cut_off: Teller) -> None:
    for turn, chapter in enumerate(cut_off.chapters):
        ending = ENDINGS.get(turn, Ending.ITS_OWN)
        assert chapter.done.ok == (ending is Ending.ITS_OWN)
        assert (chapter.done.exit_code == -9) == (ending is Ending.KILLED)
        assert chapter.locks == (1 if ending is Ending.KILLED else 0)


@pytest.mark.parametrize("way", WAYS)
def test_without_its_gate_aws_does_what_was_said_and_leaves_nothing_that_a_refresh_would_change(
    cut_off: Teller, way: str
) -> None:
    (rolled,) = (each for each, _ in cut_off.lives if each.name == f"interrupted-{way}")
    chapter = cut_off.chapters[ABANDONED]
    waits = f"AWS then waits {SHORT_PAUSE_MINUTES} min for the next `pulumi up` before it moves requests"
    unwatched = "AWS goes on" if rolled.goes_on else f"{waits}, and goes back without one"
    assert f"press Ctrl-C twice to stop watching, {unwatched}" in chapter.found[rolled.name].said
    # the provider would not change anything of the hook that is left on a service
    replaced = {"aws:ssm/parameter:Parameter", "aws:ecs/taskDefinition:TaskDefinition"}
    assert chapter.previewed.changes_of(rolled.name) <= replaced


async def test_what_was_interrupted_and_adopted_can_be_destroyed(cut_off: Teller) -> None:
    gone = await cut_off.trial.destroy()
    assert gone.ok, gone.reason
