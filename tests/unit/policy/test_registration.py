"""The rules as policies of Pulumi's SDK, and the folder the engine is given."""

import json
from importlib import metadata

import pytest
from pulumi_policy import (
    EnforcementLevel,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import PolicyCustomTimeouts, PolicyResource
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy
from ruamel.yaml import YAML

from strata.policy import PACK_FOLDER, RULES, Severity
from strata.policy.pack_registration import policies

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TABLE = "aws:dynamodb/table:Table"
POLICIES = {policy.name: policy for policy in policies(RULES)}


def options(*, protect=False):
    return PolicyResourceOptions(protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def reported(rule: str, type_: str, inputs: dict, *, config=None, protect=False) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    args = ResourceValidationArgs(
        type_, unknown_checking_proxy(inputs), "urn::it", "it", options(protect=protect), None, config
    )
    policy = POLICIES[rule]
    assert isinstance(policy, ResourceValidationPolicy)
    policy.validate(args, lambda message, urn=None: found.append((message, urn)))
    return found


def test_every_rule_is_a_policy_with_its_sentence_and_level():
    assert list(POLICIES) == [rule.id for rule in RULES]
    for rule in RULES:
        assert POLICIES[rule.id].description == rule.sentence
        mandatory = POLICIES[rule.id].enforcement_level is EnforcementLevel.MANDATORY
        assert mandatory is (rule.severity is Severity.MANDATORY)


def test_a_finding_is_reported_with_its_resource_and_fix():
    ((message, urn),) = reported("imdsv2", TEMPLATE, {})
    assert urn == "urn::it"
    assert "'it' answers IMDSv1" in message
    assert "fix: Set metadata_options" in message


def test_a_value_that_is_not_known_in_a_preview_is_no_finding_and_no_error():
    assert reported("imdsv2", TEMPLATE, {"metadataOptions": {"httpTokens": UNKNOWN_STRING_VALUE}}) == []
    assert reported("imdsv2", TEMPLATE, {"metadataOptions": UNKNOWN_STRING_VALUE}) == []
    nested = {"blockDeviceMappings": [{"deviceName": "a", "ebs": {"encrypted": UNKNOWN_STRING_VALUE}}]}
    assert reported("encrypted", TEMPLATE, nested) == []


@pytest.mark.parametrize(
    "config,count",
    [
        ({"strata:stage": "prod"}, 1),
        ({"strata:stage": "staging"}, 1),
        ({"strata:stage": "dev"}, 0),
        ({}, 1),
        ({"strata:stage": "nonsense"}, 1),
        ({"strata:stage": "prod", "strata:teardown": '{"until": "9999-01-01"}'}, 0),
        ({"strata:stage": "prod", "strata:teardown": '{"until": "2020-01-01"}'}, 1),
        ({"strata:stage": "prod", "strata:teardown": '{"until": "some day"}'}, 1),
        ({"strata:stage": "prod", "strata:teardown": "yes"}, 1),
        ({"strata:stage": "prod", "strata:teardown": '"yes"'}, 1),
    ],
)
def test_stage_and_teardown_come_from_the_stacks_configuration(monkeypatch, config, count):
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
    assert len(reported("controlled-protected", TABLE, {})) == count
    assert reported("controlled-protected", TABLE, {}, protect=True) == []


def test_required_tags_can_be_configured():
    inputs = {"tags": {"owner": "us"}}
    assert len(reported("required-tags", TABLE, inputs)) == 1
    assert reported("required-tags", TABLE, inputs, config={"keys": ["owner"]}) == []


@pytest.mark.parametrize("days,count", [(90, 1), (365_000, 0)])
def test_the_age_of_an_image_is_read_when_the_whole_stack_is_known(days, count):
    found = []
    image = PolicyResource(
        "strata:index:MachineImage",
        unknown_checking_proxy({"created": "2001-01-01T00:00:00Z"}),
        "urn::web",
        "web",
        options(),
        None,
        None,
        [],
        {},
    )
    args = StackValidationArgs([image], {"days": days})
    policy = POLICIES["image-age"]
    assert isinstance(policy, StackValidationPolicy)
    policy.validate(args, lambda message, urn=None: found.append((message, urn)))
    assert [urn for _, urn in found] == ["urn::web"] * count


def test_the_packs_folder_is_complete_and_of_this_version():
    described = YAML(typ="safe").load(PACK_FOLDER / "PulumiPolicy.yaml")
    assert described["runtime"] == "python"
    assert described["version"] == metadata.version("pulumi-strata")
    assert (PACK_FOLDER / "__main__.py").is_file()
