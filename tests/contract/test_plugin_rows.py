"""The plugin's tables are held against pulumi_aws, which programs speak, and botocore, which AWS understands."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pulumi
import pytest
from pulumi._types import input_type_py_to_pulumi_names

from strata_rehearsal.plugin.invokes import FUNCTIONS
from strata_rehearsal.plugin.live_resource import properties_in
from strata_rehearsal.plugin.mapping import member_name
from strata_rehearsal.plugin.recorded import KNOWN
from strata_rehearsal.plugin.schema import (
    ListOf,
    OneOf,
    PropertyType,
    Record,
    ResourceSchema,
    function_result,
    resource_schema,
)
from strata_rehearsal.plugin.schema.source import resource_index
from strata_rehearsal.plugin.type_row import ApiCall, Lookup, P, TypeRow
from strata_rehearsal.plugin.types import ROWS

NOT_NESTED = {
    # What the local AWS is not told of, inside properties that it is told of.
    "aws:autoscaling/policy:Policy": {
        # Predictive scaling is not simulated; its blocks repeat the names of target tracking in another shape.
        "predictiveScalingConfiguration",
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "networkInterfaces.ipv4Addresses",
        "networkInterfaces.ipv4Prefixes",
        "networkInterfaces.ipv6Addresses",
        "networkInterfaces.ipv6Prefixes",
    },
    # Terraform has the members of a block one level higher; a schedule that runs a task is not played.
    "aws:scheduler/schedule:Schedule": {"target.ecsParameters.networkConfiguration"},
    # Only ever an answer of AWS.
    "aws:lb/loadBalancer:LoadBalancer": {"subnetMappings.outpostId"},
}

rows = pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.tokens[0]) for row in {row.tokens: row for row in ROWS.values()}.values()]
)


def model(service: str) -> Any:
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    return {service: model(service) for service in {row.service for row in ROWS.values()}}


def calls(row: TypeRow) -> Iterator[ApiCall]:
    actions: list[Any] = [row.create, row.delete, row.read.call if isinstance(row.read, Lookup) else None]
    actions += [step.run for step in row.steps]
    if row.tagging:
        actions += [row.tagging.add, row.tagging.remove, row.tagging.read]
    yield from (action for action in actions if isinstance(action, ApiCall))


def names_in(row: TypeRow) -> set[str]:
    named = {name for step in row.steps for name in step.properties}
    for call in calls(row):
        named |= properties_in(call.parameters) | set(call.needs.split())
    return named


def input_shape(clients: Mapping[str, Any], row: TypeRow, call: ApiCall) -> Any:
    client = clients[row.service]
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call.operation]).input_shape


def schemas(row: TypeRow) -> list[ResourceSchema]:
    return [resource_schema(token) for token in row.tokens]


@rows
def test_every_property_a_row_names_exists(row: TypeRow) -> None:
    listed = row.replace.split() + row.recorded.split() + [*row.defaults, *row.outputs, *row.documents]
    for schema in schemas(row):
        known = schema.outputs.keys() | schema.inputs.keys() | {"policy"}
        unknown = {name for name in {*names_in(row), *listed} if name.partition(".")[0] not in known}
        assert not unknown, f"{schema.token} has no {sorted(unknown)}"


@rows
def test_every_input_is_sent_set_by_a_step_or_listed_as_recorded(row: TypeRow) -> None:
    functions = {name for name, source in row.outputs.items() if callable(source)}
    for schema in schemas(row):
        handled = names_in(row) | set(row.recorded.split()) | {"tags", "region"} | functions
        if row.auto_name:
            handled |= {row.auto_name.property, row.auto_name.prefix}
        # What cannot be changed in place is taken at creation, also where a function and not a template takes it.
        handled |= set(row.replace.split())
        assert not schema.inputs.keys() - handled, f"{schema.token} does nothing with them"


@rows
def test_nothing_is_both_recorded_and_sent(row: TypeRow) -> None:
    sent = {name for call in calls(row) for name in properties_in(call.parameters)}
    both = sent & set(row.recorded.split())
    # These take part in one call and are not read back.
    assert both <= ALLOWED_BOTH.get(row.tokens[0], set())


ALLOWED_BOTH = {
    "aws:autoscaling/group:Group": {
        "initialLifecycleHooks",
        "instanceLifecyclePolicy",
        "metricsGranularity",
        "trafficSources",
    },
    "aws:ec2/eip:Eip": {"customerOwnedIpv4Pool"},
    "aws:ec2/subnet:Subnet": set[str](),
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"dnsOptions", "ipAddressType"},
    "aws:lb/listener:Listener": {"mutualAuthentication"},
    "aws:lb/loadBalancer:LoadBalancer": {"subnetMappings"},
    "aws:ssm/parameter:Parameter": {"overwrite"},
}


@rows
def test_every_operation_and_parameter_exists(row: TypeRow, clients: dict[str, Any]) -> None:
    for call in calls(row):
        shape = input_shape(clients, row, call)
        members = shape.members if shape else {}
        unknown = set(call.parameters) - set(members)
        assert not unknown, f"{call.operation} takes no {sorted(unknown)}"
        check_template(call.parameters, shape, call.operation)


def check_template(template: Any, shape: Any, where: str) -> None:
    if isinstance(template, Mapping) and shape is not None and shape.type_name == "structure":
        for name, item in template.items():
            assert name in shape.members, f"{where} has no {name}"
            check_template(item, shape.members[name], f"{where}.{name}")
    elif isinstance(template, list) and shape is not None:
        assert shape.type_name == "list", f"{where} is no list"
        for item in template:
            check_template(item, shape.member, where)


@rows
def test_every_required_parameter_is_in_the_template(row: TypeRow, clients: dict[str, Any]) -> None:
    for call in calls(row):
        shape = input_shape(clients, row, call)
        required = set(shape.required_members) if shape else set()
        late = {"Tags", "TagSpecifications"}
        if row.tokens[0] == "aws:autoscaling/group:Group" and call is not row.delete:
            late |= {"AutoScalingGroupName"}
        assert not required - set(call.parameters) - late, f"{call.operation} lacks a parameter"


@rows
def test_every_nested_member_has_a_place_in_the_request(row: TypeRow, clients: dict[str, Any]) -> None:
    excepted = NOT_NESTED.get(row.tokens[0], set())
    schema = resource_schema(row.tokens[0])
    lost: set[str] = set()
    for call in calls(row):
        shape = input_shape(clients, row, call)
        for name, item in call.parameters.items():
            if isinstance(item, P) and item.shape is None and item.name in schema.inputs:
                lost |= missing(schema.inputs[item.name].type, shape.members[name], row, item.name)
    assert not {path for path in lost if not any(path == e or path.startswith(f"{e}.") for e in excepted)}


def missing(type_: PropertyType, shape: Any, row: TypeRow, path: str, depth: int = 0) -> set[str]:
    if isinstance(type_, OneOf):
        return missing(type_.options[0], shape, row, path, depth)
    if isinstance(type_, ListOf):
        return missing(type_.item, shape.member if shape.type_name == "list" else shape, row, path, depth)
    if not isinstance(type_, Record) or depth > 6:
        return set()
    if shape.type_name == "list":
        shape = shape.member
    lost: set[str] = set()
    for name, field in type_.fields.items():
        member = member_name(name, shape.members, row.renames)
        if member is None:
            lost.add(f"{path}.{name}")
        else:
            lost |= missing(field.type, shape.members[member], row, f"{path}.{name}", depth + 1)
    return lost


@rows
def test_the_types_read_from_the_source_are_those_of_the_imported_classes(row: TypeRow) -> None:
    for token in row.tokens:
        compare_with_sdk(token)


@pytest.mark.parametrize("token", sorted(KNOWN)[::4])
def test_the_recorded_types_read_from_the_source_are_those_of_the_imported_classes(token: str) -> None:
    compare_with_sdk(token)


def compare_with_sdk(token: str) -> None:
    folder, _, name = resource_index()[token]
    package = importlib.import_module(f"pulumi_aws.{folder.strip('/').replace('/', '.')}".rstrip("."))
    arguments = getattr(package, f"{name}InitArgs", None) or getattr(package, f"{name}Args")
    schema = resource_schema(token)
    # A plain name here means that Pulumi's name is the Python name.
    spelled = input_type_py_to_pulumi_names(arguments)
    assert set(schema.inputs) == set(spelled.values())
    signature = arguments.__init__.__annotations__
    required = {spelled.get(key, key) for key in signature if key not in (arguments.__init__.__kwdefaults__ or {})}
    assert {field.name for field in schema.inputs.values() if field.required} == required - {"return"}
    getters = (each.fget for each in vars(getattr(package, name)).values() if isinstance(each, property))
    outputs = {vars(getter)["_pulumi_name"] for getter in getters if getter and "_pulumi_name" in vars(getter)}
    assert set(schema.outputs) == outputs


@pytest.mark.parametrize("token", sorted(KNOWN))
def test_what_is_known_of_a_recorded_type_exists(token: str) -> None:
    known, schema = KNOWN[token], resource_schema(token)
    replacing = {path.partition(".")[0] for path in (known.replace or "").split()}
    named = {*replacing, *known.outputs, *filter(None, [known.id])}
    if known.auto_name:
        named.add(known.auto_name.property)
    assert not named - schema.inputs.keys() - schema.outputs.keys()


def test_no_type_is_both_live_and_recorded() -> None:
    assert not ROWS.keys() & KNOWN.keys()


@pytest.mark.parametrize("token", sorted(FUNCTIONS))
def test_every_function_is_one_of_pulumi_aws(token: str) -> None:
    assert function_result(token), token


def test_a_row_serves_both_names_of_a_load_balancing_type() -> None:
    for leaf in (
        "loadBalancer:LoadBalancer",
        "listener:Listener",
        "listenerRule:ListenerRule",
        "targetGroup:TargetGroup",
    ):
        assert ROWS[f"aws:lb/{leaf}"] is ROWS[f"aws:alb/{leaf}"]


def test_resource_classes_are_custom_resources() -> None:
    index = resource_index()
    folder, _, name = index["aws:ec2/vpc:Vpc"]
    assert issubclass(getattr(importlib.import_module(f"pulumi_aws.{folder.strip('/')}"), name), pulumi.CustomResource)
