"""Replicas get a new version before their primary does, where RDS wants that."""

from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pytest

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.components.base import Component
from strata.components.database.database_gate import DatabaseGate
from strata.components.database.instance_changes import Calls, Upgrade, has_version, raise_replicas
from strata.errors import AwsError
from strata.settings.models import DatabaseSettings
from tests.unit.database.stand_in import Cloud, FakeClock

POSTGRES, MYSQL = ENGINES[DatabaseEngine.POSTGRES], ENGINES[DatabaseEngine.MYSQL]


@pytest.mark.parametrize(
    "engine,old,new,first",
    [
        (DatabaseEngine.POSTGRES, "16.3", "16.4", True),
        (DatabaseEngine.POSTGRES, "16", "16.4", True),
        (DatabaseEngine.POSTGRES, "16.4", "17.1", False),
        (DatabaseEngine.POSTGRES, "16", "17", False),
        (DatabaseEngine.MYSQL, "8.0.36", "8.0.37", True),
        (DatabaseEngine.MYSQL, "8.0.36", "8.4.3", True),
        (DatabaseEngine.MYSQL, "8.0", "8.4", True),
        (DatabaseEngine.MARIADB, "10.11.8", "11.4.4", True),
        (DatabaseEngine.MARIADB, "10.11.8", "10.11.8", False),
    ],
)
def test_pitfall_18_minor_versions_and_majors_of_mysql_go_to_replicas_first(engine, old, new, first):
    assert ENGINES[engine].replicas_first(old, new) is first


@pytest.mark.parametrize(
    "current,wanted,had",
    [
        ("16.4", "16.4", True),
        ("16.10", "16.4", True),
        ("16.3", "16.4", False),
        ("16.3", "16", True),
        ("8.0.36", "8.4", False),
        ("5.7.44-rds.20240408", "5.7.44", True),
    ],
)
def test_versions_are_compared_by_their_numbers(current, wanted, had):
    assert has_version(current, wanted) is had


def cloud_of(*versions: str, engine: str = "postgres") -> Cloud:
    names = [f"reader-{index}" for index in range(len(versions))]
    primary = {"EngineVersion": "16.3", "ReadReplicaDBInstanceIdentifiers": [*names, "arn:of:another:region"]}
    readers = {name: {"EngineVersion": version} for name, version in zip(names, versions, strict=True)}
    return Cloud({"orders-1": {**primary, "Engine": engine}, **readers})


async def raised(cloud: Cloud, upgrade: Upgrade) -> list[str]:
    said: list[str] = []
    await raise_replicas(Calls(cloud.client, lambda: None, FakeClock()), upgrade, said.append)
    return said


async def test_pitfall_18_each_replica_is_raised_and_waited_for_before_the_next():
    cloud = cloud_of("16.3", "16.3")
    said = await raised(cloud, Upgrade("orders-1", POSTGRES, "16.3", "16.4", "orders-postgres16"))
    assert [each["DBInstanceIdentifier"] for each in cloud.changes] == ["reader-0", "reader-1"]
    assert all(each["EngineVersion"] == "16.4" and each["ApplyImmediately"] for each in cloud.changes)
    assert all("AllowMajorVersionUpgrade" not in each for each in cloud.changes)
    first, second = [index for index, call in enumerate(cloud.calls) if call == "modify_db_instance"]
    assert cloud.calls[first + 1 : second].count("describe_db_instances") >= 3, "the first was not waited for"
    assert len(said) == 2


async def test_a_replica_that_has_the_version_is_left_alone():
    cloud = cloud_of("16.4", "16.3", "16.5")
    await raised(cloud, Upgrade("orders-1", POSTGRES, "16.3", "16.4"))
    assert [each["DBInstanceIdentifier"] for each in cloud.changes] == ["reader-1"]


async def test_a_major_version_brings_its_parameters():
    cloud = cloud_of("8.0.36", engine="mysql")
    await raised(cloud, Upgrade("orders-1", MYSQL, "8.0.36", "8.4.3", "orders-mysql8-4"))
    (change,) = cloud.changes
    assert change["AllowMajorVersionUpgrade"] is True
    assert change["DBParameterGroupName"] == "orders-mysql8-4"


async def test_a_replica_that_does_not_take_the_version_stops_the_upgrade():
    cloud = cloud_of("16.3", "16.3")
    cloud.deaf = True
    with pytest.raises(AwsError, match="reader-0 did not take a change") as caught:
        await raised(cloud, Upgrade("orders-1", POSTGRES, "16.3", "16.4"))
    assert "describe-events" in str(caught.value)
    assert len(cloud.changes) == 1


class Quiet(DatabaseGate):
    """A gate without a program around it."""

    def __init__(self, cloud: Cloud, engine: DatabaseEngine = DatabaseEngine.POSTGRES) -> None:
        settings = DatabaseSettings(engine=engine, version="16", replicated=True)
        super().__init__(cast("Component", SimpleNamespace(pulumi_resource_name="orders")), settings, clock=FakeClock())
        self.cloud = cloud
        self.said: list[str] = []

    def _calls(self) -> Calls:
        return Calls(self.cloud.client, lambda: None, self._clock)

    def _say(self, text: str) -> None:
        self.said.append(text)

    async def update(self, old: Any, new: Any) -> None:
        args = pulumi.ResourceHookArgs(
            "urn", "db-1", "orders-db", "t", new_inputs=new, old_inputs=old, old_outputs={"identifier": "orders-1"}
        )
        await self._raise_replicas(args)


async def test_only_a_new_version_raises_replicas(monkeypatch):
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)
    gate = Quiet(cloud_of("16.3"))
    await gate.update({"engineVersion": "16.3"}, {"engineVersion": "16.3", "instanceClass": "db.m7g.large"})
    await gate.update({"engineVersion": "16.3"}, {"engineVersion": "17.1"})
    await gate.update({}, {"engineVersion": "16.4"})
    assert gate.cloud.calls == []
    await gate.update({"engineVersion": "16.3"}, {"engineVersion": "16.4", "parameterGroupName": "p"})
    assert [each["DBInstanceIdentifier"] for each in gate.cloud.changes] == ["reader-0"]


async def test_a_preview_says_so_and_touches_nothing(monkeypatch):
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    gate = Quiet(cloud_of("16.3"))
    await gate.update({"engineVersion": "16.3"}, {"engineVersion": "16.4"})
    assert gate.cloud.calls == []
    assert gate.said == ["replicas of orders get version 16.4 before it does, one after the other"]
