"""The tiers beside a service through the real AWS provider, from `up` to `destroy`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport
from strata_rehearsal.run.rehearsal_setup import prepare
from strata_rehearsal.run.rehearsed_settings import read_settings
from strata_rehearsal.run.request import RehearsalRequest
from tests.conformance.leftovers import end_leftovers
from tests.conformance.life import SPEED, STACK, applied, taken_down, told, unheard

PROGRAM = Path(__file__).with_name("tiers")


@dataclass(frozen=True)
class Story:
    """What was seen of the tiers.

    Args:
        born: the first `up`.
        unchanged: a preview with a refresh right after it.
        changed: an `up` after a toggle and another description of a secret. Not of a lifecycle: the bridge calls the
            blocks in it by names of its own, and drops ours.
        destroyed: the end.
    """

    born: RehearsalReport
    unchanged: EngineResult
    changed: RehearsalReport
    destroyed: EngineResult


async def go_up_and_down(project: Path, provider: Path) -> Story:
    request = RehearsalRequest(project, STACK, speed=SPEED, plugins_of=provider)
    born = await applied(request)
    engine, _ = await prepare(request, read_settings(request), unheard)
    unchanged = await engine.preview("--refresh", "--expect-no-changes", "--diff")
    end_leftovers()
    file = project / f"Pulumi.{STACK}.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('BANNER: "on"', 'BANNER: "off"').replace("mail: {}", "mail: { description: login of the relay }"),
        encoding="utf-8",
    )
    changed = await applied(request)
    engine, _ = await prepare(request, read_settings(request), unheard)
    destroyed = await taken_down(engine)
    end_leftovers()
    return Story(born, unchanged, changed, destroyed)


@pytest.fixture(scope="module")
def story(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("tiers")
    with told(PROGRAM, folder, lambda project: go_up_and_down(project, real_provider)) as story:
        yield story


def test_the_tiers_come_up(story: Story):
    assert story.born.outcome is RehearsalOutcome.SUCCEEDED, story.born.errors


def test_a_refreshed_preview_of_the_tiers_has_nothing_to_change(story: Story):
    assert story.unchanged.ok, story.unchanged.stdout + story.unchanged.reason


def test_a_toggle_and_a_description_change_in_place(story: Story):
    changes = story.changed.changes
    assert story.changed.outcome is RehearsalOutcome.SUCCEEDED, story.changed.errors
    assert (changes.created, changes.updated, changes.replaced, changes.deleted) == (0, 2, 0, 0), changes


def test_in_dev_the_tiers_can_be_destroyed(story: Story):
    assert story.destroyed.ok, story.destroyed.reason
