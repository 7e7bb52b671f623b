"""The listener rule of test requests, by which a release is verified, beside what the stack file wants of it."""

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.rollout.note import Phase
from tests.unit.drift.drifting_tasks import DriftingTasks
from tests.unit.drift.refusals import refusal
from tests.unit.drift.test_fixes import check
from tests.unit.rehearsal.cloud.conftest import Aws

PRIORITY, HEADER = 9, ("X-Strata-Test", "true")
ROUTES = [{"priority": 10, "paths": ["/web/*"]}]
TEST_RULE = {"test_rule": {"priority": PRIORITY}, "verify": {"path": "/web/version"}}


def with_header(name: str, value: str) -> dict[str, Any]:
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": [value]}}


def on_path(*paths: str) -> dict[str, Any]:
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(paths)}}


class TestedTasks(DriftingTasks):
    """As `DriftingTasks`, with a rule for test requests that is as the settings want it."""

    __test__ = False

    def __init__(self, aws: Aws) -> None:
        super().__init__(aws, "canary", routes=ROUTES, rollout=TEST_RULE)
        self.rule = self.make_rule()
        balancer = self.shop.service()["loadBalancers"][0]
        advanced = {**balancer["advancedConfiguration"], "testListenerRule": self.rule}
        self.shop.update(
            loadBalancers=[{**balancer, "advancedConfiguration": advanced}], taskDefinition=self.define("next", "next")
        )
        self.end()
        self.prove("next", self.shop.service()["taskDefinition"])
        blue, green = self.shop.blue, self.shop.green
        self.serving, self.idle = (blue, green) if self.shop.weights() == (100, 0) else (green, blue)

    def make_rule(self) -> str:
        return self.aws.elbv2.create_rule(
            ListenerArn=self.aws.listener,
            Priority=PRIORITY,
            Conditions=[on_path("/web/*"), with_header(*HEADER)],
            Actions=self.leading({self.shop.blue: 100, self.shop.green: 0}),
        )["Rules"][0]["RuleArn"]

    def leading(self, weights: dict[str, int]) -> list[dict[str, Any]]:
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]

    def modify(self, **changes: Any) -> None:
        self.aws.elbv2.modify_rule(RuleArn=self.rule, **changes)


@pytest.fixture
def tested(aws: Aws) -> TestedTasks:
    return TestedTasks(aws)


def deleted(tested: TestedTasks) -> str:
    tested.aws.elbv2.delete_rule(RuleArn=tested.rule)
    return "leads test requests to the service, and is gone"


def another_priority(tested: TestedTasks) -> str:
    tested.aws.elbv2.set_rule_priorities(RulePriorities=[{"RuleArn": tested.rule, "Priority": 70}])
    return "has priority 70, and the stack file wants 9"


def another_value(tested: TestedTasks) -> str:
    tested.modify(Conditions=[on_path("/web/*"), with_header("X-Strata-Test", "yes")])
    return "is for requests with http-header X-Strata-Test: yes and path-pattern /web/*, and the stack file wants"


def another_header(tested: TestedTasks) -> str:
    tested.modify(Conditions=[on_path("/web/*"), with_header("X-Other", "true")])
    return "is for requests with http-header X-Other: true and path-pattern /web/*"


def no_header(tested: TestedTasks) -> str:
    tested.modify(Conditions=[on_path("/web/*")])
    return "is for requests with path-pattern /web/*, and the stack file wants"


def one_more_path(tested: TestedTasks) -> str:
    tested.modify(Conditions=[on_path("/web/*", "/admin/*"), with_header(*HEADER)])
    return "path-pattern /admin/* or /web/*, and the stack file wants"


def one_more_condition(tested: TestedTasks) -> str:
    methods = {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}}
    tested.modify(Conditions=[on_path("/web/*"), with_header(*HEADER), methods])
    return "http-request-method GET and path-pattern /web/*"


def other_targets(tested: TestedTasks) -> str:
    tested.modify(Actions=tested.leading({tested.idle: 100, tested.serving: 0}))
    return f"leads test requests to target group {tested.idle}, and the tasks of web are in {tested.serving}"


def both_targets(tested: TestedTasks) -> str:
    tested.modify(Actions=tested.leading({tested.idle: 50, tested.serving: 50}))
    return f"and the tasks of web are in {tested.serving}"


def no_targets(tested: TestedTasks) -> str:
    page = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "fine"}
    tested.modify(Actions=[{"Type": "fixed-response", "FixedResponseConfig": page}])
    return f"leads test requests to no target group, and the tasks of web are in {tested.serving}"


def targets_of_another_service(tested: TestedTasks) -> str:
    other = tested.shop.target_group("other")
    tested.modify(Actions=tested.leading({other: 100}))
    return f"leads test requests to target group {other}"


