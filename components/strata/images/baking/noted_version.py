"""A version that is in the catalogue: whether all of it still is there, and has been noted and tagged."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strata.errors import RefusedError
from strata.images import image_tags
from strata.images.baking.execution import Execution
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.catalogue import Catalogue, CatalogueEntry
from strata.images.pipeline_record import PipelineRecord

__all__ = ["NotedVersion", "look_at_all_noted", "look_at_noted"]

_AVAILABLE = "available"


@dataclass(frozen=True)
class NotedVersion:
    """What there is of a version.

    Args:
        images: image ids by region, as far as they are known.
        execution: what made it, if Image Builder still knows it.
        missing: what is not there any more, as clauses.
        unfinished: what was not noted or tagged, as clauses.
        gone: whether an image of it is not there any more.
        states: in which others are that nothing can launch.
    """

    images: Mapping[str, str]
    execution: Execution | None
    missing: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    gone: bool = False
    states: tuple[str, ...] = ()

    @property
    def trouble(self) -> str:
        """What keeps it from being whole, in one or two words; empty for nothing."""
        if self.gone:
            return "gone"
        # what is there, and is no image of the pipeline, is neither gone nor in a state of its own
        return next(iter(self.states), "not whole" if self.missing else "")

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
        if entry.packed:
            again = (
                f"If `strata image add` was interrupted, run it for {record.name} with the same manifest again. "
                f"Otherwise: {again[0].lower()}{again[1:]}"
            )
        raise RefusedError(f"{record.app} {entry.version} is {entry.id}, and {'; '.join(wrong)}", fix=again)


def look_at_noted(builder: LivePipeline, record: PipelineRecord, entry: CatalogueEntry) -> NotedVersion:
    """What there is of a version in every region of a pipeline.

    Args:
        builder: the pipeline in AWS.
        record: the pipeline.
        entry: what the catalogue of the own region has.
    """
    return look_at_all_noted(builder, record, {entry.version: entry}, builder.executions(record))[entry.version]


def look_at_all_noted(
    builder: LivePipeline,
    record: PipelineRecord,
    entries: Mapping[str, CatalogueEntry],
    executions: Iterable[Execution],
) -> dict[str, NotedVersion]:
    """What there is of so many versions in every region of a pipeline, by version.

    Of an image that neither the pipeline nor Packer has made, such as one that was promoted from another account, no
    copies are expected.

    Args:
        builder: the pipeline in AWS.
        record: the pipeline.
        entries: what the catalogue of the own region has, by version.
        executions: every execution of the pipeline.
    """
    made = {each.arn: each for each in executions}
    elsewhere = {each: Catalogue(builder.clients_in(each)).some(record.app, entries) for each in record.copies}
    claims = [
        _Claim(entry, made.get(entry.by or ""), {region: known.get(version) for region, known in elsewhere.items()})
        for version, entry in entries.items()
    ]
    places = {each: claim.images(record) for each, claim in zip(entries, claims, strict=True)}
    there = {
        region: builder.existing(region, {each[region] for each in places.values() if region in each})
        for region in record.regions
    }
    return {claim.entry.version: claim.seen(record, there) for claim in claims}


@dataclass(frozen=True)
class _Claim:
    """What the catalogues have of a version.

    Args:
        entry: that of the own region.
        execution: what made it, if Image Builder still knows it.
        elsewhere: those of the other regions.
    """

    entry: CatalogueEntry
    execution: Execution | None
    elsewhere: Mapping[str, CatalogueEntry | None]

    @property
    def whole(self) -> bool:
        """Whether copies of it are expected."""
        return self.execution is not None or self.entry.packed

    def images(self, record: PipelineRecord) -> dict[str, str]:
        """Its images by region, as far as they are known."""
        came = self._came
        found = {record.region: self.entry.identity}
        for region in record.copies if self.whole else ():
            known = self.elsewhere[region]
            if image := known.identity if known is not None else came.get(region):
                found[region] = image
        return found

    def seen(
        self, record: PipelineRecord, there: Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]]
    ) -> NotedVersion:
        """What there is of it.

        Args:
            record: the pipeline.
            there: state and tags of its images, by region and id.
        """
        images, missing, unfinished = self.images(record), [], []
        found_of = {region: there[region].get(image) for region, image in images.items()}
        for region in record.copies if self.whole else ():
            known = self.elsewhere[region]
            if region not in images:
                missing.append(f"{region} has no copy of it")
            elif known is None:
                unfinished.append(f"{images[region]} is not noted in {region}")
            elif not self._is_own(region, known):
                missing.append(f"{region} has {known.identity} as it, made by {known.by or 'somebody else'}")
        for region, image in images.items():
            found = found_of[region]
            missing += _missing(region, image, found)
            if self.whole and found is not None and found[1].get(image_tags.VERSION) != self.entry.version:
                unfinished.append(f"{image} in {region} is not tagged with it")
        states = tuple(each[0] for each in found_of.values() if each is not None and each[0] != _AVAILABLE)
        gone = None in found_of.values()
        return NotedVersion(images, self.execution, tuple(missing), tuple(unfinished), gone=gone, states=states)

    @property
    def _came(self) -> dict[str, str]:
        return dict(self.execution.images) if self.execution is not None else {}

    def _is_own(self, region: str, known: CatalogueEntry) -> bool:
        """Whether what another region has is a copy of it, and not what somebody else has made as that version."""
        came = self._came.get(region)
        return known.by == self.entry.by if came is None else known.identity == came


def _missing(region: str, image: str, found: tuple[str, Mapping[str, str]] | None) -> Iterator[str]:
    if found is None:
        yield f"{region} does not have {image} any more"
    elif found[0] != _AVAILABLE:
        yield f"{image} in {region} is {found[0]}"
