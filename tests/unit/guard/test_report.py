"""How findings read: as text, Markdown and JSON."""

from dataclasses import replace
from datetime import date

import pytest
import yaml

from strata.guard import report
from strata.guard.terms import Allowance, PlanTerms
from strata.guard.verdict import Judgement, judge
from strata.spectrum import Operation, Verdict
from strata.stage import Stage
from tests.unit.guard.plans import applied, read, step

TERMS = PlanTerms(Stage.PROD, date(2026, 3, 10))
CANARY = "canary-7f3a"
REFUSED = step("replace", "database", "orders", old={"dbName": "a", "password": CANARY}, reasons=("dbName",))
BROKEN = [{"severity": "error", "message": "first line\nsecond | line"}]


def judged(*steps: dict, failed: bool = False) -> Judgement:
    return judge(read(*steps, diagnostics=BROKEN if failed else []), TERMS)


@pytest.mark.parametrize(
    "judgement,words",
    [
        (judged(step("create", "database")), "allowed"),
        (judged(step("delete", "template")), "allowed, with warnings"),
        (judged(REFUSED), "refused"),
        (judged(step("create", "database"), failed=True), "plan incomplete"),
        (judged(REFUSED, failed=True), "refused"),
    ],
)
def test_the_first_line_says_it_all(judgement: Judgement, words: str):
    assert report.outcome(judgement) == words
    assert report.text(judgement, "prod").splitlines()[0] == f"prod: {words}"
    assert words in report.markdown(judgement, "prod").splitlines()[0]
    assert report.document(judgement, "prod", "prod")["outcome"] == words


def test_a_refusal_names_the_property_what_is_at_stake_and_the_way_out():
    assert report.text(judged(REFUSED, step("create", "key"), step("same", "vpc")), "prod").splitlines()[1:] == [
        "refuse  replace aws:rds/instance:Instance orders (controlled by its type)",
        "        AWS cannot change dbName in place",
        "        at stake: the database and everything in it",
        "        fix: Undo the change of dbName, or make another one beside it, move over, and then delete this one.",
        "2 changes: 1 refused, 0 warned of, 1 allowed; 1 unchanged",
        (
            "To let one pass, first apply an override with a reason and a last day, in a change of its own: "
            "strata:guard: "
            "{ allow: [{ resource: orders, operation: replace, reason: ..., until: YYYY-MM-DD }] }"
        ),
    ]


OTHER = step("replace", "bucket", "orders", reasons=("bucket",))


@pytest.mark.parametrize("steps", [(REFUSED,), (REFUSED, OTHER)], ids=["by its name", "by its URN"])
def test_the_way_out_can_be_written_into_the_stack_file_as_it_stands(steps: tuple[dict, ...]):
    judgement = judged(*steps)
    _, _, setting = report.hint(judgement).partition("strata:guard: ")
    (said,) = yaml.safe_load(setting.replace("YYYY-MM-DD", "2026-03-12"))["allow"]
    allowance = Allowance(said["resource"], Operation(said["operation"]), said["reason"], said["until"])
    terms = replace(TERMS, allowances=(allowance,))
    allowed = judge(applied(read(*steps), terms), terms)
    assert len(allowed.of(Verdict.REFUSE)) == len(judgement.of(Verdict.REFUSE)) - 1


def test_a_plan_without_changes_says_so():
    assert report.text(judged(step("same", "vpc")), "prod").splitlines() == ["prod: allowed", "no changes; 1 unchanged"]


def test_a_refused_destroy_says_how_a_stack_is_taken_down():
    refused = judge(replace(read(step("delete", "database", "orders")), destroys=True), TERMS)
    assert report.text(refused, "prod").splitlines()[1:] == [
        "refuse  delete aws:rds/instance:Instance orders (controlled by its type)",
        "        a destroy deletes everything",
        "        at stake: the database and everything in it",
        "        fix: Keep the stack, or take it down in two runs.",
        "1 change: 1 refused, 0 warned of, 0 allowed; 0 unchanged",
        report.TEARDOWN,
    ]
    assert report.markdown(refused, "prod").endswith("`strata:teardown: { until: YYYY-MM-DD, reason: ... }`")


def test_what_protection_stopped_is_told_once_and_not_how_to_take_it_off():
    stopped = [
        f'error: resource "{name}" cannot be deleted\nbecause it is protected. pulumi state unprotect' for name in "ab"
    ]
    text = report.text(replace(judged(), errors=(*stopped, "error: preview failed"), complete=False), "prod")
    assert "Pulumi's protection stopped the preview, 2 times" in text
    assert "error: preview failed" in text
    assert "unprotect" not in text


def test_a_type_that_nobody_has_classed_says_so():
    assert "because nobody has classed the type" in report.text(judged(step("delete", "aws:new/thing:Thing")), "prod")


def test_an_incomplete_plan_tells_its_errors_whole():
    text = report.text(judged(failed=True), "prod")
    assert "plan incomplete: the preview failed" in text
    assert "        first line\n        second | line" in text


def test_markdown_is_a_table_that_nothing_breaks():
    refused = step("replace", "database", "a|b", reasons=("dbName",))
    lines = report.markdown(judged(refused, failed=True), "prod").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 3
    assert {line.replace("\\|", "").count("|") for line in table} == {8}
    assert "**The preview failed, so this is not all of the plan.**" in lines


@pytest.mark.parametrize("steps", [[REFUSED], [{**REFUSED, "op": "delete"}], [{**REFUSED, "op": "update"}]])
def test_no_value_of_a_plan_is_ever_shown(steps: list[dict]):
    judgement = judged(*steps)
    told = [report.text(judgement, "prod"), report.markdown(judgement, "prod")]
    assert CANARY not in "".join([*told, repr(report.document(judgement, "prod", "prod"))])


def test_the_document_has_a_finding_for_each_change():
    document = report.document(judged(REFUSED, step("create", "key")), "prod", "prod")
    assert [(each["name"], each["verdict"], each["known_by"]) for each in document["findings"]] == [
        ("orders", "refuse", "type"),
        ("main", "allow", "type"),
    ]
    assert document["complete"] is True
