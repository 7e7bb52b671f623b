"""Versions, names, documents and the course of steps, as Image Builder has them."""

from typing import Any

import pytest

from strata_rehearsal.cloud.image_builder.arns import PartKind, PartName, next_version, selects, slug, version_problem
from strata_rehearsal.cloud.image_builder.build_faults import BuildFault, BuildFaultKind, BuildFaults
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument, DocumentProblem
from strata_rehearsal.cloud.image_builder.course import DocumentFailed, StepEnd, run_documents

STEP = "{name: one, action: ExecuteBash, inputs: {commands: [ls]}}"


def document(*steps: str, phase: str = "build", top: str = "") -> str:
    listed = "\n".join(f"    - {each}" for each in steps)
    return f"schemaVersion: 1.0\n{top}\nphases:\n  - name: {phase}\n    steps:\n{listed}\n"


@pytest.mark.parametrize(
    "selection, version, included",
    [
        ("1.2.3", "1.2.3", True),
        ("1.2.3", "1.2.4", False),
        ("1.2.x", "1.2.9", True),
        ("1.2.x", "1.3.0", False),
        ("1.x.x", "1.3.0", True),
        ("x.x.x", "2026.11.28", True),
    ],
)
def test_a_selection_includes_what_it_leaves_open(selection: str, version: str, included: bool):
    assert selects(selection, version) is included


@pytest.mark.parametrize(
    "version, refused", [("1.x.3", True), ("x.1.1", True), ("1.2.1073741824", True), ("1.2.1073741823", False)]
)
def test_a_version_has_only_wildcards_right_of_a_wildcard_and_numbers_in_their_range(version: str, refused: bool):
    assert (version_problem(version) is not None) is refused


@pytest.mark.parametrize(
    "asked, taken, given",
    [
        ("1.0.0", ["1.0.0"], "1.0.0"),
        ("1.0.x", [], "1.0.0"),
        ("1.0.x", ["1.0.0", "1.0.9", "1.0.10", "1.1.4"], "1.0.11"),
        ("1.x.x", ["1.0.3", "1.4.2", "2.0.0"], "1.5.0"),
        ("x.x.x", ["1.0.3", "2.4.2"], "3.0.0"),
        ("x.x.x", [], "1.0.0"),
    ],
)
def test_a_version_that_is_left_open_is_counted_up(asked: str, taken: list[str], given: str):
    assert next_version(asked, taken) == given


def test_two_names_that_differ_in_case_and_blanks_have_one_arn():
    assert slug("Shop Base") == slug("shop-base") == "shop-base"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:imagebuilder:eu-west-1:123456789012:component/shop-base/1.0.0/1",
        "arn:aws-cn:imagebuilder:cn-north-1:123456789012:image-recipe/shop/x.x.x",
        "arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/shop",
    ],
)
def test_an_arn_is_read_and_written_alike(arn: str):
    assert str(PartName.parse(arn)) == arn


def test_an_arn_says_whose_it_is():
    found = PartName.parse("arn:aws:imagebuilder:eu-west-1:aws:component/update-linux/x.x.x")
    assert (found.owner, found.kind, found.build) == ("aws", PartKind.COMPONENT, None)


@pytest.mark.parametrize(
    "text, said",
    [
        ("- a list", "it is not a mapping"),
        ("{", "Failed to parse document. Error:"),
        ("schemaVersion: 2.0\nphases: []", "Invalid schemaVersion '2.0'"),
        ("schemaVersion: 1.0\nphases: []", "at least one phase"),
        (document(STEP, phase="bake"), "Invalid phase name 'bake'"),
        (document(STEP) + "  - name: build\n    steps:\n    - " + STEP, "Duplicate phase name 'build'"),
        (document(STEP, STEP), "Duplicate step name 'one' in phase 'build'"),
        (
            document(STEP.replace("one", "Load keys")),
            "Invalid step name 'Load keys' in phase 'build'. Allowed characters are combinations of numbers [0-9]",
        ),
        (document("{name: one, action: RunShell}"), "Action RunShell is not supported"),
        (
            document("{name: Download, action: S3Download, inputs: []}"),
            "Parsing step 'Download' in phase 'build' failed. Error: Action S3Download has no inputs; it requires an",
        ),
        (document("{name: one, action: WebDownload, inputs: [{source: a}]}"), "lacks the input destination"),
        (document(STEP.replace("inputs", "onFailure: Retry, inputs")), "onFailure 'Retry' is not one of"),
        (document(STEP.replace("inputs", "timeoutSeconds: 0, inputs")), "timeoutSeconds '0'"),
        (document(STEP.replace("inputs", "maxAttempts: 0, inputs")), "maxAttempts '0'"),
        (document(STEP.replace("inputs", "retries: 3, inputs")), "Unknown key 'retries' in a step"),
        (document(STEP, top="parameters: [{name: {type: number}}]"), "must have the type string"),
        (document(STEP, top="author: me"), "Unknown key 'author' in the document"),
        (document(STEP) + "#" * 16_000, "A document can have 16000 characters"),
    ],
)
def test_a_document_that_image_builder_does_not_accept_is_refused(text: str, said: str):
    with pytest.raises(DocumentProblem) as refused:
        ComponentDocument.parse(text)
    assert said in str(refused.value)


def test_a_document_says_its_steps_and_its_parameters():
    top = "name: base\ndescription: d\nparameters:\n  - Version: {type: string, default: '1', description: v}\n"
    steps = (STEP, "{name: again, action: Reboot, onFailure: Ignore, maxAttempts: 3, timeoutSeconds: -1}")
    found = ComponentDocument.parse(document(*steps, top=top))
    assert [each.name for each in found.steps("build")] == ["one", "again"]
    assert found.steps("build")[1].timeout_seconds is None
    assert (found.parameters, found.for_tests, found.steps("test")) == ({"Version": "1"}, False, ())


def course(text: str, **fault: Any) -> list[StepEnd | DocumentFailed]:
    faults = BuildFaults()
    faults.replace([BuildFault(BuildFaultKind.STEP_FAILS, **fault)])
    found = ComponentDocument.parse(text)
    return list(
        run_documents(
            [("base", found), ("more", found)],
            ["build", "validate"],
            lambda kind, component, phase, step: faults.find(kind, component=component, phase=phase, step=step),
        )
    )


def names(ended: list[StepEnd | DocumentFailed]) -> list[str]:
    return [
        f"{each.component} failed" if isinstance(each, DocumentFailed) else f"{each.component} {each.step.name}"
        for each in ended
    ]


@pytest.mark.parametrize(
    "on_failure, ran",
    [
        ("Abort", ["base one", "base failed"]),
        ("Continue", ["base one", "base two", "base failed"]),
        ("Ignore", ["base one", "base two", "more one", "more two"]),
    ],
)
def test_a_failed_step_ends_what_its_document_says(on_failure: str, ran: list[str]):
    one = STEP.replace("inputs", f"onFailure: {on_failure}, inputs")
    assert names(course(document(one, STEP.replace("one", "two")), component="base", step="one")) == ran


def test_a_fault_hits_what_it_names_however_it_is_written():
    fault = BuildFault.parse({"kind": "step-fails", "recipe": "My Shop", "step": "harden"})
    assert fault.hits(recipe="my-shop", step="harden", phase="build")
    assert not fault.hits(recipe="my-shop", step="provision", phase="build")
    assert BuildFault.parse(fault.document()) == fault
    for wrong in ({"kind": "no"}, {"kind": "step-fails", "server": "x"}):
        with pytest.raises(ValueError, match="fault"):
            BuildFault.parse(wrong)
