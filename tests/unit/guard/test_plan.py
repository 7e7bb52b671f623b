"""What a preview prints becomes one change a resource, and never more than it says."""

import json

import pytest

from strata.errors import UsageError
from strata.guard.plan import HOW, read_plan
from strata.spectrum import Operation
from tests.unit.guard.plans import printed, read, step, urn

BEFORE_DELETE = ("create-replacement", "replace", "delete-replaced")
DELETE_FIRST = ("delete-replaced", "replace", "create-replacement")


@pytest.mark.parametrize("order,first", [(BEFORE_DELETE, False), (DELETE_FIRST, True)])
def test_the_steps_of_a_replacement_are_one_change(order: tuple[str, ...], first: bool):
    (change,) = read(*(step(op, "database", reasons=("dbName",)) for op in order)).changes
    assert change.operation is Operation.REPLACE
    assert change.replaced_by == ("dbName",)
    assert change.deleted_first is first


@pytest.mark.parametrize(
    "op,operation",
    [
        ("same", Operation.SAME),
        ("create", Operation.CREATE),
        ("update", Operation.UPDATE),
        ("delete", Operation.DELETE),
        ("replace", Operation.REPLACE),
        ("delete-replaced", Operation.REPLACE),
        ("something-new", Operation.REPLACE),
    ],
)
def test_a_step_is_an_operation(op: str, operation: Operation):
    assert read(step(op, "bucket")).changes[0].operation is operation


def test_a_plan_that_takes_the_stack_itself_is_that_of_a_destroy():
    ended = step("delete", "pulumi:pulumi:Stack", "shop-prod")
    assert read(step("delete", "database"), ended).destroys
    assert not read(step("delete", "database"), step("same", "pulumi:pulumi:Stack", "shop-prod")).destroys


def test_what_an_earlier_replacement_left_behind_counts_beside_what_stays():
    (change,) = read(step("same", "bucket"), step("delete-replaced", "bucket", was={"delete": True})).changes
    assert change.operation is Operation.REPLACE


def test_protection_is_read_from_the_old_state():
    (change,) = read(step("replace", "bucket", was={"protect": True, "retainOnDelete": True}, becomes={})).changes
    assert change.old
    assert change.new
    assert (change.old.protected, change.old.retained) == (True, True)
    assert (change.new.protected, change.new.retained) == (False, False)


def test_a_diff_in_detail_names_properties_too():
    made = step("replace", "database")
    made["detailedDiff"] = {"tags.team": {"kind": "update"}, "restore[0].id": {"kind": "update-replace"}}
    (change,) = read(made).changes
    assert change.differs == ("tags", "restore")
    assert change.replaced_by == ("restore",)


def test_the_type_and_name_of_a_child_are_its_own():
    made = step("same", "bucket")
    made["urn"] = urn("bucket", "files", parent="strata:index:ObjectStore$")
    (change,) = read(made).changes
    assert (change.type, change.name) == ("aws:s3/bucket:Bucket", "files")


@pytest.mark.parametrize(
    "noise",
    [
        "{0}",
        "warning: something\n{0}\n",
        "Previewing update (prod)\n{{not json\n{0}\nerror: update failed\n",
        '{{"sequence": 1, "diagnosticEvent": {{"message": "hello"}}}}\n{0}\n{{"sequence": 2}}\n',
        '{{"level": "info", "steps_done": 3}}\n{0}',
    ],
)
def test_noise_around_the_plan_is_skipped(noise: str):
    plan = read_plan(noise.format(printed(step("delete", "bucket"))))
    assert [change.operation for change in plan.changes] == [Operation.DELETE]
    assert plan.complete


def test_a_preview_that_failed_is_incomplete_whatever_it_printed():
    plan = read_plan(printed(step("same", "bucket")), failed=True, said="error: out of patience")
    assert not plan.complete
    assert plan.errors == ("error: out of patience",)
    assert len(plan.changes) == 1


def test_a_plan_with_an_error_in_it_is_incomplete_although_nobody_says_it_failed():
    told = [{"severity": "error", "message": "no such image\n"}, {"severity": "warning", "message": "old"}]
    plan = read(step("same", "bucket"), diagnostics=told)
    assert (plan.complete, plan.errors) == (False, ("no such image",))


def test_a_plan_the_engine_is_not_sure_of_is_incomplete():
    assert not read(step("same", "bucket"), maybeCorrupt=True).complete


@pytest.mark.parametrize("text,said,error", [("", "no stack", "no stack"), ("", "", "it said nothing"), ("{", "", "{")])
def test_a_preview_that_died_without_a_plan_says_why(text: str, said: str, error: str):
    plan = read_plan(text, failed=True, said=said)
    assert (plan.changes, plan.errors, plan.complete) == ((), (error,), False)


@pytest.mark.parametrize("text", ["", "hello", "[]", "{}", '{"version": 3, "deployment": {}}'])
def test_what_is_no_plan_is_refused(text: str):
    with pytest.raises(UsageError, match="no plan") as caught:
        read_plan(text)
    assert HOW in str(caught.value)


def test_a_plan_that_was_cut_short_is_refused():
    with pytest.raises(UsageError, match="no plan"):
        read_plan(printed(step("delete", "bucket"))[:-20])


def test_a_stream_of_events_is_refused_by_its_name():
    events = "\n".join(json.dumps({"sequence": at, "resourcePreEvent": {}}) for at in range(3))
    with pytest.raises(UsageError, match="PULUMI_ENABLE_STREAMING_JSON_PREVIEW"):
        read_plan(events)
