"""The life of a pipeline of machine images: it comes up, gets another step, bakes a version, and goes."""

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
from tests.conformance.life import SPEED, STACK, applied, client, taken_down, unheard

__all__ = ["PipelineLife", "live_in_a_pipeline"]

LOOK_SECONDS = 30.0
ENDED = frozenset({"AVAILABLE", "CANCELLED", "FAILED"})
NEW_STEP = "chmod 0700 /root\n"


@dataclass(frozen=True)
class PipelineChapter:
    """One `up` and what was there after it.

    Args:
        report: what the rehearsal says.
        recipe: ARN of the recipe that the pipeline has.
        unchanged: a preview with a refresh right after it.
    """

    report: RehearsalReport
    recipe: str
    unchanged: EngineResult


@dataclass(frozen=True)
class PipelineLife:
    """What was seen of the pipeline.

    Args:
        born: the first `up`.
        image: what Image Builder made of it then.
        stepped: an `up` after a line was added to a step.
        kept: ARNs of the recipes after that.
        destroyed: the end.
        left: what AWS still has then, by what it is.
    """

    born: PipelineChapter
    image: Mapping[str, Any]
    stepped: PipelineChapter
    kept: list[str]
    destroyed: EngineResult
    left: Mapping[str, list[str]]


async def live_in_a_pipeline(project: Path, provider: Path) -> PipelineLife:
    """Tell the whole story.

    Args:
        project: a copy of the program's folder; it is changed.
        provider: the Pulumi home whose aws plugin is used.
    """
    request = RehearsalRequest(project, STACK, speed=SPEED, plugins_of=provider)
    born = await _chapter(request)
    _, cloud = await prepare(request, read_settings(request), unheard)
    image = await _built(cloud)
    with (project / "image" / "harden.sh").open("a") as step:
        step.write(NEW_STEP)
    stepped = await _chapter(request)
    kept = _recipes(cloud)
    engine, cloud = await prepare(request, read_settings(request), unheard)
    destroyed = await taken_down(engine)
    end_leftovers()
    return PipelineLife(born, image, stepped, kept, destroyed, _left(cloud))


async def _chapter(request: RehearsalRequest) -> PipelineChapter:
    report = await applied(request)
    engine, cloud = await prepare(request, read_settings(request), unheard)
    unchanged = await engine.preview("--refresh", "--expect-no-changes", "--diff")
    end_leftovers()
    return PipelineChapter(report, _pipeline(cloud)["imageRecipeArn"], unchanged)


def _pipeline(cloud: CloudHandle) -> Mapping[str, Any]:
    [pipeline] = all_pages(client(cloud, "imagebuilder"), "list_image_pipelines")
    return pipeline


async def _built(cloud: CloudHandle) -> Mapping[str, Any]:
    """An image of the pipeline, built outside the program, when Image Builder is done with it."""
    builder = client(cloud, "imagebuilder")
    arn = builder.start_image_pipeline_execution(imagePipelineArn=_pipeline(cloud)["arn"])["imageBuildVersionArn"]
    while (image := builder.get_image(imageBuildVersionArn=arn)["image"])["state"]["status"] not in ENDED:
        await cloud.clock.sleep(LOOK_SECONDS)
    return image


def _recipes(cloud: CloudHandle) -> list[str]:
    return [each["arn"] for each in all_pages(client(cloud, "imagebuilder"), "list_image_recipes")]


def _left(cloud: CloudHandle) -> dict[str, list[str]]:
    """What is still there of what a pipeline makes. Recipes and components of images are kept, and not looked for."""
    builder = client(cloud, "imagebuilder")
    return {
        "pipelines": [each["arn"] for each in all_pages(builder, "list_image_pipelines")],
        "distributions": [each["arn"] for each in all_pages(builder, "list_distribution_configurations")],
        "infrastructures": [each["arn"] for each in all_pages(builder, "list_infrastructure_configurations")],
        "roles": [each["RoleName"] for each in all_pages(client(cloud, "iam"), "list_roles")],
        "parameters": [each["Name"] for each in all_pages(client(cloud, "ssm"), "describe_parameters")],
    }
