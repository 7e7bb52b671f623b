"""RDS instances, primaries and replicas."""

import re
from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import (
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    TypeRow,
    sends,
)
from strata_rehearsal.plugin.types.tagging import rds_tags

__all__ = ["ROWS"]

_HOSTED_ZONE = "Z29XKXDKYMONMX"


def _identifier(resource: LiveResource) -> str:
    """What AWS knows the instance by now, which a rename changes."""
    return str(resource.state.get("identifier") or resource.get("identifier"))


def _by_id(resource: LiveResource) -> list[dict[str, Any]]:
    """The filter that finds it: by the id RDS gives it, or by its identifier, which a person imports it by."""
    kind = "dbi-resource-id" if re.fullmatch(r"db-[0-9A-Z]{2,255}", resource.id) else "db-instance-id"
    return [{"Name": kind, "Values": [resource.id]}]


_ANYWHERE = {
    "DBInstanceIdentifier": P("identifier"),
    "DBInstanceClass": P("instanceClass"),
    "DBParameterGroupName": P("parameterGroupName"),
    "EnableCloudwatchLogsExports": P("enabledCloudwatchLogsExports"),
    "EnableIAMDatabaseAuthentication": P("iamDatabaseAuthenticationEnabled"),
    "MultiAZ": P("multiAz"),
    **sends(
        "autoMinorVersionUpgrade availabilityZone copyTagsToSnapshot deletionProtection iops maxAllocatedStorage port "
        "publiclyAccessible storageThroughput storageType vpcSecurityGroupIds"
    ),
}
_OWN = {
    "DBSubnetGroupName": P("dbSubnetGroupName"),
    "PreferredBackupWindow": P("backupWindow"),
    **sends("backupRetentionPeriod manageMasterUserPassword masterUserSecretKmsKeyId"),
}
_NEW = {
    "DBName": P("dbName"),
    "MasterUsername": P("username"),
    "MasterUserPassword": P("password"),
    "PreferredMaintenanceWindow": P("maintenanceWindow"),
    **sends("allocatedStorage engine engineVersion kmsKeyId storageEncrypted"),
}
_CHANGES = {
    "DBInstanceClass": P("instanceClass"),
    "DBParameterGroupName": P("parameterGroupName"),
    "DBPortNumber": P("port"),
    "DBSubnetGroupName": P("dbSubnetGroupName"),
    "EnableIAMDatabaseAuthentication": P("iamDatabaseAuthenticationEnabled"),
    "MultiAZ": P("multiAz"),
    "PreferredBackupWindow": P("backupWindow"),
    "PreferredMaintenanceWindow": P("maintenanceWindow"),
    **sends(
        "allocatedStorage autoMinorVersionUpgrade backupRetentionPeriod copyTagsToSnapshot deletionProtection "
        "engineVersion iops maxAllocatedStorage publiclyAccessible storageThroughput storageType vpcSecurityGroupIds"
    ),
}
_CHANGEABLE = (
    "instanceClass dbSubnetGroupName parameterGroupName port iamDatabaseAuthenticationEnabled multiAz backupWindow "
    "maintenanceWindow allocatedStorage autoMinorVersionUpgrade backupRetentionPeriod copyTagsToSnapshot "
    "deletionProtection engineVersion iops maxAllocatedStorage publiclyAccessible storageThroughput storageType "
    "vpcSecurityGroupIds"
)


def _create(resource: LiveResource) -> str:
    """A new instance, a replica of one, or one restored from a snapshot or from the backups of another."""
    tags = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
    more = {"Tags": tags} if tags else {}
    source, snapshot = resource.inputs.get("replicateSourceDb"), resource.inputs.get("snapshotIdentifier")
    point = resource.inputs.get("restoreToPointInTime")
    if source:
        call = ApiCall("create_db_instance_read_replica", {**_ANYWHERE, "SourceDBInstanceIdentifier": str(source)})
    elif snapshot:
        call = ApiCall("restore_db_instance_from_db_snapshot", {**_ANYWHERE, **_OWN, "DBSnapshotIdentifier": snapshot})
    elif point:
        there = {key: value for key, value in _ANYWHERE.items() if key != "DBInstanceIdentifier"}
        call = ApiCall("restore_db_instance_to_point_in_time", {**there, **_OWN, **_moment(point), **_target(resource)})
    else:
        call = ApiCall("create_db_instance", {**_ANYWHERE, **_OWN, **_NEW})
    return str(resource.run(call, **more)["DBInstance"]["DbiResourceId"])


