"""What S3 and EFS refuse."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from strata import naming
from strata.settings.models import FileStoreSettings, ObjectStoreSettings, StorageClass, Throughput, Versioning
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.stage import Stage

__all__ = ["RULES"]

INFREQUENT: Final = frozenset({StorageClass.STANDARD_IA, StorageClass.ONEZONE_IA})
INFREQUENT_DAYS: Final = 30
"""S3 takes an object into infrequent access 30 days after it was written at the earliest, and keeps it there as long
before a lifecycle rule moves it on."""
FILE_DAYS: Final = (1, 7, 14, 30, 60, 90, 180, 270, 365)
"""PutLifecycleConfiguration of EFS: `AFTER_1_DAY`, `AFTER_7_DAYS` and so on."""


def object_lock(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        if store.object_lock is not None and store.versioning is Versioning.SUSPENDED:
            yield Conflict(
                (*at, "versioning"),
                store.versioning.value,
                expected="enabled: S3 locks versions",
                fix="Enable versioning, or take object_lock out.",
                reads=((*at, "object_lock"),),
            )


def noncurrent(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        lifecycle = store.lifecycle
        if lifecycle.noncurrent_versions is not None and lifecycle.noncurrent_days is None:
            yield Conflict(
                (*at, "lifecycle", "noncurrent_versions"),
                lifecycle.noncurrent_versions,
                expected="noncurrent_days beside it: S3 keeps that many of the versions it would delete",
                fix="Set noncurrent_days too, or leave both out to keep every version.",
                reads=((*at, "lifecycle", "noncurrent_days"),),
            )


def transition_days(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        for index, move in enumerate(store.lifecycle.transitions):
            if move.storage_class in INFREQUENT and move.after_days < INFREQUENT_DAYS:
                place = (*at, "lifecycle", "transitions", index)
                yield Conflict(
                    (*place, "after_days"),
                    move.after_days,
                    expected=f"at least {INFREQUENT_DAYS} days for {move.storage_class} (S3)",
                    fix=f"Write {INFREQUENT_DAYS}, or another storage class.",
                    reads=((*place, "storage_class"),),
                )


def transition_order(facts: Facts) -> Iterator[Conflict]:
    order = list(StorageClass)
    for at, store in facts.each(ObjectStoreSettings):
        moves = store.lifecycle.transitions
        for index, (first, then) in enumerate(pairwise(moves), start=1):
            gap = INFREQUENT_DAYS if first.storage_class in INFREQUENT else 1
            colder = order.index(then.storage_class) > order.index(first.storage_class)
            if not colder or then.after_days < first.after_days + gap:
                yield Conflict(
                    (*at, "lifecycle", "transitions", index),
                    f"{then.storage_class} after {then.after_days} days",
                    expected=f"a colder class than {first.storage_class}, at least {gap} days after it (S3)",
                    fix="List transitions from warm to cold, with the days S3 wants between them.",
                    reads=((*at, "lifecycle", "transitions", index - 1),),
                )


def expiry(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        expire, moves = store.lifecycle.expire_days, store.lifecycle.transitions
        latest = max((move.after_days for move in moves), default=0)
        if expire is not None and expire <= latest:
            yield Conflict(
                (*at, "lifecycle", "expire_days"),
                expire,
                expected=f"more than {latest} days: objects move only then (S3)",
                fix="Let objects expire later, or move them earlier.",
                reads=((*at, "lifecycle", "transitions"),),
            )


def force_destroy(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        if store.force_destroy and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*at, "force_destroy"),
                got=True,
                expected="false outside dev: a destroy would take every object with it",
                fix="Leave it out, and empty the bucket yourself before it goes.",
                reads=(("stage",),),
            )


def bucket_names(facts: Facts) -> Iterator[Conflict]:
    logs = facts.settings.ingress.access_logs
    if logs is not None and (refusal := naming.bucket_refusal(logs.bucket)) is not None:
        yield Conflict(
            ("ingress", "access_logs", "bucket"),
            logs.bucket,
            expected=f"a name {refusal} (S3)",
            fix="Write the name of the bucket as S3 shows it.",
        )
    for (*at, name), _ in facts.each(ObjectStoreSettings):
        # The bucket's own name begins with this one and ends with digits of Pulumi's.
        if (refusal := naming.bucket_refusal(f"{name}-bucket-0123456")) is not None:
            yield Conflict(
                (*at, name), name, expected=f"a name {refusal} (S3): the bucket is named after it", fix="Rename it."
            )


def throughput(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(FileStoreSettings):
        provisioned = store.throughput is Throughput.PROVISIONED
        if provisioned and store.provisioned_mib is None:
            yield Conflict(
                (*at, "provisioned_mib"),
                None,
                expected="the MiB per second to pay for",
                fix="Set provisioned_mib, or use elastic throughput.",
                reads=((*at, "throughput"),),
            )
        if not provisioned and store.provisioned_mib is not None:
            yield Conflict(
                (*at, "provisioned_mib"),
                store.provisioned_mib,
                expected=f"nothing with {store.throughput} throughput (EFS)",
                fix="Leave it out, or set throughput to provisioned.",
                reads=((*at, "throughput"),),
            )


def file_days(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(FileStoreSettings):
        for key in ("ia_after_days", "archive_after_days"):
            days = getattr(store, key)
            if days is not None and days not in FILE_DAYS:
                yield Conflict(
                    (*at, key),
                    days,
                    expected=f"one of {', '.join(map(str, FILE_DAYS))} (EFS)",
                    fix=f"Write {min(FILE_DAYS, key=lambda known: abs(known - days))}.",
                )


def archive(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(FileStoreSettings):
        days, before = store.archive_after_days, store.ia_after_days
        if days is None:
            continue
        if store.throughput is not Throughput.ELASTIC:
            yield Conflict(
                (*at, "archive_after_days"),
                days,
                expected=f"nothing with {store.throughput} throughput: the archive needs elastic (EFS)",
                fix="Leave it out, or use elastic throughput.",
                reads=((*at, "throughput"),),
            )
        if before is not None and days <= before:
            yield Conflict(
                (*at, "archive_after_days"),
                days,
                expected=f"more than {before} days: a file moves to infrequent access first (EFS)",
                fix="Archive later, or move to infrequent access earlier.",
                reads=((*at, "ia_after_days"),),
            )


def file_zones(facts: Facts) -> Iterator[Conflict]:
    zones = facts.settings.network.zones
    for at, store in facts.each(FileStoreSettings):
        # A stack on an existing network says nothing of its own; the component looks at that network's subnets.
        if store.zones > zones and facts.says(("network",)):
            yield Conflict(
                (*at, "zones"),
                store.zones,
                expected=f"at most {zones}, the zones of the network",
                fix=f"Write {zones}, or give the network more zones.",
                reads=(("network", "zones"),),
            )


RULES: Final = (
    Rule("object-lock", "Versions are locked only where there are versions.", object_lock),
    Rule("object-noncurrent", "A number of old versions comes with an age.", noncurrent),
    Rule("object-transition-days", "Objects move no sooner than S3 takes them.", transition_days),
    Rule("object-transition-order", "Objects move from warm to cold.", transition_order),
    Rule("object-expiry", "Objects expire after they moved, not before.", expiry),
    Rule("object-destroy", "A destroy takes no objects with it outside dev.", force_destroy),
    Rule("bucket-name", "S3 takes buckets of that name.", bucket_names),
    Rule("file-throughput", "A throughput is provisioned where it is paid for.", throughput),
    Rule("file-days", "Files move after days EFS knows.", file_days),
    Rule("file-archive", "Files go to the archive where EFS has one, and last.", archive),
    Rule("file-zones", "A file system has no more mount targets than the network has zones.", file_zones),
)
