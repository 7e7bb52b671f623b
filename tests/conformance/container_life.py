"""The life of a stack with a container service: it comes up, rolls to another digest, and goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.engine.engine_run import EngineResult
from strata_rehearsal.cloud.cloud_process import CloudHandle
from strata_rehearsal.run.rehearsal_report import RehearsalReport
from strata_rehearsal.run.rehearsal_setup import prepare
from strata_rehearsal.run.rehearsed_settings import read_settings
from strata_rehearsal.run.request import RehearsalRequest
from tests.all_pages import all_pages
from tests.conformance.leftovers import end_leftovers
from tests.conformance.life import SPEED, STACK, applied, client, recorded, taken_down, unheard, whole_state

__all__ = ["ContainerLife", "live_in_containers"]


@dataclass(frozen=True)
class ContainerChapter:
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
class ContainerLife:
    """What was seen of the service.

    Args:
        born: the first `up`.
        rolled: an `up` with another digest.
        unchanged: a preview with a refresh right after it.
        state: what the engine remembered before the end.
        destroyed: the end.
        left: what AWS still has then, by what it is.
    """

    born: ContainerChapter
    rolled: ContainerChapter
    unchanged: EngineResult
    state: Mapping[str, Any]
    destroyed: EngineResult
    left: Mapping[str, list[str]]


async def live_in_containers(project: Path, provider: Path) -> ContainerLife:
    """Tell the whole story.

    Args:
        project: a copy of the program's folder.
        provider: the Pulumi home whose aws plugin is used.
    """
    born, _ = await _chapter(RehearsalRequest(project, STACK, speed=SPEED, plugins_of=provider))
    request = RehearsalRequest(project, STACK, images={"web": "1.1.0"}, speed=SPEED, plugins_of=provider)
    rolled, cloud = await _chapter(request)
    engine, cloud = await prepare(request, read_settings(request), unheard)
    unchanged = await engine.preview("--refresh", "--expect-no-changes", "--diff")
    end_leftovers()
    state = await whole_state(engine)
    destroyed = await taken_down(engine)
    end_leftovers()
    return ContainerLife(born, rolled, unchanged, state, destroyed, _left(cloud))


async def _chapter(request: RehearsalRequest) -> tuple[ContainerChapter, CloudHandle]:
    report = await applied(request)
    end_leftovers()
    _, cloud = await prepare(request, read_settings(request), unheard)
    [service] = cloud.state()["services"]
    digests = [task["digest"] for task in service["tasks"] if task["state"] == "RUNNING"]
    return ContainerChapter(report, digests, recorded(cloud)), cloud


def _left(cloud: CloudHandle) -> dict[str, list[str]]:
    """What is still there of all that a container service makes. Task definitions are kept, and not looked for."""
    ecs, balancing = client(cloud, "ecs"), client(cloud, "elbv2")
    clusters = all_pages(ecs, "list_clusters")
    return {
        "clusters": clusters,
        "services": [arn for each in clusters for arn in ecs.list_services(cluster=each)["serviceArns"]],
        "target groups": [each["TargetGroupName"] for each in all_pages(balancing, "describe_target_groups")],
        "scalable targets": [
            each["ResourceId"]
            for each in client(cloud, "application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
                "ScalableTargets"
            ]
        ],
        "log groups": [each["logGroupName"] for each in all_pages(client(cloud, "logs"), "describe_log_groups")],
        "roles": [each["RoleName"] for each in all_pages(client(cloud, "iam"), "list_roles")],
    }
