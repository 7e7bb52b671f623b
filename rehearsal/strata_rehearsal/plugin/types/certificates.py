"""Certificates, and the wait until they are issued."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, TAGS, ApiCall, Lookup, P, PropertyStep, Tagging, TypeRow

__all__ = ["ROWS"]

_GONE = ("ResourceNotFoundException",)
POLL_SECONDS = 10.0
ISSUE_SECONDS = 75 * 60.0
"""Simulated seconds the provider waits for a certificate."""

_DESCRIBE = ApiCall("describe_certificate", {"CertificateArn": ID})
_REQUEST = ApiCall(
    "request_certificate",
    {
        "DomainName": P("domainName"),
        "SubjectAlternativeNames": P("subjectAlternativeNames"),
        "ValidationMethod": P("validationMethod"),
        "KeyAlgorithm": P("keyAlgorithm"),
        "CertificateAuthorityArn": P("certificateAuthorityArn"),
        "Options": P("options"),
    },
)


def _create(resource: LiveResource) -> str:
    """Requested from ACM, or imported with its key."""
    if resource.inputs.get("domainName"):
        return resource.run(_REQUEST)["CertificateArn"]
    return _import(resource)


def _import(resource: LiveResource) -> str:
    existing = {"CertificateArn": resource.id} if resource.id else {}
    chain = {"CertificateChain": value} if (value := resource.inputs.get("certificateChain")) else {}
    key = resource.inputs.get("privateKey") or resource.inputs.get("privateKeyWo")
    body = resource.inputs.get("certificateBody")
    return resource.aws("import_certificate", Certificate=body, PrivateKey=key, **chain, **existing)["CertificateArn"]


def _import_again(resource: LiveResource) -> None:
    _import(resource)


def _proofs(_resource: LiveResource, found: Mapping[str, Any]) -> list[dict[str, str]]:
    listed = sorted(found.get("DomainValidationOptions") or [], key=lambda each: each["DomainName"])
    return [
        {
            "domainName": each["DomainName"],
            "resourceRecordName": each["ResourceRecord"]["Name"],
            "resourceRecordType": each["ResourceRecord"]["Type"],
            "resourceRecordValue": each["ResourceRecord"]["Value"],
        }
        for each in listed
        if "ResourceRecord" in each
    ]


def _other_names(resource: LiveResource, found: Mapping[str, Any]) -> list[str]:
    """In the program's order; the first name, which AWS counts too, only where the program names it."""
    given = list(resource.inputs.get("subjectAlternativeNames") or [])
    names = set(found.get("SubjectAlternativeNames") or ())
    kept = [name for name in given if name in names]
    return [*kept, *sorted(names - set(kept) - {found["DomainName"]})]


CERTIFICATE = TypeRow(
    tokens=("aws:acm/certificate:Certificate",),
    service="acm",
    create=_create,
    read=Lookup(_DESCRIBE, "Certificate", _GONE),
    steps=(
        PropertyStep("certificateBody certificateChain privateKey privateKeyWoVersion", _import_again, on_create=False),
    ),
    delete=ApiCall("delete_certificate", {"CertificateArn": ID}),
    gone=_GONE,
    busy=("ResourceInUseException",),
    patience=20 * 60.0,
    replace=(
        "domainName subjectAlternativeNames validationMethod certificateAuthorityArn keyAlgorithm validationOptions"
    ),
    defaults={
        "pendingRenewal": False,
        "renewalSummaries": [],
        "validationEmails": [],
        "validationMethod": "NONE",
        "keyAlgorithm": "RSA_2048",
    },
    outputs={
        "arn": lambda r, _: r.id,
        "domainValidationOptions": _proofs,
        "subjectAlternativeNames": _other_names,
        # moto makes the same kind of key whatever is asked for
        "keyAlgorithm": lambda r, _: r.get("keyAlgorithm"),
        "validationMethod": lambda r, _: r.get("validationMethod"),
    },
    tagging=Tagging(
        add=ApiCall("add_tags_to_certificate", {"CertificateArn": ID, "Tags": TAGS}),
        remove=ApiCall(
            "remove_tags_from_certificate",
            {"CertificateArn": ID, "Tags": lambda r: [{"Key": key} for key in r.removed_tags]},
        ),
        read=ApiCall("list_tags_for_certificate", {"CertificateArn": ID}),
        on_create="",
    ),
    recorded="options earlyRenewalDuration privateKeyWo privateKeyWoVersion",
)


def _issued(resource: LiveResource) -> Mapping[str, Any] | None:
    arn = resource.get("certificateArn")
    try:
        found = resource.aws("describe_certificate", CertificateArn=arn)["Certificate"]
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    return found if found["Status"] == "ISSUED" else None


def _wait(resource: LiveResource) -> str:
    deadline = resource.cloud.now() + ISSUE_SECONDS
    while (found := _issued(resource)) is None:
        if resource.cloud.now() >= deadline:
            raise AwsCallError("", f"{resource.get('certificateArn')} is not issued yet", "DescribeCertificate")
        resource.cloud.pause(POLL_SECONDS)
    return str(found["IssuedAt"])


def _nothing(_resource: LiveResource) -> None:
    """There is nothing to delete: it was a wait."""


VALIDATION = TypeRow(
    tokens=("aws:acm/certificateValidation:CertificateValidation",),
    service="acm",
    create=_wait,
    read=_issued,
    delete=_nothing,
    replace="certificateArn validationRecordFqdns",
)

ROWS = (CERTIFICATE, VALIDATION)
