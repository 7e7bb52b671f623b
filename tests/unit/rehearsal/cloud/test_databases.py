"""Databases of the local AWS refuse what RDS refuses, and replicas are instances of their own."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws


def make(aws: Aws, name: str = "orders", **values: Any) -> dict[str, Any]:
    wanted = {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": "db.t4g.small",
        "Engine": "postgres",
        "EngineVersion": "16.3",
        "AllocatedStorage": 20,
        "MasterUsername": "owner",
        "MasterUserPassword": "not-a-real-one",
        "BackupRetentionPeriod": 1,
    }
    given = {key: value for key, value in {**wanted, **values}.items() if value is not None}
    return aws.rds.create_db_instance(**given)["DBInstance"]


def copy(aws: Aws, name: str = "reader", source: str = "orders", **values: Any) -> dict[str, Any]:
    wanted = {"DBInstanceIdentifier": name, "SourceDBInstanceIdentifier": source, **values}
    return aws.rds.create_db_instance_read_replica(**wanted)["DBInstance"]


def seen(aws: Aws, name: str) -> dict[str, Any]:
    return aws.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def test_every_instance_has_a_resource_id_of_its_own(aws: Aws):
    ids = {make(aws)["DbiResourceId"], make(aws, "carts")["DbiResourceId"], copy(aws)["DbiResourceId"]}
    assert len(ids) == 3


def test_a_replica_shares_nothing_with_its_source_but_the_data(aws: Aws):
    make(aws, Tags=[{"Key": "a", "Value": "1"}], DeletionProtection=True, MultiAZ=True)
    copy(aws, Tags=[{"Key": "b", "Value": "2"}], EnableCloudwatchLogsExports=["postgresql"])
    found = seen(aws, "reader")
    assert found["TagList"] == [{"Key": "b", "Value": "2"}]
    assert (found["DeletionProtection"], found["MultiAZ"], found["BackupRetentionPeriod"]) == (False, False, 0)
    assert found["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert seen(aws, "orders")["ReadReplicaDBInstanceIdentifiers"] == ["reader"]
    assert seen(aws, "orders")["TagList"] == [{"Key": "a", "Value": "1"}]


def test_a_restored_instance_has_the_protection_that_is_asked_for_and_not_its_sources(aws: Aws):
    make(aws, DeletionProtection=True, MultiAZ=True, PubliclyAccessible=True)
    aws.rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="first")
    for name, protected in {"loose": False, "kept": True}.items():
        aws.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=name, DBSnapshotIdentifier="first", DeletionProtection=protected
        )
        found = seen(aws, name)
        assert found["DeletionProtection"] is protected
        assert (found["MultiAZ"], found["PubliclyAccessible"]) == (False, False)
    aws.rds.delete_db_instance(DBInstanceIdentifier="loose", SkipFinalSnapshot=True)
    assert seen(aws, "orders")["DeletionProtection"] is True


def test_a_replica_wants_backups_and_a_password_that_rds_does_not_manage(aws: Aws):
    make(aws, BackupRetentionPeriod=0)
    with pytest.raises(ClientError, match="Automated backups are not enabled"):
        copy(aws)
    make(aws, "carts", MasterUserPassword=None, ManageMasterUserPassword=True)
    with pytest.raises(ClientError, match="manages its master password"):
        copy(aws, source="carts")


def test_pitfall_18_a_minor_version_goes_to_replicas_first(aws: Aws):
    make(aws)
    copy(aws)
    with pytest.raises(ClientError, match="read replicas need to be upgraded: reader"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", EngineVersion="16.4")
    for name in ("reader", "orders"):
        aws.rds.modify_db_instance(DBInstanceIdentifier=name, EngineVersion="16.4")
    assert seen(aws, "orders")["EngineVersion"] == "16.4"


def test_a_major_version_of_postgres_takes_its_replicas_along(aws: Aws):
    make(aws)
    copy(aws)
    aws.rds.modify_db_instance(DBInstanceIdentifier="orders", EngineVersion="17.1", AllowMajorVersionUpgrade=True)
    assert seen(aws, "reader")["EngineVersion"] == "17.1"


def test_a_major_version_is_asked_for_and_brings_parameters_of_its_family(aws: Aws):
    parameters = {"DBParameterGroupName": "old", "DBParameterGroupFamily": "postgres16", "Description": "x"}
    aws.rds.create_db_parameter_group(**parameters)
    make(aws, DBParameterGroupName="old")
    with pytest.raises(ClientError, match="AllowMajorVersionUpgrade"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", EngineVersion="17.1")
    with pytest.raises(ClientError, match="not of the family"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", EngineVersion="17.1", AllowMajorVersionUpgrade=True)
    with pytest.raises(ClientError, match="Cannot upgrade"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", EngineVersion="16.2")


def test_pitfall_19_parameters_and_subnets_in_use_stay(aws: Aws):
    aws.rds.create_db_parameter_group(DBParameterGroupName="used", DBParameterGroupFamily="postgres16", Description="x")
    aws.rds.create_db_subnet_group(
        DBSubnetGroupName="used", DBSubnetGroupDescription="x", SubnetIds=list(aws.subnets[:2])
    )
    make(aws, DBParameterGroupName="used", DBSubnetGroupName="used")
    with pytest.raises(ClientError, match="still members of this parameter group"):
        aws.rds.delete_db_parameter_group(DBParameterGroupName="used")
    with pytest.raises(ClientError, match="it is in use"):
        aws.rds.delete_db_subnet_group(DBSubnetGroupName="used")
    aws.rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    aws.rds.delete_db_parameter_group(DBParameterGroupName="used")
    aws.rds.delete_db_subnet_group(DBSubnetGroupName="used")


def test_pitfall_21_an_end_without_a_snapshot_is_said_and_a_snapshots_name_is_used_once(aws: Aws):
    make(aws)
    with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier is required"):
        aws.rds.delete_db_instance(DBInstanceIdentifier="orders")
    aws.rds.delete_db_instance(DBInstanceIdentifier="orders", FinalDBSnapshotIdentifier="orders-final")
    make(aws)
    with pytest.raises(ClientError, match="orders-final"):
        aws.rds.delete_db_instance(DBInstanceIdentifier="orders", FinalDBSnapshotIdentifier="orders-final")


def test_a_password_is_either_managed_or_given(aws: Aws):
    with pytest.raises(ClientError, match="cannot be given"):
        make(aws, ManageMasterUserPassword=True)
    make(aws, MasterUserPassword=None, ManageMasterUserPassword=True)
    with pytest.raises(ClientError, match="cannot be given"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", MasterUserPassword="not-a-real-one")
    aws.rds.modify_db_instance(
        DBInstanceIdentifier="orders", MasterUserPassword="not-a-real-one", ManageMasterUserPassword=False
    )
    copy(aws)
    with pytest.raises(ClientError, match="with read replicas"):
        aws.rds.modify_db_instance(DBInstanceIdentifier="orders", ManageMasterUserPassword=True)


def test_a_parameter_can_be_reset(aws: Aws):
    aws.rds.create_db_parameter_group(DBParameterGroupName="p", DBParameterGroupFamily="postgres16", Description="x")
    wanted = [{"ParameterName": name, "ParameterValue": "1", "ApplyMethod": "immediate"} for name in ("a", "b")]
    aws.rds.modify_db_parameter_group(DBParameterGroupName="p", Parameters=wanted)
    aws.rds.reset_db_parameter_group(
        DBParameterGroupName="p", Parameters=[{"ParameterName": "a", "ApplyMethod": "pending-reboot"}]
    )
    left = aws.rds.describe_db_parameters(DBParameterGroupName="p")["Parameters"]
    assert [each["ParameterName"] for each in left] == ["b"]


def test_an_instance_listens_where_it_is_told_to(aws: Aws):
    make(aws)
    aws.rds.modify_db_instance(DBInstanceIdentifier="orders", DBPortNumber=5433)
    assert seen(aws, "orders")["Endpoint"]["Port"] == 5433
