"""An answer of the local AWS is what moto makes of it, and is not worked out again for each item."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.core.serialize import JSONSerializer, ResponseSerializer, TimestampSerializer, XFormedAttributePicker
from moto.core.utils import get_service_model
from moto.ecs.models import ecs_backends

from strata_rehearsal.cloud import patches
from tests.unit.rehearsal.cloud.conftest import Aws
from tests.unit.rehearsal.cloud.shop import ROLLING, Shop

WRITTEN = (TimestampSerializer, "_convert_timestamp_to_str")
LAID_OUT = (JSONSerializer, "_serialize_type_structure")
ASKED: dict[str, Callable[[Aws], Any]] = {
    "services": lambda aws: aws.ecs.describe_services(cluster="shop", services=["web"]),
    "services with tags": lambda aws: aws.ecs.describe_services(cluster="shop", services=["web"], include=["TAGS"]),
    "definitions": lambda aws: aws.ecs.describe_task_definition(taskDefinition="web"),
    "clusters": lambda aws: aws.ecs.describe_clusters(clusters=["shop"]),
    "targets": lambda aws: aws.elbv2.describe_target_groups(),
    "rules": lambda aws: aws.elbv2.describe_rules(ListenerArn=aws.listener),
    "groups": lambda aws: aws.autoscaling.describe_auto_scaling_groups(),
    "instances": lambda aws: aws.ec2.describe_instances(),
    "databases": lambda aws: aws.rds.describe_db_instances(),
    "parameters": lambda aws: aws.ssm.describe_parameters(),
    "secrets": lambda aws: aws.secretsmanager.list_secrets(),
    "roles": lambda aws: aws.iam.list_roles(),
}


@pytest.fixture
def busy(aws: Aws) -> Aws:
    """A local AWS with something of each kind."""
    Shop(aws).run(ROLLING, tags=[{"key": "team", "value": "shop"}])
    aws.group()
    aws.ssm.put_parameter(Name="/shop/a", Type="String", Value="1")
    aws.secretsmanager.create_secret(Name="shop", SecretString="hush")
    aws.rds.create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.small",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        ManageMasterUserPassword=True,
    )
    return aws


def test_answers_are_those_of_moto(busy: Aws, monkeypatch: pytest.MonkeyPatch):
    def answers() -> dict[str, Any]:
        return {name: {**asked(busy), "ResponseMetadata": None} for name, asked in ASKED.items()}

    quick = answers()
    assert quick["services with tags"]["services"][0]["tags"]
    assert "tags" not in quick["services"]["services"][0]
    monkeypatch.setattr(ResponseSerializer, "get_value", patches._originals[ResponseSerializer, "get_value"])
    assert answers() == quick


def test_the_names_of_a_hundred_events_are_worked_out_once(busy: Aws, monkeypatch: pytest.MonkeyPatch):
    def counted(self: XFormedAttributePicker, context: Any) -> Any:
        worked_out.append(context.key)
        return original(self, context)

    worked_out: list[str] = []
    ASKED["services"](busy)
    original = XFormedAttributePicker.get_possible_keys
    monkeypatch.setattr(XFormedAttributePicker, "get_possible_keys", counted)
    ASKED["services"](busy)
    assert worked_out == []


def test_times_and_texts_are_written_as_moto_writes_them(busy: Aws, monkeypatch: pytest.MonkeyPatch):
    quick = {name: asked(busy) for name, asked in ASKED.items()}
    assert quick["services"]["services"][0]["events"][0]["createdAt"]
    for changed in (
        (TimestampSerializer, "_convert_timestamp_to_str"),
        (JSONSerializer, "_serialize_structure_member"),
        (JSONSerializer, "_serialize_type_structure"),
    ):
        monkeypatch.setattr(*changed, patches._originals[changed])
    slow = {name: asked(busy) for name, asked in ASKED.items()}
    for answer in (*quick.values(), *slow.values()):
        del answer["ResponseMetadata"]
    assert slow == quick


def test_a_document_has_the_members_that_moto_finds_in_it_whatever_they_are_called(
    bare: Aws, monkeypatch: pytest.MonkeyPatch
):
    def answers() -> list[str]:
        return [str(JSONSerializer(operation, value_picker=picker).serialize(each)["body"]) for each in documents]

    listed = [{"id": "1", "message": "a", "createdAt": 5.0}, {"message": None, "id": "2"}, {"created_at": 7, "Id": "3"}]
    twice = {"service_name": "second", "serviceName": "first", "desiredCount": 2, "unknown": 1, "name": "third"}
    documents: list[dict[str, Any]] = [
        {"services": [{**twice, "events": listed}, {"name": "short", "service_name": "long"}, {}], "failures": []},
        {"services": [{"serviceName": 7, "status": "", "tags": [{"Key": "a"}, {"key": "b", "value": None}]}]},
        {},
    ]
    operation = get_service_model("ecs").operation_model("DescribeServices")
    picker = XFormedAttributePicker()
    quick = [*answers(), *answers()]
    assert '"serviceName": "first", ' in quick[0]
    assert quick[0].count('"id": ') == 2
    monkeypatch.setattr(*LAID_OUT, patches._originals[LAID_OUT])
    assert [*answers(), *answers()] == quick


def test_every_answer_has_an_id_of_its_own(bare: Aws):
    found = {bare.sts.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] for _ in range(20)}
    assert len(found) == 20
    assert {len(each) for each in found} == {52}


@pytest.mark.parametrize("layout", ["iso8601", "rfc822", "unixtimestamp"])
def test_one_moment_of_two_zones_is_written_in_each(bare: Aws, layout: str, monkeypatch: pytest.MonkeyPatch):
    moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    moments: list[Any] = [moment, moment.astimezone(timezone(timedelta(hours=2))), moment.timestamp(), str(moment)]

    def written() -> list[Any]:
        return [TimestampSerializer(layout)._convert_timestamp_to_str(each, layout) for each in moments]

    quick = written()
    monkeypatch.setattr(*WRITTEN, patches._originals[WRITTEN])
    assert written() == quick


def test_what_is_in_use_is_known_to_moto_and_an_account_is_made_at_its_first_call(bare: Aws):
    backends: Any = ecs_backends
    in_use: list[Any] = vars(BackendDict)["_instances"]
    assert backends not in in_use
    assert not dict.__contains__(backends, "222222222222")
    made = backends["222222222222"]
    assert backends["222222222222"] is made
    assert sum(each is backends for each in in_use) == 1
