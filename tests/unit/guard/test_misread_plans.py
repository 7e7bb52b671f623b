"""A plan that is not what it seems is refused or judged by the worst, and never passes because it was misread."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.errors import UsageError
from strata.exit_code import ExitCode
from strata.guard.plan import read_plan, require_own
from strata.guard.report import outcome, text
from strata.guard.verdict import Judgement, judge
from strata.resources.wire import UNKNOWN
from tests.unit.guard.plans import printed, read, step
from tests.unit.guard.test_same_change import PROD

SECRET = "[secret]"
TABLE = "aws:dynamodb/table:Table"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
BACKUPS = "aws:backup/plan:Plan"
OLD_BUCKET = "aws:s3/bucketV2:BucketV2"
DELETED = printed(step("delete", "database"))


def verdicts(*steps: dict[str, Any]) -> list[str]:
    judgement: Judgement = judge(read(*steps), PROD)
    return [found.verdict.value for found in judgement.findings]


def test_a_plan_that_was_appended_to_an_old_file_is_not_judged_by_the_old_one():
    """`pulumi preview --json >> plan.json` was allowed because the first of the two plans had nothing to refuse."""
    with pytest.raises(UsageError, match="2 plans"):
        read_plan(f"{printed(step('same', 'database'))}\n{DELETED}")


@pytest.mark.parametrize(
    "stack,project", [("prod", "market"), ("acme/market/prod", None)], ids=["by its folder", "by its full name"]
)
def test_the_plan_of_another_project_is_not_judged_by_this_ones_file(stack: str, project: str | None):
    with pytest.raises(UsageError, match="of the project shop, not of market"):
        require_own(read_plan(DELETED), stack, project)


def test_a_plan_is_of_its_own_project_whether_that_is_known_or_not():
    for stack, project in (("prod", "shop"), ("acme/shop/prod", None), ("acme/prod", None), ("prod", None)):
        require_own(read_plan(DELETED), stack, project)


def test_the_command_knows_the_project_of_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "Pulumi.yaml").write_text("name: market\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  strata:stage: dev\n")
    (tmp_path / "plan.json").write_text(DELETED)
    assert run(["guard", "prod", "--plan", str(tmp_path / "plan.json"), "-C", str(tmp_path)]) == 2
    assert "of the project shop, not of market" in capsys.readouterr().err


def test_a_plan_with_a_byte_order_mark_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """PowerShell writes one where a plan is sent into a file."""
    (tmp_path / "plan.json").write_text(DELETED, encoding="utf-8-sig")
    assert run(["guard", "prod", "--plan", str(tmp_path / "plan.json"), "-C", str(tmp_path)]) == 3
    assert "main" in capsys.readouterr().out


@pytest.mark.parametrize(
    "broken,where",
    [
        ({"steps": 3}, "steps is 3"),
        ({"steps": "none"}, "steps is a text"),
        ({"steps": [None]}, r"steps\[0\] is nothing"),
        ({"steps": [{"op": "delete"}]}, r"steps\[0\].urn is nothing"),
        ({"steps": [{"op": "delete", "urn": "u", "oldState": []}]}, r"steps\[0\].oldState is a list"),
        ({"steps": [{"op": "delete", "urn": "u", "oldState": {"inputs": "x"}}]}, r"oldState.inputs is a text"),
        ({"steps": [{"op": "update", "urn": "u", "detailedDiff": ["a"]}]}, "detailedDiff is a list"),
        ({"steps": [{"op": "update", "urn": "u", "detailedDiff": {"a": 1}}]}, r"detailedDiff\['a'\] is 1"),
        ({"steps": [{"op": "update", "urn": "u", "diffReasons": "a"}]}, "diffReasons is a text"),
        ({"steps": [], "diagnostics": [None]}, r"diagnostics\[0\] is nothing"),
    ],
)
def test_a_plan_of_another_shape_is_refused_in_one_sentence(broken: dict[str, Any], where: str):
    with pytest.raises(UsageError, match=where):
        read_plan(json.dumps(broken))


@pytest.mark.parametrize("hidden", [SECRET, UNKNOWN])
@pytest.mark.parametrize(
    "kind,old,key",
    [
        (TABLE, {}, "ttl"),
        (ROTATION, {"rotationRules": {"automaticallyAfterDays": 30}}, "rotationRules"),
        (TABLE, {"pointInTimeRecovery": SECRET}, "pointInTimeRecovery"),
    ],
)
def test_a_block_that_is_hidden_whole_counts_as_the_worst(kind: str, old: dict[str, Any], key: str, hidden: str):
    """Marking the block around a value as secret let expiry be switched on unseen."""
    change = {**step("update", kind, old=old, new={key: hidden}), "diffReasons": [key]}
    assert verdicts(change) == ["refuse"]


def test_what_a_program_only_reads_and_no_longer_does_is_not_refused_as_lost():
    """Removing `Vpc.get(...)` from a program was refused as the replacement of that VPC."""
    gone = step("discard", "vpc", was={"external": True})
    del gone["newState"]
    assert verdicts(gone) == []


def test_what_becomes_only_read_is_judged_by_what_is_deleted_for_it():
    assert verdicts(step("read-replacement", "vpc", becomes={"external": True})) == ["refuse"]


def rules(**more: Any) -> dict[str, Any]:
    return {"rules": [{"id": "all", "ruleName": "all", **more}]}


EU, US = ({"destinationVaultArn": f"arn:aws:backup:{region}:123456789012:backup-vault:v"} for region in ("eu", "us"))


@pytest.mark.parametrize(
    "kind,old,new,seen",
    [
        (REPLICATION, rules(status="Enabled"), rules(status="Disabled"), True),
        (REPLICATION, rules(status="Enabled"), rules(status="Enabled", filter={"prefix": "logs/"}), True),
        (REPLICATION, rules(status="Enabled", filter={"prefix": "logs/"}), rules(status="Enabled"), False),
        (REPLICATION, rules(status="Disabled"), rules(status="Enabled"), False),
        (BACKUPS, rules(copyActions=[EU, US]), rules(copyActions=[EU]), True),
        (BACKUPS, rules(copyActions=[EU]), rules(), True),
        (BACKUPS, rules(copyActions=[EU]), rules(copyActions=[{**EU, "lifecycle": {"deleteAfter": 7}}]), True),
        (BACKUPS, rules(copyActions=[EU]), rules(copyActions=[US, EU]), False),
        (OLD_BUCKET, {"versionings": [{"enabled": True}]}, {"versionings": [{"enabled": False}]}, True),
        (OLD_BUCKET, {"versionings": [{"enabled": False}]}, {"versionings": [{"enabled": True}]}, False),
        (OLD_BUCKET, {}, {"lifecycleRules": [{"id": "a", "enabled": True, "expirations": [{"days": 1}]}]}, True),
    ],
)
def test_what_is_copied_or_kept_less_is_seen(kind: str, old: dict[str, Any], new: dict[str, Any], seen: bool):
    assert verdicts(step("update", kind, old=old, new=new)) == (["refuse"] if seen else ["allow"])


SUMMARISED = [
    ("deletes that are counted and not shown", {"steps": [], "changeSummary": {"delete": 3, "same": 4}}),
    ("fewer deletes than are counted", {"steps": [step("delete", "template")], "changeSummary": {"delete": 2}}),
    ("a replacement that is counted only", {"steps": [step("same", "vpc")], "changeSummary": {"replace": 1}}),
    ("updates, of which one is shown", {"steps": [step("update", "key")], "changeSummary": {"update": 2}}),
    ("an operation that nobody knows", {"steps": [step("same", "vpc")], "changeSummary": {"obliterate": 1}}),
    ("nothing at all", {"steps": []}),
    ("nothing but diagnostics", {"diagnostics": []}),
    ("an empty summary", {"changeSummary": {}}),
]


@pytest.mark.parametrize("document", [each for _, each in SUMMARISED], ids=[says for says, _ in SUMMARISED])
def test_a_plan_that_does_not_show_all_that_it_counts_is_never_allowed(document: dict[str, Any]):
    """A plan whose summary told of deletes and whose steps were cut out was allowed."""
    judgement = judge(read_plan(json.dumps(document)), PROD)
    assert not judgement.complete
    assert judgement.exit_code() is ExitCode.FAILED
    assert outcome(judgement) == "plan incomplete"
    told = text(judgement, "prod")
    assert "plan incomplete: the plan was cut" in told
    assert "the plan counts" in told or "shows nothing at all" in told
    assert "no changes" not in told


def refreshed() -> dict[str, Any]:
    return {**step("refresh", "vpc"), "op": "refresh"}


WHOLE: list[tuple[str, list[dict[str, Any]], dict[str, int]]] = [
    ("what stays the same is left out", [step("create", "vpc")], {"create": 1, "same": 40}),
    ("a replacement is counted once", [step("create-replacement", "group"), step("replace", "group")], {"replace": 1}),
    ("only one end of a replacement is shown", [step("delete-replaced", "group")], {"replace": 1}),
    ("a refresh is counted as what it found", [refreshed()], {"update": 1}),
    ("more is shown than counted", [step("create", "vpc"), step("read", "key")], {"create": 1}),
]


@pytest.mark.parametrize("steps,counted", [each[1:] for each in WHOLE], ids=[each[0] for each in WHOLE])
def test_a_plan_that_shows_all_that_it_counts_is_complete(steps: list[dict[str, Any]], counted: dict[str, int]):
    assert read(*steps, changeSummary=counted).complete


def test_a_destroy_of_nothing_is_complete():
    assert read_plan('{"steps": []}', destroys=True).complete


@pytest.mark.parametrize("summary", [[], "none", {"delete": "2"}, {"delete": None}])
def test_a_summary_of_another_shape_is_refused_in_one_sentence(summary: Any):
    with pytest.raises(UsageError, match="changeSummary"):
        read_plan(json.dumps({"steps": [], "changeSummary": summary}))
