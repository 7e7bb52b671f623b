"""Certificates: where they come from, and the names ACM takes."""

from collections.abc import Iterator
from typing import Final

from strata.settings.models import CertificateSettings
from strata.settings.problem import ABSENT
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

FIRST_NAME_CHARACTERS: Final = 64
"""RequestCertificate, `DomainName`: the common name of RFC 5280."""
NAME_CHARACTERS: Final = 253
"""RequestCertificate, `SubjectAlternativeNames`."""
MOST_NAMES: Final = 100
"""ACM: names of one certificate at most, once the quota of ten is raised."""
_OWN: Final = ("alternative_names", "zone_id", "key_algorithm", "protect", "tags")
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


RULES: Final = (
    Rule("certificate-source", "A certificate is made or exists.", source),
    Rule("certificate-external", "A certificate that exists is left alone.", external),
    Rule("certificate-length", "ACM takes names of that length.", lengths),
    Rule("certificate-names", "A certificate names everything once.", names),
    Rule("certificate-count", "A certificate has no more names than ACM takes.", count),
)
