"""Certificates: where they come from, and the names ACM takes."""

from collections.abc import Iterator
from typing import Final

from strata.aws.facts.domains import shared_zone, zone_for
from strata.problem import ABSENT
from strata.settings.models import CertificateSettings
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

FIRST_NAME_CHARACTERS: Final = 64
"""RequestCertificate, `DomainName`: the common name of RFC 5280."""
NAME_CHARACTERS: Final = 253
"""RequestCertificate, `SubjectAlternativeNames`."""
MOST_NAMES: Final = 100
"""ACM: names of one certificate at most, once the quota of ten is raised."""
_OWN: Final = ("alternative_names", "zone_id", "zones", "key_algorithm", "protect", "tags")
"""What only a certificate of this stack has."""


def source(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        if (certificate.domain is None) == (certificate.external_arn is None):
            both = certificate.domain is not None
            yield Conflict(
                (*path, "domain"),
                certificate.domain if both else ABSENT,
                expected="either domain or external_arn",
                fix="Remove one of the two." if both else "Set domain to have one made, or external_arn to use one.",
                reads=((*path, "external_arn"),),
            )


def external(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        said = [name for name in _OWN if facts.says((*path, name))]
        if certificate.external_arn is not None and said:
            yield Conflict(
                (*path, said[0]),
                "a setting of a certificate that is not made here",
                expected="nothing: external_arn names a certificate that exists",
                fix="Remove it, or set domain in place of external_arn.",
                reads=((*path, "external_arn"),),
            )


def lengths(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        if certificate.domain is not None and len(certificate.domain) > FIRST_NAME_CHARACTERS:
            yield Conflict(
                (*path, "domain"),
                certificate.domain,
                expected=f"at most {FIRST_NAME_CHARACTERS} characters (ACM)",
                fix="Put a shorter name first, and this one among alternative_names.",
            )
        for index, name in enumerate(certificate.alternative_names):
            if len(name) > NAME_CHARACTERS:
                yield Conflict(
                    (*path, "alternative_names", index),
                    name,
                    expected=f"at most {NAME_CHARACTERS} characters (ACM)",
                    fix="Use a shorter name.",
                )


def names(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        wanted = [certificate.domain, *certificate.alternative_names]
        for index, name in enumerate(certificate.alternative_names):
            if name in wanted[: index + 1]:
                yield Conflict(
                    (*path, "alternative_names", index),
                    name,
                    expected="a name that is not there yet",
                    fix="Remove it.",
                    reads=((*path, "domain"), (*path, "alternative_names")),
                )


def count(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        total = 1 + len(certificate.alternative_names)
        if total > MOST_NAMES:
            yield Conflict(
                (*path, "alternative_names"),
                f"{total} names",
                expected=f"at most {MOST_NAMES} names in one certificate (ACM)",
                fix="Use a wildcard, or a second certificate.",
            )


def zones(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        names, known = _names(certificate), [zone.domain for zone in certificate.zones]
        for index, zone in enumerate(known):
            if zone in known[:index] or all(zone_for(name, known) != zone for _, name in names):
                yield Conflict(
                    (*path, "zones", index, "domain"),
                    zone,
                    expected="a domain, each once, that some name of the certificate is in and no other zone has",
                    fix="Correct it, or remove the zone.",
                    reads=((*path, "domain"), (*path, "alternative_names")),
                )


def one_zone(facts: Facts) -> Iterator[Conflict]:
    for path, certificate in facts.each(CertificateSettings):
        known = [zone.domain for zone in certificate.zones]
        left = [(at, name) for at, name in _names(certificate) if zone_for(name, known) is None]
        for place, (at, name) in enumerate(left):
            if place and shared_zone(each for _, each in left[: place + 1]) is None:
                yield Conflict(
                    (*path, *at),
                    name,
                    expected=f"a name in one zone with {left[0][1]}: Route 53 takes no record outside its zone",
                    fix="Say under `zones` which zone it is in: a domain and the id of its zone.",
                    reads=((*path, "domain"), (*path, "zones")),
                )
                break


def _names(certificate: CertificateSettings) -> list[tuple[tuple[str | int, ...], str]]:
    first = [(("domain",), certificate.domain)] if certificate.domain else []
    return [*first, *((("alternative_names", index), name) for index, name in enumerate(certificate.alternative_names))]


RULES: Final = (
    Rule("certificate-source", "A certificate is made or exists.", source),
    Rule("certificate-external", "A certificate that exists is left alone.", external),
    Rule("certificate-length", "ACM takes names of that length.", lengths),
    Rule("certificate-names", "A certificate names everything once.", names),
    Rule("certificate-zones", "A zone of a certificate has names of it.", zones),
    Rule("certificate-one-zone", "Names that no zone is said of can be in one.", one_zone),
    Rule("certificate-count", "A certificate has no more names than ACM takes.", count),
)
