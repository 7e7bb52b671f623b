"""`strata image prune --apply`: what goes, in which order, what AWS refuses, and what an interruption leaves."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from strata.images.catalogue import ImageKind
from strata.images.image_tags import PROTECTED
from strata.naming import catalogue_name, revocation_name
from tests.unit.pruning.conftest import DAY, Shop

Call = Callable[[str, dict[str, Any]], Any]
CHANGES = (
    *("CreateTags", "DisableImageDeregistrationProtection", "DeregisterImage", "DeleteSnapshot", "BatchDeleteImage"),
    "DeleteParameter",
)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> "Calls":
    return Calls(monkeypatch)


class Calls:
    """What AWS is asked for, and what a test makes of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.before: Call = lambda _operation, _asked: None
        original: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
            self.made.append((operation, asked))
            instead = self.before(operation, asked)
            return original(client, operation, asked) if instead is None else instead

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def names(self) -> list[str]:
        return [operation for operation, _ in self.made]


def refusing(code: str, call: str, **of: Any) -> Call:
    def refuse(operation: str, asked: dict[str, Any]) -> None:
        if operation == call and of.items() <= asked.items():
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return refuse


def protect(shop: Shop, *versions: str) -> None:
    for version in versions:
        shop.aws.ec2.create_tags(Resources=[shop.ids[version]], Tags=[{"Key": PROTECTED, "Value": "true"}])
        shop.aws.ec2.enable_image_deregistration_protection(ImageId=shop.ids[version])


def test_what_nobody_needs_is_removed_with_its_snapshots_and_entries_and_nothing_else(shop: Shop):
    shop.release("prod", "1.2.0", "1.4.0")
    shop.revoke("1.0.0")
    protect(shop, "1.1.0", "1.4.0")
    before = shop.snapshots()
    rows = shop.prune("--apply")
    assert {version: row["removal"] for version, row in rows.items() if row["removal"]} == {
        version: {"gone": True, "left": [], "trouble": None} for version in ("1.0.0", "1.1.0", "2.9.0")
    }
    assert shop.machines() == shop.entries() == {"1.2.0", "1.3.0", "1.4.0"}
    assert before - shop.snapshots() == {each for v in ("1.0.0", "1.1.0") for each in rows[v]["snapshots"]}
    assert shop.stored_digests() == {shop.digests["3.0.0"]}
    assert shop.entries("search") == {"3.0.0"}
    # a version that is revoked stays so, should somebody bake it again
    assert shop.aws.ssm.get_parameter(Name=revocation_name("web", "1.0.0"))["Parameter"]["Value"] == "leaks"
    (kept,) = shop.aws.ec2.describe_images(ImageIds=[shop.ids["1.4.0"]])["Images"]
    assert kept["DeregistrationProtection"] == "enabled-without-cooldown"
    assert [row["removal"] for row in shop.prune("--apply").values()] == [None] * 4


def test_a_person_reads_what_aws_shows_afterwards(shop: Shop):
    code, said = shop.run("prod", "web", "--apply")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert code == 0
    assert f"1.0.0 {shop.ids['1.0.0']} 60 d old gone, with 1 snapshot" in lines
    assert "of 3 that nobody needs in account 123456789012, eu-west-1, 3 are gone, as AWS shows it" in lines


def test_a_report_only_reads(shop: Shop, calls: Calls):
    assert shop.run("prod")[0] == 0
    assert shop.run("prod", "--dry-run")[0] == 0
    reading = ("Describe", "List", "BatchGet", "Get")
    assert [each for each in calls.names() if not each.startswith(reading)] == []
    assert len(calls.made) > 20
    code, said = shop.run("prod", "--apply", "--dry-run")
    assert code == 2
    assert "--apply and --dry-run contradict each other" in said


@pytest.mark.parametrize("call", CHANGES)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_an_interruption_leaves_is_found_by_the_next_run(shop: Shop, calls: Calls, call: str, after: bool):
    protect(shop, "1.0.0")
    before = shop.snapshots()
    seen: list[str] = []

    def interrupt(operation: str, _asked: dict[str, Any]) -> None:
        if seen and after:
            raise KeyboardInterrupt
        if operation == call:
            seen.append(operation)
            if not after:
                raise KeyboardInterrupt

    calls.before = interrupt
    assert shop.run("prod", "--apply")[0] == 130
    assert seen
    calls.before = lambda _operation, _asked: None
    assert shop.run("prod", "--apply")[0] == 0
    assert shop.machines() == shop.entries() == {"1.3.0", "1.4.0"}
    assert len(before - shop.snapshots()) == 3
    assert shop.stored_digests() == {shop.digests["3.0.0"]}
    assert shop.entries("search") == {"3.0.0"}


