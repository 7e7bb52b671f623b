"""The images of a stack: what exists, what is pinned and recorded, and what speaks against each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.clock import age_seconds
from strata.images.catalogue import CatalogueEntry, ImageKind
from strata.images.image_finder import FoundVersion
from strata.images.image_scan import ImageScan
from strata.images.pin_file import PinKind
from strata.promotion.pinned_stack import PinnedStack
from strata.promotion.seen_images import SeenImage, look_for_images, pinned_as
from strata.promotion.stack_records import StackRecords
from strata.promotion.unfinished_version import how_to_finish, is_unfinished
from strata.verdict_names import revocation_names, veto_names

__all__ = ["ImageRow", "PinRows", "list_images"]


@dataclass(frozen=True)
class ImageRow:
    """One image.

    Args:
        version: as people call it; empty where nothing has a name for it.
        image_id: id of a machine image, digest of a container image; empty where there is nothing but its revocation.
        made: when, as RFC 3339 in UTC: a container image when it was pushed; None where nothing says it.
        age_seconds: since then.
        exists: whether AWS has it; None where nobody could ask.
        catalogued: whether the catalogue has it.
        pinned: whether the stack file pins it.
        deprecated: from when on it should not be used; None for never.
        revoked: why, with who revoked it and when; None where it is not.
        vetoes: the same for single services, by service.
        labels: all versions that it is called, that one first.
        state: in which AWS has it, such as available or disabled; None where it is not known to be there.
        scan: its last scan for vulnerabilities; None where there is none, and for a container image that is neither
            pinned nor recorded, for which nobody asks.
        only_tagged: whether nothing but its tags says what it is: it is a machine image without a watermark, and not in
            the catalogue.
        unfinished: what finishes a version that was claimed and whose image has no tags yet, so that no server starts
            from it; empty where it is finished.
        recorded_as: the services whose records name it, and the version that each record calls it.
        pinned_as: the version that the pin calls it; empty where it is not pinned, or the pin names no version.
        made_noted: whether only the catalogue says when it was made, since AWS does not have it or was not asked.
    """

    version: str
    image_id: str
    made: str | None
    age_seconds: float | None
    exists: bool | None
    catalogued: bool
    pinned: bool
    deprecated: str | None
    revoked: str | None
    vetoes: Mapping[str, str]
    labels: tuple[str, ...] = ()
    state: str | None = None
    scan: ImageScan | None = None
    only_tagged: bool = False
    made_noted: bool = False
    unfinished: str = ""
    recorded_as: Mapping[str, str] = field(default_factory=dict[str, str])
    pinned_as: str = ""

    @property
    def recorded_for(self) -> list[str]:
        """The services whose records name it, in the order of their names."""
        return sorted(self.recorded_as)

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image list` has it."""
        return {
            "version": self.version,
            "labels": list(self.labels),
            "image_id": self.image_id or None,
            "made": self.made,
            "made_noted": self.made_noted,
            "age_seconds": self.age_seconds,
            "exists": self.exists,
            "state": self.state,
            "catalogued": self.catalogued,
            "only_tagged": self.only_tagged,
            "unfinished": self.unfinished or None,
            "pinned": self.pinned,
            "recorded_for": self.recorded_for,
            "recorded_as": dict(self.recorded_as),
            "pinned_as": self.pinned_as or None,
            "deprecated": self.deprecated,
            "revoked": self.revoked,
            "vetoes": dict(self.vetoes),
            "scan": self.scan.document() if self.scan is not None else None,
        }


