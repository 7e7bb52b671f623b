"""From what came out of a build to a version: asked about everywhere, claimed in the catalogue, then tagged and marked.

The catalogue of the region in which an image is baked decides who a version belongs to, since a parameter is made once.
So it is written first: whoever is late has written nothing. What was interrupted after that is continued by the same
command, which finds the claim to be its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from strata.caution import caution
from strata.errors import ImageError, RefusedError
from strata.images.baking.decision import require_recipe
from strata.images.baking.execution import Execution
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage, outcome_problems, version_tags
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.pipeline_record import PipelineRecord

__all__ = ["Settlement"]


@dataclass(frozen=True)
class Settlement:
    """What a version becomes of.

    Args:
        builder: the pipeline in AWS.
        record: the pipeline.
        execution: what made the images.
    """

    builder: LivePipeline
    record: PipelineRecord
    execution: Execution

    def check(self, order: Order | None, *, remember: bool) -> list[MadeImage]:
        """The images, the one of the own region first, if they may become the version; writes nothing of them.

        Args:
            order: the order that the build read, as far as it is known now.
            remember: whether it is noted on a build of Image Builder that what came out was refused.

        Raises:
            ImageError: they are not what the pipeline makes.
            RefusedError: the version is another image already, in one of the regions, or another recipe made them.
        """
        require_recipe(self.record, self.execution.version, self.execution.arn, self.execution.recipe)
        images = sorted(
            self.builder.images(self.execution), key=lambda each: (each.region != self.record.region, each.region)
        )
        for each in images:
            self._catalogue(each).check(self._entry(each))
        if problems := list(outcome_problems(self.record, self.execution, order, images)):
            if remember and self.execution.arn.startswith("arn:"):
                self.builder.refuse(self.execution, problems[0])
            raise ImageError(
                f"{self._title} is refused, neither tagged nor noted:\n" + "\n".join(f"  {each}" for each in problems),
                fix="Correct what is named, and bake the version again; what was built is no version of anything.",
            )
        if taken := list(self._taken(images)):
            raise RefusedError(
                f"{self._title} is another image already: {'; '.join(taken)}",
                fix="A version names one image for good: bake it again under a new version.",
            )
        return images

    def write(self, images: Sequence[MadeImage]) -> None:
        """Claim the version, note it in the other regions, and tag and mark the images.

        A watermark that cannot be written is a caution and no more: then the catalogue alone proves the version.

        Args:
            images: as `check` has given them.

        Raises:
            RefusedError: somebody else was faster.
        """
        for each in images:
            self._catalogue(each).add(self._entry(each))
        for each in images:
            self.builder.tag(each, version_tags(self.execution, each))
            if without := self.builder.mark(each, self.record.app, self.execution.version):
                caution(
                    f"{each.id} in {each.region} has no watermark, so the catalogue alone says which version it is: "
                    f"{without}"
                )

    @property
    def _title(self) -> str:
        return f"{self.record.app} {self.execution.version}"

    def _catalogue(self, image: MadeImage) -> Catalogue:
        return Catalogue(self.builder.clients_in(image.region))

    def _entry(self, image: MadeImage) -> CatalogueEntry:
        return CatalogueEntry(
            kind=ImageKind.MACHINE,
            name=self.record.app,
            version=self.execution.version,
            id=image.id,
            made=self.execution.created,
            parent=self.record.base,
            git_sha=self.execution.git_sha or None,
            recipe=self.execution.recipe or self.record.recipe,
            by=self.execution.arn,
        )

    def _taken(self, images: Sequence[MadeImage]) -> Iterator[str]:
        """Which other images have the tags of the version."""
        for each in images:
            found = self.builder.namesakes(each.region, self.record.app, self.execution.version)
            yield from (f"{other} in {each.region} has its tags" for other in found if other != each.id)
