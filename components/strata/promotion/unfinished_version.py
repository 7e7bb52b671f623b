"""A version that was claimed in the catalogue, and whoever did it was stopped before its images had their tags."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.errors import SettingsError, UsageError
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_finder import FoundVersion
from strata.project.stack_file import look_for, read_stack
from strata.promotion.pinned_stack import PinnedStack

__all__ = ["how_to_finish", "is_unfinished"]

_BUILD: Final = re.compile(r"arn:[^:]+:imagebuilder:(?P<region>[^:]+):(?P<account>[^:]+):image/(?P<recipe>[^/]+)/.+")
"""ARN of an execution of a pipeline, which is named like its recipe."""


def is_unfinished(stack: PinnedStack, found: FoundVersion, entry: CatalogueEntry) -> bool:
    """Whether an image that the catalogue has as a version has no tag of any, so that no server starts from it.

    Args:
        stack: the stack.
        found: the image.
        entry: what the catalogue has.
    """
    if found.kind is not ImageKind.MACHINE or entry.identity != found.id or found.version:
        return False
    # the tags of another account's image cannot be seen
    return found.owner == stack.finder.account()


def how_to_finish(stack: PinnedStack, name: str, entry: CatalogueEntry) -> str:
    """What finishes such a version, as a clause with the command in backquotes.

    A version is claimed in every region that gets its image, by the pipeline of one of them: it is finished there, and
    no other pipeline has an execution of it.

    Args:
        stack: the stack.
        name: the pin.
        entry: what the catalogue has.
    """
    app = stack.machine_pin(name).app or name
    build = _BUILD.fullmatch(entry.by or "")
    where = build["region"] if build is not None else None
    makers = list(_makers(stack, app, where))
    if build is not None:
        # of several pipelines of one application the recipe is named like one
        named = [each for each in makers if build["recipe"].startswith(each[1])]
        longest = max((len(each[1]) for each in named), default=0)
        makers = [each for each in named if len(each[1]) == longest] or makers
    if len(makers) == 1:
        return _command(*makers[0], entry)
    finish = _command("STACK", "PIPELINE", entry)
    if build is None:
        known = " or ".join(f"{pipeline} of {maker}" for maker, pipeline in makers)
        return f"{finish}, in the stack whose pipeline has made it{f', which is {known}' if known else ''}"
    looked_up = (
        f"`aws imagebuilder get-image --region {where} --image-build-version-arn {entry.by} "
        "--query image.sourcePipelineName --output text`"
    )
    return (
        f"{finish}, in the stack whose pipeline has made it in account {build['account']}, {where}: {looked_up} "
        "names that"
    )


def _command(stack: str, pipeline: str, entry: CatalogueEntry) -> str:
    if entry.packed:
        return f"`strata image add {stack} {pipeline} --manifest FILE`"
    return f"`strata image bake {stack} {pipeline} {entry.version} --watch`"


def _makers(asked: PinnedStack, app: str, region: str | None) -> Iterator[tuple[str, str]]:
    """Stacks of the project with their pipelines that bake an application, the stack that was asked about first.

    Args:
        asked: that stack.
        app: the application.
        region: where it was baked; None where that is not known, so that every pipeline counts.
    """
    if region in (None, asked.finder.region()):
        own = asked.settings.image_pipelines
        yield from ((asked.stack, each) for each, it in own.items() if (it.app or each) == app)
    for name in look_for(asked.folder, asked.stack)[1]:
        if name == asked.stack:
            continue
        try:
            file = read_stack(asked.folder, name)
        except (SettingsError, UsageError):
            # a file that cannot be read names no pipeline, and is not what was asked about
            continue
        if region in (None, file.region):
            yield from ((name, each) for each, baked in _baked(file.settings.get("image_pipelines")) if baked == app)


def _baked(pipelines: Any) -> Iterator[tuple[str, str]]:
    """Pipelines of a stack file, with what each bakes."""
    for name, each in pipelines.items() if isinstance(pipelines, Mapping) else ():
        app = each.get("app") if isinstance(each, Mapping) else None
        yield str(name), str(app or name)
