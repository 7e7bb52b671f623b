"""Nothing that comes with a change disarms the guard for it: every input the guard reads, as a table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest

from strata.guard.plan import Plan
from strata.guard.terms import Allowance, PlanTerms, TeardownTerms
from strata.guard.verdict import ChangeFinding, judge
from strata.resources.wire import UNKNOWN
from strata.settings.recorded_terms import TERMS_OUTPUT
from strata.spectrum import MUTABILITY_TAG, Operation, Verdict
from strata.stage import Stage
from strata.tags import STAGE_TAG
from tests.unit.guard.plans import applied, read, record, step, urn

TODAY = date(2026, 3, 10)
PROD = PlanTerms(Stage.PROD, TODAY)
DEV = PlanTerms(Stage.DEV, TODAY)
WAS_PROD, IS_DEV = ({"tags": {STAGE_TAG: stage}} for stage in ("prod", "dev"))
SOON = TODAY + timedelta(days=3)
DELETED = Allowance("main", Operation.DELETE, "moved", SOON)
LIFTED = Allowance("main", Operation.UPDATE, "moved", SOON)
TEARDOWN = TeardownTerms(SOON, "the shop moves")
GROUP = "aws:autoscaling/group:Group"
REPLICA = step("replace", "database", "replica", old={"replicateSourceDb": "orders"}, reasons=("engine",))
ORDERS = {"identifier": "orders"}


@dataclass(frozen=True)
class Trick:
    """A change with which comes what would allow it.

    Args:
        says: what comes with it.
        plan: the plan of the change.
        terms: what the stack file says now.
        before: what it said before. Default: the same, but for the trick.
        refused: name of the resource that must be refused.
    """

    says: str
    plan: Plan
    terms: PlanTerms
    before: PlanTerms = PROD
    refused: str = "main"


QUEUE = "aws:sqs/queue:Queue"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
SERVICE = "aws:ecs/service:Service"
TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"


def tagged(kind: str, **more: Any) -> dict[str, Any]:
    return {"tags": {MUTABILITY_TAG: kind}, **more}


def given(kind: str) -> dict[str, Any]:
    return {"tagsAll": {MUTABILITY_TAG: kind}}


TRICKS = [
    Trick("a stage that is lowered in the file", read(step("delete", "database")), DEV),
    Trick(
        "a stage that is lowered, as only the tags of what is there tell",
        read(step("delete", "database", old=WAS_PROD)),
        DEV,
        before=DEV,
    ),
    Trick(
        "a stage that is lowered, as only the tags of a group tell",
        read(step("delete", "database"), step("same", GROUP, "g", old={"tags": [{"key": STAGE_TAG, "value": "prod"}]})),
        DEV,
        before=DEV,
    ),
    Trick(
        "a stage that is lowered, as only the tags that the provider gives everything tell",
        read(step("delete", "database", outputs={"tagsAll": {STAGE_TAG: "prod"}})),
        DEV,
        before=DEV,
    ),
    Trick("an override of the delete", read(step("delete", "database")), replace(PROD, allowances=(DELETED,))),
    Trick(
        "a later last day of an override that had expired",
        read(step("delete", "database")),
        replace(PROD, allowances=(DELETED,)),
        before=replace(PROD, allowances=(replace(DELETED, until=TODAY - timedelta(days=1)),)),
    ),
    Trick(
        "another operation of an override that was there",
        read(step("delete", "database")),
        replace(PROD, allowances=(DELETED,)),
        before=replace(PROD, allowances=(LIFTED,)),
    ),
    Trick(
        "an override of a weakening",
        read(step("update", "database", old={"deletionProtection": True}, new={})),
        replace(PROD, allowances=(LIFTED,)),
    ),
    Trick("a teardown", read(step("delete", "database")), replace(PROD, teardown=TEARDOWN)),
    Trick(
        "a later last day of a teardown that was over",
        read(step("delete", "database")),
        replace(PROD, teardown=TEARDOWN),
        before=replace(PROD, teardown=replace(TEARDOWN, until=TODAY - timedelta(days=1))),
    ),
    Trick(
        "a teardown, for what it does not lift",
        read(step("update", "database", old={"backupRetentionPeriod": 30}, new={"backupRetentionPeriod": 1})),
        replace(PROD, teardown=TEARDOWN),
        before=replace(PROD, teardown=TEARDOWN),
    ),
    Trick("protect, taken off", read(step("replace", "vpc", was={"protect": True}, becomes={})), PROD),
    Trick(
        "deletion protection, taken off",
        read(step("replace", "database", old={"deletionProtection": True}, new={"deletionProtection": False})),
        PROD,
    ),
    Trick(
        "retention of the old version, put on",
        read(step("replace", "parameter", was={}, becomes={"retainOnDelete": True})),
        PROD,
    ),
    Trick(
        "retention of the old version, taken off",
        read(step("replace", "parameter", was={"retainOnDelete": True}, becomes={})),
        PROD,
    ),
    Trick(
        "protection of the source that a replica is rebuilt from",
        read(step("same", "database", "o", old=ORDERS, was={}, becomes={"protect": True}), REPLICA),
        PROD,
        refused="replica",
    ),
    Trick(
        "AWS's protection of the source that a replica is rebuilt from",
        read(step("update", "database", "o", old=ORDERS, new={**ORDERS, "deletionProtection": True}), REPLICA),
        PROD,
        refused="replica",
    ),
    Trick(
        "a tag of another class",
        read(
            step(
                "replace",
                "bucket",
                old={"tags": {MUTABILITY_TAG: "controlled"}},
                new={"tags": {MUTABILITY_TAG: "replaced"}},
            )
        ),
        PROD,
    ),
    Trick("a tag of a class, dropped", read(step("update", RULE, old=tagged("controlled"), new={})), PROD),
    Trick(
        "a tag of a class, dropped along with the delete of its tags",
        read(step("update", RULE, old=tagged("stable"), new={"tags": {}})),
        PROD,
    ),
    Trick(
        "a tag of a class, lowered to what the type is",
        read(step("update", RULE, old=tagged("stable"), new=tagged("replaced"))),
        PROD,
    ),
    Trick(
        "a tag of a class, lowered, on a resource that no longer carries secrets by it",
        read(step("update", "parameter", old=tagged("rotated"), new=tagged("controlled"))),
        PROD,
    ),
    Trick(
        "tags that cannot be seen in place of a tag of a class",
        read(step("update", RULE, old=tagged("controlled"), new={"tags": UNKNOWN})),
        PROD,
    ),
    Trick(
        "a tag of a class, made a secret",
        read(step("update", RULE, old=tagged("controlled"), new={"tags": {MUTABILITY_TAG: "[secret]"}})),
        PROD,
    ),
    Trick(
        "what a listener leads to, made a secret before its target group goes",
        read(
            step("delete", "target group", outputs={"arn": TARGETS}),
            step("same", "vpc", "net"),
            step("same", "rule", "r", old={"actions": [{"type": "forward", "targetGroupArn": "[secret]"}]}),
        ),
        PROD,
    ),
    Trick(
        "a tag of a class, dropped from what the provider gives everything",
        read({**step("update", RULE, outputs=given("controlled")), "diffReasons": ["tagsAll"]}),
        PROD,
    ),
    Trick(
        "a tag that the provider gives everything, which would make a database a throw-away",
        read(step("delete", "database", outputs=given("replaced"))),
        PROD,
    ),
    Trick(
        "a tag that the provider gives everything, as an input",
        read(step("replace", "database", old=given("replaced"), reasons=("engine",))),
        PROD,
    ),
    Trick(
        "a class that a resource gets with the replacement",
        read(step("replace", RULE, old={}, new=tagged("controlled"), reasons=("cidrIpv4",))),
        PROD,
    ),
    Trick(
        "a tag that calls a group something of which AWS keeps the old one",
        read(step("replace", GROUP, old=tagged("versioned"), was={"retainOnDelete": True}, reasons=("name",))),
        PROD,
    ),
    Trick("a tag that calls a group rebuildable", read(step("delete", GROUP, old=tagged("rebuildable"))), PROD),
    Trick(
        "a tag that calls a group stable, whose update is only warned of",
        read(step("update", GROUP, old=tagged("stable", maxSize=4), new=tagged("stable", maxSize=0))),
        PROD,
    ),
    Trick("no room for a server", read(step("update", GROUP, old={"maxSize": 4}, new={"maxSize": 0})), PROD),
    Trick(
        "no servers wanted",
        read(step("update", GROUP, old={}, new={"desiredCapacity": 0}, outputs={"desiredCapacity": 2})),
        PROD,
    ),
    Trick(
        "no target groups",
        read(step("update", GROUP, old={"targetGroupArns": [TARGETS]}, new={"targetGroupArns": []})),
        PROD,
    ),
    Trick("no tasks", read(step("update", SERVICE, old={"desiredCount": 2}, new={"desiredCount": 0})), PROD),
    Trick("tasks that run, and no service", read(step("delete", SERVICE, old={"desiredCount": 2})), PROD),
    Trick(
        "protection of a replica's source that cannot be seen",
        read(
            step(
                "update",
                "database",
                "o",
                old={**ORDERS, "deletionProtection": UNKNOWN},
                new={**ORDERS, "deletionProtection": UNKNOWN},
            ),
            REPLICA,
        ),
        PROD,
        refused="replica",
    ),
    Trick(
        "a source, which would make a primary a replica",
        read(step("replace", "database", old={}, new={"replicateSourceDb": "orders"}, reasons=("replicateSourceDb",))),
        PROD,
    ),
    Trick(
        "another kind of parameter, which would make a secret configuration",
        read(step("replace", "parameter", old={"type": "SecureString"}, new={"type": "String"}, reasons=("type",))),
        PROD,
    ),
]


def refused(plan: Plan, terms: PlanTerms) -> list[ChangeFinding]:
    return judge(plan, terms).of(Verdict.REFUSE)


@pytest.mark.parametrize("trick", TRICKS, ids=lambda each: each.says)
def test_what_comes_with_a_change_does_not_allow_it(trick: Trick):
    told = refused(applied(trick.plan, trick.before), trick.terms)
    assert trick.refused in {each.change.name for each in told}


SETTLED: list[tuple[str, Callable[[], Plan], PlanTerms]] = [
    ("an override", lambda: read(step("delete", "database")), replace(PROD, allowances=(DELETED,))),
    ("a teardown", lambda: read(step("delete", "database")), replace(PROD, teardown=TEARDOWN)),
    ("a stage", lambda: read(step("delete", "database", old=IS_DEV)), DEV),
]


@pytest.mark.parametrize("what,plan,terms", SETTLED, ids=lambda each: each if isinstance(each, str) else "")
def test_what_was_there_before_a_change_allows_it(what: str, plan: Callable[[], Plan], terms: PlanTerms):
    assert refused(applied(plan(), terms), terms) == [], what


def test_the_first_run_of_a_teardown_lifts_protection_and_its_remark_is_about_the_deletes_only():
    lifting = step("update", "database", old={"deletionProtection": True}, new={}, was={"protect": True}, becomes={})
    torn = replace(PROD, teardown=TEARDOWN)
    assert judge(applied(read(lifting), PROD), torn).of(Verdict.REFUSE) == []
    both = judge(applied(read(lifting, step("delete", "key", "k")), PROD), torn)
    assert [each.change.name for each in both.of(Verdict.REFUSE)] == ["k"]
    assert [each.says for each in both.remarks] == ["the teardown comes with this change, so it allows nothing yet"]


def test_a_stage_that_is_lowered_is_refused_for_the_stack_even_where_nothing_else_changes():
    (one,) = refused(applied(read(step("same", "database", old=WAS_PROD)), PROD), DEV)
    assert one.change.urn == urn("pulumi:pulumi:Stack", "shop-prod")
    assert one.because == ("the stack file lowers the stage from prod to dev",)
    assert judge(applied(read(step("same", "database", old=WAS_PROD)), PROD), DEV).stage is Stage.PROD


def test_a_stage_that_no_tag_says_any_more_is_a_stage_that_is_lowered():
    (one,) = refused(applied(read(step("update", "database", old=WAS_PROD, new={})), PROD), PROD)
    assert one.because == ("the tags of its resources say no stage instead of prod",)


def test_a_lowered_stage_is_allowed_by_an_override_that_was_there_before():
    terms = replace(DEV, allowances=(Allowance("shop-prod", Operation.UPDATE, "no longer used", SOON),))
    judged = judge(applied(read(step("same", "database")), replace(terms, stage=Stage.PROD)), terms)
    assert judged.of(Verdict.REFUSE) == []


def test_a_stage_that_is_raised_is_judged_by_the_new_one():
    raised = applied(read(step("update", "database", old=IS_DEV, new=WAS_PROD), step("delete", "bucket", "b")), DEV)
    assert [each.change.name for each in refused(raised, PROD)] == ["b"]


@pytest.mark.parametrize(
    "output",
    [None, "prod", [], {"allow": "everything"}, {"allow": [None, {"resource": 3}], "teardown": "now", "stage": 7}],
)
def test_a_record_that_is_none_counts_for_nothing(output: Any):
    own = step("same", "pulumi:pulumi:Stack", "shop-prod", outputs={TERMS_OUTPUT: output})
    terms = replace(PROD, allowances=(DELETED,), teardown=TEARDOWN)
    assert [each.change.name for each in refused(read(own, step("delete", "database")), terms)] == ["main"]


@pytest.mark.parametrize(
    "output",
    [
        "prod",
        ["prod"],
        {"stage": ["prod"]},
        {"allow": []},
        {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"},
    ],
)
def test_a_stage_that_nobody_can_read_is_taken_for_the_strictest(output: Any):
    own = step("same", "pulumi:pulumi:Stack", "shop-prod", outputs={TERMS_OUTPUT: output})
    lowered = replace(PROD, stage=Stage.DEV)
    assert "main" in [each.change.name for each in refused(read(own, step("delete", "database")), lowered)]


def test_a_component_that_calls_itself_a_stack_cannot_bring_the_overrides_of_one():
    impostor = step(
        "same", "pulumi:pulumi:Stack", "another", outputs={TERMS_OUTPUT: record(replace(PROD, allowances=(DELETED,)))}
    )
    own = step("same", "pulumi:pulumi:Stack", "shop-prod", outputs={TERMS_OUTPUT: record(PROD)})
    terms = replace(PROD, allowances=(DELETED,))
    assert [each.change.name for each in refused(read(impostor, own, step("delete", "database")), terms)] == ["main"]


def test_an_override_in_a_plan_that_does_not_show_the_stack_says_how_to_make_one_that_does():
    judged = judge(read(step("delete", "database")), replace(PROD, allowances=(DELETED,)))
    assert len(judged.of(Verdict.REFUSE)) == 1
    assert "--show-sames" in judged.remarks[0].fix


def test_the_record_of_a_stack_is_what_its_file_says():
    own = record(replace(PROD, allowances=(DELETED,), teardown=TEARDOWN))
    assert own == {
        "stage": "prod",
        "allow": [{"resource": "main", "operation": "delete", "reason": "moved", "until": "2026-03-13"}],
        "teardown": {"until": "2026-03-13", "reason": "the shop moves"},
    }


def test_a_kept_old_version_excuses_a_replacement_and_no_weakening():
    """A log group that AWS keeps was shrunk from a year to a day, and passed."""
    logs = "aws:cloudwatch/logGroup:LogGroup"
    kept = {"retainOnDelete": True}
    shrunk = step("update", logs, old={"retentionInDays": 365}, new={"retentionInDays": 1}, was=kept)
    assert [each.because[-1] for each in refused(read(shrunk), PROD)] == ["logs are kept for a shorter time"]
    assert refused(read(step("replace", logs, old={"name": "a"}, new={"name": "b"}, was=kept)), PROD) == []


def test_a_protected_source_excuses_a_replacement_of_its_replica_and_no_weakening():
    source = step("same", "database", "o", old=ORDERS, was={"protect": True})
    shown = step(
        "update",
        "database",
        old={"replicateSourceDb": "orders"},
        new={"replicateSourceDb": "orders", "publiclyAccessible": True},
    )
    assert [each.change.name for each in refused(read(source, shown), PROD)] == ["main"]
    assert refused(read(source, REPLICA), PROD) == []


def test_a_class_may_be_lowered_by_an_override_that_was_there_before():
    lowered = read(step("update", RULE, old=tagged("controlled"), new={}))
    terms = replace(PROD, allowances=(LIFTED,))
    assert refused(applied(lowered, terms), terms) == []
    (told,) = refused(applied(lowered, PROD), terms)
    assert told.because[-1] == "the tag that calls it controlled goes, and by its type it is replaced"


def test_a_class_that_is_raised_is_no_weakening():
    for old, new in ((tagged("replaced"), tagged("stable")), ({}, tagged("controlled"))):
        assert refused(read(step("update", RULE, old=old, new=new)), PROD) == []


def test_tags_that_a_plan_does_not_show_again_are_still_there():
    """A preview tells what AWS said before, and leaves that out of what comes after."""
    stage = step("same", RULE, "other", outputs={"tagsAll": {STAGE_TAG: "prod"}})
    changed = step("update", RULE, old={"description": "a"}, new={"description": "b"}, outputs=given("controlled"))
    assert refused(read(stage, changed), PROD) == []
