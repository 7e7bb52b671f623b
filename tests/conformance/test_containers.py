"""A container service through the real AWS provider: it comes up, rolls to another digest, and goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strata.engine.engine_run import EngineResult
from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.container_pins import container_digest
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport
from strata_rehearsal.run.rehearsal_setup import prepare
from strata_rehearsal.run.rehearsed_settings import read_settings
from strata_rehearsal.run.request import RehearsalRequest
from tests.conformance.leftovers import end_leftovers
from tests.conformance.life import SPEED, STACK, applied, client, copied, recorded, taken_down, tell, unheard

PROGRAM = Path(__file__).with_name("containers")
FIRST = "sha256:1b0c7d3e5f9a2468ace013579bdf02468ace13579bdf02468ace13579bdf0246"
SECOND = container_digest("web", "1.1.0")


@dataclass(frozen=True)
class Chapter:
    """One `up` and what was there after it.

    Args:
        report: what the rehearsal says.
        digests: what the running tasks run, one a task.
        record: the release record.
    """

    report: RehearsalReport
    digests: list[str]
    record: Mapping[str, Any]


@dataclass(frozen=True)
class Story:
    """What was seen of the service.

    Args:
        born: the first `up`.
        rolled: an `up` with another digest.
        unchanged: a preview with a refresh right after it.
        destroyed: the end.
        left: what AWS still has then, by what it is.
    """

    born: Chapter
    rolled: Chapter
    unchanged: EngineResult
    destroyed: EngineResult
    left: Mapping[str, list[str]]


async def come_and_go(project: Path, provider: Path) -> Story:
    born, _ = await chapter(RehearsalRequest(project, STACK, speed=SPEED, plugins_of=provider))
    request = RehearsalRequest(project, STACK, images={"web": "1.1.0"}, speed=SPEED, plugins_of=provider)
    rolled, cloud = await chapter(request)
    engine, cloud = await prepare(request, read_settings(request), unheard)
    unchanged = await engine.preview("--refresh", "--expect-no-changes", "--diff")
    end_leftovers()
    destroyed = await taken_down(engine)
    end_leftovers()
    return Story(born, rolled, unchanged, destroyed, left(cloud))


async def chapter(request: RehearsalRequest) -> tuple[Chapter, CloudHandle]:
    report = await applied(request)
    end_leftovers()
    _, cloud = await prepare(request, read_settings(request), unheard)
    [service] = cloud.state()["services"]
    digests = [task["digest"] for task in service["tasks"] if task["state"] == "RUNNING"]
    return Chapter(report, digests, recorded(cloud)), cloud


def left(cloud: CloudHandle) -> dict[str, list[str]]:
    """What is still there of all that a container service makes. Task definitions are kept, and not looked for."""
    ecs, balancing = client(cloud, "ecs"), client(cloud, "elbv2")
    clusters = ecs.list_clusters()["clusterArns"]
    return {
        "clusters": clusters,
        "services": [arn for each in clusters for arn in ecs.list_services(cluster=each)["serviceArns"]],
        "target groups": [each["TargetGroupName"] for each in balancing.describe_target_groups()["TargetGroups"]],
        "scalable targets": [
            each["ResourceId"]
            for each in client(cloud, "application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
                "ScalableTargets"
            ]
        ],
        "log groups": [each["logGroupName"] for each in client(cloud, "logs").describe_log_groups()["logGroups"]],
        "roles": [each["RoleName"] for each in client(cloud, "iam").list_roles()["Roles"]],
    }


@pytest.fixture(scope="module")
def story(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with copied(PROGRAM, tmp_path_factory.mktemp("containers")) as project:
        yield tell(come_and_go(project, real_provider))


def test_the_service_comes_up_with_the_pinned_digest(story: Story):
    assert story.born.report.outcome is RehearsalOutcome.SUCCEEDED, story.born.report.errors
    assert story.born.digests == [FIRST, FIRST]
    assert story.born.record["image"]["version"] == "1.0.0"


def test_a_new_digest_is_rolled_by_the_gate_and_not_by_the_provider(story: Story):
    rolled = story.rolled.report
    assert rolled.outcome is RehearsalOutcome.SUCCEEDED, rolled.errors
    assert story.rolled.digests == [SECOND, SECOND]
    assert story.rolled.record["image"]["version"] == "1.1.0"
    [rollout] = rolled.rollouts
    assert (rollout.status, rollout.timeline.before, rollout.timeline.after) == ("SUCCESSFUL", "1.0.0", "1.1.0")
    assert rollout.timeline.lowest_healthy >= rollout.timeline.floor
    assert rollout.timeline.highest_total <= rollout.timeline.ceiling


def test_a_refreshed_preview_after_a_rollout_has_nothing_to_change(story: Story):
    assert story.unchanged.ok, story.unchanged.stdout + story.unchanged.reason


def test_destroying_leaves_nothing_of_the_service(story: Story):
    assert story.destroyed.ok, story.destroyed.reason
    assert not any(story.left.values()), story.left
