"""Whether a machine image proves that it is the version as which it is pinned (pure).

Tags say nothing: whoever may tag can write any. What proves an image is the catalogue of the account, which has its id,
or a watermark that was written on this very image, or on the one of which this is a copy.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from strata.images.doubt import Doubt
from strata.images.image_origin import ImageOrigin, Watermark
from strata.images.image_scan import ScanLimits
from strata.naming import revocation_name
from strata.settings.models import ImageProofSettings, ImageSettings, PromotionSettings
from strata.verdict_names import revoked_image_name

__all__ = [
    "INSPECTED",
    "ImageTerms",
    "MachineClaim",
    "find_doubts",
    "is_proven",
    "proven_versions",
    "sources_revoked_by",
]

INSPECTED: Final = "Switch Amazon Inspector on for the account that bakes it."
"""How a machine image is scanned."""


@dataclass(frozen=True)
class ImageTerms:
    """What a stack requires of an image that a service of it is to run.

    Args:
        required: whether an image must prove what it is. Default: one that says nothing of itself is accepted.
        app: what the image is called where it is baked. Default: as its pin.
        accounts: accounts whose watermarks are believed, besides that of the stack. Default: none.
        scan: limits of what a scan may have found. Default: none.
        fresh: whether `up` itself has pushed it, so that its scan may not even have begun. Default: it has not.
        proven: the proofs of what the stack file pins, see `settings.proven_images`; None where the stack requires
            none, or `up` builds the image. Default: None.
    """

    required: bool = False
    app: str = ""
    accounts: tuple[str, ...] = ()
    scan: ScanLimits = field(default_factory=ScanLimits)
    fresh: bool = False
    proven: Mapping[str, ImageProofSettings] | None = None

    @classmethod
    def of(cls, promotion: PromotionSettings, pin: ImageSettings | None = None, *, fresh: bool = False) -> "ImageTerms":
        """The terms of a stack.

        Args:
            promotion: what it takes to pin an image there.
            pin: of a machine image.
            fresh: whether `up` itself pushes it.
        """
        owners = pin.owners if pin is not None else ()
        return cls(
            required=promotion.require_proof,
            app=(pin.app or "") if pin is not None else "",
            accounts=tuple(each for each in owners if each.isdigit()),
            scan=ScanLimits.of(promotion),
            fresh=fresh,
        )

    def with_others(self, others: Iterable["ImageTerms"]) -> "ImageTerms":
        """The terms of images that run together: a scan of each has to be within the limits of all.

        Args:
            others: those of the other images.
        """
        found = self
        for each in others:
            found = replace(found, scan=found.scan.stricter(each.scan), fresh=found.fresh or each.fresh)
        return found


@dataclass(frozen=True)
class MachineClaim:
    """A machine image, and what it is said to be.

    Args:
        name: the pin.
        version: the version.
        origin: what EC2 says of it.
        catalogued: what the catalogue of the account and region has as that version; None for nothing.
        account: the account that asks.
        terms: what is required of it.
        revoked: why images that it was made of are revoked, by id. Default: of none it is known.
    """

    name: str
    version: str
    origin: ImageOrigin
    catalogued: str | None
    account: str
    terms: ImageTerms
    revoked: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def trusted(self) -> tuple[str, ...]:
        """The accounts whose watermarks count."""
        return (self.account, *self.terms.accounts)

    @property
    def own(self) -> list[Watermark]:
        """Its watermarks that are of this image, whatever the version; those of what it was baked from are others."""
        names = {self.name, self.terms.app or self.name}
        return [each for each in self.origin.watermarks if each.image in names]

    @property
    def where(self) -> str:
        """The image as the stack file names it."""
        return f"strata:images.{self.name}.id is {self.origin.id}"


def is_proven(claim: MachineClaim) -> bool:
    """Whether the image is proven to be what it is said to be.

    Args:
        claim: the image.
    """
    if any(_other_version(claim)):
        return False
    return claim.catalogued == claim.origin.id or any(_proves(claim, each) for each in _said(claim))


def find_doubts(claim: MachineClaim) -> Iterator[Doubt]:
    """Why it is not proven, or what says that it is something else.

    That the catalogue has another image as this version is for the caller to say.

    Args:
        claim: the image.
    """
    if is_proven(claim):
        return
    if other := list(_other_version(claim)):
        yield from other
        return
    origin, known = claim.origin, claim.catalogued
    # a watermark of a strange account is no proof, and where none is required it says nothing either
    said = [each for each in _said(claim) if claim.terms.required or each.account in claim.trusted]
    if said:
        yield from (_unproven(claim, each) for each in said)
    elif known is not None and origin.server and origin.source == known:
        yield _of_server(claim, known, claim.version)
    elif known is None and (inherited := _inherited(claim)):
        yield from (_unproven(claim, each) for each in inherited)
    elif known is None and (strange := _strangers(claim)):
        yield Doubt(
            f"{claim.where}, and its watermark says {_listed(strange)}: expected {claim.name} {claim.version}",
            f"Pin it as what it is, or pin the image of {claim.name} {claim.version}.",
        )
    elif known is None and claim.terms.required:
        yield Doubt(
            f"{claim.where}, which is in no catalogue of account {claim.account} and has no watermark: expected one of "
            f"them to say {claim.name} {claim.version}, since anybody who may tag can write its tags",
            "Bake it with `strata image bake`, take up what Packer has baked with `strata image add`, or set "
            "strata:promotion.require_proof to false.",
        )


def sources_revoked_by(claim: MachineClaim) -> dict[str, str]:
    """Names of the parameters that would revoke what an image was made of, by its id or its version, and that id.

    Args:
        claim: the image.
    """
    made_of = {each.source: (each.image, each.version) for each in claim.origin.watermarks}
    if claim.catalogued is not None:
        made_of |= {claim.catalogued: (claim.name, claim.version)}
    by_version = {revocation_name(*called): each for each, called in made_of.items()}
    return by_version | {name: each for each in made_of if (name := revoked_image_name(each)) is not None}


def _said(claim: MachineClaim) -> list[Watermark]:
    """The watermarks that say what the image is said to be."""
    return [each for each in claim.own if each.version == claim.version]


def _proves(claim: MachineClaim, mark: Watermark) -> bool:
    origin = claim.origin
    written = mark.source == origin.id
    copied = not origin.server and mark.source == origin.source
    return mark.account in claim.trusted and (written or copied)


def proven_versions(claim: MachineClaim) -> tuple[str, ...]:
    """The versions that its watermarks prove it to be, whatever it is said to be.

    Args:
        claim: the image.
    """
    return tuple(sorted({each.version for each in claim.own if _proves(claim, each)}))


def _other_version(claim: MachineClaim) -> Iterator[Doubt]:
    """That it was baked as another version of this image, and only as that; what it was baked from may be one."""
    if _said(claim):
        return
    if versions := proven_versions(claim):
        yield Doubt(
            f"{claim.where}, and its watermark says {claim.name} {', '.join(versions)}: expected {claim.version}",
            f"Pin it as the version that it is, or pin the image of {claim.version}.",
        )


def _inherited(claim: MachineClaim) -> list[Watermark]:
    """What says that it was made of another version; of a strange account only where proof is required."""
    found = [each for each in claim.own if each.source != claim.origin.id]
    return [each for each in found if claim.terms.required or each.account in claim.trusted]


def _strangers(claim: MachineClaim) -> list[Watermark]:
    """What it was baked as by another name; it keeps the watermarks of what it was baked from, too."""
    return [each for each in claim.origin.watermarks if each.source == claim.origin.id and each not in claim.own]


def _unproven(claim: MachineClaim, mark: Watermark) -> Doubt:
    """Why a watermark of this image proves nothing."""
    origin = claim.origin
    if mark.account not in claim.trusted:
        return Doubt(
            f"{claim.where}, and its watermark {claim.name} {mark.version} is of account {mark.account}: expected one "
            f"of account {' or '.join(claim.trusted)}",
            f"If that account bakes your images, add it to strata:images.{claim.name}.owners; otherwise pin an image "
            "of yours.",
        )
    if origin.server:
        return _of_server(claim, mark.source, mark.version)
    if mark.source in claim.revoked:
        made_of = f"a copy of {origin.source or 'an image that AWS does not name'}"
        return _of_revoked(claim, made_of, mark.source, mark.version)
    return Doubt(
        f"{claim.where}, a copy of {origin.source or 'an image that AWS does not name'}: expected {mark.source}, which "
        f"was baked as {claim.name} {mark.version}, or a copy of that",
        f"Pin {mark.source}, or copy it: `aws ec2 copy-image --source-image-id {mark.source}`.",
    )


def _of_server(claim: MachineClaim, baked: str, version: str) -> Doubt:
    if baked in claim.revoked:
        return _of_revoked(claim, f"made from a running server, {claim.origin.server}", baked, version)
    return Doubt(
        f"{claim.where}, which was made from a running server, {claim.origin.server}, and nobody knows what has been "
        f"changed there: expected {baked}, which was baked as {claim.name} {version}, or a copy of it",
        f"Pin {baked}, and bake what was changed on the server as a new version.",
    )


def _of_revoked(claim: MachineClaim, made_of: str, baked: str, version: str) -> Doubt:
    """What it was made of is no way out: it must not run either."""
    return Doubt(
        f"{claim.where}, {made_of}, and goes back to {baked}, which was baked as {claim.name} {version} and is "
        f"revoked: {claim.revoked[baked]}",
        f"Use neither: pin another version of {claim.name}. `strata image list` shows which there are.",
    )


def _listed(marks: Iterable[Watermark]) -> str:
    return ", ".join(sorted(f"{each.image} {each.version}" for each in marks))
