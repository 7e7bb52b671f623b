"""The definition of a pipeline of a project, as a template of Packer."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.errors import UsageError
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.packer_template import packer_text
from strata.images.recipe.reading import read_definition
from strata.naming import bake_order_name
from strata.problem import nearest
from strata.project.location import locate, program_path, project_name
from strata.project.stack_file import read_stack
from strata.settings.load import load_stack
from strata.spectrum import Mutability
from strata.tags import tag_set

__all__ = ["PackedDefinition", "packer_template"]


@dataclass(frozen=True)
class PackedDefinition:
    """A template of Packer.

    Args:
        stack: the stack.
        recipe: version of the definition.
        text: the template, in HCL.
    """

    stack: str
    recipe: str
    text: str


def packer_template(cwd: Path, given: str, name: str) -> PackedDefinition:
    """Read the definition of a pipeline and write it as a template.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack as a person names it.
        name: the pipeline.

    Raises:
        SettingsError: the stack file has problems.
        UsageError: it has no such pipeline, or no region, or a parent that Packer cannot build from.
        DefinitionError: a file is not there, or cannot be baked by.
    """
    folder, stack = locate(cwd, given)
    file = read_stack(folder, stack)
    pipelines = load_stack(file).settings.image_pipelines
    if name not in pipelines:
        near = nearest(name, pipelines)
        raise UsageError(
            f"{file.source} has no image pipeline {name!r}",
            fix=f"{f'Did you mean {near}? ' if near else ''}There are {', '.join(sorted(pipelines)) or 'none'}.",
        )
    if file.region is None:
        raise UsageError(f"{file.source} has no aws:region", fix="Set it: an image is baked in a region.")
    order = bake_order_name(project_name(folder), stack, name)
    definition = read_definition(name, pipelines[name], order_parameter=order, folder=program_path(folder))
    own = tag_set(
        name=f"{name}-image",
        project=project_name(folder),
        stack=stack,
        component=name,
        mutability=Mutability.VERSIONED,
        user=pipelines[name].tags,
    )
    text = packer_text(definition, pipelines[name], file.region, {**_provider_tags(file.provider), **own})
    return PackedDefinition(stack, recipe_of(definition).version, text)


def _provider_tags(provider: Mapping[str, Any]) -> dict[str, str]:
    """`aws:defaultTags` of the stack."""
    given = provider.get("defaultTags")
    found = given.get("tags") if isinstance(given, Mapping) else None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, Mapping) else {}
