"""A plan to findings: facts, overrides, a teardown, and what a command ends with."""

from datetime import date, timedelta
from typing import Any

import pytest

from strata.exit_code import ExitCode
from strata.guard.facts import facts
from strata.guard.plan import Plan
from strata.guard.terms import Allowance, PlanTerms, TeardownTerms
from strata.guard.verdict import ChangeFinding, Judgement, judge
from strata.spectrum import MUTABILITY_TAG, Fact, Mutability, Operation, Verdict
from strata.stage import Stage
from tests.unit.guard.plans import applied, read, step, urn

TODAY = date(2026, 3, 10)
PROD = PlanTerms(Stage.PROD, TODAY)
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
RENAMED = ("name",)


def found(plan: Plan, terms: PlanTerms = PROD) -> ChangeFinding:
    """The only finding, under terms that were there before."""
    (one,) = judge(applied(plan, terms), terms).findings
    return one


def allowing(resource: str = "main", operation: str = "replace", days: int = 3) -> PlanTerms:
    until = TODAY + timedelta(days=days)
    return PlanTerms(Stage.PROD, TODAY, (Allowance(resource, Operation(operation), "moved to 17", until),))


@pytest.mark.parametrize("op", ["replace", "create-replacement", "delete-replaced", "delete"])
@pytest.mark.parametrize("kind", ["database", "bucket", "vpc", "key", "value"])
def test_what_must_not_be_lost_is_neither_replaced_nor_deleted(kind: str, op: str):
    assert found(read(step(op, kind))).verdict is Verdict.REFUSE


def test_a_dev_stack_is_warned():
    assert found(read(step("delete", "database")), PlanTerms(Stage.DEV, TODAY)).verdict is Verdict.WARN


def test_pitfall_23_protection_taken_off_with_the_replacement_is_judged_by_what_was():
    plan = read(step("replace", "vpc", was={"protect": True}, becomes={}, reasons=RENAMED))
    assert plan.complete, "the engine is content with it"
    one = found(plan)
    assert one.verdict is Verdict.REFUSE
    assert "Pulumi's protection is taken off" in one.because
    assert "AWS cannot change name in place" in one.because


def test_pitfall_23_protection_taken_off_first_is_refused_too():
    """In a change of its own it is `same` to the engine, and the replacement comes with the next one."""
    one = found(read(step("same", "vpc", was={"protect": True}, becomes={})))
    assert (one.operation, one.verdict) == (Operation.UPDATE, Verdict.REFUSE)


def test_pitfall_24_a_replacement_is_seen_where_new_inputs_look_harmless():
    """A policy sees the new inputs only, those of a new database; the plan says what becomes of the old one."""
    one = found(read(step("replace", "database", old={"dbName": "a"}, new={"dbName": "b"}, reasons=("dbName",))))
    assert one.verdict is Verdict.REFUSE
    assert one.because == ("AWS cannot change dbName in place",)
    assert one.lost == "the database and everything in it"


def test_pitfall_20_a_snapshot_id_that_changes_is_refused_with_its_name():
    one = found(read(step("replace", "database", reasons=("snapshotIdentifier",))))
    assert one.verdict is Verdict.REFUSE
    assert "snapshotIdentifier" in one.because[0]
    assert "snapshotIdentifier" in one.fix


def test_a_database_without_a_final_snapshot_says_so():
    assert "no final snapshot" in found(read(step("delete", "database", old={"skipFinalSnapshot": True}))).lost


def test_a_weakening_is_refused_and_an_ordinary_update_is_not():
    weaker = step("update", "database", old={"deletionProtection": True}, new={"deletionProtection": False})
    larger = step("update", "database", old={"allocatedStorage": 20}, new={"allocatedStorage": 40})
    assert found(read(weaker)).verdict is Verdict.REFUSE
    assert found(read(larger)).verdict is Verdict.ALLOW


LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
EXPIRING = {"bucket": "files", "rules": [{"status": "Enabled", "expiration": {"days": 30}}]}


def test_what_is_made_to_take_from_what_is_there_is_refused_and_what_is_new_is_not():
    one = found(read(step("create", LIFECYCLE, old=EXPIRING)))
    assert (one.verdict, one.operation) == (Verdict.REFUSE, Operation.CREATE)
    assert one.because[0] == "what it is added to is there already"
    assert one.fix == "Leave it out, or let it take less."
    assert "data" in one.lost
    beside = read(step("create", LIFECYCLE, old=EXPIRING), step("create", "bucket", "files", old={"bucket": "files"}))
    assert {each.verdict for each in judge(beside, PROD).findings} == {Verdict.ALLOW}


def test_what_stands_under_everything_is_changed_with_a_warning():
    assert found(read(step("update", "vpc", old={}, new={"enableDnsSupport": True}))).verdict is Verdict.WARN


