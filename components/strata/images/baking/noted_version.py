"""A version that is in the catalogue: whether all of it still is there, and has been noted and tagged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from strata.errors import RefusedError
from strata.images import image_tags
from strata.images.baking.execution import Execution
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.catalogue import Catalogue, CatalogueEntry
from strata.images.pipeline_record import PipelineRecord

__all__ = ["NotedVersion", "look_at_noted"]

_PACKER = "packer:"
_AVAILABLE = "available"


@dataclass(frozen=True)
class NotedVersion:
    """What there is of a version.

    Args:
        images: image ids by region, as far as they are known.
        execution: what made it, if Image Builder still knows it.
        missing: what is not there any more, as clauses.
        unfinished: what was not noted or tagged, as clauses.
    """

    images: Mapping[str, str]
    execution: Execution | None
    missing: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()

    def require(self, record: PipelineRecord, entry: CatalogueEntry) -> None:
        """Find out whether it is whole, or can be made so.

        Args:
            record: the pipeline.
            entry: what the catalogue of the own region has.

        Raises:
            RefusedError: it is not.
        """
        wrong = [*self.missing, *(self.unfinished if self.execution is None else ())]
        if not wrong:
            return
        again = "A version names one image for good: bake a new version."
        if (entry.by or "").startswith(_PACKER):
            again = (
                f"If `strata image add` was interrupted, run it for {record.name} with the same manifest again. "
                f"Otherwise: {again[0].lower()}{again[1:]}"
            )
        raise RefusedError(f"{record.app} {entry.version} is {entry.id}, and {'; '.join(wrong)}", fix=again)


def look_at_noted(builder: LivePipeline, record: PipelineRecord, entry: CatalogueEntry) -> NotedVersion:
    """What there is of a version in every region of a pipeline.

    Of an image that neither the pipeline nor Packer has made, such as one that was promoted from another account, no
    copies are expected.

    Args:
        builder: the pipeline in AWS.
        record: the pipeline.
        entry: what the catalogue of the own region has.
    """
    by = entry.by or ""
    execution = next((each for each in builder.executions(record) if each.arn == by), None)
    whole = execution is not None or by.startswith(_PACKER)
    came = dict(execution.images) if execution is not None else {}
    images: dict[str, str] = {record.region: entry.identity}
    noted = {record.region}
    for region in record.copies if whole else ():
        known = Catalogue(builder.clients_in(region)).entry(record.app, entry.version)
        if known is not None:
            noted.add(region)
        if image := known.identity if known is not None else came.get(region):
            images[region] = image
    missing = [f"{region} has no copy of it" for region in record.copies if whole and region not in images]
    unfinished = [f"{images[region]} is not noted in {region}" for region in images if region not in noted]
    for region, image in images.items():
        found = builder.there(region, image)
        missing += _missing(region, image, found)
        if whole and found is not None and found[1].get(image_tags.VERSION) != entry.version:
            unfinished.append(f"{image} in {region} is not tagged with it")
    return NotedVersion(images, execution, tuple(missing), tuple(unfinished))


def _missing(region: str, image: str, found: tuple[str, Mapping[str, str]] | None) -> Iterator[str]:
    if found is None:
        yield f"{region} does not have {image} any more"
    elif found[0] != _AVAILABLE:
        yield f"{image} in {region} is {found[0]}"
