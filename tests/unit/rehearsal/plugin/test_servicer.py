"""What reaches the engine when something goes wrong."""

from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from strata.clock import SystemClock
from strata_rehearsal.plugin.creation_journal import CreationJournal
from strata_rehearsal.plugin.operation_errors import HalfMadeError
from strata_rehearsal.plugin.servicer import Servicer

URN = "urn:pulumi:dev::shop::strata:index:Network$aws:ec2/vpc:Vpc::main"


class AbortedError(Exception):
    pass


class Context:
    def __init__(self) -> None:
        self.metadata: Any = ()

    def set_trailing_metadata(self, metadata: Any) -> None:
        self.metadata = metadata

    async def abort(self, code: grpc.StatusCode, text: str) -> None:
        raise AbortedError(f"{code.name}: {text}")


@pytest.fixture
def servicer() -> Servicer:
    return Servicer("7.0.0", SystemClock(), CreationJournal(None))


def struct(**values: Any) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


class Broken:
    """Resources that fail in a given way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def create(self, *_arguments: Any) -> Any:
        raise self.error


async def create(servicer: Servicer, error: Exception, context: Context) -> None:
    vars(servicer)["_resources"] = Broken(error)
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(cidrBlock="10.0.0.0/16"))
    await servicer.Create(request, context)


async def test_an_error_is_one_line_that_names_the_resource(servicer) -> None:
    with pytest.raises(AbortedError, match=r"^UNKNOWN: creating aws:ec2/vpc:Vpc main: nothing works$"):
        await create(servicer, ValueError("nothing works"), Context())


async def test_an_error_without_text_is_named_by_its_kind(servicer) -> None:
    with pytest.raises(AbortedError, match="creating aws:ec2/vpc:Vpc main: TimeoutError"):
        await create(servicer, TimeoutError(), Context())


async def test_a_half_made_resource_comes_with_its_id_and_outputs(servicer) -> None:
    context = Context()
    with pytest.raises(AbortedError, match="no servers"):
        await create(servicer, HalfMadeError("vpc-1", {"arn": "arn:x"}, "no servers"), context)
    ((key, content),) = context.metadata
    assert key == "grpc-status-details-bin"
    status = status_pb2.Status.FromString(content)
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, dict(detail.properties), dict(detail.inputs)) == (
        "vpc-1",
        {"arn": "arn:x"},
        {"cidrBlock": "10.0.0.0/16"},
    )


async def test_an_unknown_provider_setting_is_a_failure_of_its_check(servicer) -> None:
    request = provider_pb2.CheckRequest(urn="urn:p", news=struct(region="eu-west-1", regoin="x", version="7.0.0"))
    response = await servicer.CheckConfig(request, Context())
    assert [(failure.property, failure.reason) for failure in response.failures] == [
        ("regoin", "unknown property regoin, did you mean region?")
    ]


async def test_a_provider_without_a_region_says_so(servicer) -> None:
    with pytest.raises(AbortedError, match="configuring the AWS provider: no AWS region is set"):
        await servicer.Configure(provider_pb2.ConfigureRequest(args=struct()), Context())


async def test_a_diff_tells_updates_from_replacements_per_path(servicer) -> None:
    await servicer.Configure(provider_pb2.ConfigureRequest(args=struct(region="eu-west-1")), Context())
    request = provider_pb2.DiffRequest(
        urn=URN,
        old_inputs=struct(cidrBlock="10.0.0.0/16", tags={"a": "1"}),
        news=struct(cidrBlock="10.1.0.0/16", tags={"a": "1", "b": "2"}),
    )
    response = await servicer.Diff(request, Context())
    assert {path: diff.kind for path, diff in response.detailedDiff.items()} == {
        "cidrBlock": provider_pb2.PropertyDiff.UPDATE_REPLACE,
        "tags.b": provider_pb2.PropertyDiff.ADD,
    }
    assert list(response.replaces) == ["cidrBlock"]


async def test_a_preview_creates_nothing_and_has_no_id(servicer) -> None:
    await servicer.Configure(provider_pb2.ConfigureRequest(args=struct(region="eu-west-1")), Context())
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(cidrBlock="10.0.0.0/16"), preview=True)
    response = await servicer.Create(request, Context())
    assert response.id == ""
    assert response.properties["cidrBlock"] == "10.0.0.0/16"


async def test_cancelling_ends_every_wait(servicer) -> None:
    await servicer.Cancel(None, Context())
    with pytest.raises(Exception, match="cancelled"):
        await servicer._pause(3600)