def test_a_tag_of_the_old_state_decides_and_not_that_of_the_new_one():
    old, new = ({"tags": {MUTABILITY_TAG: kind}} for kind in ("controlled", "replaced"))
    one = found(read(step("replace", "aws:sqs/queue:Queue", old=old, new=new, reasons=RENAMED)))
    assert one.kind.mutability is Mutability.CONTROLLED
    assert one.verdict is Verdict.REFUSE


# facts


def fact(plan: Plan, name: str = "main") -> frozenset[Fact]:
    (change,) = [each for each in plan.changes if each.name == name]
    return facts(change, plan)


@pytest.mark.parametrize("op", ["replace", "delete"])
def test_a_group_serves(op: str):
    assert found(read(step(op, "group"))).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    "user",
    [
        step("same", "rule", "r", old={"actions": [{"type": "forward", "targetGroupArn": ARN}]}),
        step("delete", "listener", "l", old={"defaultActions": [{"targetGroupArn": ARN}]}),
        step("same", "group", "g", old={"targetGroupArns": [ARN]}),
        step("same", "aws:ecs/service:Service", "s", old={"loadBalancers": [{"targetGroupArn": ARN}]}),
    ],
)
def test_a_target_group_that_something_leads_to_serves(user: dict[str, Any]):
    assert Fact.SERVING in fact(read(step("delete", "target group", outputs={"arn": ARN}), user))


def test_a_target_group_that_nothing_leads_to_does_not_serve():
    plan = read(step("delete", "target group", outputs={"arn": ARN}), step("same", "vpc", "net"))
    assert Fact.SERVING not in fact(plan)
    judged = judge(plan, PROD).findings
    assert [each.verdict for each in judged] == [Verdict.WARN]


@pytest.mark.parametrize("others", [[], [step("same", "pulumi:pulumi:Stack", "shop")], [step("update", "vpc", "net")]])
def test_a_plan_that_leaves_out_what_stays_cannot_tell_whether_a_target_group_is_in_use(others: list[dict[str, Any]]):
    assert Fact.SERVING in fact(read(step("delete", "target group", outputs={"arn": ARN}), *others))


@pytest.mark.parametrize("kept,verdict", [(True, Verdict.ALLOW), (False, Verdict.REFUSE)])
def test_a_new_version_may_come_in_place_of_an_old_one_that_is_kept(kept: bool, verdict: Verdict):
    assert found(read(step("replace", "parameter", was={"retainOnDelete": kept}))).verdict is verdict


def test_a_delete_that_leaves_it_in_aws_says_so():
    assert "AWS, which keeps it" in found(read(step("delete", "bucket", was={"retainOnDelete": True}))).lost


REPLICA = step("replace", "database", "replica", old={"replicateSourceDb": "orders"}, reasons=("engine",))


@pytest.mark.parametrize(
    "source,verdict",
    [
        (step("same", "database", "o", old={"identifier": "orders"}, was={"protect": True}), Verdict.WARN),
        (step("same", "database", "o", old={"identifier": "orders", "deletionProtection": True}), Verdict.WARN),
        (step("same", "database", "o", old={"identifier": "orders"}), Verdict.REFUSE),
        (step("same", "database", "o", old={"identifier": "other"}, was={"protect": True}), Verdict.REFUSE),
        (step("replace", "database", "o", old={"identifier": "orders"}, was={"protect": True}), Verdict.REFUSE),
        (step("delete", "database", "o", old={"identifier": "orders"}, was={"protect": True}), Verdict.REFUSE),
        (
            step("same", "database", "o", old={"identifier": "orders"}, was={"protect": True}, becomes={}),
            Verdict.REFUSE,
        ),
    ],
)
def test_a_replica_is_rebuilt_only_from_a_source_that_stays_protected(source: dict[str, Any], verdict: Verdict):
    judged = {each.change.name: each for each in judge(read(source, REPLICA), PROD).findings}
    assert judged["replica"].kind.mutability is Mutability.REBUILDABLE
    assert judged["replica"].verdict is verdict


def test_a_secret_value_in_a_program_is_refused_although_both_values_read_alike():
    made = step("update", "value", old={"secretString": "[secret]"}, new={"secretString": "[secret]"})
    one = found(read({**made, "diffReasons": ["secretString"]}))
    assert one.verdict is Verdict.REFUSE
    assert "the change carries a value" in one.because
    assert found(read({**made, "diffReasons": ["versionStages"]})).verdict is Verdict.ALLOW


# overrides


@pytest.mark.parametrize("resource", ["main", "aws:rds/instance:Instance::main", urn("database", "main")])
def test_an_override_makes_a_refusal_a_warning_that_names_its_reason(resource: str):
    judged = judge(applied(read(step("replace", "database")), allowing(resource)), allowing(resource))
    (one,) = judged.findings
    assert one.verdict is Verdict.WARN
    assert one.allowed == "override until 2026-03-13: moved to 17"
    assert judged.remarks == ()
    assert (judged.exit_code(), judged.exit_code(strict=True)) == (ExitCode.OK, ExitCode.WARNINGS)


