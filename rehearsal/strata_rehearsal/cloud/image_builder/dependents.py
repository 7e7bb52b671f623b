"""What hangs on a part, so that it cannot be deleted."""

from collections.abc import Iterator

from strata_rehearsal.cloud.image_builder.arns import PartKind
from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart

__all__ = ["dependents"]

_OF_A_PIPELINE = {
    PartKind.RECIPE: "imageRecipeArn",
    PartKind.INFRASTRUCTURE: "infrastructureConfigurationArn",
    PartKind.DISTRIBUTION: "distributionConfigurationArn",
}


def dependents(desk: Desk, part: BuilderPart) -> Iterator[str]:
    """The ARNs of what needs a part: recipes need components, pipelines what they are made of, and images recipes.

    Images that are built keep their recipe; the configurations only as long as their building goes on.
    """
    shelf, kind = desk.shelf, part.id.kind
    if kind is PartKind.COMPONENT:
        for recipe in shelf.of(PartKind.RECIPE):
            named = [each["componentArn"] for each in recipe.settings.get("components", ())]
            if any(shelf.depends_on(each, part) for each in named):
                yield recipe.arn
    for pipeline in shelf.of(PartKind.PIPELINE):
        arn = pipeline.settings.get(_OF_A_PIPELINE.get(kind, ""))
        if arn is not None and shelf.depends_on(arn, part):
            yield pipeline.arn
    for image in desk.place.images.values():
        if image.recipe is part or (image.building and part in (image.infrastructure, image.distribution)):
            yield image.arn
