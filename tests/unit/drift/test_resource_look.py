"""What the steps of a refresh come to: what differs of all resources, without what the program ignores."""

import pytest

from strata.drift.drift_finding import StackDrift, UnreadPart
from strata.drift.resource_look import ResourceLook, resources_of
from strata.engine.events import Step, parse_event
from strata.exit_code import ExitCode

GROUP = "aws:autoscaling/group:Group"


def step(operation: str, *differing: str, name: str = "web-group", kind: str = GROUP) -> Step:
    return Step(operation, f"urn:pulumi:prod::shop::{kind}::{name}", kind, True, differing)  # noqa: FBT003


def found(*steps: Step, ignored: tuple[str, ...] = ()) -> list[tuple[str, str, tuple[str, ...]]]:
    look = resources_of(steps, {each.urn: ignored for each in steps}, "do it")
    return [(each.name, each.how, each.properties) for each in look.differing]


def test_what_is_gone_and_what_has_changed_is_found_and_what_is_the_same_is_counted():
    steps = [
        step("same", name="a"),
        step("update", "maxSize", name="b"),
        step("delete", name="c"),
        step("refresh", name="d"),
        step("same", kind="pulumi:pulumi:Stack"),
    ]
    look = resources_of(steps, {}, "do it")
    assert look.compared == 4
    assert [(each.name, each.said, each.fix) for each in look.differing] == [
        ("b", "has another maxSize", "do it"),
        ("c", "is gone", "do it"),
    ]
    assert look.headline == "2 of 4 resources not as the state has them"
    assert resources_of([step("same")], {}, "do it").headline == "1 resource as the state has it"
    assert resources_of([], {}, "do it").headline == "no resources to compare"


@pytest.mark.parametrize(
    "differing, ignored, left",
    [
        (("desiredCapacity",), ("launchTemplate", "desiredCapacity"), []),
        (("desiredCapacity", "maxSize"), ("desiredCapacity",), [("web-group", "changed", ("maxSize",))]),
        (("launchTemplate.version",), ("launchTemplate",), []),
        (("actions[0].forward.targetGroups[1].weight",), ("actions",), []),
        (("launchTemplates",), ("launchTemplate",), [("web-group", "changed", ("launchTemplates",))]),
        (("anything",), ("*",), []),
        ((), ("desiredCapacity",), [("web-group", "changed", ())]),
    ],
)
def test_what_the_program_ignores_is_left_to_somebody_else_on_purpose(differing, ignored, left):
    assert found(step("update", *differing), ignored=ignored) == left


def test_a_resource_that_is_gone_is_gone_whatever_is_ignored_of_it():
    assert found(step("delete", "desiredCapacity"), ignored=("*",)) == [("web-group", "gone", ())]


def test_an_event_of_the_engine_has_the_paths_that_differ():
    detailed = '{"maxSize": {"diffKind": "update"}, "tags[0].value": {"diffKind": "update"}}'
    event = parse_event(
        f'{{"sequence": 1, "resOutputsEvent": {{"metadata": {{"op": "update", "urn": "u", "type": "{GROUP}", '
        f'"diffs": ["maxSize", "tags"], "detailedDiff": {detailed}}}, "planning": true}}}}'
    )
    assert event.step is not None
    assert event.step.differing == ("maxSize", "tags[0].value")


CHANGED = resources_of([step("update", "maxSize")], {}, "do it")


@pytest.mark.parametrize(
    "resources, unread, code",
    [
        (None, (), ExitCode.OK),
        (ResourceLook(3), (), ExitCode.OK),
        (CHANGED, (), ExitCode.DRIFT),
        (CHANGED, (UnreadPart("web", "all", "no"),), ExitCode.DRIFT),
        (ResourceLook(0), (UnreadPart("", "its resources", "no"),), ExitCode.FAILED),
    ],
)
def test_a_resource_that_differs_is_drift_and_what_was_not_compared_is_not_read(resources, unread, code):
    drift = StackDrift("prod", (), unread, resources=resources)
    assert drift.exit_code(strict=False) is code
    assert drift.document()["resource_drift"] == (resources.document() if resources else None)