def test_an_override_of_a_child_is_found_by_its_own_type():
    made = step("delete", "bucket", "files")
    made["urn"] = urn("bucket", "files", parent="strata:index:ObjectStore$")
    assert found(read(made), allowing("aws:s3/bucket:Bucket::files", "delete")).verdict is Verdict.WARN


@pytest.mark.parametrize(
    "terms,remark",
    [
        (allowing(days=-1), "override 1 (replace main) expired on 2026-03-09"),
        (allowing("mian"), "override 1 (replace mian) allows nothing that this plan does"),
        (allowing(operation="delete"), "override 1 (delete main) allows nothing that this plan does"),
    ],
)
def test_an_override_that_does_not_hold_is_told_and_allows_nothing(terms: PlanTerms, remark: str):
    judged = judge(applied(read(step("replace", "database")), terms), terms)
    assert [each.verdict for each in judged.findings] == [Verdict.REFUSE]
    assert [each.says for each in judged.remarks] == [remark]


def test_an_override_holds_on_its_last_day():
    assert found(read(step("replace", "database")), allowing(days=0)).verdict is Verdict.WARN


def test_an_override_that_could_mean_several_allows_none_of_them():
    plan = read(step("replace", "database"), step("replace", "bucket"))
    judged = judge(applied(plan, allowing("main")), allowing("main"))
    assert [each.verdict for each in judged.findings] == [Verdict.REFUSE, Verdict.REFUSE]
    (remark,) = judged.remarks
    assert "could mean several" in remark.says


def test_an_override_that_waits_for_the_rest_of_a_plan_is_not_told_of():
    plan = read(step("same", "database"), diagnostics=[{"severity": "error", "message": "broken"}])
    assert judge(applied(plan, allowing()), allowing()).remarks == ()


def test_an_override_of_an_update_allows_a_weakening():
    weaker = step("update", "database", old={"deletionProtection": True}, new={})
    assert found(read(weaker), allowing(operation="update")).verdict is Verdict.WARN


def test_an_override_of_a_create_allows_it_to_take_from_what_is_there():
    made = read(step("create", LIFECYCLE, old=EXPIRING))
    assert found(made, allowing(operation="create")).verdict is Verdict.WARN


# a teardown

TORN = PlanTerms(Stage.PROD, TODAY, teardown=TeardownTerms(TODAY, "the shop moves"))


@pytest.mark.parametrize(
    "kind,verdict",
    [("database", Verdict.WARN), ("key", Verdict.WARN), ("vpc", Verdict.ALLOW), ("group", Verdict.ALLOW)],
)
def test_a_teardown_allows_deletes_and_still_warns_of_what_holds_something(kind: str, verdict: Verdict):
    one = found(read(step("delete", kind)), TORN)
    assert one.verdict is verdict
    assert one.allowed == "teardown until 2026-03-10: the shop moves"
    assert one.lost


def test_a_teardown_allows_taking_protection_off():
    assert found(read(step("same", "vpc", was={"protect": True}, becomes={})), TORN).verdict is Verdict.ALLOW


@pytest.mark.parametrize("kind", ["database", "vpc", "group"])
def test_a_teardown_allows_no_replacement(kind: str):
    assert found(read(step("replace", kind)), TORN).verdict is Verdict.REFUSE


# the whole


@pytest.mark.parametrize(
    "steps,failed,codes",
    [
        ([step("same", "vpc")], False, (ExitCode.OK, ExitCode.OK)),
        ([step("create", "database")], False, (ExitCode.OK, ExitCode.OK)),
        ([step("delete", "template")], False, (ExitCode.OK, ExitCode.WARNINGS)),
        ([step("delete", "database")], False, (ExitCode.REFUSED, ExitCode.REFUSED)),
        ([step("same", "vpc")], True, (ExitCode.FAILED, ExitCode.FAILED)),
        ([step("delete", "template")], True, (ExitCode.FAILED, ExitCode.FAILED)),
        ([step("delete", "database")], True, (ExitCode.REFUSED, ExitCode.REFUSED)),
    ],
)
def test_a_command_ends_with_the_gravest(steps: list[dict[str, Any]], failed: bool, codes: tuple[ExitCode, ExitCode]):
    diagnostics = [{"severity": "error", "message": "broken"}] if failed else []
    judged: Judgement = judge(read(*steps, diagnostics=diagnostics), PROD)
    assert (judged.exit_code(), judged.exit_code(strict=True)) == codes


def test_the_gravest_findings_come_first():
    plan = read(step("create", "key"), step("delete", "template"), step("delete", "bucket"), step("same", "vpc"))
    judged = judge(plan, PROD)
    assert [each.verdict for each in judged.findings] == [Verdict.REFUSE, Verdict.WARN, Verdict.ALLOW]
    assert judged.same == 1


def test_components_and_providers_are_no_findings():
    component = step("delete", "strata:index:Network")
    component["oldState"]["custom"] = False
    assert judge(read(component, step("delete", "pulumi:providers:aws")), PROD).findings == ()
