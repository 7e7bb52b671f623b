"""A network, a service behind an ingress and a worker, through the real AWS provider, from `up` to `destroy`."""

import pytest

from strata_rehearsal.run.rehearsal_report import RehearsalOutcome
from strata_rehearsal.run.request import image_id
from tests.conformance.life import Life

FIRST = "ami-0c0ffee0000000001"
SECOND = image_id("web", "1.1.0")


def test_the_stack_comes_up(life: Life):
    born = life.born
    assert born.report.outcome is RehearsalOutcome.SUCCEEDED, born.told
    assert sorted(born.servers.values()) == [FIRST, FIRST]
    assert born.record["image"] == {"name": "web", "version": "1.0.0", "id": FIRST}


@pytest.mark.parametrize("chapter", ["born", "tagged"])
def test_a_refreshed_preview_has_nothing_to_change(life: Life, chapter: str):
    preview = getattr(life, chapter).preview
    assert preview.ok, preview.stdout + preview.reason


def test_a_new_image_replaces_every_server_without_going_under_the_floor(life: Life):
    born, rolled = life.born, life.rolled
    assert rolled.report.outcome is RehearsalOutcome.SUCCEEDED, rolled.told
    assert set(rolled.servers.values()) == {SECOND}
    assert not rolled.servers.keys() & born.servers.keys()
    [rollout] = rolled.report.rollouts
    assert (rollout.status, rollout.timeline.before, rollout.timeline.after) == ("Successful", "1.0.0", "1.1.0")
    assert rollout.timeline.lowest_healthy >= rollout.timeline.floor == 2
    assert rollout.timeline.highest_total <= rollout.timeline.ceiling


def test_a_rollout_updates_the_template_and_the_record_and_replaces_no_resource(life: Life):
    changes = life.rolled.report.changes
    assert (changes.created, changes.updated, changes.replaced, changes.deleted) == (0, 2, 0, 0), life.rolled.told


def test_the_record_and_the_group_name_what_was_rolled_out(life: Life):
    rolled = life.rolled
    assert rolled.record["image"]["version"] == "1.1.0"
    assert rolled.saved == rolled.record["template_version"] == life.born.saved + 1


def test_a_bad_image_fails_the_update_and_is_rolled_back(life: Life):
    failed = life.failed
    assert failed.report.outcome is RehearsalOutcome.ROLLED_BACK, failed.told
    assert any("1.2.0" in error and "rolled back" in error for error in failed.report.errors), failed.told
    assert set(failed.servers.values()) == {SECOND}


def test_a_rolled_back_image_reaches_neither_the_record_nor_the_group(life: Life):
    assert life.failed.record == life.rolled.record
    assert life.failed.saved == life.rolled.saved


def test_a_revert_replaces_no_server(life: Life):
    reverted = life.reverted
    assert reverted.report.outcome is RehearsalOutcome.SUCCEEDED, reverted.told
    assert reverted.report.rollouts == ()
    assert reverted.servers == life.failed.servers
    assert reverted.record["image"]["version"] == "1.1.0"


def test_a_tag_changes_in_place_and_replaces_no_server(life: Life):
    tagged = life.tagged
    assert tagged.report.outcome is RehearsalOutcome.SUCCEEDED, tagged.told
    assert tagged.report.changes.updated > 0
    assert (tagged.report.changes.replaced, tagged.report.rollouts) == (0, ()), tagged.told
    assert tagged.servers == life.reverted.servers


def test_destroying_leaves_nothing(life: Life):
    assert life.destroyed.ok, life.destroyed.reason
    assert life.left["groups"] == []
    assert life.left["alarms"] == {}