def test_what_is_refused_concerns_one_image_and_is_not_called_gone(shop: Shop, calls: Calls):
    image = shop.ids["1.1.0"]
    calls.before = refusing("UnauthorizedOperation", "DeregisterImage", ImageId=image)
    rows = shop.prune("web", "--apply", code=1)
    refused = rows["1.1.0"]["removal"]
    assert (refused["gone"], refused["trouble"]) == (False, "DeregisterImage: UnauthorizedOperation")
    assert image in refused["left"]
    assert rows["1.0.0"]["removal"]["gone"]
    assert rows["1.2.0"]["removal"]["gone"]
    assert shop.machines() == shop.entries() == {"1.1.0", "1.3.0", "1.4.0"}
    assert set(rows["1.1.0"]["snapshots"]) <= shop.snapshots()
    code, said = shop.run("prod", "web", "--apply")
    assert code == 1
    assert f"AWS still shows {image}: DeregisterImage: UnauthorizedOperation" in " ".join(said.split())
    assert "the rest is found again by the same command" in said


def test_throttling_stops_the_rest(shop: Shop, calls: Calls):
    calls.before = refusing("RequestLimitExceeded", "DeregisterImage")
    rows = shop.prune("--apply", code=1)
    assert calls.names().count("DeregisterImage") == 1
    assert "BatchDeleteImage" not in calls.names()
    troubles = sorted(row["removal"]["trouble"] for row in rows.values() if row["removal"])
    first = "DeregisterImage: RequestLimitExceeded"
    assert troubles == [first, *[f"not tried, after {first}"] * 3]
    assert shop.machines() == {"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"}
    assert len(shop.stored_digests()) == 2


@pytest.mark.parametrize("call", ["DescribeImages", "DescribeSnapshots"])
def test_nothing_is_called_gone_when_aws_does_not_say_so(shop: Shop, calls: Calls, call: str):
    done: list[str] = []

    def refuse(operation: str, _asked: dict[str, Any]) -> None:
        done.extend([operation] if operation == "DeregisterImage" else [])
        if operation == call and done:
            raise ClientError({"Error": {"Code": "RequestLimitExceeded", "Message": "no"}}, operation)

    before = shop.snapshots()
    calls.before = refuse
    rows = shop.prune("web", "--apply", code=1)
    removals = [row["removal"] for row in rows.values() if row["removal"]]
    assert [each["gone"] for each in removals] == [False] * 3
    assert {each["trouble"] for each in removals} == {f"{call}: RequestLimitExceeded"}
    assert shop.entries() == {"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"}
    calls.before = lambda _operation, _asked: None
    assert shop.run("prod", "web", "--apply")[0] == 0
    assert shop.entries() == {"1.3.0", "1.4.0"}
    assert len(before - shop.snapshots()) == 3


def test_what_aws_still_shows_is_waited_for_and_then_named(shop: Shop, calls: Calls):
    calls.before = lambda operation, _asked: {"Return": True} if operation == "DeregisterImage" else None
    began = shop.aws.clock.time
    rows = shop.prune("web", "--apply", code=1)
    assert shop.aws.clock.time - began == 8
    assert rows["1.0.0"]["removal"]["left"][0] == shop.ids["1.0.0"]
    assert "DeleteSnapshot" not in calls.names()
    assert len(shop.entries()) == 5


def test_a_snapshot_that_another_image_uses_too_is_left_until_that_one_is_gone(shop: Shop, calls: Calls):
    (snapshot,) = shop.prune("web")["1.0.0"]["snapshots"]
    calls.before = refusing("InvalidSnapshot.InUse", "DeleteSnapshot", SnapshotId=snapshot)
    removal = shop.prune("web", "--apply", code=1)["1.0.0"]["removal"]
    assert removal == {"gone": False, "left": [snapshot], "trouble": "DeleteSnapshot: InvalidSnapshot.InUse"}
    assert "1.0.0" in shop.entries()
    calls.before = lambda _operation, _asked: None
    rows = {row["image_id"]: row for row in json.loads(shop.run("prod", "web", "--json")[1])["stored"]}
    assert (rows[snapshot]["kind"], rows[snapshot]["unneeded"]) == ("snapshot", True)
    assert rows[shop.ids["1.0.0"]]["kind"] == "entry"
    assert shop.run("prod", "web", "--apply")[0] == 0
    assert snapshot not in shop.snapshots()
    assert "1.0.0" not in shop.entries()


