"""A certificate that a load balancer shows to those who connect (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["ServedCertificate"]


@dataclass(frozen=True)
class ServedCertificate:
    """A certificate of a listener.

    Args:
        arn: its ARN.
        domain: the name that it is for.
        ends: until when it is valid; None where ACM does not say, as of one that is not issued.
    """

    arn: str
    domain: str
    ends: datetime | None

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "ServedCertificate":
        """Read the certificate of DescribeCertificate."""
        return cls(found["CertificateArn"], found.get("DomainName", ""), found.get("NotAfter"))
