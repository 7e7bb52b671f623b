"""The rules on graphs recorded under mocks."""

import pulumi
import pulumi_aws as aws
import pytest

from strata import testing
from strata.policy import Terms
from strata.stage import Stage
from strata.testing.assertions import judged


def careless() -> None:
    aws.ec2.LaunchTemplate("web", image_id="ami-1")
    aws.dynamodb.Table("orders", opts=pulumi.ResourceOptions(protect=True))
    aws.lambda_.Function(
        "send", role="arn", environment={"variables": {"DB_PASSWORD": pulumi.Output.secret("hunter2")}}
    )


def test_everything_that_is_wrong_is_told_at_once_without_the_secret():
    with pytest.raises(AssertionError) as raised:
        testing.assert_policies(testing.run(careless))
    told = str(raised.value)
    assert "imdsv2: aws:ec2/launchTemplate:LaunchTemplate 'web'" in told
    assert "no-secrets-in-the-open: aws:lambda/function:Function 'send' shows" in told
    assert "DB_PASSWORD" in told
    assert "hunter2" not in told
    assert "required-tags" not in told, "it is advisory"


def test_a_program_may_be_let_off_a_rule():
    testing.assert_policies(testing.run(careless), except_for=["imdsv2", "no-secrets-in-the-open"])


def test_the_stage_is_read_from_the_tags_or_given():
    def data() -> None:
        aws.s3.Bucket("orders", tags={"strata:stage": "dev"})

    graph = testing.run(data)
    testing.assert_policies(graph)
    with pytest.raises(AssertionError, match="controlled-protected"):
        testing.assert_policies(graph, terms=Terms(Stage.PROD))


def test_protection_is_inherited_as_pulumi_does():
    class Part(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Part", "part", None, pulumi.ResourceOptions(protect=True))
            aws.s3.Bucket("orders", opts=pulumi.ResourceOptions(parent=self))

    resources = {each.name: each for each in judged(testing.run(Part))}
    assert resources["orders"].protected
