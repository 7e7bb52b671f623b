"""A pipeline of machine images through the real AWS provider: it comes up, moves to another recipe, and goes."""

from strata_rehearsal.run.rehearsal_report import RehearsalOutcome
from tests.conformance.pipeline_life import PipelineChapter, PipelineLife


def came_up(chapter: PipelineChapter) -> None:
    assert chapter.report.outcome is RehearsalOutcome.SUCCEEDED, chapter.report.errors
    assert chapter.unchanged.ok, chapter.unchanged.stdout + chapter.unchanged.reason


def test_a_pipeline_comes_up_and_a_refreshed_preview_has_nothing_to_change(pipeline_life: PipelineLife):
    came_up(pipeline_life.born)


def test_it_builds_an_image_of_its_recipe(pipeline_life: PipelineLife):
    assert pipeline_life.image["state"]["status"] == "AVAILABLE", pipeline_life.image["state"]
    assert pipeline_life.image["imageRecipe"]["arn"] == pipeline_life.born.recipe


def test_a_changed_step_is_another_recipe_for_the_same_pipeline(pipeline_life: PipelineLife):
    came_up(pipeline_life.stepped)
    assert pipeline_life.stepped.recipe != pipeline_life.born.recipe
    assert pipeline_life.stepped.recipe in pipeline_life.kept


def test_the_recipe_of_an_image_stays(pipeline_life: PipelineLife):
    assert pipeline_life.born.recipe in pipeline_life.kept


def test_destroying_leaves_nothing_of_the_pipeline(pipeline_life: PipelineLife):
    assert pipeline_life.destroyed.ok, pipeline_life.destroyed.reason
    assert not any(pipeline_life.left.values()), pipeline_life.left
