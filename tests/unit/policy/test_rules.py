"""Every rule on resources that break it and on resources that keep it."""

import re
from collections import Counter

import pytest

from strata.policy import RULES, Rule, Severity, Terms, judge
from strata.policy.rules import containers, encryption, exposure, repositories, servers
from strata.resources.classes import Classification, Source, class_of, holds_data
from strata.resources.protections.by_name import REFUSING_DELETION
from strata.resources.protections.by_type import TABLE
from strata.resources.resource import Options, Resource
from strata.spectrum import Mutability
from tests.unit.policy import cases, image_cases
from tests.unit.policy.cases import Case

BROKEN = [*cases.BROKEN, *image_cases.BROKEN]
KEPT = [*cases.KEPT, *image_cases.KEPT]
BY_ID = {rule.id: rule for rule in RULES}
DOCKER = {f"docker:index/{name[0].lower()}{name[1:]}:{name}" for name in ("Container", "RemoteImage", "Service")}


def found(case: Case) -> list[str]:
    resource = Resource(
        case.type,
        "it",
        f"urn::{case.type}::it",
        inputs=case.inputs,
        outputs=case.outputs,
        options=Options(protect=case.protect),
    )
    return [each.detail for each in judge([resource], case.terms, [BY_ID[case.rule]])]


def named(case: Case) -> str:
    return f"{case.rule} {case.type.rsplit(':', 1)[1]}"


@pytest.mark.parametrize("case", BROKEN, ids=named)
def test_a_resource_that_breaks_a_rule_is_found(case: Case):
    (detail,) = found(case)
    assert case.says
    assert case.says in detail


@pytest.mark.parametrize("case", KEPT, ids=named)
def test_a_resource_that_keeps_a_rule_or_is_not_known_is_let_pass(case: Case):
    assert found(case) == []


def test_every_rule_is_tried_both_ways():
    assert {case.rule for case in BROKEN} == {case.rule for case in KEPT} == set(BY_ID)


@pytest.mark.parametrize(
    "rule,types",
    [
        ("imdsv2", servers._METADATA),
        ("encrypted", encryption._TYPES),
        ("digest-only", {*containers.CONTAINERS, *containers.IMAGES, *DOCKER}),
        ("immutable-tags", repositories.REPOSITORIES),
        ("no-public-database", exposure._DATABASES),
    ],
)
def test_every_type_a_rule_knows_is_tried(rule, types):
    assert {case.type for case in BROKEN if case.rule == rule} == set(types)


REFUSABLE = {token: row.path for token, rows in TABLE.items() for row in rows if row.path in REFUSING_DELETION}
DATA = [token for token in REFUSABLE if holds_data(Resource(token))]
DATABASES = {
    "aws:docdb/cluster:Cluster",
    "aws:dynamodb/table:Table",
    "aws:neptune/cluster:Cluster",
    "aws:rds/cluster:Cluster",
    "aws:rds/instance:Instance",
}


@pytest.mark.parametrize("type_", DATA)
def test_every_type_with_deletion_protection_is_let_pass_by_it(type_: str):
    rule = BY_ID["controlled-protected"]
    words = ("ACTIVE", "INACTIVE") if type_ == "aws:cognito/userPool:UserPool" else (True, False)
    on, off = (Resource(type_, "it", "urn", inputs={REFUSABLE[type_]: value}) for value in words)
    assert [len(judge([each], Case("", "", {}).terms, [rule])) for each in (on, off)] == [0, 1]


def test_the_databases_are_among_those():
    assert set(DATA) >= DATABASES


@pytest.mark.parametrize(
    "type_",
    [
        "aws:ebs/volume:Volume",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticsearch/domain:Domain",
        "aws:fsx/lustreFileSystem:LustreFileSystem",
        "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
        "aws:opensearch/domain:Domain",
        "aws:redshift/cluster:Cluster",
        "aws:s3/bucket:Bucket",
        "aws:sqs/queue:Queue",
    ],
)
def test_what_holds_data_by_its_type_is_protected_without_a_tag_too(type_: str):
    resource = Resource(type_, "it", "urn")
    (found,) = judge([resource], Case("", "", {}).terms, [BY_ID["controlled-protected"]])
    assert "holds data" in found.detail
    assert class_of(resource) == Classification(Mutability.CONTROLLED, Source.TYPE)


@pytest.mark.parametrize("type_", ["aws:s3/bucketPolicy:BucketPolicy", "aws:backup/plan:Plan", "aws:new/thing:Thing"])
def test_what_only_says_how_something_else_is_kept_holds_no_data(type_: str):
    assert judge([Resource(type_, "it", "urn")], Case("", "", {}).terms, [BY_ID["controlled-protected"]]) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_a_sentence_with_a_fix(rule: Rule):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
    for text in (rule.sentence, rule.fix):
        assert text[0].isupper()
        assert text.endswith(".")


def test_ids_are_unique_and_pinned():
    assert Counter((rule.id, rule.severity) for rule in RULES) == {
        ("numbered-template-version", Severity.MANDATORY): 1,
        ("imdsv2", Severity.MANDATORY): 1,
        ("no-image-of-a-server", Severity.MANDATORY): 1,
        ("no-image-of-a-snapshot", Severity.ADVISORY): 1,
        ("image-age", Severity.ADVISORY): 1,
        ("image-by-id", Severity.MANDATORY): 1,
        ("digest-only", Severity.MANDATORY): 1,
        ("immutable-tags", Severity.ADVISORY): 1,
        ("released-images-stay", Severity.ADVISORY): 1,
        ("no-secrets-in-the-open", Severity.MANDATORY): 1,
        ("encrypted", Severity.MANDATORY): 1,
        ("no-public-database", Severity.MANDATORY): 1,
        ("no-public-image", Severity.MANDATORY): 1,
        ("no-open-admin-port", Severity.MANDATORY): 1,
        ("tls-floor", Severity.MANDATORY): 1,
        ("controlled-protected", Severity.MANDATORY): 1,
        ("no-forced-deletion", Severity.ADVISORY): 1,
        ("required-tags", Severity.ADVISORY): 1,
    }


def test_an_image_that_its_resource_leaves_in_the_registry_at_a_delete_stays():
    kept = Resource("docker:index/registryImage:RegistryImage", "it", "urn", options=Options(retain_on_delete=True))
    assert judge([kept], Terms(), [BY_ID["released-images-stay"]]) == []


def test_a_finding_never_shows_what_it_found_in_secrets():
    secrets = ("hunter2", "9f8e7d", "sk_live_", "AKIA", "PRIVATE KEY")
    for case in BROKEN:
        if case.rule == "no-secrets-in-the-open":
            assert not any(secret in detail for detail in found(case) for secret in secrets)


def test_a_finding_says_which_resource_what_and_how_to_mend_it():
    case = next(case for case in BROKEN if case.rule == "imdsv2")
    (finding,) = judge([Resource(case.type, "web", "urn::web", inputs=case.inputs)], case.terms, [BY_ID["imdsv2"]])
    assert finding.mandatory
    assert str(finding) == (
        "imdsv2: aws:ec2/launchTemplate:LaunchTemplate 'web' answers IMDSv1 requests, which need no token\n"
        '  fix: Set metadata_options.http_tokens to "required".'
    )
    assert finding.document() == {
        "rule": "imdsv2",
        "severity": "mandatory",
        "type": "aws:ec2/launchTemplate:LaunchTemplate",
        "name": "web",
        "urn": "urn::web",
        "finding": "answers IMDSv1 requests, which need no token",
        "fix": 'Set metadata_options.http_tokens to "required".',
    }
