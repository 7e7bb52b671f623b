"""The versions of the images of a stack: what exists, what is pinned and runs, and what speaks against each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strata.errors import RefusedError
from strata.images.catalogue import CatalogueEntry
from strata.images.image_finder import FoundVersion
from strata.images.pin_file import PinKind
from strata.promotion.pinned_stack import PinnedStack, RecordedImage
from strata.promotion.pinning import repository_of
from strata.rollout.tasks.image_lookup import digest_of
from strata.verdict_names import revocation_names, verdict_names

__all__ = ["ImageRow", "PinRows", "list_images"]


@dataclass(frozen=True)
class ImageRow:
    """One version.

    Args:
        version: as people call it.
        image_id: id of a machine image, digest of a container image.
        made: when, as RFC 3339 in UTC; None where nothing says it.
        age_seconds: since then.
        exists: whether the account and region have it.
        catalogued: whether the catalogue has it.
        pinned: whether the stack file pins it.
        runs_in: the services whose records name it.
        deprecated: from when on it should not be used; None for never.
        revoked: why, with who revoked it and when; None where it is not.
        vetoes: the same for single services, by service.
    """

    version: str
    image_id: str
    made: str | None
    age_seconds: float | None
    exists: bool
    catalogued: bool
    pinned: bool
    runs_in: tuple[str, ...]
    deprecated: str | None
    revoked: str | None
    vetoes: Mapping[str, str]

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image list` has it."""
        return {
            "version": self.version,
            "image_id": self.image_id,
            "made": self.made,
            "age_seconds": self.age_seconds,
            "exists": self.exists,
            "catalogued": self.catalogued,
            "pinned": self.pinned,
            "runs_in": list(self.runs_in),
            "deprecated": self.deprecated,
            "revoked": self.revoked,
            "vetoes": dict(self.vetoes),
        }


@dataclass(frozen=True)
class PinRows:
    """The versions of the image that one pin names.

    Args:
        name: the pin.
        kind: where it is.
        rows: newest first.
        note: what could not be looked at, as a sentence; empty where everything could.
    """

    name: str
    kind: PinKind
    rows: tuple[ImageRow, ...]
    note: str = ""

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image list` has it."""
        kind = "machine" if self.kind is PinKind.MACHINE else "container"
        versions = [each.document() for each in self.rows]
        return {"image_name": self.name, "kind": kind, "versions": versions, "note": self.note or None}


def list_images(stack: PinnedStack, name: str | None) -> list[PinRows]:
    """The versions of a stack's images.

    Args:
        stack: the stack.
        name: one pin. Default: all of the stack.

    Raises:
        UsageError: there is no such pin.
    """
    names = sorted(stack.pins) if name is None else [name]
    kinds = {each: stack.kind(each) for each in names}
    recorded = stack.recorded() if names else []
    return [_rows(stack, each, kind, [it for it in recorded if it.image.name == each]) for each, kind in kinds.items()]


def _rows(stack: PinnedStack, name: str, kind: PinKind, running: list[RecordedImage]) -> PinRows:
    entries = stack.entries(name)
    found, note = _found(stack, name, kind, entries)
    pinned = _pinned(stack, name, kind)
    known: dict[tuple[str, str], FoundVersion | None] = {}
    for each in found:
        version = each.version or next((key for key, it in entries.items() if it.identity == each.id), "")
        known[version, each.id] = each
    for version, entry in entries.items():
        known.setdefault((version, entry.identity), None)
    for it in running:
        known.setdefault((it.image.version, digest_of(it.image.id) or it.image.id), None)
    if pinned is not None and pinned not in known and not any(pinned[1] == identity for _, identity in known):
        known[pinned] = None
    app = stack.app(name)
    services = stack.services_of(name, kind)
    asked = {
        each: {service: verdict_names(stack.record(service), name, *each, app) for service in services}
        for each in known
    }
    revoking = {each: revocation_names(name, *each, app) for each in known}
    names = {name for each in asked.values() for some in each.values() for name in some}
    verdicts = stack.verdicts.read(names | {name for each in revoking.values() for name in each})
    rows: list[ImageRow] = []
    for (version, identity), image in known.items():
        made = image.made if image is not None and image.made else _made(entries.get(version), identity)
        against = revoking[version, identity]
        revoked = next((verdicts[parameter] for parameter in against if parameter in verdicts), None)
        vetoes = {
            service: str(verdicts[parameter])
            for service, some in asked[version, identity].items()
            for parameter in reversed(some)
            if parameter not in against and parameter in verdicts
        }
        rows.append(
            ImageRow(
                version=version,
                image_id=identity,
                made=made,
                age_seconds=_age(made, stack.clock.now()),
                exists=image is not None and image.state == "available",
                catalogued=version in entries and entries[version].identity == identity,
                pinned=pinned is not None and identity == pinned[1],
                runs_in=tuple(
                    sorted(it.service for it in running if (digest_of(it.image.id) or it.image.id) == identity)
                ),
                deprecated=image.deprecated if image is not None else None,
                revoked=str(revoked) if revoked is not None else None,
                vetoes=vetoes,
            )
        )
    return PinRows(name, kind, tuple(sorted(rows, key=lambda row: row.made or "", reverse=True)), note)


def _found(
    stack: PinnedStack, name: str, kind: PinKind, entries: Mapping[str, CatalogueEntry]
) -> tuple[list[FoundVersion], str]:
    """The images there are, and what kept some from being looked for."""
    if kind is PinKind.MACHINE:
        pin, finder = stack.machine_pin(name), stack.finder
        tagged = finder.machines(pin.app or name, pin.owners)
        seen = {each.id for each in tagged}
        # the tags of another account's image cannot be seen
        more = {entry.id for entry in entries.values() if entry.id} | ({pin.id} if pin.id else set[str]())
        return [*tagged, *finder.machines_by_id(*(more - seen))], ""
    try:
        return stack.finder.containers(repository_of(stack, name)), ""
    except RefusedError as error:
        return [], f"{error.message}."


def _pinned(stack: PinnedStack, name: str, kind: PinKind) -> tuple[str, str] | None:
    """Version and id or digest that the file pins; None where it pins none."""
    if kind is PinKind.MACHINE:
        pin = stack.machine_pin(name)
        return (pin.version or "", pin.id) if pin.id else None
    image = stack.container_pin(name)
    digest = image.digest or (digest_of(image.reference) if image.reference else None)
    return (image.version or "", digest) if digest else None


def _made(entry: CatalogueEntry | None, identity: str) -> str | None:
    return entry.made if entry is not None and entry.identity == identity else None


def _age(made: str | None, now: float) -> float | None:
    try:
        return round(max(0.0, now - datetime.fromisoformat(made).timestamp())) if made else None
    except ValueError:
        return None
