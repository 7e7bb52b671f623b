"""`strata assess`: what it is given, what it prints, and what it ends with."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from strata.assess.assess_codes import UNSEEN
from strata.cli.run import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def legacy(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A group of a launch configuration, in an account that only credentials lead to; gives its region."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        ec2, scaling = (boto3.client(each, region_name="eu-west-1") for each in ("ec2", "autoscaling"))
        image = ec2.register_image(Name="legacy", RootDeviceName="/dev/xvda")["ImageId"]
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        made: Any = {
            "LaunchConfigurationName": "legacy-2019",
            "ImageId": image,
            "InstanceType": "t3.small",
            "KeyName": "admins",
            "UserData": "#!/bin/sh\nyum -y update\n",
        }
        scaling.create_launch_configuration(**made)
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="legacy",
            LaunchConfigurationName="legacy-2019",
            MinSize=2,
            MaxSize=4,
            VPCZoneIdentifier=subnet,
            HealthCheckType="EC2",
        )
        yield "eu-west-1"


def test_a_group_is_assessed_by_its_name_and_credentials_alone(legacy: str, tmp_path: Path, capsys: Capture):
    line = ["assess", "--group", "legacy", "--region", legacy, "--json", "-C", str(tmp_path)]
    assert run(line) == 5
    document = json.loads(capsys.readouterr().out)
    assert (document["stack"], document["region"], document["unread"]) == (None, "eu-west-1", [])
    (group,) = document["groups"]
    assert (group["group"], group["servers"], group["compared"]) == ("legacy", 2, 2)
    found = {each["code"]: each for each in group["findings"]}
    assert {"no-launch-template", "boot-installs", "key-pair", "no-load-balancer"} <= {*found}
    assert "made-by-hand" not in found, "a server of a launch configuration has no tag of a template"
    assert found["no-launch-template"]["found"] == ["legacy-2019"]
    assert found["no-launch-template"]["severity"] == "blocks"
    assert found["boot-installs"]["found"] == [{"line": 2, "does": "yum update"}]
    assert {each["subject"] for each in document["not_looked_at"]} == {*UNSEEN}


def test_as_text_each_finding_says_what_to_do_and_where_to_read_on(legacy: str, capsys: Capture):
    assert run(["assess", "--group", "legacy", "--region", legacy]) == 5
    said = capsys.readouterr().out
    assert "is made from launch configuration legacy-2019" in said
    assert "for boot-installs: " in said
    assert "Bake the packages into the image. docs/migration.md#slow-boot" in said
    assert "not looked at" in said
    assert "docs/migration.md#logs" in said


def test_a_group_that_is_not_there_is_bad_input(legacy: str, capsys: Capture):
    assert run(["assess", "--group", "nowhere", "--region", legacy]) == 2
    said = capsys.readouterr().err
    assert "there is no Auto Scaling group 'nowhere' in eu-west-1" in said
    assert "fix: " in said


def test_a_stack_that_is_named_in_full_needs_no_project(
    legacy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
):
    monkeypatch.setenv("AWS_REGION", legacy)
    line = ["assess", "acme/shop/prod", "--json", "-C", str(tmp_path)]
    assert run(line) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert "shop/prod has no Auto Scaling group in eu-west-1" in error["message"]
    assert "strata:project=shop and strata:stack=prod" in error["message"]

    tag = {"ResourceId": "legacy", "ResourceType": "auto-scaling-group", "PropagateAtLaunch": True}
    tags = {"strata:project": "shop", "strata:stack": "prod"}
    boto3.client("autoscaling", region_name=legacy).create_or_update_tags(
        Tags=[{**tag, "Key": key, "Value": value} for key, value in tags.items()]
    )
    assert run(line) == 5
    document = json.loads(capsys.readouterr().out)
    assert document["stack"] == "acme/shop/prod"
    assert [each["group"] for each in document["groups"]] == ["legacy"]


@pytest.mark.parametrize(
    "words,said",
    [
        ([], "give STACK, or --group NAME."),
        (["prod", "--region", "eu-west-1"], "--region goes without STACK"),
        (["--group", "web", "--local"], "--local needs STACK"),
        (["--group", ""], "--group is '', expected the name of an Auto Scaling group"),
        (["prod", "--group", " "], "--group is ' ', expected the name of an Auto Scaling group"),
    ],
)
def test_what_it_cannot_be_given_is_bad_input(words: list[str], said: str, capsys: Capture):
    assert run(["assess", *words]) == 2
    assert said in capsys.readouterr().err
