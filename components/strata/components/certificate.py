"""Certificates that ACM issues by DNS validation and renews by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.facts.domains import bare, shared_zone, zone_for
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import CertificateOverrides
from strata.errors import UsageError
from strata.settings.models import CertificateSettings
from strata.spectrum import Mutability

__all__ = ["Certificate", "CertificateChildren"]

Zones = pulumi.Input[str] | Mapping[str, pulumi.Input[str]]
"""One zone for all names, or the zones by domain."""

_RECORD_SECONDS = 300
"""Time to live of a proof in DNS; ACM looks at it for years, and nobody else."""


class CertificateChildren(Children):
    """What the component Certificate makes."""

    certificate: "aws.acm.Certificate | None"
    """The certificate; none for one that exists."""
    record: "Sequence[aws.route53.Record]"
    """The DNS records that prove its names."""
    validation: "aws.acm.CertificateValidation | None"
    """The wait until it is issued."""


class Certificate(Component[CertificateChildren]):
    """A certificate, the DNS records that prove its names are ours, and the wait until ACM has issued it.

    ACM renews it before it ends as long as the records exist, so nothing here changes then. A change of its names makes
    a new certificate: it is issued before whatever uses the old one is moved to it, and only then the old one goes.

    Args:
        name: the component's name.
        settings: see `CertificateSettings`.
        zone_id: Route 53 zone of its names, in place of the setting; it may be one made in the same program. Zones by
            domain, such as `{"example.com": ..., "example.org": ...}`, where its names are in several.
        overrides: inputs of single children, by the child's name in `CertificateChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: no domain, no zone for a name or two of them, names that no one zone can hold, or an override that
            does not fit.
    """

    MUTABILITY = Mutability.ROTATED

    arn: pulumi.Output[str]
    """The certificate, once it is issued."""

    def __init__(
        self,
        name: str,
        settings: CertificateSettings,
        *,
        zone_id: Zones | None = None,
        overrides: CertificateOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        if settings.external_arn is not None:
            self.arn = pulumi.Output.from_input(settings.external_arn)
        else:
            self.arn = self._issued(settings, zone_id)
        self.publish()

    def _zones(self, settings: CertificateSettings, given: Zones | None) -> dict[str, pulumi.Input[str]]:
        """The zone of each name to prove."""
        name = self.pulumi_resource_name
        if settings.zone_id is not None and given is not None and not isinstance(given, Mapping):
            raise UsageError(
                f"certificate {name!r} is given a zone twice: {settings.zone_id} by its settings, and by zone_id=",
                fix="Remove one of the two.",
            )
        known: dict[str, pulumi.Input[str]] = {zone.domain: zone.id for zone in settings.zones}
        known |= given if isinstance(given, Mapping) else {}
        rest = settings.zone_id if given is None or isinstance(given, Mapping) else given
        found = {domain: zone_for(domain, known) for domain in _proven(settings)}
        left = [domain for domain, zone in found.items() if zone is None]
        if left and rest is None:
            names = f" {', '.join(left)}" if known else " its names"
            raise UsageError(
                f"certificate {name!r} has no zone for the records that prove{names}",
                fix=f"Set strata:certificates.{name}.zone_id, or pass zone_id=...",
            )
        if left and shared_zone(left) is None:
            raise UsageError(
                f"certificate {name!r}: no zone can hold {' and '.join(left)}, and one is given for them",
                fix=f"Say which zone each is in: strata:certificates.{name}.zones, or zone_id={{'{left[-1]}': ...}}.",
            )
        return {domain: known[zone] if zone is not None else rest or "" for domain, zone in found.items()}

    def _issued(self, settings: CertificateSettings, given: Zones | None) -> pulumi.Output[str]:
        zones = self._zones(settings, given)
        certificate = self._certificate(settings)
        records = [self._record(certificate, proven, zones[proven]) for proven in zones]
        validation = self.child(
            aws.acm.CertificateValidation,
            "validation",
            # A wait: there is nothing in AWS that could be kept.
            Mutability.REPLACED,
            tagged=False,
        )(certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn for record in records])
        return validation.certificate_arn

    def _certificate(self, settings: CertificateSettings) -> "aws.acm.Certificate":
        if settings.domain is None:
            raise UsageError(
                f"certificate {self.pulumi_resource_name!r} has neither a domain nor the ARN of one that exists",
                fix="Set domain or external_arn.",
            )
        return self.child(
            aws.acm.Certificate,
            "certificate",
            Mutability.ROTATED,
        )(
            domain_name=settings.domain,
            subject_alternative_names=list(settings.alternative_names),
            validation_method="DNS",
            key_algorithm=settings.key_algorithm.value,
        )

    def _record(
        self, certificate: "aws.acm.Certificate", domain: str, zone_id: pulumi.Input[str]
    ) -> "aws.route53.Record":
        def proof(options: Sequence[Any]) -> Any:
            return next(option for option in options if bare(option.domain_name) == domain)

        asked = certificate.domain_validation_options.apply(proof)
        return self.child(
            aws.route53.Record,
            "record",
            # Without its records a certificate that AWS keeps would not be renewed, so they are kept with it.
            Mutability.ROTATED,
            suffix=f"proof-{domain}",
            tagged=False,
        )(
            zone_id=zone_id,
            name=asked.apply(lambda option: option.resource_record_name),
            type=asked.apply(lambda option: option.resource_record_type),
            records=[asked.apply(lambda option: option.resource_record_value)],
            ttl=_RECORD_SECONDS,
            # ACM asks an account for the same record whenever it proves the same name.
            allow_overwrite=True,
        )


def _proven(settings: CertificateSettings) -> list[str]:
    """The names to prove, each once, in the order of the settings."""
    return list(dict.fromkeys(bare(name) for name in (settings.domain, *settings.alternative_names) if name))
