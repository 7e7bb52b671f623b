"""A pipeline of EC2 Image Builder from version to version, with the real engine, as people report it of AWS."""

from typing import Any

from tests.all_pages import all_pages
from tests.integration.support import Site
from tests.integration.test_plugin import NewProject, Project, new_project

__all__ = ["new_project"]

LOOK_SECONDS = 30.0
ENDED = {"AVAILABLE", "CANCELLED", "FAILED"}


async def bake(site: Site, pipeline: str) -> dict[str, Any]:
    """Build an image outside the program, and wait for it."""
    builder = site.client("imagebuilder")
    arn = builder.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    while True:
        image = builder.get_image(imageBuildVersionArn=arn)["image"]
        if image["state"]["status"] in ENDED:
            return image
        await site.cloud.clock.sleep(LOOK_SECONDS)


async def applied(project: Project, **config: Any) -> Any:
    project.config |= config
    result = await project.up()
    assert result.ok, result.reason
    clean = await project.unchanged()
    assert clean.ok, clean.stdout
    return result


async def refused(project: Project, why: str, **config: Any) -> None:
    project.config |= config
    failed = await project.up()
    assert not failed.ok
    assert why in failed.stdout + failed.stderr


async def test_a_pipeline_lives_from_its_first_recipe_to_its_end(site: Site, new_project: NewProject) -> None:
    builder = site.client("imagebuilder")
    project = new_project("image_pipeline", version="1.0.0", keep=False)
    first = await applied(project)
    pipeline = first.outputs["pipeline"]

    # the old recipe goes before the pipeline has the new one: https://github.com/pulumi/pulumi-aws/issues/1473
    await refused(project, "ResourceDependencyException", version="1.1.0")

    # nothing was built of the old recipe: the pipeline moves in place, and the old recipe and component go
    second = await applied(project, create_first=True)
    assert second.outputs["pipeline"] == pipeline
    found = builder.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    assert found["imageRecipeArn"] == second.outputs["recipe"]
    assert second.outputs["recipe"].endswith("/1.1.0")
    listed = [each["arn"] for each in all_pages(builder, "list_image_recipes")]
    assert first.outputs["recipe"] not in listed

    image = await bake(site, pipeline)
    assert image["state"]["status"] == "AVAILABLE", image["state"]
    (ami,) = image["outputResources"]["amis"]
    assert site.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"]

    # an image hangs on the recipe now, and its replacement cannot delete it
    await refused(project, "has other resources depended on it", version="1.2.0")

    # what is kept on purpose stands in nobody's way
    builder.delete_image(imageBuildVersionArn=image["arn"])
    await applied(project, keep=True)
    kept = await applied(project, version="1.3.0")
    image = await bake(site, pipeline)
    assert image["version"] == "1.3.0/1"
    await applied(project, version="1.4.0")
    listed = [each["arn"] for each in all_pages(builder, "list_image_recipes")]
    assert kept.outputs["recipe"] in listed

    destroyed = await project.engine.destroy()
    assert destroyed.ok, destroyed.reason
    assert pipeline not in [each["arn"] for each in all_pages(builder, "list_image_pipelines")]
    assert site.client("ec2").describe_images(ImageIds=[ami["image"]])["Images"], "a deleted image leaves its AMI"


async def test_the_same_version_with_another_content_is_refused_by_its_name(
    site: Site,
    new_project: NewProject,
) -> None:
    builder = site.client("imagebuilder")
    project = new_project("image_pipeline", version="1.0.0", keep=False, create_first=True)
    await applied(project)
    recipe = next(each for each in all_pages(builder, "list_image_recipes") if project.stack in each["arn"])
    said = f"The following resource 'ImageRecipe' already exists: '{recipe['arn']}'."
    await refused(project, said, image="ami-0123456789abcdef1")
    assert (await project.engine.destroy()).ok
