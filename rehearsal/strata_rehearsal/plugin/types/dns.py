"""Hosted zones of Route 53 and their records."""

from collections.abc import Mapping
from typing import Any

from strata.aws.facts.domains import inside
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, TAG_KEYS, TAGS, ApiCall, Lookup, P, PropertyStep, Tagging, TypeRow

__all__ = ["ROWS"]

_GONE = ("NoSuchHostedZone",)


def _create_zone(resource: LiveResource) -> str:
    networks = resource.inputs.get("vpcs") or []
    private = [{"VPCId": each["vpcId"], "VPCRegion": each.get("vpcRegion") or resource.region} for each in networks]
    made = resource.aws(
        "create_hosted_zone",
        Name=resource.get("name"),
        CallerReference=f"strata-{resource.name}-{resource.cloud.now()}",
        HostedZoneConfig={"Comment": resource.get("comment"), "PrivateZone": bool(networks)},
        **({"VPC": private[0]} if private else {}),
    )
    zone_id = made["HostedZone"]["Id"].rpartition("/")[2]
    for network in private[1:]:
        resource.aws("associate_vpc_with_hosted_zone", HostedZoneId=zone_id, VPC=network)
    return zone_id


def _delete_zone(resource: LiveResource) -> None:
    if resource.get("forceDestroy"):
        for found in resource.cloud.pages(
            "route53", "list_resource_record_sets", "ResourceRecordSets", resource.region, HostedZoneId=resource.id
        ):
            if found["Type"] not in ("NS", "SOA"):
                _change(resource, resource.id, ("DELETE", found))
    resource.aws("delete_hosted_zone", Id=resource.id)


ZONE = TypeRow(
    tokens=("aws:route53/zone:Zone",),
    service="route53",
    create=_create_zone,
    read=Lookup(ApiCall("get_hosted_zone", {"Id": ID}), "", _GONE),
    steps=(
        PropertyStep(
            "comment", ApiCall("update_hosted_zone_comment", {"Id": ID, "Comment": P("comment")}), on_create=False
        ),
    ),
    delete=_delete_zone,
    gone=_GONE,
    replace="name delegationSetId",
    defaults={"comment": "Managed by Pulumi", "forceDestroy": False, "enableAcceleratedRecovery": False},
    outputs={
        "arn": lambda r, _: f"arn:{r.cloud.partition}:route53:::hostedzone/{r.id}",
        "name": lambda _, found: str(found["HostedZone"]["Name"]).rstrip("."),
        "comment": "HostedZone.Config.Comment",
        "nameServers": lambda _, found: sorted((found.get("DelegationSet") or {}).get("NameServers") or []),
        "primaryNameServer": lambda _, found: next(
            iter((found.get("DelegationSet") or {}).get("NameServers") or []), ""
        ),
        "zoneId": lambda r, _: r.id,
    },
    tagging=Tagging(
        add=ApiCall("change_tags_for_resource", {"ResourceType": "hostedzone", "ResourceId": ID, "AddTags": TAGS}),
        remove=ApiCall(
            "change_tags_for_resource", {"ResourceType": "hostedzone", "ResourceId": ID, "RemoveTagKeys": TAG_KEYS}
        ),
        read=ApiCall("list_tags_for_resource", {"ResourceType": "hostedzone", "ResourceId": ID}),
        at="ResourceTagSet.Tags",
        on_create="",
    ),
    recorded="delegationSetId enableAcceleratedRecovery forceDestroy name vpcs",
)


def _full_name(resource: LiveResource) -> str:
    """The record's name with that of its zone.

    The provider puts the zone's name behind every name that does not end with it, one that is complete too: a record
    that nobody asks for. Here a complete name, which ends with a dot, is left as it is, and Route 53 refuses it.
    """
    name, zone = str(resource.get("name")), _zone_name(resource)
    if not name.strip("."):
        return zone
    return name.rstrip(".") if name.endswith(".") or inside(name, zone) else f"{name}.{zone}"


def _zone_name(resource: LiveResource) -> str:
    if "zone" not in resource.remembered:
        zone_id = resource.get("zoneId")
        try:
            found = resource.aws("get_hosted_zone", Id=zone_id)
        except AwsCallError as error:
            if error.code not in _GONE:
                raise
            # a zone of the account, which the local AWS learns of by its first record
            return ""
        resource.remembered["zone"] = str(found["HostedZone"]["Name"]).rstrip(".")
    return resource.remembered["zone"]


