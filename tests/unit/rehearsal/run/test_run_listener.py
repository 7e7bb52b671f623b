"""The policy rules on the events of an engine."""

import json
from pathlib import Path

from strata.engine.engine_run import EngineResult
from strata.engine.events import Changes, parse_event
from strata.exit_code import ExitCode
from strata.policy import RULES, Terms, Violation
from strata.resources.resource import Resource
from strata_rehearsal.cli.report import print_report
from strata_rehearsal.run.rehearsal_report import RehearsalOutcome, RehearsalReport
from strata_rehearsal.run.reporting import outcome_of
from strata_rehearsal.run.run_listener import PolicyInspection

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SAFE = {"metadataOptions": {"httpTokens": "required"}}
BY_ID = {rule.id: rule for rule in RULES}


def event(name: str, inputs: dict | None, *, kind="resourcePreEvent", type_=TEMPLATE, op="create", **new):
    urn = f"urn:pulumi:staging::shop::{type_}::{name}"
    described = None if inputs is None else {"type": type_, "urn": urn, "inputs": inputs, **new}
    body = {"metadata": {"op": op, "urn": urn, "type": type_, "new": described}}
    return parse_event(json.dumps({"sequence": 1, "timestamp": 1, kind: body}))


def found(*events) -> list[tuple[str, str]]:
    inspection = PolicyInspection()
    for each in events:
        inspection.event(each)
    return [(each.rule.id, each.resource.name) for each in inspection.findings(Terms(now=0, required_tags=()))]


def test_every_resource_the_engine_makes_or_keeps_is_judged():
    assert found(event("a", {}), event("b", {}, op="same"), event("c", SAFE)) == [("imdsv2", "a"), ("imdsv2", "b")]


def test_the_last_word_on_a_resource_counts():
    assert found(event("a", {}), event("a", SAFE, kind="resOutputsEvent")) == []
    assert found(event("a", {}), event("a", None, op="delete")) == []


def test_what_the_engine_masks_is_a_secret_in_the_open():
    assert found(event("a", {**SAFE, "userData": "[secret]"})) == [("no-secrets-in-the-open", "a")]


def test_protection_and_outputs_are_read():
    image, outputs = "strata:index:MachineImage", {"created": "1969-01-01T00:00:00Z"}
    assert found(event("web", {}, type_=image, outputs=outputs)) == [("image-age", "web")]
    assert found(event("a", {}, type_="aws:dynamodb/table:Table", protect=True)) == []


def test_events_without_a_resource_are_passed_over():
    assert found(parse_event("not an event"), parse_event('{"summaryEvent": {}}')) == []


def result(exit_code: int) -> EngineResult:
    return EngineResult((), exit_code, 1.0, Changes(), (), {}, "", "", interrupted=False)


def finding(rule: str) -> Violation:
    return Violation(BY_ID[rule], Resource(TEMPLATE, "web", "urn::web"), "is wrong")


def test_a_mandatory_finding_refuses_a_rehearsal_an_advisory_one_does_not():
    assert outcome_of(result(0), (), (finding("imdsv2"),)) is RehearsalOutcome.REFUSED
    assert outcome_of(result(0), (), (finding("image-age"),)) is RehearsalOutcome.SUCCEEDED
    assert outcome_of(result(1), (), (finding("imdsv2"),)) is RehearsalOutcome.FAILED
    assert RehearsalOutcome.REFUSED.exit_code is ExitCode.REFUSED


def test_a_refused_rehearsal_says_which_resource_and_how_to_mend_it(capsys):
    findings = (finding("imdsv2"), finding("image-age"))
    report = RehearsalReport(
        "dev", RehearsalOutcome.REFUSED, 1, "http://x", "r", Changes(created=1), (), (), {}, (), findings=findings
    )
    print_report(report, project=Path())
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "dev: refused in 1.0 s (1 created)"
    assert lines[2] == f"  imdsv2: {TEMPLATE} 'web' is wrong"
    assert lines[3] == '    fix: Set metadata_options.http_tokens to "required".'
    assert lines[4].startswith("  image-age: ")
    assert [each["severity"] for each in report.document()["policies"]] == ["mandatory", "advisory"]
