"""How an image gets from one stack into the next: what a promotion requires, and the proof it leaves with the pin."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict

__all__ = ["MOST_SOAK_MINUTES", "FindingSeverity", "ImageProofSettings", "PromotionSettings", "unproven_image"]


class FindingSeverity(StrEnum):
    """How bad a vulnerability is that a scan has found, in the words of Inspector and ECR; the mildest first."""

    INFORMATIONAL = "informational"
    """Nothing to do."""
    LOW = "low"
    """It need not be acted upon by itself."""
    MEDIUM = "medium"
    """It has to be acted upon, and not at once."""
    HIGH = "high"
    """It has to be acted upon soon."""
    CRITICAL = "critical"
    """It has to be acted upon at once."""


class ImageProofSettings(Settings):
    """Where an image ran before it was pinned here. `strata image promote` writes it."""

    stack: str = Field(pattern=patterns.STACK_PATH, examples=["shop/staging"])
    """The stack whose release record named it: project and stack."""
    release: str = Field(pattern=patterns.VERSION, examples=["1.4.2"])
    """The version that the record named. It is that of the pin."""
    digest: str = Field(pattern=patterns.RELEASE_DIGEST, examples=["0123456789abcdef"])
    """The release digest of the record."""
    image: str | None = Field(default=None, pattern=patterns.IMAGE_CONTENT, examples=["ami-0123456789abcdef0"])
    """The image that is proven: id of the pinned machine image, digest of the container image. Default: as in proofs of
    machine images that were written without it, which the catalogue and watermarks prove."""
    soaked: int = Field(ge=0, examples=[5400])
    """Seconds that it had run there: the age of the record."""
    min_soak: int | None = Field(default=None, ge=0, examples=[300])
    """Seconds that the promotion required of it, by `strata:promotion.min_soak_minutes` at that time or `--min-soak`.
    Default: in a proof that was written without it, as many as that setting requires now."""
    by: str = Field(pattern=patterns.TEXT, examples=["arn:aws:iam::123456789012:user/ann"])
    """ARN of who promoted it."""
    at: str = Field(pattern=patterns.MOMENT, examples=["2026-01-31T08:30:00Z"])
    """When it was promoted, in UTC."""


MOST_SOAK_MINUTES: Final = 30 * 24 * 60
"""The longest that an image can be required to have run elsewhere (Strata)."""


class PromotionSettings(Settings):
    """What it takes to pin an image in this stack."""

    require_proof: bool = by_stage(dev=False, staging=False, prod=True)
    """Refuse a pin without the proof that the image ran in another stack, which `strata image promote` writes."""
    min_soak_minutes: int = by_stage(dev=0, staging=0, prod=30, ge=0, le=MOST_SOAK_MINUTES)
    """How long an image must have run in the other stack before it can be promoted into this one (Strata)."""
    worst_finding: FindingSeverity | None = by_stage(dev=None, staging=None, prod=FindingSeverity.HIGH)
    """Worst vulnerability that a scan of a new image may have found. It requires a scan. `null` for any."""
    max_scan_age_days: int | None = by_stage(dev=None, staging=None, prod=30, ge=1, le=365)
    """Days that the last scan of a new image may be old (Strata). It requires a scan. `null` for any age."""


def unproven_image(
    version: str | None, content: str | None, proof: ImageProofSettings | None, *, field: str
) -> Iterator[Conflict]:
    """Conflicts for a pin with the proof of another version, or of another image.

    Args:
        version: the pinned one; None where the pin has none.
        content: id or digest of the pinned image; None where the pin has none.
        proof: what the pin has.
        field: what says which image is pinned.
    """
    if content is not None and proof is not None and proof.image not in (None, content):
        yield Conflict(
            ("proof", "image"),
            proof.image,
            expected=f"the pinned image, {content}: what is proven is another one, whatever its version is called",
            fix="Promote the image with `strata image promote`, which writes pin and proof together.",
            reads=((field,),),
        )
    if version is not None and proof is not None and proof.release != version:
        same = content is not None and proof.image == content
        proven = f"{proof.release} of this image" if same else f"{proof.release}"
        promote = "promote the version with `strata image promote`, which writes pin and proof together."
        yield Conflict(
            ("proof", "release"),
            proof.release,
            expected=f"the pinned version, {version}: what is proven is release {proven}",
            fix=f"Write the version back, {proof.release}, or {promote}" if same else promote.capitalize(),
            reads=(("version",),),
        )