@dataclass(frozen=True)
class PinRows:
    """The images that one pin is about.

    Args:
        name: the pin.
        kind: where it is.
        rows: newest first.
        note: what could not be looked at, and what is no entry of the catalogue, as sentences; empty where nothing is.
        unread: whether a release record that may name it cannot be read, which the note says.
    """

    name: str
    kind: PinKind
    rows: tuple[ImageRow, ...]
    note: str = ""
    unread: bool = False

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image list` has it."""
        kind = "machine" if self.kind is PinKind.MACHINE else "container"
        versions = [each.document() for each in self.rows]
        return {"image_name": self.name, "kind": kind, "versions": versions, "note": self.note or None}


def list_images(stack: PinnedStack, name: str | None) -> list[PinRows]:
    """The images of a stack, each once.

    Args:
        stack: the stack.
        name: one pin. Default: all of the stack.

    Raises:
        UsageError: there is no such pin.
    """
    names = sorted(stack.pins) if name is None else [name]
    kinds = {each: stack.kind(each) for each in names}
    records = stack.recorded() if names else StackRecords()
    return [_rows(stack, each, kind, records) for each, kind in kinds.items()]


def _rows(stack: PinnedStack, name: str, kind: PinKind, records: StackRecords) -> PinRows:
    recorded = records.of(name)
    entries, app, services = stack.entries(name), stack.app(name), stack.services_of(name, kind)
    revocations = {**(stack.verdicts.revocations(app) if app else {}), **stack.verdicts.revocations(name)}
    seen, notes = look_for_images(stack, name, kind, entries, recorded)
    known = {label for each in seen for label in each.labels}
    # a version stays revoked although its image was removed, or was never here
    alone = [SeenImage("", (version,), None, exists=False) for version in revocations if version not in known]
    pinned = pinned_as(stack, name, kind)
    listed = [(each, _Against.of(stack, name, app, services, each)) for each in (*seen, *alone)]
    verdicts = stack.verdicts.read({parameter for _, against in listed for parameter in against.names})
    shows_marks = kind is PinKind.MACHINE and stack.finder.knows_watermarks()
    rows: list[ImageRow] = []
    for each, against in listed:
        image, labels = each.found, each.labels
        noted = [entries[label] for label in labels if label in entries and entries[label].identity == each.identity]
        pushed = image.made if image is not None else None
        made = pushed or next((it.made for it in noted), None)
        rows.append(
            ImageRow(
                version=labels[0] if labels else "",
                labels=labels,
                image_id=each.identity,
                made=made,
                made_noted=made is not None and pushed is None,
                age_seconds=age_seconds(made, stack.clock.now()),
                exists=each.exists,
                state=image.state if image is not None else None,
                scan=each.scan,
                catalogued=bool(noted),
                unfinished=_rest(stack, name, image, noted),
                only_tagged=shows_marks and not noted and image is not None and _is_unmarked(image),
                pinned=pinned is not None and each.identity == pinned[1],
                recorded_as={it.service: it.image.version for it in recorded if it.image.content == each.identity},
                pinned_as=pinned[0] if pinned is not None and each.identity == pinned[1] else "",
                deprecated=image.deprecated if image is not None else None,
                revoked=next((str(verdicts[key]) for key in against.revoking if key in verdicts), None),
                vetoes={
                    service: str(verdicts[parameter])
                    for service, parameters in against.vetoing.items()
                    for parameter in reversed(parameters)
                    if parameter in verdicts
                },
            )
        )
    strangers = stack.catalogue.strangers(name, ImageKind.MACHINE if kind is PinKind.MACHINE else ImageKind.CONTAINER)
    unread = [
        f"{why}, so which image is recorded for {service} is not known."
        for service, why in records.unread(services).items()
    ]
    newest_first = tuple(sorted(rows, key=lambda row: row.made or "", reverse=True))
    return PinRows(name, kind, newest_first, " ".join((*unread, *notes, *strangers)), unread=bool(unread))


def _rest(stack: PinnedStack, name: str, image: FoundVersion | None, noted: Iterable[CatalogueEntry]) -> str:
    """What finishes the version that the catalogue has an image as; empty where nothing has to."""
    begun = (each for each in noted if image is not None and is_unfinished(stack, image, each))
    return next((how_to_finish(stack, name, each) for each in begun), "")


def _is_unmarked(image: FoundVersion) -> bool:
    """Whether it is a machine image that its tags call something, and that has no watermark."""
    return image.origin is not None and bool(image.version) and not image.origin.watermarks


@dataclass(frozen=True)
class _Against:
    """Names of the parameters that may forbid an image, whichever of its versions or the image itself they are about.

    Args:
        revoking: for every service.
        vetoing: for a service, by its name.
    """

    revoking: tuple[str, ...]
    vetoing: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> set[str]:
        """All of them."""
        return {*self.revoking, *(each for some in self.vetoing.values() for each in some)}

    @classmethod
    def of(cls, stack: PinnedStack, name: str, app: str, services: Iterable[str], image: SeenImage) -> "_Against":
        """Those of an image of a pin."""
        labels = image.labels or ("",)
        revoking = dict.fromkeys(
            each for label in labels for each in revocation_names(name, label, image.identity, app)
        )
        vetoing = {
            service: tuple(
                dict.fromkeys(
                    each for label in labels for each in veto_names(stack.record(service), label, image.identity)
                )
            )
            for service in services
        }
        return cls(tuple(revoking), vetoing)
