"""A database with a replica, through the real engine: changed in place, upgraded in order, never deleted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import NewTrial
from tests.integration.support import Said, Site, Trial

CANARY = "canary-4f9a1c7e"
"""Begins every password that is made in this test."""

PROGRAM = """
import strata.components.database.instance_changes as changes

made = changes.new_password
changes.new_password = lambda: "{canary}" + made()[{length}:]
"""


def stack_file(version: str, **more: Any) -> dict[str, Any]:
    return {
        "strata:databases": {"orders": {"version": version, **more}},
        "strata:replicas": {"orders-reader": {"source": "orders"}},
    }


@pytest.fixture
def trial(site: Site, new_trial: NewTrial, tmp_path: Path) -> Trial:
    """A stack in which every password that is made begins with the canary."""
    program = tmp_path / "program"
    program.mkdir()
    planted = PROGRAM.format(canary=CANARY, length=len(CANARY))
    plain = (Path(__file__).parent / "programs" / "database" / "__main__.py").read_text()
    (program / "__main__.py").write_text(planted + plain)
    network = {**site.network, "isolated_subnet_ids": site.network["private_subnet_ids"]}
    return new_trial({}, program=str(program), extra={**stack_file("16.3"), "trial:network": network})


def instance(site: Site, identifier: str) -> dict[str, Any]:
    return site.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]


async def test_pitfall_18_and_22_a_database_and_its_replica_from_creation_to_a_refused_end(
    site: Site, trial: Trial
) -> None:
    """One life of one stack: each run of the engine costs seconds."""
    said = Said()
    created = await trial.up(said=said)
    assert created.ok, created.reason
    primary, replica = created.outputs["orders"], created.outputs["orders-reader"]
    assert instance(site, primary)["ReadReplicaDBInstanceIdentifiers"] == [replica]
    assert "MasterUserSecret" not in instance(site, primary), "RDS refuses replicas while it keeps the password"
    secret = created.outputs["orders-environment"]["ORDERS_SECRET_ARN"]
    kept = json.loads(site.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    assert kept["password"].startswith(CANARY), "the canary was not planted"
    assert (kept["username"], kept["dbInstanceIdentifier"]) == ("dbadmin", primary)
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout

    trial.extra |= stack_file("16.3", parameters={"log_statement": {"value": "ddl"}}, backup_retention_days=9)
    changed = await trial.up(said=said)
    assert changed.ok, changed.reason
    assert (changed.changes.created, changed.changes.replaced, changed.changes.deleted) == (0, 0, 0)
    assert instance(site, primary)["BackupRetentionPeriod"] == 9

    trial.extra |= stack_file("16.4", parameters={"log_statement": {"value": "ddl"}}, backup_retention_days=9)
    trial.mark()
    upgraded = await trial.up(said=said)
    assert upgraded.ok, upgraded.reason
    raised = [each for each in trial.history.calls("ModifyDBInstance") if "EngineVersion" in each]
    assert [each["DBInstanceIdentifier"] for each in raised] == [replica, primary]
    assert {each["EngineVersion"] for each in raised} == {"16.4"}
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout

    kept_file = dict(trial.extra)
    trial.extra |= {"strata:databases": {}, "strata:replicas": {}}
    removed = await trial.up(said=said)
    assert not removed.ok
    assert "protect" in removed.stdout + removed.stderr
    trial.extra |= kept_file
    destroyed = await trial.destroy()
    assert not destroyed.ok
    trial.began = 0
    assert primary not in [each["DBInstanceIdentifier"] for each in trial.history.calls("DeleteDBInstance")]

    state = await trial.engine().export_state()
    told = [json.dumps(state), json.dumps(created.outputs), *said.lines]
    told += [run.stdout + run.stderr for run in (created, changed, upgraded, removed, destroyed)]
    told += [json.dumps(event, default=str) for event in trial.history.events]
    assert CANARY not in "\n".join(told)


async def test_the_local_aws_refuses_to_delete_what_is_protected(site: Site) -> None:
    rds = site.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="kept",
        DBInstanceClass="db.t4g.small",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        DeletionProtection=True,
    )
    with pytest.raises(rds.exceptions.ClientError, match="deletion protection"):
        rds.delete_db_instance(DBInstanceIdentifier="kept", SkipFinalSnapshot=True)
    with pytest.raises(rds.exceptions.ClientError, match="manages its master password"):
        rds.create_db_instance_read_replica(DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="kept")
    rds.modify_db_instance(DBInstanceIdentifier="kept", DeletionProtection=False)
    with pytest.raises(rds.exceptions.ClientError, match="FinalDBSnapshotIdentifier is required"):
        rds.delete_db_instance(DBInstanceIdentifier="kept", SkipFinalSnapshot=False)
    rds.delete_db_instance(DBInstanceIdentifier="kept", FinalDBSnapshotIdentifier="kept-final")
