"""What the stack file of now has of a pipeline: the pins of its image, and the recipe that no `up` has deployed yet."""

from pathlib import Path

from strata.errors import ImageError, SettingsError, UsageError
from strata.images.pipeline_record import PipelineRecord
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.reading import read_definition
from strata.naming import bake_order_name
from strata.project.location import program_path, project_name
from strata.project.stack_file import read_stack
from strata.settings.load import load_stack

__all__ = ["describe_undeployed", "pins_of"]


def pins_of(folder: Path, stack: str, app: str) -> tuple[str, ...] | None:
    """The pins of an image in a stack file; None where it cannot be read.

    Args:
        folder: of the project.
        stack: the stack.
        app: value of the image's tag `app`.
    """
    try:
        pins = load_stack(read_stack(folder, stack)).settings.images
    except SettingsError:
        return None
    return tuple(name for name, pin in pins.items() if (pin.app or name) == app)


def describe_undeployed(folder: Path, stack: str, record: PipelineRecord) -> str:
    """That the stack file describes another recipe than the pipeline has, or that this is not known; empty otherwise.

    A pipeline that the program alone describes is not in the stack file.

    Args:
        folder: of the project.
        stack: the stack.
        record: the pipeline.
    """
    order = bake_order_name(project_name(folder), stack, record.name)
    try:
        settings = load_stack(read_stack(folder, stack)).settings.image_pipelines.get(record.name)
        if settings is None:
            return ""
        place = program_path(folder)
        recipe = recipe_of(read_definition(record.name, settings, order_parameter=order, folder=place)).version
    except (ImageError, SettingsError, UsageError) as error:
        return f"not known whether the stack file describes another recipe: {error.message.splitlines()[0]}"
    if recipe == record.recipe:
        return ""
    return (
        f"the stack file describes {record.name} as recipe {recipe}, which no `pulumi up` has deployed: it is recipe "
        f"{record.recipe} that bakes"
    )
