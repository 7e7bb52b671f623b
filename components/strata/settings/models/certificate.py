"""Certificates of AWS Certificate Manager."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from strata.aws.facts.domains import shared_zone, zone_for
from strata.problem import ABSENT, Path
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule

__all__ = ["CertificateSettings", "CertificateZoneSettings", "KeyAlgorithm"]

FIRST_NAME_CHARACTERS: Final = 64
"""RequestCertificate, `DomainName`: the common name of RFC 5280."""
NAME_CHARACTERS: Final = 253
"""RequestCertificate, `SubjectAlternativeNames`."""
MOST_NAMES: Final = 100
"""ACM: names of one certificate at most, once the quota of ten is raised."""
_OWN: Final = ("alternative_names", "zone_id", "zones", "key_algorithm", "protect", "tags")
"""What only a certificate of this stack has."""


class KeyAlgorithm(StrEnum):
    """Kinds of keys that ACM issues certificates for."""

    RSA_2048 = "RSA_2048"
    """RSA with 2048 bits, which every client knows."""
    EC_256 = "EC_prime256v1"
    """ECDSA on the curve P-256: shorter and faster."""
    EC_384 = "EC_secp384r1"
    """ECDSA on the curve P-384."""


class CertificateZoneSettings(Settings):
    """The Route 53 zone of some of a certificate's names."""

    domain: str = Field(pattern=patterns.DOMAIN, examples=["example.com"])
    """Name of the zone; it holds this name and those that end with it."""
    id: str = Field(pattern=patterns.ZONE, examples=["Z0123456789ABCDEFGHIJ"])
    """Id of the zone."""


class CertificateSettings(Settings):
    """A certificate that ACM issues and renews, or one that exists."""

    external_arn: str | None = Field(default=None, pattern=patterns.CERTIFICATE)
    """A certificate that exists: nothing is made, its ARN is handed on. Default: none."""
    domain: str | None = Field(default=None, pattern=patterns.DOMAIN)
    """Its first name, at most 64 characters (ACM); *.example.com covers one level. Required unless `external_arn`."""
    alternative_names: tuple[Annotated[str, Field(pattern=patterns.DOMAIN)], ...] = ()
    """Further names; ten in all is ACM's quota, which can be raised to 100. Default: none."""
    zone_id: str | None = Field(default=None, pattern=patterns.ZONE)
    """Route 53 zone that its names are in, where ACM looks for the proof. Default: the component's `zone_id`."""
    zones: tuple[CertificateZoneSettings, ...] = ()
    """Zones of names that are not in `zone_id`; a name goes into the one with the longest domain. Default: none."""
    key_algorithm: KeyAlgorithm = KeyAlgorithm.RSA_2048
    """Kind of key. Default: RSA_2048, which every client knows."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """AWS keeps it when Pulumi deletes it."""
    tags: dict[str, str] = Field(default={})
    """Further tags for the certificate, besides the stack's. Default: none."""

    @rule("certificate-source", "A certificate is made or exists.")
    def _source(self) -> Iterator[Conflict]:
        if (self.domain is None) == (self.external_arn is None):
            both = self.domain is not None
            yield Conflict(
                ("domain",),
                self.domain if both else ABSENT,
                expected="either domain or external_arn",
                fix="Remove one of the two." if both else "Set domain to have one made, or external_arn to use one.",
                reads=(("external_arn",),),
            )

    @rule("certificate-external", "A certificate that exists is left alone.")
    def _external(self) -> Iterator[Conflict]:
        said = [name for name in _OWN if name in self.model_fields_set]
        if self.external_arn is not None and said:
            yield Conflict(
                (said[0],),
                "a setting of a certificate that is not made here",
                expected="nothing: external_arn names a certificate that exists",
                fix="Remove it, or set domain in place of external_arn.",
                reads=(("external_arn",),),
            )

    @rule("certificate-length", "ACM accepts names of that length.")
    def _lengths(self) -> Iterator[Conflict]:
        if self.domain is not None and len(self.domain) > FIRST_NAME_CHARACTERS:
            yield Conflict(
                ("domain",),
                self.domain,
                expected=f"at most {FIRST_NAME_CHARACTERS} characters (ACM)",
                fix="Put a shorter name first, and this one among alternative_names.",
            )
        for index, name in enumerate(self.alternative_names):
            if len(name) > NAME_CHARACTERS:
                yield Conflict(
                    ("alternative_names", index),
                    name,
                    expected=f"at most {NAME_CHARACTERS} characters (ACM)",
                    fix="Use a shorter name.",
                )

    @rule("certificate-names", "A certificate names everything once.")
    def _names(self) -> Iterator[Conflict]:
        wanted = [self.domain, *self.alternative_names]
        for index, name in enumerate(self.alternative_names):
            if name in wanted[: index + 1]:
                yield Conflict(
                    ("alternative_names", index),
                    name,
                    expected="a name that is not there yet",
                    fix="Remove it.",
                    reads=(("domain",), ("alternative_names",)),
                )

    @rule("certificate-count", "A certificate has no more names than ACM accepts.")
    def _count(self) -> Iterator[Conflict]:
        total = 1 + len(self.alternative_names)
        if total > MOST_NAMES:
            yield Conflict(
                ("alternative_names",),
                f"{total} names",
                expected=f"at most {MOST_NAMES} names in one certificate (ACM)",
                fix="Use a wildcard, or a second certificate.",
            )

    @rule("certificate-zones", "A zone of a certificate has names of it.")
    def _zones(self) -> Iterator[Conflict]:
        names, known = self._all_names(), [zone.domain for zone in self.zones]
        for index, zone in enumerate(known):
            if zone in known[:index] or all(zone_for(name, known) != zone for _, name in names):
                yield Conflict(
                    ("zones", index, "domain"),
                    zone,
                    expected="a domain, each once, that some name of the certificate is in and no other zone has",
                    fix="Correct it, or remove the zone.",
                    reads=(("domain",), ("alternative_names",)),
                )

    @rule("certificate-one-zone", "Names that no zone is said of can be in one.")
    def _one_zone(self) -> Iterator[Conflict]:
        known = [zone.domain for zone in self.zones]
        left = [(at, name) for at, name in self._all_names() if zone_for(name, known) is None]
        for place, (at, name) in enumerate(left):
            if place and shared_zone(each for _, each in left[: place + 1]) is None:
                yield Conflict(
                    at,
                    name,
                    expected=f"a name in one zone with {left[0][1]}: Route 53 accepts no record outside its zone",
                    fix="Say under `zones` which zone it is in: a domain and the id of its zone.",
                    reads=(("domain",), ("zones",)),
                )
                break

    def _all_names(self) -> list[tuple[Path, str]]:
        """Every name with its place."""
        first: list[tuple[Path, str]] = [(("domain",), self.domain)] if self.domain else []
        return [*first, *((("alternative_names", index), name) for index, name in enumerate(self.alternative_names))]
