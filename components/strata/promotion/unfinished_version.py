"""A version that was claimed in the catalogue, and whoever did it was stopped before its images had their tags."""

from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_finder import FoundVersion
from strata.promotion.pinned_stack import PinnedStack

__all__ = ["how_to_finish", "is_unfinished"]


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

    Args:
        stack: the stack.
        name: the pin.
        entry: what the catalogue has.
    """
    app = stack.machine_pin(name).app or name
    pipelines = [each for each, it in stack.settings.image_pipelines.items() if (it.app or each) == app]
    pipeline = pipelines[0] if len(pipelines) == 1 else "PIPELINE"
    if (entry.by or "").startswith("packer:"):
        finish = f"`strata image add {stack.stack} {pipeline} --manifest FILE`"
    else:
        finish = f"`strata image bake {stack.stack} {pipeline} {entry.version} --watch`"
    return finish if pipelines else f"{finish}, in the stack whose pipeline has made it"
