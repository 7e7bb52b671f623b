"""A container service through the real AWS provider: it comes up, rolls to another digest, and goes."""

from strata_rehearsal.run.container_pins import container_digest
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome
from tests.conformance.container_life import ContainerLife

FIRST = "sha256:1b0c7d3e5f9a2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"
SECOND = container_digest("web", "1.1.0")


def test_the_service_comes_up_with_the_pinned_digest(container_life: ContainerLife):
    assert container_life.born.report.outcome is RehearsalOutcome.SUCCEEDED, container_life.born.report.errors
    assert container_life.born.digests == [FIRST, FIRST]
    assert container_life.born.record["image"]["version"] == "1.0.0"


def test_a_new_digest_is_rolled_by_the_gate_and_not_by_the_provider(container_life: ContainerLife):
    rolled = container_life.rolled.report
    assert rolled.outcome is RehearsalOutcome.SUCCEEDED, rolled.errors
    assert container_life.rolled.digests == [SECOND, SECOND]
    assert container_life.rolled.record["image"]["version"] == "1.1.0"
    [rollout] = rolled.rollouts
    assert (rollout.status, rollout.timeline.before, rollout.timeline.after) == ("SUCCESSFUL", "1.0.0", "1.1.0")
    assert rollout.timeline.lowest_healthy >= rollout.timeline.floor
    assert rollout.timeline.highest_total <= rollout.timeline.ceiling


def test_a_refreshed_preview_after_a_rollout_has_nothing_to_change(container_life: ContainerLife):
    assert container_life.unchanged.ok, container_life.unchanged.stdout + container_life.unchanged.reason


def test_destroying_leaves_nothing_of_the_service(container_life: ContainerLife):
    assert container_life.destroyed.ok, container_life.destroyed.reason
    assert not any(container_life.left.values()), container_life.left
