"""A report of drift as a page and as a message: everything is in it, escaped, and nothing comes from elsewhere."""

import re
from dataclasses import replace
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError

from strata.cli.drift_lines import print_drift
from strata.cli.run import run
from strata.drift.accepted_difference import AcceptedDifference
from strata.drift.drift_finding import (
    AcceptedFinding,
    ContentsCount,
    DriftFinding,
    ServiceDrift,
    StackDrift,
    UnreadPart,
)
from strata.drift.drift_kinds import DriftKind
from strata.drift.drift_notice import SHOWN, message_of, notify_of_drift, require_topic
from strata.drift.drift_page import drift_page
from strata.drift.fix_names import AWS
from strata.drift.resource_look import NOT_SEEN, ResourceLook, resources_of
from strata.errors import UsageError
from strata.rollout.stack_place import StackPlace
from tests.unit.drift.drifting_fleet import DriftingFleet
from tests.unit.drift.test_resource_look import step
from tests.unit.healing.healing_ground import HealingGround

SPACE = "{http://www.w3.org/1999/xhtml}"
NASTY = "<script>alert('x')</script> & \"more\""
TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"
Capture = pytest.CaptureFixture[str]


def finding(subject: str = "i-0f3c51d29a7e84b61", said: str = "runs another image") -> DriftFinding:
    names = {"STACK": "prod", AWS: "aws --region eu-west-1"}
    return DriftFinding(DriftKind.IMAGE, "web", subject, "a", "b", said, "2026-11-30T09:00:00Z", names=names)


def report(*findings: DriftFinding, **more: Any) -> StackDrift:
    kept = AcceptedDifference(
        "web", "too-old:i-2", 1, 2, "old", NASTY, "ann", "2026-11-30T09:00:00Z", date(2026, 12, 7)
    )
    services = (
        ServiceDrift("api", "2.0.0", 3, rolling=False, findings=(), delegated=("held: i-9, by ann",)),
        ServiceDrift(
            "web",
            "1.0.0",
            2,
            rolling=False,
            findings=findings,
            accepted=(AcceptedFinding(finding("i-2", "is too old"), kept),),
            ignored=(finding("i-3", "lacks a tag"),),
            contents=ContentsCount(1, 2),
        ),
    )
    unread = (UnreadPart("web", "its image", NASTY, "DescribeImages"),)
    return StackDrift("prod", services, unread, (DriftKind.TAGS,), at="2026-11-30T10:00:00Z", **more)


FULL = report(
    finding(),
    finding("i-4", NASTY),
    resources=resources_of([step("update", NASTY), step("same", name="other")], {}, "`pulumi up` & see"),
)


def words(text: str) -> str:
    tree = ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own text
    return " ".join(" ".join(tree.itertext()).split())


