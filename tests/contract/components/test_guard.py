"""What the guard says to every type that Strata makes, and to the whole of pulumi_aws.

Which properties force a replacement is read from the tables of the rehearsal's plugin: the conformance tests hold them
against the decisions of the real provider.
"""

import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from strata import testing
from strata.guard.terms import PlanTerms
from strata.guard.verdict import ChangeFinding, judge
from strata.resources.classes import TABLE as CLASSES
from strata.resources.classes import Source, class_of, type_class
from strata.resources.protections.additions import ADDED
from strata.resources.protections.by_type import TABLE as WEAKENINGS
from strata.resources.resource import Resource
from strata.spectrum import MUTABILITY_TAG, Mutability, Operation, Verdict, verdict
from strata.stage import Stage
from strata_rehearsal.plugin import recorded
from strata_rehearsal.plugin.docker.image_inputs import REGISTRY_IMAGE_TYPE
from strata_rehearsal.plugin.recorded import KNOWN
from strata_rehearsal.plugin.schema import resource_schema
from strata_rehearsal.plugin.schema.source import resource_index
from strata_rehearsal.plugin.types import ROWS
from tests.unit.guard.plans import read, step

PROD = PlanTerms(Stage.PROD, date(2026, 3, 10))
KEPT = frozenset({Mutability.CONTROLLED, Mutability.STABLE, Mutability.ROTATED})
SERVING = {"aws:autoscaling/group:Group", "aws:ecs/service:Service", "aws:lb/targetGroup:TargetGroup"}

NOTHING_TO_WEAKEN = {
    "aws:acm/certificate:Certificate": "a certificate is replaced or renewed",
    "aws:acm/certificateValidation:CertificateValidation": "it only waits",
    "aws:backup/selection:Selection": "every change replaces it",
    "aws:ssm/maintenanceWindow:MaintenanceWindow": "it says when, and keeps nothing",
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": "it says on which servers, and keeps nothing",
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": "it says what is run, and keeps nothing",
    "aws:ssm/patchBaseline:PatchBaseline": "it says which patches are installed, and keeps nothing",
    "aws:ssm/patchGroup:PatchGroup": "every change replaces it",
    "aws:ec2/eip:Eip": "an address has no protection of its own",
    "aws:ec2/flowLog:FlowLog": "every change but of tags replaces it",
    "aws:ec2/internetGateway:InternetGateway": "it has no protection of its own",
    "aws:ec2/natGateway:NatGateway": "it has no protection of its own",
    "aws:ec2/route:Route": "a route only leads somewhere else",
    "aws:ec2/routeTable:RouteTable": "its routes are resources of their own",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "it only names another table",
    "aws:ec2/securityGroup:SecurityGroup": "its rules are resources of their own",
    "aws:ec2/subnet:Subnet": "it has no protection of its own",
    "aws:ec2/vpc:Vpc": "it has no protection of its own",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "without it traffic takes another way, or none",
    "aws:ecs/cluster:Cluster": "it only holds services, and AWS refuses its deletion while there are any",
    "aws:efs/accessPoint:AccessPoint": "every change replaces it",
    "aws:efs/mountTarget:MountTarget": "it only has security groups",
    "aws:iam/instanceProfile:InstanceProfile": "it only names a role",
    "aws:kms/alias:Alias": "it only names a key",
    "aws:rds/parameterGroup:ParameterGroup": "its parameters are the engine's own",
    "aws:rds/subnetGroup:SubnetGroup": "it only names subnets",
    "aws:route53/record:Record": "it only leads somewhere else",
    "aws:s3/bucketLogging:BucketLogging": "it protects nothing that is in the bucket",
    "aws:secretsmanager/secretVersion:SecretVersion": "a value is refused as a value",
    "aws:sns/topic:Topic": "it holds nothing",
}
"""Types of these classes that have no input whose change takes protection away, and why."""


def replaces(token: str) -> list[str]:
    """What forces a replacement of a type; every type has its region."""
    row = ROWS.get(token)
    if row is None:
        return sorted(recorded.replaces(token))
    return sorted({each.partition(".")[0] for each in row.replace.split()} | {"region"})


def types(graph: testing.Graph) -> dict[str, testing.Registered]:
    """One resource of every AWS type."""
    return {it.type: it for it in graph if it.custom and it.type.startswith("aws:")}


