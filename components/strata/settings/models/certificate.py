"""Certificates of AWS Certificate Manager."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = ["CertificateSettings", "CertificateZoneSettings", "KeyAlgorithm"]


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

    domain: str = Field(pattern=patterns.DOMAIN)
    """Name of the zone; it holds this name and those that end with it."""
    id: str = Field(pattern=patterns.ZONE)
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