def test_the_snapshots_of_another_image_are_not_touched(shop: Shop):
    other = shop.bake("7.0.0", app="worker")
    shop.aws.wait(60 * DAY)
    assert shop.run("prod", "web", "--apply")[0] == 0
    found = shop.aws.ec2.describe_images(ImageIds=[other])["Images"][0]
    assert found["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] in shop.snapshots()


def test_protection_with_a_cooldown_is_taken_off_and_holds_for_a_day(shop: Shop):
    image = shop.ids["1.0.0"]
    protect(shop, "1.0.0")
    shop.aws.ec2.enable_image_deregistration_protection(ImageId=image, WithCooldown=True)
    removal = shop.prune("web", "--apply", code=1)["1.0.0"]["removal"]
    assert (removal["gone"], removal["trouble"]) == (False, "DeregisterImage: OperationNotPermitted")
    (reason,) = shop.prune("web")["1.0.0"]["kept"]
    assert reason["text"].startswith("AWS refuses to deregister it until 2024-01-")
    shop.aws.wait(DAY)
    assert shop.prune("web", "--apply")["1.0.0"]["removal"]["gone"]


def test_an_entry_that_names_another_image_by_now_stays(shop: Shop, calls: Calls):
    def bake_again(operation: str, asked: dict[str, Any]) -> None:
        if operation == "DeleteSnapshot":
            calls.before = lambda _operation, _asked: None
            shop.aws.ssm.delete_parameter(Name=catalogue_name("web", "1.0.0"))
            shop.note("1.0.0", ImageKind.MACHINE, "web", id="ami-00000000000000abc")

    calls.before = bake_again
    assert shop.prune("web", "--apply")["1.0.0"]["removal"]["gone"]
    assert "1.0.0" in shop.entries()


def test_an_image_that_somebody_else_removes_at_the_same_time_is_gone(shop: Shop, calls: Calls):
    def remove(operation: str, asked: dict[str, Any]) -> None:
        if operation == "DeregisterImage":
            calls.before = lambda _operation, _asked: None
            shop.aws.ec2.deregister_image(**asked)

    calls.before = remove
    rows = shop.prune("web", "--apply")
    assert all(row["removal"]["gone"] for row in rows.values() if row["removal"])


def test_an_index_goes_before_its_parts_and_a_hundred_digests_a_call(shop: Shop, calls: Calls):
    parts = [shop.push(None, f"part {number}") for number in range(103)]
    index = shop.push("2.8.0", manifests=[{"digest": each, "mediaType": "m", "size": 1} for each in parts])
    shop.aws.wait(60 * DAY)
    rows = shop.prune("search", "--apply")
    assert all(row["removal"]["gone"] for row in rows.values() if row["removal"])
    assert shop.stored_digests() == {shop.digests["3.0.0"]}
    deleted = [asked["imageIds"] for operation, asked in calls.made if operation == "BatchDeleteImage"]
    assert [len(each) for each in deleted] == [1, 100, 4]
    assert deleted[0] == [{"imageDigest": index}]


def test_a_digest_that_ecr_does_not_delete_is_named_with_its_reason(shop: Shop, calls: Calls):
    digest = shop.digests["2.9.0"]
    failure = {"imageId": {"imageDigest": digest}, "failureCode": "KmsError", "failureReason": "the key is disabled"}
    calls.before = lambda operation, _asked: (
        {"imageIds": [], "failures": [failure]} if operation == "BatchDeleteImage" else None
    )
    removal = shop.prune("search", "--apply", code=1)["2.9.0"]["removal"]
    assert removal == {"gone": False, "left": [digest], "trouble": "KmsError: the key is disabled"}
    assert "2.9.0" in shop.entries("search")


def test_what_is_removed_in_pages_is_removed_wholly(shop: Shop, calls: Calls):
    """A page that AWS cuts short hides neither what is stored nor who needs it."""
    shop.release("prod", "1.2.0")
    original: dict[str, Any] = {}

    def cut(operation: str, asked: dict[str, Any]) -> Any:
        if operation != "GetParametersByPath" or original.get("busy"):
            return None
        original["busy"] = True
        try:
            whole = shop.aws.ssm.get_parameters_by_path(
                **{key: value for key, value in asked.items() if key != "NextToken"}
            )
        finally:
            original["busy"] = False
        number = int(asked.get("NextToken") or 0)
        found = {"Parameters": whole["Parameters"][number : number + 1]}
        return {**found, "NextToken": str(number + 1)} if number + 1 < len(whole["Parameters"]) else found

    calls.before = cut
    rows = shop.prune("web", "--apply")
    assert {version for version, row in rows.items() if row["removal"]} == {"1.0.0", "1.1.0"}
    assert shop.machines() == {"1.2.0", "1.3.0", "1.4.0"}