BY_HAND: dict[str, Callable[[TestedTasks], str]] = {
    each.__name__.replace("_", " "): each
    for each in (
        deleted,
        another_priority,
        another_value,
        another_header,
        no_header,
        one_more_path,
        one_more_condition,
        other_targets,
        both_targets,
        no_targets,
        targets_of_another_service,
    )
}


def only(tested: TestedTasks) -> DriftFinding:
    """All that is found."""
    drift = tested.look()
    assert list(drift.unread) == []
    (found,) = drift.findings
    assert (found.kind, found.unit) == (DriftKind.TEST_RULE, "tasks")
    assert check(drift) == {DriftKind.TEST_RULE}, "its fix can be pasted"
    return found


@pytest.mark.parametrize("how", BY_HAND)
def test_a_test_rule_that_somebody_changes_by_hand_is_found_and_nothing_else(tested: TestedTasks, how: str):
    assert tested.found() == []
    said = BY_HAND[how](tested)
    found = only(tested)
    assert found.subject == tested.rule
    assert said in found.said
    assert found.expected != found.found


TARGETS = ("other targets", "both targets", "no targets", "targets of another service")


@pytest.mark.parametrize("how", TARGETS)
def test_where_it_leads_is_set_again_by_the_command_of_the_finding(tested: TestedTasks, how: str):
    BY_HAND[how](tested)
    fix = only(tested).fix
    assert fix.endswith(" leads them to the tasks again")
    words = shlex.split(fix.split("`")[1])
    named = dict(zip(words[-4::2], words[-3::2], strict=True))
    assert words[-6:-4] == ["elbv2", "modify-rule"]
    tested.aws.elbv2.modify_rule(RuleArn=named["--rule-arn"], Actions=json.loads(named["--actions"]))
    assert tested.found() == []


@pytest.mark.parametrize("how", [each for each in BY_HAND if each not in TARGETS])
def test_what_the_stack_file_says_of_it_is_set_again_by_an_up_that_refreshes(tested: TestedTasks, how: str):
    BY_HAND[how](tested)
    assert only(tested).fix.startswith("`pulumi up --refresh --stack prod` sets it again, or makes it again")


def test_a_stack_file_that_wants_another_rule_than_there_is_differs_until_it_is_applied(aws: Aws):
    untested = DriftingTasks(aws, "canary", routes=ROUTES, rollout=TEST_RULE)
    (found,) = untested.look().findings
    assert (found.kind, found.subject, found.expected, found.found) == (DriftKind.TEST_RULE, "web", PRIORITY, None)
    assert found.said == "leads no test requests to its tasks, and the stack file wants a listener rule for them"


def test_a_rule_that_the_stack_file_wants_no_more_differs_until_it_is_applied(tested: TestedTasks):
    rollout = tested.settings.rollout.model_copy(update={"test_rule": None})
    tested.settings = tested.settings.model_copy(update={"rollout": rollout})
    (found,) = tested.look().findings
    assert (found.kind, found.subject, found.expected, found.found) == (DriftKind.TEST_RULE, tested.rule, None, 9)


def test_hosts_and_headers_are_compared_without_case_as_elb_does_and_paths_with_it(tested: TestedTasks):
    tested.modify(Conditions=[on_path("/web/*"), with_header("x-strata-test", "TRUE")])
    assert tested.found() == []
    tested.modify(Conditions=[on_path("/WEB/*"), with_header(*HEADER)])
    assert tested.found() == [(DriftKind.TEST_RULE, tested.rule)]


def test_while_a_deployment_moves_test_requests_nothing_differs(tested: TestedTasks):
    tested.shop.update(taskDefinition=tested.define("later", "later"))
    tested.prove("later", tested.shop.service()["taskDefinition"], Phase.ROLLING)
    led: set[str] = set()
    while tested.status().rolling and tested.shop.latest()["status"] != "SUCCESSFUL":
        assert tested.found() == []
        rule = tested.aws.elbv2.describe_rules(RuleArns=[tested.rule])["Rules"][0]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        led |= {each["TargetGroupArn"] for each in groups if each["Weight"]}
        tested.aws.wait(10)
    assert led == {tested.shop.blue, tested.shop.green}, "test requests did move"
    tested.prove("later", tested.shop.service()["taskDefinition"])
    tested.aws.wait(600)
    assert tested.found() == []


def test_a_rule_that_could_not_be_read_is_reported_as_that(tested: TestedTasks, monkeypatch: pytest.MonkeyPatch):
    rules = tested.aws.elbv2.describe_rules

    def throttled(**asked: Any) -> Any:
        if asked == {"RuleArns": [tested.rule]}:
            raise refusal("describe_rules", "Throttling")
        return rules(**asked)

    monkeypatch.setattr(tested.aws.elbv2, "describe_rules", throttled)
    drift = tested.look()
    assert list(drift.findings) == []
    assert [(each.what, each.call) for each in drift.unread] == [
        ("its listener rule of test requests", "DescribeRules")
    ]
