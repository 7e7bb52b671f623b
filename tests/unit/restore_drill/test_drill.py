"""A restore drill, from the newest backup to a copy that is gone again."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from strata.errors import DrillError, UsageError
from strata.restore_drill.databases import DRILL_TAG, Databases, Instance, Snapshot
from strata.restore_drill.drill import DEADLINE_SECONDS, POLL_SECONDS, copy_name
from tests.unit.restore_drill.conftest import STACK, TAGS, Rds

ORDERS = "orders-1a2b3c4"
COPY = f"{ORDERS}-drill"


class Told(Databases):
    """RDS whose copies are first in the states a test says."""

    def __init__(self, rds: Rds, *states: str) -> None:
        super().__init__(lambda _: rds.client)
        self.states = list(states)
        self.deleted: list[str] = []

    def instance(self, identifier: str) -> Instance | None:
        found = super().instance(identifier)
        if found is not None and identifier == COPY and self.states:
            return replace(found, status=self.states.pop(0))
        return found

    def delete(self, identifier: str) -> None:
        self.deleted.append(identifier)
        super().delete(identifier)


def busy() -> ClientError:
    return ClientError({"Error": {"Code": "InvalidDBInstanceState", "Message": "creating"}}, "DeleteDBInstance")


async def test_the_newest_backup_is_restored_looked_at_and_deleted(rds: Rds):
    before = rds.described(ORDERS)
    report = await rds.drill().run("orders")
    assert report.passed, [check for check in report.checks if not check.ok]
    assert (report.database, report.original, report.snapshot.id) == ("orders", ORDERS, "first")
    assert 3590 < report.age_seconds < 3700
    assert rds.names == {ORDERS}
    assert rds.described(ORDERS) == before
    assert rds.said == [f"restoring first (manual) as {COPY}", f"removing the copy: {COPY}"]


async def test_the_copy_is_private_tagged_and_covered_by_no_plan(rds: Rds):
    seen: dict[str, Any] = {}

    class Looking(Told):
        def delete(self, identifier: str) -> None:
            seen.update(rds.described(identifier))
            super().delete(identifier)

    await rds.drill(Looking(rds)).run("orders")
    tags = {tag["Key"]: tag["Value"] for tag in seen["TagList"]}
    assert tags == {**STACK, DRILL_TAG: ORDERS, "strata:mutability": "replaced"}
    assert (seen["PubliclyAccessible"], seen["MultiAZ"], seen["DeletionProtection"]) == (False, False, False)
    assert seen["DBSubnetGroup"]["DBSubnetGroupName"] == "isolated"


async def test_of_several_backups_the_newest_finished_one_is_taken(rds: Rds, monkeypatch: pytest.MonkeyPatch):
    asked: list[Any] = []

    class Pages:
        def paginate(self, **parameters: Any) -> list[Any]:
            asked.append(parameters.get("SnapshotType"))
            (first,) = rds.client.describe_db_snapshots(DBSnapshotIdentifier="first")["DBSnapshots"]
            at = first["SnapshotCreateTime"]
            if parameters.get("SnapshotType") == "awsbackup":
                newer = {**first, "DBSnapshotIdentifier": "vaulted", "SnapshotType": "awsbackup"}
                return [{"DBSnapshots": [{**newer, "SnapshotCreateTime": at.replace(year=at.year + 1)}]}]
            running = {**first, "DBSnapshotIdentifier": "running", "Status": "creating"}
            return [{"DBSnapshots": [first, {**running, "SnapshotCreateTime": at.replace(year=at.year + 2)}]}]

    monkeypatch.setattr(rds.client, "get_paginator", lambda _: Pages())
    found = Databases(lambda _: rds.client).newest_snapshot(ORDERS)
    assert found is not None
    assert (found.id, found.kind) == ("vaulted", "awsbackup")
    assert asked == [None, "awsbackup"]


async def test_a_copy_that_takes_its_time_is_waited_for(rds: Rds):
    report = await rds.drill(Told(rds, "creating", "backing-up")).run("orders")
    assert report.passed
    assert report.restore_seconds == 2 * POLL_SECONDS


@pytest.mark.parametrize("status", ["failed", "incompatible-restore"])
async def test_a_copy_that_fails_ends_the_drill_and_is_removed(rds: Rds, status: str):
    with pytest.raises(DrillError, match=f"{COPY} is {status}"):
        await rds.drill(Told(rds, "creating", status)).run("orders")
    assert rds.names == {ORDERS}


async def test_a_copy_that_never_comes_ends_the_drill_and_is_removed(rds: Rds):
    polls = int(DEADLINE_SECONDS / POLL_SECONDS) + 1
    with pytest.raises(DrillError, match="still creating after 120 minutes"):
        await rds.drill(Told(rds, *["creating"] * polls)).run("orders")
    assert rds.names == {ORDERS}


async def test_a_copy_that_is_not_what_it_should_be_fails_the_drill(rds: Rds):
    class Changed(Told):
        def instance(self, identifier: str) -> Instance | None:
            found = super().instance(identifier)
            return replace(found, public=True, storage_gib=10) if found and identifier == COPY else found

    report = await rds.drill(Changed(rds)).run("orders")
    assert not report.passed
    assert [check.name for check in report.checks if not check.ok] == ["storage in GiB", "public"]
    assert rds.names == {ORDERS}


async def test_an_original_that_was_touched_meanwhile_fails_the_drill(rds: Rds):
    class Resizing(Told):
        def restore(self, snapshot: Snapshot, original: Instance, identifier: str, tags: Any) -> None:
            super().restore(snapshot, original, identifier, tags)
            rds.client.modify_db_instance(
                DBInstanceIdentifier=ORDERS, DBInstanceClass="db.t4g.large", ApplyImmediately=True
            )

    report = await rds.drill(Resizing(rds)).run("orders")
    assert [check.name for check in report.checks if not check.ok] == ["original untouched"]


async def test_an_interrupted_drill_removes_its_copy_before_it_ends(rds: Rds):
    databases = Told(rds, *["creating"] * 1000)
    waiting = asyncio.Event()

    class Interrupted(type(rds.clock)):
        async def sleep(self, seconds: float) -> None:
            if not waiting.is_set():
                waiting.set()
                await asyncio.Event().wait()
            databases.states.clear()
            await super().sleep(seconds)

    rds.clock = Interrupted(rds.clock.time)
    task = asyncio.create_task(rds.drill(databases).run("orders"))
    await waiting.wait()
    assert COPY in rds.names
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rds.names == {ORDERS}


async def test_what_a_killed_drill_left_is_removed_by_the_next(rds: Rds):
    rds.add(COPY, tags={**STACK, DRILL_TAG: ORDERS})
    report = await rds.drill().run("orders")
    assert report.passed
    assert rds.said[0] == f"an earlier drill left: {COPY}"
    assert rds.names == {ORDERS}


async def test_a_copy_that_rds_is_still_making_is_deleted_when_it_lets_go(rds: Rds):
    class Reluctant(Told):
        def delete(self, identifier: str) -> None:
            self.deleted.append(identifier)
            if len(self.deleted) < 3:
                raise busy()
            Databases.delete(self, identifier)

    databases = Reluctant(rds)
    assert (await rds.drill(databases).run("orders")).passed
    assert databases.deleted == [COPY] * 3
    assert rds.names == {ORDERS}


@pytest.mark.parametrize("tags", [TAGS, {**STACK, DRILL_TAG: "another"}, {}])
async def test_an_instance_of_that_name_that_no_drill_of_this_database_made_is_left_alone(rds: Rds, tags):
    rds.add(COPY, tags={**tags, "strata:component": "mine"})
    with pytest.raises(DrillError, match="is not the copy of a drill"):
        await rds.drill().run("orders")
    assert rds.names == {ORDERS, COPY}


async def test_a_copy_that_cannot_be_removed_is_named_for_the_next_drill(rds: Rds):
    class Forbidden(Told):
        def delete(self, identifier: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteDBInstance")

    with pytest.raises(ClientError, match="AccessDenied"):
        await rds.drill(Forbidden(rds)).run("orders")
    assert rds.said[-1] == f"{COPY} could not be removed; the next drill of this database removes it"
    assert COPY in rds.names


async def test_a_database_without_a_backup_has_nothing_to_restore(rds: Rds):
    rds.forget_backups()
    with pytest.raises(DrillError, match="has no finished backup"):
        await rds.drill().run("orders")
    assert rds.names == {ORDERS}


async def test_a_database_the_stack_does_not_have_is_named(rds: Rds):
    with pytest.raises(UsageError, match="no database instance of the component 'ordres'"):
        await rds.drill().run("ordres")


async def test_two_instances_of_one_component_are_not_guessed_between(rds: Rds):
    rds.add("orders-5d6e7f8")
    with pytest.raises(UsageError, match=r"2 database instances .*orders-1a2b3c4, orders-5d6e7f8"):
        await rds.drill().run("orders")


async def test_copies_of_a_blue_green_update_are_not_taken_for_the_original(rds: Rds):
    rds.add(f"{ORDERS}-green-a1b2c3")
    rds.add(f"{ORDERS}-old1")
    assert (await rds.drill().run("orders")).original == ORDERS


@pytest.mark.parametrize("length", [10, 57, 58, 63])
def test_a_copys_name_is_one_rds_takes_and_always_the_same(length: int):
    name = copy_name("a" * length)
    assert len(name) <= 63
    assert name.endswith("-drill")
    assert name == copy_name("a" * length) != copy_name("b" * length)