def test_the_page_is_well_formed_and_every_row_is_as_wide_as_its_head():
    tree = ET.fromstring(drift_page(FULL).removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own text
    tables = list(tree.iter(f"{SPACE}table"))
    assert len(tables) == 2
    assert all(len({len(row) for row in table.iter(f"{SPACE}tr")}) == 1 for table in tables)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing():
    text = drift_page(FULL)
    assert not re.findall(r"<(script|img|link|iframe|object|embed)|url\(|@import|\bsrc=|\bhref=|\bon\w+=", text)
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/1999/xhtml"}, "a namespace, no address"
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_everything_that_was_found_is_on_the_page_and_escaped():
    text = drift_page(FULL)
    assert text.count("&lt;script&gt;") == 4, "of a finding, what is accepted, what is not read, and a resource"
    said = words(text)
    for part in (
        "2 differences in 1 of 2 services, 1 of 2 resources not as the state has them, 1 part not read",
        "read from AWS at 2026-11-30T10:00:00Z",
        "1.0.0, 2 servers compared: 2 differences, 1 accepted, 1 ignored",
        "i-0f3c51d29a7e84b61 runs another image 2026-11-30T09:00:00Z let the group replace it",
        "image of i-2 : is too old; ",
        "image of i-3 : lacks a tag",
        "held: i-9, by ann",
        "Contents: 1 of 2 servers have compared themselves with their images",
        "web: its image ( DescribeImages ): ",
        "Kinds that were left out of this run tags",
        NOT_SEEN,
    ):
        assert part in said, part
    assert "<code>strata drift prod web --heal</code>" in text
    assert "<code>pulumi up</code> &amp; see" in text


@pytest.mark.parametrize(
    "found, shown",
    [
        (report(finding()), "drifted"),
        (report(), "doubt"),
        (replace(report(), unread=()), "true"),
        (replace(report(), unread=(), resources=resources_of([step("delete")], {}, "do")), "drifted"),
    ],
)
def test_the_first_line_shows_whether_it_is_drift(found: StackDrift, shown: str):
    assert f'<p class="result {shown}" role="status">' in drift_page(found)


def test_a_stack_of_which_nothing_was_compared_does_not_look_like_one_without_drift():
    text = drift_page(StackDrift("prod", (), at="2026-11-30T10:00:00Z", resources=ResourceLook(0)))
    assert "The stack has no services." in text
    assert "no resources to compare" in text


def test_that_nothing_differs_claims_nothing_of_what_was_added_beside_the_state(capsys: Capture):
    found = StackDrift("prod", (), resources=resources_of([step("same"), step("same", name="b")], {}, "do"))
    print_drift(found)
    assert capsys.readouterr().out == f"resources: 2 resources as the state has them\n  note: {NOT_SEEN}\n"
    assert NOT_SEEN in words(drift_page(found))
    assert found.document()["resource_drift"]["note"] == NOT_SEEN
    assert "beside it, such as a rule in a security group" in NOT_SEEN


def test_a_fleet_that_is_changed_in_place_is_named_as_one_that_was_not_compared(capsys: Capture):
    found = StackDrift("prod", (), in_place=("legacy",))
    print_drift(found)
    why = "a fleet that is changed in place: it has no release to compare with"
    assert capsys.readouterr().out == f"not compared: legacy is {why}\n"
    assert "changed in place, of which nothing is compared legacy" in words(drift_page(found))
    assert found.document()["in_place"] == ["legacy"]
    assert not found.differs


# the message


class Topics:
    """SNS that remembers, or refuses."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.sent: list[dict[str, str]] = []
        self.regions: list[str] = []
        self.refusal = refusal

    def in_region(self, region: str) -> "Topics":
        self.regions.append(region)
        return self

    def __call__(self, service: str) -> "Topics":
        assert service == "sns"
        return self

    def publish(self, **asked: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(asked)


def tell(topics: Any, found: StackDrift, topic: str = TOPIC) -> dict[str, Any]:
    return notify_of_drift(topics, topic, found).document()


def test_a_topic_is_notified_in_its_own_region_what_differs_and_what_to_do():
    topics = Topics()
    assert tell(topics, FULL) == {"topic_arn": TOPIC, "sent": True, "trouble": None}
    assert topics.regions == ["eu-west-1"]
    (sent,) = topics.sent
    assert sent["TopicArn"] == TOPIC
    assert sent["Subject"].startswith("drift in prod: 2 differences in 1 of 2 services")
    assert len(sent["Subject"]) <= 100
    for line in (
        "prod at 2026-11-30T10:00:00Z: 2 differences in 1 of 2 services",
        "  image  i-0f3c51d29a7e84b61  runs another image",
        "  for image: let the group replace it: `strata drift prod web --heal`",
        "resources: 1 of 2 resources not as the state has them",
        f"  note: {NOT_SEEN}",
        "not read: web: its image: ",
    ):
        assert line in sent["Message"], line
    assert "api" not in sent["Message"]


@pytest.mark.parametrize("found", [report(), replace(report(), unread=())], ids=["unread", "no drift"])
def test_nobody_is_notified_where_nothing_differs(found: StackDrift):
    topics = Topics()
    assert tell(topics, found) == {"topic_arn": TOPIC, "sent": False, "trouble": None}
    assert topics.sent == []


def test_what_keeps_a_message_from_being_sent_is_said():
    refusal = ClientError({"Error": {"Code": "AuthorizationError", "Message": "not allowed"}}, "Publish")
    told = tell(Topics(refusal), FULL)
    assert told["sent"] is False
    assert "not allowed" in told["trouble"]


def test_a_message_of_a_thousand_differences_is_short():
    message = message_of(report(*(finding(f"i-{number:017x}") for number in range(1000))))
    assert len(re.findall(r"^  image  i-", message, re.MULTILINE)) == SHOWN
    assert f"  and {1000 - SHOWN} more\n" in message
    assert "; likewise for 999 more" in message
    assert len(message) < 10_000


@pytest.mark.parametrize(
    "text", ["on-call", "arn:aws:sqs:eu-west-1:123456789012:on-call", f"{TOPIC} ", "arn:aws:sns:::x"]
)
def test_what_is_no_topic_is_refused_with_an_example(text: str):
    with pytest.raises(UsageError, match="expected the ARN of an SNS topic, such as arn:aws:sns:") as caught:
        require_topic(text)
    assert repr(text) in str(caught.value)


# the command


@pytest.fixture
def topics() -> Topics:
    return Topics()


@pytest.fixture
def place(fleet: DriftingFleet, topics: Topics, monkeypatch: pytest.MonkeyPatch) -> StackPlace:
    """The place that the command finds, whatever it is asked for."""
    ground = HealingGround(fleet).place
    monkeypatch.setattr(
        type(ground.clients), "in_region", lambda _self, region: topics.in_region(region), raising=False
    )
    monkeypatch.setattr("strata.drift.stack_drift.find_stack", lambda *_args, **_more: ground)
    return ground


@pytest.fixture
def drifted(fleet: DriftingFleet, place: StackPlace) -> str:
    fleet.update(MaxSize=20)
    return place.stack


def test_the_command_writes_the_page_and_tells_the_topic(topics, drifted: str, tmp_path, capsys: Capture):
    page = tmp_path / "drift.html"
    assert run(["drift", "prod", "--html", str(page), "--notify", TOPIC]) == 5
    said = capsys.readouterr().out
    assert "group-settings" in said
    assert said.endswith(f"the page: {page}\nnotified {TOPIC}\n")
    assert "has MaxSize 20" in page.read_text()
    assert [each["TopicArn"] for each in topics.sent] == [TOPIC]


def test_without_drift_the_page_is_written_and_nobody_is_notified(place, topics, tmp_path, capsys: Capture):
    page = tmp_path / "drift.html"
    assert run(["drift", "prod", "--html", str(page), "--notify", TOPIC]) == 0
    assert "notified" not in capsys.readouterr().out
    assert topics.sent == []
    assert 'class="result true"' in page.read_text()


def test_a_topic_that_is_not_notified_is_said_and_ends_with_1(topics, drifted: str, capsys: Capture):
    topics.refusal = ClientError({"Error": {"Code": "NotFound", "Message": "Topic does not exist"}}, "Publish")
    assert run(["drift", "prod", "--notify", TOPIC, "--strict"]) == 1
    told = capsys.readouterr()
    assert "group-settings" in told.out
    assert f"{TOPIC} was not notified: " in told.err
    assert "Topic does not exist\n  fix: " in told.err


@pytest.mark.parametrize(
    "words, why",
    [
        (["--notify", "on-call"], "expected the ARN of an SNS topic"),
        (["--heal", "--html", "x.html"], "go without --heal and --record"),
        (["web", "--resources"], "leave SERVICE out"),
        (["--html", "no/such/folder/x.html"], "Name a file in a folder that exists"),
    ],
)
def test_what_does_not_fit_is_refused(place, words: list[str], why: str, capsys: Capture):
    assert run(["drift", "prod", *words]) == 2
    assert why in capsys.readouterr().err
