"""Removing what nobody needs, so that an interrupted run leaves what the next one finds, and what AWS says afterwards.

A machine image goes first, then its snapshots, which are tagged before, then its entry in the catalogue: whatever is
left is found by the tag or by the entry. An image index goes before its parts, which ECR would not delete before it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.ecr_repository import EcrRepository
from strata.aws.outage import Trouble, describe_failure, error_code, trouble_of
from strata.aws.portions import portions
from strata.clock import Clock
from strata.images.catalogue import Catalogue
from strata.images.image_finder import ImageFinder
from strata.images.image_protection import lift_protection
from strata.naming import catalogue_name
from strata.pruning.prune_plan import PruneRow
from strata.pruning.stored_images import PRUNED, StoredImage, StoredKind

__all__ = ["Removal", "Remover"]

_LOOKS: Final = 5
_PAUSE_SECONDS: Final = 2.0
"""AWS may show for some seconds what is gone."""
_AT_ONCE: Final = 100
"""BatchDeleteImage: `imageIds`."""
_GONE: Final = ("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable", "InvalidSnapshot.NotFound")
"""Somebody else was faster."""


@dataclass(frozen=True)
class Removal:
    """What became of one thing.

    Args:
        row: the thing.
        gone: whether AWS has nothing of it any more.
        left: what AWS still has of it, or does not say: ids of an image or snapshots, digests, names of parameters.
        trouble: what AWS refused; empty where it refused nothing.
    """

    row: PruneRow
    gone: bool = False
    left: tuple[str, ...] = ()
    trouble: str = ""

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata image prune` has it."""
        return {"gone": self.gone, "left": list(self.left), "trouble": self.trouble or None}


