"""A bucket for what an application keeps."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Final

from pydantic import Field

from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule

__all__ = [
    "LifecycleSettings",
    "ObjectLockSettings",
    "ObjectStoreSettings",
    "StorageClass",
    "TransitionSettings",
    "Versioning",
]


class Versioning(StrEnum):
    """Whether S3 keeps what is overwritten or deleted; it can be suspended, never taken away."""

    ENABLED = "enabled"
    """Old versions are kept."""
    SUSPENDED = "suspended"
    """New writes overwrite; versions that exist are kept."""


class StorageClass(StrEnum):
    """Where S3 moves objects that grow old, the warmest first; an object only ever moves down."""

    STANDARD_IA = "STANDARD_IA"
    """Infrequent access: cheaper to keep, each read costs. Kept 30 days at least."""
    INTELLIGENT_TIERING = "INTELLIGENT_TIERING"
    """S3 moves each object by how often it is read."""
    ONEZONE_IA = "ONEZONE_IA"
    """Infrequent access in a single zone, lost with it."""
    GLACIER_IR = "GLACIER_IR"
    """Archive that answers at once. Kept 90 days at least."""
    GLACIER = "GLACIER"
    """Archive that answers within minutes to hours. Kept 90 days at least."""
    DEEP_ARCHIVE = "DEEP_ARCHIVE"
    """Archive that answers within hours to two days. Kept 180 days at least."""


INFREQUENT: Final = frozenset({StorageClass.STANDARD_IA, StorageClass.ONEZONE_IA})
INFREQUENT_DAYS: Final = 30
"""S3 takes an object into infrequent access 30 days after it was written at the earliest, and keeps it there as long
before a lifecycle rule moves it on."""


class TransitionSettings(Settings):
    """A move to a colder storage class."""

    after_days: int = Field(default=30, ge=0, le=36_500)
    """Days after an object was written, for STANDARD_IA and ONEZONE_IA at least 30 (S3). Default: 30."""
    storage_class: StorageClass = StorageClass.STANDARD_IA
    """Where it moves. Default: STANDARD_IA."""


class LifecycleSettings(Settings):
    """What S3 does by itself with objects that grow old."""

    noncurrent_days: int | None = by_stage(dev=7, staging=30, prod=90, ge=1, le=36_500)
    """Days an overwritten or deleted version is kept; null keeps it for ever."""
    noncurrent_versions: int | None = Field(default=None, ge=1, le=100)
    """Newest old versions that are kept however old they are, 1 to 100 (S3). Default: none."""
    incomplete_upload_days: int = Field(default=7, ge=1, le=365)
    """Days until the parts of an upload that was never finished are removed. Default: 7."""
    expire_days: int | None = Field(default=None, ge=1, le=36_500)
    """Days until an object itself expires; its last version is then kept as an old one. Default: never."""
    transitions: tuple[TransitionSettings, ...] = ()
    """Moves to colder storage classes, the earliest first. Default: none."""

    @rule("object-noncurrent", "A number of old versions comes with an age.")
    def _noncurrent(self) -> Iterator[Conflict]:
        if self.noncurrent_versions is not None and self.noncurrent_days is None:
            yield Conflict(
                ("noncurrent_versions",),
                self.noncurrent_versions,
                expected="noncurrent_days beside it: S3 keeps that many of the versions it would delete",
                fix="Set noncurrent_days too, or leave both out to keep every version.",
                reads=(("noncurrent_days",),),
            )

    @rule("object-transition-days", "Objects move no sooner than S3 accepts them.")
    def _transition_days(self) -> Iterator[Conflict]:
        for index, move in enumerate(self.transitions):
            if move.storage_class in INFREQUENT and move.after_days < INFREQUENT_DAYS:
                place = ("transitions", index)
                yield Conflict(
                    (*place, "after_days"),
                    move.after_days,
                    expected=f"at least {INFREQUENT_DAYS} days for {move.storage_class} (S3)",
                    fix=f"Write {INFREQUENT_DAYS}, or another storage class.",
                    reads=((*place, "storage_class"),),
                )

    @rule("object-transition-order", "Objects move from warm to cold.")
    def _transition_order(self) -> Iterator[Conflict]:
        order = list(StorageClass)
        for index, (first, then) in enumerate(pairwise(self.transitions), start=1):
            gap = INFREQUENT_DAYS if first.storage_class in INFREQUENT else 1
            colder = order.index(then.storage_class) > order.index(first.storage_class)
            if not colder or then.after_days < first.after_days + gap:
                yield Conflict(
                    ("transitions", index),
                    f"{then.storage_class} after {then.after_days} days",
                    expected=f"a colder class than {first.storage_class}, at least {gap} days after it (S3)",
                    fix="List transitions from warm to cold, with the days S3 wants between them.",
                    reads=(("transitions", index - 1),),
                )

    @rule("object-expiry", "Objects expire after they moved, not before.")
    def _expiry(self) -> Iterator[Conflict]:
        latest = max((move.after_days for move in self.transitions), default=0)
        if self.expire_days is not None and self.expire_days <= latest:
            yield Conflict(
                ("expire_days",),
                self.expire_days,
                expected=f"more than {latest} days: objects move only then (S3)",
                fix="Let objects expire later, or move them earlier.",
                reads=(("transitions",),),
            )


class ObjectLockSettings(Settings):
    """No version can be deleted or overwritten for a while.

    In governance mode, so that who holds `s3:BypassGovernanceRetention` still can. Once on, S3 never lets it be off.
    """

    days: int = Field(default=30, ge=1, le=36_500)
    """Days a new version is locked, at most 100 years (S3). Default: 30."""


class ObjectStoreSettings(Settings):
    """An S3 bucket: private, encrypted, versioned, over TLS only."""

    versioning: Versioning = Versioning.ENABLED
    """Whether old versions are kept. Default: enabled. Suspending it weakens protection."""
    lifecycle: LifecycleSettings = LifecycleSettings.model_construct()
    """What happens to objects that grow old."""
    object_lock: ObjectLockSettings | None = None
    """Lock every new version. Default: none."""
    force_destroy: bool = by_stage(dev=True, staging=False, prod=False)
    """A destroy also deletes the objects; S3 deletes no bucket that holds any. It can be on in dev only."""
    tags: dict[str, str] = Field(default={})
    """Further tags for the bucket, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """Pulumi refuses to delete or replace the bucket and its settings, and leaves them in AWS should it have to."""

    @rule("object-lock", "Versions are locked only where there are versions.")
    def _object_lock(self) -> Iterator[Conflict]:
        if self.object_lock is not None and self.versioning is Versioning.SUSPENDED:
            yield Conflict(
                ("versioning",),
                self.versioning.value,
                expected="enabled: S3 locks versions",
                fix="Enable versioning, or remove object_lock.",
                reads=(("object_lock",),),
            )