def judged(resource: testing.Registered, inputs: Any, reasons: tuple[str, ...]) -> ChangeFinding:
    made = step("replace", resource.type, resource.name, old=dict(inputs), reasons=reasons)
    (found,) = judge(read(made), PROD).findings
    return found


def expected(mutability: Mutability, token: str) -> Verdict:
    return Verdict.REFUSE if mutability is not Mutability.REPLACED or token in SERVING else Verdict.ALLOW


@pytest.mark.parametrize("tagged", [True, False], ids=["of-strata", "of-anybody"])
def test_every_property_that_forces_a_replacement_of_every_type_is_judged(
    whole: testing.Graph, tagged: bool, capsys: pytest.CaptureFixture[str]
):
    cases = 0
    for token, resource in types(whole).items():
        inputs = {key: value for key, value in resource.inputs.items() if tagged or not key.startswith("tags")}
        for name in replaces(token):
            found = judged(resource, inputs, (name,))
            assert found.kind.source is not Source.UNKNOWN, token
            assert found.verdict is expected(found.kind.mutability, token), f"{name} of {token}"
            assert any(name in why for why in found.because), f"{name} of {token} is not named"
            cases += 1
    with capsys.disabled():
        sys.stdout.write(f"\nthe guard was asked about {cases} properties of {len(types(whole))} types\n")
    assert cases > 3 * len(types(whole))


def test_every_type_the_rehearsal_knows_is_classed():
    assert [token for token in {*ROWS, *KNOWN} if type_class(Resource(token)).source is Source.UNKNOWN] == []


def test_the_guard_is_never_laxer_than_the_component_that_made_a_resource(whole: testing.Graph, classed: Any):
    for resource in types(whole).values():
        made_as = classed[resource.type, resource.name]
        seen_as = class_of(resource).mutability
        for operation in (Operation.REPLACE, Operation.DELETE):
            asked, said = (verdict(each, operation, Stage.PROD) for each in (made_as, seen_as))
            order = [Verdict.ALLOW, Verdict.WARN, Verdict.REFUSE]
            assert order.index(said) >= order.index(asked), f"{resource}: made as {made_as}, seen as {seen_as}"


def lasting(whole: testing.Graph) -> Iterator[str]:
    """Types of Strata and of the rehearsal's tables that are not simply replaced."""
    tagged = {it.type for it in whole if (it.inputs.get("tags") or {}) and _tag(it) in {each.value for each in KEPT}}
    yield from sorted(tagged)
    yield from sorted(token for token in types(whole) if type_class(Resource(token)).mutability in KEPT)


def _tag(resource: testing.Registered) -> Any:
    tags = resource.inputs.get("tags")
    return tags.get(MUTABILITY_TAG) if isinstance(tags, dict) else None


def test_every_lasting_type_of_strata_has_weakenings_or_a_reason_for_none(whole: testing.Graph):
    missing = [token for token in lasting(whole) if token not in WEAKENINGS and token not in NOTHING_TO_WEAKEN]
    assert missing == [], "add a row to strata/resources/protections/, or say here why there is nothing to weaken"


def test_no_type_both_has_weakenings_and_none():
    assert set(WEAKENINGS) & set(NOTHING_TO_WEAKEN) == set()


def test_the_tables_name_types_and_inputs_that_pulumi_aws_has():
    index = resource_index()
    short = {f"{token.split(':')[1].partition('/')[0]}:{token.rpartition(':')[2]}" for token in index}
    services = {f"{name.partition(':')[0]}:*" for name in short}
    assert [name for name in CLASSES if name not in short | services] == []
    # those of images are in test_guard_containers.py
    of_aws = {token: rows for token, rows in WEAKENINGS.items() if token.startswith("aws:")}
    assert {*WEAKENINGS} - {*of_aws} == {REGISTRY_IMAGE_TYPE}
    assert [token for token in (*of_aws, *NOTHING_TO_WEAKEN) if token not in index] == []
    assert [token for token, added in ADDED.items() if added.input not in resource_schema(token).inputs] == []
    assert {added.to for added in ADDED.values()} <= set(index)
    unknown = [
        f"{token} {row.path}"
        for token, rows in of_aws.items()
        for row in rows
        if row.path.partition(".")[0] not in resource_schema(token).inputs
    ]
    assert unknown == []


def test_most_of_pulumi_aws_is_classed():
    classed = [token for token in resource_index() if type_class(Resource(token)).source is Source.TYPE]
    assert len(classed) > 1000
