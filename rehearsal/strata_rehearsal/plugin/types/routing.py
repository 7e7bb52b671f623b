"""Route tables, routes and their associations."""

import hashlib
from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import ec2_tags

__all__ = ["ROWS"]

_DESTINATIONS = "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"
_TARGETS = (
    "gatewayId natGatewayId networkInterfaceId transitGatewayId vpcEndpointId vpcPeeringConnectionId localGatewayId "
    "carrierGatewayId coreNetworkArn"
)
_ROUTE_NAMES = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId", "odbNetworkArn": ""}
_ROUTE = sends(f"{_DESTINATIONS} {_TARGETS}", egressOnlyGatewayId="EgressOnlyInternetGatewayId")


def _table(resource: LiveResource, table_id: str) -> Mapping[str, Any] | None:
    tables = resource.cloud.pages(
        "ec2",
        "describe_route_tables",
        "RouteTables",
        resource.region,
        Filters=[{"Name": "route-table-id", "Values": [table_id]}],
    )
    return tables[0] if tables else None


def _destination(resource: LiveResource) -> str:
    return next((str(resource.get(name)) for name in _DESTINATIONS.split() if resource.get(name)), "")


def _create_route(resource: LiveResource) -> str:
    resource.run(ApiCall("create_route", {"RouteTableId": P("routeTableId"), **_ROUTE}))
    digest = hashlib.sha256(_destination(resource).encode()).hexdigest()
    return f"r-{resource.get('routeTableId')}{int(digest[:8], 16)}"


def _find_route(resource: LiveResource) -> Mapping[str, Any] | None:
    table = _table(resource, resource.get("routeTableId"))
    members = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
    wanted = _destination(resource)
    routes = table["Routes"] if table else []
    return next((route for route in routes if any(route.get(member) == wanted for member in members)), None)


def _set_routes(resource: LiveResource) -> None:
    """The routes written inside a route table, brought to what is asked for; routes of their own are left alone."""
    before = {_key(route): route for route in resource.state.get("routes") or []}
    wanted = {_key(route): route for route in resource.inputs.get("routes") or []}
    for key, route in before.items():
        if wanted.get(key) != route:
            resource.aws("delete_route", RouteTableId=resource.id, **_destination_of(route))
    for key, route in wanted.items():
        if before.get(key) != route:
            targets = {name[:1].upper() + name[1:]: value for name, value in route.items() if name in _TARGETS.split()}
            resource.aws("create_route", RouteTableId=resource.id, **_destination_of(route), **targets)


def _key(route: Mapping[str, Any]) -> str:
    return route.get("cidrBlock") or route.get("ipv6CidrBlock") or route.get("destinationPrefixListId") or ""


def _destination_of(route: Mapping[str, Any]) -> dict[str, str]:
    names = {"cidrBlock": "DestinationCidrBlock", "ipv6CidrBlock": "DestinationIpv6CidrBlock"}
    names |= {"destinationPrefixListId": "DestinationPrefixListId"}
    return {parameter: route[name] for name, parameter in names.items() if route.get(name)}


def _inline_routes(resource: LiveResource, found: Mapping[str, Any]) -> Any:
    """Only for a table that lists its routes itself: else each separate route would show up as drift of the table."""
    if "routes" not in resource.inputs:
        return []
    # The local route cannot be written, and those of a gateway endpoint belong to the endpoint.
    routes = [route for route in found["Routes"] if not str(route.get("GatewayId")).startswith(("local", "vpce-"))]
    return [
        {
            "cidrBlock": route.get("DestinationCidrBlock"),
            "ipv6CidrBlock": route.get("DestinationIpv6CidrBlock"),
            **route,
        }
        for route in routes
    ]


def _find_association(resource: LiveResource) -> Mapping[str, Any] | None:
    """By what it connects: moving it to another table gives it a new id in AWS, while Pulumi keeps the first."""
    kind, value = next((k, resource.get(k)) for k in ("subnetId", "gatewayId") if resource.get(k))
    name = "association.subnet-id" if kind == "subnetId" else "association.gateway-id"
    answer = resource.aws("describe_route_tables", Filters=[{"Name": name, "Values": [value]}])
    member = kind[:1].upper() + kind[1:]
    associations = [found for table in answer["RouteTables"] for found in table["Associations"]]
    return next((found for found in associations if found.get(member) == value), None)


def _move_association(resource: LiveResource) -> None:
    found = _find_association(resource)
    if found is not None:
        resource.aws(
            "replace_route_table_association",
            AssociationId=found["RouteTableAssociationId"],
            RouteTableId=resource.get("routeTableId"),
        )


def _disassociate(resource: LiveResource) -> None:
    found = _find_association(resource)
    if found is not None:
        resource.aws("disassociate_route_table", AssociationId=found["RouteTableAssociationId"])


ROUTE_TABLE = TypeRow(
    tokens=("aws:ec2/routeTable:RouteTable",),
    service="ec2",
    create=ApiCall("create_route_table", sends("vpcId")),
    id="RouteTable.RouteTableId",
    read=Lookup(
        ApiCall("describe_route_tables", {"RouteTableIds": [ID]}), "RouteTables[0]", ("InvalidRouteTableID.NotFound",)
    ),
    steps=(PropertyStep("routes", _set_routes),),
    delete=ApiCall("delete_route_table", {"RouteTableId": ID}),
    busy=("DependencyViolation",),
    replace="vpcId",
    defaults={"propagatingVgws": []},
    outputs={
        "arn": lambda r, _: r.arn(f"route-table/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "routes": _inline_routes,
    },
    tagging=ec2_tags("route-table"),
    recorded="propagatingVgws",
)

ROUTE = TypeRow(
    tokens=("aws:ec2/route:Route",),
    service="ec2",
    create=_create_route,
    read=_find_route,
    steps=(
        PropertyStep(
            f"{_TARGETS} egressOnlyGatewayId",
            ApiCall("replace_route", {"RouteTableId": P("routeTableId"), **_ROUTE}),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_route", {"RouteTableId": P("routeTableId"), **sends(_DESTINATIONS)}),
    gone=("InvalidRoute.NotFound", "InvalidRouteTableID.NotFound"),
    replace=f"routeTableId {_DESTINATIONS}",
    renames=_ROUTE_NAMES,
    outputs={"instanceId": lambda _, found: found.get("InstanceId") or "", "instanceOwnerId": lambda *_: ""},
    recorded="odbNetworkArn",
)

ASSOCIATION = TypeRow(
    tokens=("aws:ec2/routeTableAssociation:RouteTableAssociation",),
    service="ec2",
    create=ApiCall("associate_route_table", sends("routeTableId subnetId gatewayId")),
    id="AssociationId",
    read=_find_association,
    steps=(PropertyStep("routeTableId", _move_association, on_create=False),),
    delete=_disassociate,
    gone=("InvalidAssociationID.NotFound",),
    replace="subnetId gatewayId",
)

ROWS = (ROUTE_TABLE, ROUTE, ASSOCIATION)