def _record_set(resource: LiveResource) -> dict[str, Any]:
    wanted: dict[str, Any] = {"Name": _full_name(resource), "Type": resource.get("type")}
    for alias in resource.get("aliases") or []:
        wanted["AliasTarget"] = {
            "HostedZoneId": alias["zoneId"],
            "DNSName": alias["name"],
            "EvaluateTargetHealth": bool(alias.get("evaluateTargetHealth")),
        }
    if resource.get("records"):
        wanted["ResourceRecords"] = [{"Value": value} for value in resource.get("records")]
        wanted["TTL"] = int(resource.get("ttl") or 0)
    if resource.get("setIdentifier"):
        wanted["SetIdentifier"] = resource.get("setIdentifier")
        wanted["Weight"] = next((int(each["weight"]) for each in resource.get("weightedRoutingPolicies") or []), 0)
    return wanted


def _change(resource: LiveResource, zone_id: str, *changes: tuple[str, Mapping[str, Any]]) -> None:
    """Make changes to a zone, all or none."""
    listed = [{"Action": action, "ResourceRecordSet": dict(record_set)} for action, record_set in changes]
    resource.aws("change_resource_record_sets", HostedZoneId=zone_id, ChangeBatch={"Changes": listed})


def _create_record(resource: LiveResource) -> str:
    zone_id, wanted = str(resource.get("zoneId")), _record_set(resource)
    _change(resource, zone_id, ("UPSERT" if resource.get("allowOverwrite") else "CREATE", wanted))
    return "_".join(filter(None, (zone_id, wanted["Name"], wanted["Type"], wanted.get("SetIdentifier"))))


def _put_record(resource: LiveResource) -> None:
    """Write the record over; another type or set identifier is another record, made as the old one goes."""
    zone_id, wanted = str(resource.get("zoneId")), _record_set(resource)
    if not resource.changed & _KEY:
        _change(resource, zone_id, ("UPSERT", wanted))
        return
    old = _found(resource, *(resource.state.get(each) for each in ("type", "setIdentifier")))
    _change(resource, zone_id, *([("DELETE", old)] if old else []), ("CREATE", wanted))


def _read_record(resource: LiveResource) -> Mapping[str, Any] | None:
    return _found(resource, resource.get("type"), resource.get("setIdentifier"))


def _found(resource: LiveResource, kind: Any, set_id: Any) -> Mapping[str, Any] | None:
    """The zone's record of that type and set identifier under the resource's name."""
    zone_id = str(resource.get("zoneId"))
    try:
        found = resource.cloud.pages(
            "route53", "list_resource_record_sets", "ResourceRecordSets", resource.region, HostedZoneId=zone_id
        )
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    name = _full_name(resource)
    same = (each for each in found if str(each["Name"]).rstrip(".").lower() == name.lower() and each["Type"] == kind)
    return next((each for each in same if each.get("SetIdentifier") == (set_id or None)), None)


def _delete_record(resource: LiveResource) -> None:
    found = _read_record(resource)
    if found is not None:
        _change(resource, str(resource.get("zoneId")), ("DELETE", found))


def _as_given(name: str) -> Any:
    return lambda r, _: r.get(name)


_SENT = "aliases records ttl weightedRoutingPolicies"
_KEY = frozenset({"type", "setIdentifier"})
"""With the name, what tells one record of a zone from another."""

RECORD = TypeRow(
    tokens=("aws:route53/record:Record",),
    service="route53",
    create=_create_record,
    read=_read_record,
    steps=(PropertyStep(f"{_SENT} {' '.join(sorted(_KEY))}", _put_record, on_create=False),),
    delete=_delete_record,
    gone=_GONE,
    replace="name zoneId",
    defaults={"allowOverwrite": False},
    outputs={
        "fqdn": lambda _, found: str(found["Name"]).rstrip("."),
        **{each: _as_given(each) for each in ("name", "zoneId", *sorted(_KEY), *_SENT.split())},
    },
    recorded=(
        "allowOverwrite cidrRoutingPolicy failoverRoutingPolicies geolocationRoutingPolicies geoproximityRoutingPolicy "
        "healthCheckId latencyRoutingPolicies multivalueAnswerRoutingPolicy name setIdentifier type zoneId"
    ),
)

ROWS = (ZONE, RECORD)
