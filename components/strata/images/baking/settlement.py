"""From what came out of a build to a version: asked about everywhere, claimed in the catalogue, then tagged and marked.

The catalogues decide who a version belongs to, since a parameter is made once. They are written before the images, and
in one order by everybody, so that of two who share regions one gets past the first of them: whoever is late takes back
what it has put. What was interrupted after that is continued by the same command, which finds the claim to be its own,
whatever recipe the pipeline has by then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from strata.aws.outage import describe_failure
from strata.caution import caution
from strata.errors import ImageError, RefusedError
from strata.images.baking.decision import require_recipe
from strata.images.baking.execution import Execution
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage, lost_problems, outcome_problems, version_tags
from strata.images.catalogue import Catalogue, CatalogueEntry, ImageKind
from strata.images.pipeline_record import PipelineRecord
from strata.naming import catalogue_name

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
        if self.claim is None:
            require_recipe(self.record, self.execution.version, self.execution.arn, self.execution.recipe)
        images = sorted(
            self.builder.images(self.execution), key=lambda each: (each.region != self.record.region, each.region)
        )
        for each in images:
            self._catalogue(each).check(self._entry(each))
        if called := list(self._called_otherwise(images)):
            raise RefusedError(
                f"{self._title} would be a second version of one image: {'; '.join(called)}",
                fix="An image is one version for good: use that version, or bake another image.",
            )
        if self.claim is not None:
            # it was held against the pipeline when it was claimed
            if lost := list(lost_problems(self.execution, images)):
                raise RefusedError(
                    f"{self._title} was claimed and cannot be finished: {'; '.join(lost)}",
                    fix="A version names one image for good: bake a new version.",
                )
        elif problems := list(self._problems(order, images)):
            if remember and not self.execution.packed:
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
            RefusedError: somebody else was faster; then nothing that this has noted is left.
        """
        self._claim_all(images)
        for each in images:
            if without := self.builder.mark(each, self.record.app, self.execution.version):
                caution(
                    f"{each.id} in {each.region} has no watermark, so the catalogue alone says which version it is: "
                    f"{without}"
                )
            # the tags come last: what lacks them is not finished, and the same command writes both again
            self.builder.tag(each, version_tags(self.execution, each))

    @cached_property
    def claim(self) -> CatalogueEntry | None:
        """What a catalogue has of the version by this very execution, before anything is written; None for nothing."""
        for region, image in self.execution.images:
            found = Catalogue(self.builder.clients_in(region)).entry(self.record.app, self.execution.version)
            if found is not None and (found.by, found.identity) == (self.execution.arn, image):
                return found
        return None

    def _problems(self, order: Order | None, images: Sequence[MadeImage]) -> Iterator[str]:
        marks = self.builder.parent_marks(self.record)
        return outcome_problems(self.record, self.execution, order, images, marks)

    def _claim_all(self, images: Sequence[MadeImage]) -> None:
        put: list[tuple[str, Catalogue, CatalogueEntry]] = []
        for each in sorted(images, key=lambda each: each.region):
            catalogue, entry = self._catalogue(each), self._entry(each)
            try:
                if catalogue.add(entry):
                    put.append((each.region, catalogue, entry))
            except RefusedError as error:
                for region, noted_in, noted in put:
                    _withdraw(error, region, noted_in, noted)
                raise

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
            parent=self.claim.parent if self.claim is not None else self.record.base,
            git_sha=self.execution.git_sha or None,
            recipe=self.execution.recipe or self.record.recipe,
            by=self.execution.arn,
        )

    def _taken(self, images: Sequence[MadeImage]) -> Iterator[str]:
        """Which other images have the tags of the version."""
        for each in images:
            found = self.builder.namesakes(each.region, self.record.app, self.execution.version)
            yield from (f"{other} in {each.region} has its tags" for other in found if other != each.id)

    def _called_otherwise(self, images: Sequence[MadeImage]) -> Iterator[str]:
        """As which other versions the catalogues have the images."""
        for each in images:
            for version, known in self._catalogue(each).entries(self.record.app).items():
                if known.identity == each.id and version != self.execution.version:
                    yield f"the catalogue of {each.region} has {each.id} as {self.record.app} {version}"


def _withdraw(error: RefusedError, region: str, catalogue: Catalogue, entry: CatalogueEntry) -> None:
    """Take back a claim; where that fails it is said with what is refused, and hides nothing of it."""
    try:
        catalogue.withdraw(entry)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, that the version is refused is worth more
        error.advise(
            f"The catalogue of {region} still has {entry.identity} as {entry.name} {entry.version} "
            f"({describe_failure(trouble)}): delete the parameter {catalogue_name(entry.name, entry.version)} there."
        )