class Remover:
    """Removes things of one account and region.

    Args:
        client: gives the boto3 client of a service.
        clock: time.
    """

    def __init__(self, client: ClientFor, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._troubles: dict[str, str] = {}
        self._stopped = ""

    def remove(self, rows: Sequence[PruneRow]) -> list[Removal]:
        """Remove them, as far as AWS lets it; a call that AWS does not answer is the last one that changes anything.

        Args:
            rows: what nobody needs.
        """
        machines = _of_kind(rows, StoredKind.MACHINE)
        for row in machines:
            self._try([row], lambda row=row: self._deregister(row.stored))
        there = self._seen(machines, [row.stored.identity for row in machines], self._images)
        gone = [row for row in machines if row.stored.identity not in there]
        snapshots = {each: row for row in gone for each in row.stored.snapshots}
        snapshots |= {row.stored.identity: row for row in _of_kind(rows, StoredKind.SNAPSHOT)}
        for snapshot, row in snapshots.items():
            self._try([row], lambda snapshot=snapshot: self._client("ec2").delete_snapshot(SnapshotId=snapshot))
        there |= self._seen(list(snapshots.values()), list(snapshots), self._snapshots)
        there |= self._remove_containers(_of_kind(rows, StoredKind.CONTAINER))
        return [self._finish(row, there) for row in rows]

    def _try(self, rows: Sequence[PruneRow], act: Callable[[], None]) -> None:
        """One step. What is refused concerns so many rows, and what is not answered stops all further steps."""
        trouble = f"not tried, after {self._stopped}" if self._stopped else ""
        if not trouble:
            try:
                act()
            except Exception as error:
                if error_code(error) in _GONE:
                    return
                kind = trouble_of(error)
                if kind is Trouble.REFUSAL and not error_code(error):
                    # not AWS's
                    raise
                trouble = describe_failure(error)
                self._stopped = "" if kind is Trouble.REFUSAL else trouble
        if trouble:
            for row in rows:
                self._troubles.setdefault(row.stored.identity, trouble)

    def _deregister(self, image: StoredImage) -> None:
        ec2 = self._client("ec2")
        if image.snapshots:
            noted = f"{image.name}/{image.version}/{image.identity}"
            ec2.create_tags(Resources=list(image.snapshots), Tags=[{"Key": PRUNED, "Value": noted}])
        if image.protection.can_be_lifted:
            lift_protection(self._client, [image.identity])
        ec2.deregister_image(ImageId=image.identity)

    def _remove_containers(self, rows: Sequence[PruneRow]) -> set[str]:
        """Delete them, and give the digests that are still there."""
        there: set[str] = set()
        for repository in sorted({row.stored.repository for row in rows}):
            here = [row for row in rows if row.stored.repository == repository]
            indexes, others = _apart(here, lambda image: bool(image.parts))
            for some in (indexes, *_apart(others, lambda image: image.about is None)):
                for asked in portions(some, _AT_ONCE):
                    self._try(asked, lambda asked=asked, repository=repository: self._delete(repository, asked))
            digests = [row.stored.identity for row in here]
            there |= self._seen(here, digests, lambda asked, repository=repository: self._digests(repository, asked))
        return there

    def _delete(self, repository: str, rows: Sequence[PruneRow]) -> None:
        ids = [{"imageDigest": row.stored.identity} for row in rows]
        place = _place(repository)
        found = place.client(self._client).batch_delete_image(**place.ids, imageIds=ids)
        for each in found.get("failures") or ():
            # what is about an image goes with it
            if each.get("failureCode") != "ImageNotFound":
                digest = str((each.get("imageId") or {}).get("imageDigest"))
                self._troubles.setdefault(digest, f"{each.get('failureCode')}: {each.get('failureReason')}")

    def _seen(self, rows: Sequence[PruneRow], ids: Sequence[str], look: Callable[[list[str]], set[str]]) -> set[str]:
        """Those of so many ids that AWS still has; all of them where it does not say."""
        if not ids:
            return set()
        there = set(ids)

        def ask() -> None:
            nonlocal there
            there = look(sorted(ids))
            refused = {each for row in rows if row.stored.identity in self._troubles for each in _ids(row.stored)}
            for _ in range(_LOOKS - 1):
                if there <= refused:
                    return
                asyncio.run(self._clock.sleep(_PAUSE_SECONDS))
                there = look(sorted(ids))

        stopped, self._stopped = self._stopped, ""
        self._try(rows, ask)
        self._stopped = stopped or self._stopped
        return there

    def _images(self, ids: list[str]) -> set[str]:
        return {each.id for each in ImageFinder(self._client).machines_by_id(*ids)}

    def _snapshots(self, ids: list[str]) -> set[str]:
        asked = [{"Name": "snapshot-id", "Values": ids}]
        pages = self._client("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=asked)
        return {str(each["SnapshotId"]) for page in pages for each in page["Snapshots"]}

    def _digests(self, repository: str, asked: list[str]) -> set[str]:
        place = _place(repository)
        pages = place.client(self._client).get_paginator("describe_images").paginate(**place.ids)
        return {str(each["imageDigest"]) for page in pages for each in page["imageDetails"]} & set(asked)

    def _finish(self, row: PruneRow, there: set[str]) -> Removal:
        """Take the entries of what is gone out of the catalogue, and say what AWS still has."""
        image = row.stored
        left = [each for each in _ids(image) if each in there]
        if not left:
            for version in row.catalogued:
                self._try([row], lambda version=version: self._delete_entry(image, version))
            left = self._entries(row)
        return Removal(row, not left, tuple(left), self._troubles.get(image.identity, ""))

    def _delete_entry(self, image: StoredImage, version: str) -> None:
        entry = Catalogue(self._client).entry(image.name, version)
        # somebody may have baked the version again by now
        if entry is not None and entry.identity == image.identity:
            self._client("ssm").delete_parameter(Name=catalogue_name(image.name, version))

    def _entries(self, row: PruneRow) -> list[str]:
        image, known = row.stored, dict.fromkeys(row.catalogued, "")
        left = [catalogue_name(image.name, version) for version in known]

        def ask() -> None:
            nonlocal left
            found = Catalogue(self._client).some(image.name, known)
            left = [catalogue_name(image.name, key) for key, each in found.items() if each.identity == image.identity]

        if known:
            self._try([row], ask)
        return left


def _of_kind(rows: Iterable[PruneRow], kind: StoredKind) -> list[PruneRow]:
    return [row for row in rows if row.stored.kind is kind]


def _apart(rows: Iterable[PruneRow], test: Callable[[StoredImage], bool]) -> tuple[list[PruneRow], list[PruneRow]]:
    found: tuple[list[PruneRow], list[PruneRow]] = ([], [])
    for row in rows:
        found[0 if test(row.stored) else 1].append(row)
    return found


def _ids(image: StoredImage) -> tuple[str, ...]:
    """What AWS has of it, besides entries of the catalogue."""
    return () if image.kind is StoredKind.ENTRY else (image.identity, *image.snapshots)


def _place(repository: str) -> EcrRepository:
    place = EcrRepository.parse(repository)
    if place is None:
        raise ValueError(f"{repository} is no repository of ECR, and nothing of it is removed")
    return place