def _target(resource: LiveResource) -> dict[str, Any]:
    return {"TargetDBInstanceIdentifier": resource.get("identifier")}


def _moment(point: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {
        "SourceDBInstanceIdentifier": point.get("sourceDbInstanceIdentifier"),
        "RestoreTime": point.get("restoreTime"),
        "UseLatestRestorableTime": point.get("useLatestRestorableTime"),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _modify(resource: LiveResource, **changes: Any) -> None:
    resource.aws("modify_db_instance", DBInstanceIdentifier=_identifier(resource), ApplyImmediately=True, **changes)


def _change_password(resource: LiveResource) -> None:
    managed = resource.inputs.get("manageMasterUserPassword")
    password, key = resource.inputs.get("password"), resource.inputs.get("masterUserSecretKmsKeyId")
    changes = {} if managed is None else {"ManageMasterUserPassword": managed}
    changes |= {"MasterUserPassword": password} if password else {}
    changes |= {"MasterUserSecretKmsKeyId": key} if key and managed else {}
    if changes:
        _modify(resource, **changes)


def _change_exports(resource: LiveResource) -> None:
    before = set(resource.state.get("enabledCloudwatchLogsExports") or ())
    wanted = set(resource.inputs.get("enabledCloudwatchLogsExports") or ())
    changes = {"EnableLogTypes": sorted(wanted - before), "DisableLogTypes": sorted(before - wanted)}
    _modify(resource, CloudwatchLogsExportConfiguration=changes)


def _promote(resource: LiveResource) -> None:
    if not resource.inputs.get("replicateSourceDb"):
        resource.aws("promote_read_replica", DBInstanceIdentifier=_identifier(resource))


def _rename(resource: LiveResource) -> None:
    _modify(resource, NewDBInstanceIdentifier=resource.get("identifier"))


def _delete(resource: LiveResource) -> None:
    skip = str(resource.get("skipFinalSnapshot")).lower() == "true"
    name = resource.inputs.get("finalSnapshotIdentifier")
    last = {"FinalDBSnapshotIdentifier": name} if name and not skip else {}
    # A replica has neither.
    kept = {} if resource.inputs.get("replicateSourceDb") else {"DeleteAutomatedBackups": _drops_backups(resource)}
    resource.aws(
        "delete_db_instance", DBInstanceIdentifier=_identifier(resource), SkipFinalSnapshot=skip, **last, **kept
    )


def _drops_backups(resource: LiveResource) -> bool:
    return str(resource.get("deleteAutomatedBackups")).lower() == "true"


def _version(resource: LiveResource, found: Mapping[str, Any]) -> str:
    """A version the program gives in part is what it is, as long as the instance has one of that kind."""
    actual, given = str(found.get("EngineVersion")), resource.inputs.get("engineVersion")
    return str(given) if given and f"{actual}.".startswith(f"{given}.") else actual


def _secrets(_resource: LiveResource, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    kept = found.get("MasterUserSecret")
    return [{**kept, "SecretStatus": "active"}] if kept else []


def _given(name: str) -> Any:
    return lambda resource, _: resource.inputs.get(name)


INSTANCE = TypeRow(
    tokens=("aws:rds/instance:Instance",),
    service="rds",
    create=_create,
    read=Lookup(
        ApiCall("describe_db_instances", {"Filters": _by_id}),
        "DBInstances[0]",
        ("DBInstanceNotFound",),
    ),
    steps=(
        PropertyStep("password manageMasterUserPassword masterUserSecretKmsKeyId", _change_password, on_create=False),
        PropertyStep("enabledCloudwatchLogsExports", _change_exports, on_create=False),
        PropertyStep(
            _CHANGEABLE,
            ApiCall(
                "modify_db_instance",
                {
                    "DBInstanceIdentifier": _identifier,
                    "AllowMajorVersionUpgrade": True,
                    "ApplyImmediately": True,
                    **_CHANGES,
                },
                only_changed=True,
            ),
            on_create=False,
        ),
        PropertyStep("replicateSourceDb", _promote, on_create=False),
        PropertyStep("identifier", _rename, on_create=False),
    ),
    delete=_delete,
    gone=("DBInstanceNotFound",),
    replace=(
        "availabilityZone backupTarget characterSetName customIamInstanceProfile dbName engine kmsKeyId "
        "ncharCharacterSetName restoreToPointInTime s3Import snapshotIdentifier storageEncrypted timezone username"
    ),
    renames={
        "identifier": "DBInstanceIdentifier",
        "instanceClass": "DBInstanceClass",
        "username": "MasterUsername",
        "backupWindow": "PreferredBackupWindow",
        "maintenanceWindow": "PreferredMaintenanceWindow",
        "resourceId": "DbiResourceId",
        "status": "DBInstanceStatus",
        "arn": "DBInstanceArn",
        "caCertIdentifier": "CACertificateIdentifier",
        "replicas": "ReadReplicaDBInstanceIdentifiers",
        "replicateSourceDb": "ReadReplicaSourceDBInstanceIdentifier",
    },
    defaults={
        "applyImmediately": False,
        "autoMinorVersionUpgrade": True,
        "copyTagsToSnapshot": False,
        "deleteAutomatedBackups": True,
        "deletionProtection": False,
        "iamDatabaseAuthenticationEnabled": False,
        "monitoringInterval": 0,
        "performanceInsightsEnabled": False,
        "publiclyAccessible": False,
        "skipFinalSnapshot": False,
    },
    outputs={
        "address": "Endpoint.Address",
        "port": "Endpoint.Port",
        "endpoint": lambda _, found: f"{found['Endpoint']['Address']}:{found['Endpoint']['Port']}",
        "hostedZoneId": lambda *_: _HOSTED_ZONE,
        "dbSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
        "parameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
        "vpcSecurityGroupIds": lambda _, found: [each["VpcSecurityGroupId"] for each in found["VpcSecurityGroups"]],
        "engineVersion": _version,
        "engineVersionActual": "EngineVersion",
        "masterUserSecrets": _secrets,
        "manageMasterUserPassword": _given("manageMasterUserPassword"),
        "masterUserSecretKmsKeyId": _given("masterUserSecretKmsKeyId"),
        "password": _given("password"),
        "passwordWo": lambda *_: None,
    },
    volatile={"engineVersionActual": "engineVersion"},
    tagging=rds_tags("db", _identifier, listed=False),
    auto_name=AutoName(63, "identifier", "identifierPrefix", lower=True),
    recorded=(
        "allowMajorVersionUpgrade applyImmediately backupTarget blueGreenUpdate caCertIdentifier "
        "customerOwnedIpEnabled databaseInsightsMode dedicatedLogVolume deleteAutomatedBackups domain "
        "domainAuthSecretArn domainDnsIps domainFqdn domainIamRoleName domainOu engineLifecycleSupport "
        "finalSnapshotIdentifier kmsKeyId licenseModel monitoringInterval monitoringRoleArn networkType "
        "optionGroupName passwordWo passwordWoVersion performanceInsightsEnabled performanceInsightsKmsKeyId "
        "performanceInsightsRetentionPeriod replicaMode restoreToPointInTime skipFinalSnapshot snapshotIdentifier "
        "identifierPrefix upgradeStorageConfig warningEventCategories"
    ),
)

ROWS = (INSTANCE,)
