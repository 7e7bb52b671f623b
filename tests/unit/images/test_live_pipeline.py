"""What a pipeline is asked of AWS, and what becomes of answers that are not the usual ones."""

import json
from typing import Any
from unittest.mock import MagicMock

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.ec2.models import ec2_backends

from strata.errors import BusyError, UsageError
from strata.images.baking.live_pipeline import LivePipeline
from strata.images.baking.order import Order
from strata.images.pipeline_record import PipelineRecord
from strata.naming import pipeline_record_name
from strata.settings.models import ImagePipelineSettings

from .test_bake_decision import RECORD, execution

RECORD_NAME = pipeline_record_name("shop", "dev", "web-image")
ORDER = Order("web", "1.5.0", "0f1e", "abc")


def refusal(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


class Answers:
    """Clients whose answers a test sets."""

    def __init__(self) -> None:
        self.made: dict[str, MagicMock] = {}

    def __call__(self, service: str) -> MagicMock:
        return self.made.setdefault(service, MagicMock())

    def in_region(self, _region: str) -> "Answers":
        return self


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def live(answers: Any) -> LivePipeline:
    return LivePipeline(answers, "shop", "dev", "web-image")


def test_a_pipeline_that_is_not_there_is_refused_with_what_makes_it(live: LivePipeline, answers: Answers):
    answers("ssm").get_parameters.return_value = {"Parameters": []}
    with pytest.raises(UsageError, match=r"dev has no image pipeline 'web-image'(.|\n)*Make an ImagePipeline"):
        live.record()


def test_a_parameter_that_is_no_record_is_refused(live: LivePipeline, answers: Answers):
    for value in ("no JSON", "[]", '{"name": "web"}'):
        answers("ssm").get_parameters.return_value = {"Parameters": [{"Name": RECORD_NAME, "Value": value}]}
        with pytest.raises(UsageError, match="is no record of an image pipeline"):
            live.record()


def test_what_the_component_writes_is_read(live: LivePipeline, answers: Answers):
    key = "arn:aws:kms:eu-central-1:123456789012:key/1"
    settings = ImagePipelineSettings.model_validate(
        {"parent": "ami-01234567", "verify": ["verify.sh"], "copies": {"eu-central-1": {"kms_key_arn": key}}}
    )
    known = {"pipeline": "arn:1", "log_group": "/logs", "region": "eu-west-1"}
    written = {**PipelineRecord.described("web-image", settings, recipe="1.2.3"), **known}
    answers("ssm").get_parameters.return_value = {"Parameters": [{"Name": RECORD_NAME, "Value": json.dumps(written)}]}
    record = live.record()
    assert record.regions == ("eu-west-1", "eu-central-1")
    assert (record.key_of("eu-west-1"), record.key_of("eu-central-1")) == (None, key)
    assert (record.app, record.architecture) == ("web-image", "x86_64")


def test_every_page_of_executions_is_read(live: LivePipeline, answers: Answers):
    pages = [
        {"imageSummaryList": [{"arn": f"image/web/1.2.3/{n}", "state": {"status": "FAILED"}}], "nextToken": token}
        for n, token in ((1, "more"), (2, None))
    ]
    answers("imagebuilder").list_image_pipeline_images.side_effect = pages
    assert [each.arn for each in live.executions(RECORD)] == ["image/web/1.2.3/1", "image/web/1.2.3/2"]


def test_an_order_is_the_token_of_its_execution_so_that_it_is_never_built_twice(live: LivePipeline, answers: Answers):
    answers("imagebuilder").start_image_pipeline_execution.return_value = {"imageBuildVersionArn": "arn:2"}
    assert live.start(RECORD, ORDER, {"strata:stack": "dev"}) == "arn:2"
    sent = answers("imagebuilder").start_image_pipeline_execution.call_args.kwargs
    assert sent["clientToken"] == "0f1e"
    assert sent["tags"] == {
        "strata:stack": "dev",
        "app": "web",
        "app_version": "1.5.0",
        "strata:order": "0f1e",
        "git_sha": "abc",
    }


def test_of_two_who_start_at_once_one_is_told_to_come_again(live: LivePipeline, answers: Answers):
    start = answers("imagebuilder").start_image_pipeline_execution
    start.side_effect = refusal("StartImagePipelineExecution", "ResourceInUseException")
    with pytest.raises(BusyError, match="somebody else has started web-image"):
        live.start(RECORD, ORDER, {})
    start.side_effect = refusal("StartImagePipelineExecution", "AccessDeniedException")
    with pytest.raises(ClientError):
        live.start(RECORD, ORDER, {})


def test_a_build_without_a_log_has_no_last_lines(live: LivePipeline, answers: Answers):
    answers("logs").get_log_events.side_effect = refusal("GetLogEvents", "ResourceNotFoundException")
    assert live.last_lines(RECORD, execution(3, "FAILED")) == []
    answers("logs").get_log_events.side_effect = None
    answers("logs").get_log_events.return_value = {"events": [{"message": "refused\n"}]}
    assert live.last_lines(RECORD, execution(3, "FAILED")) == ["refused"]
    assert answers("logs").get_log_events.call_args.kwargs["logStreamName"] == "1.2.3/3"


def test_why_an_image_is_refused_is_a_tag_that_aws_accepts(live: LivePipeline, answers: Answers):
    live.refuse(execution(1, "AVAILABLE"), "ami-1: it's 'wrong', \n" + "x" * 300)
    (tags,) = [answers("imagebuilder").tag_resource.call_args.kwargs["tags"]]
    assert tags["strata:refused"].startswith("ami-1: its wrong -  xxx")
    assert len(tags["strata:refused"]) == 256


@mock_aws
def test_a_disabled_image_with_the_tags_of_a_version_is_one_of_it(monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    image = ec2.register_image(Name="web-1", RootDeviceName="/dev/xvda")["ImageId"]
    tags = {"app": "web", "app_version": "1.5.0"}
    ec2.create_tags(Resources=[image], Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    clients = MagicMock()
    clients.in_region.return_value = lambda _service: ec2
    live = LivePipeline(clients, "shop", "dev", "web-image")
    (account,) = {each["OwnerId"] for each in ec2.describe_images(ImageIds=[image])["Images"]}
    for state in ("available", "disabled"):
        ec2_backends[account]["eu-west-1"].amis[image].state = state
        assert live.namesakes("eu-west-1", "web", "1.5.0") == [image]
