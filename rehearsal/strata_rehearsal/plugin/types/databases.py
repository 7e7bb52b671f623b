"""RDS instances, primaries and replicas, and the groups they use."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import (
    ID,
    TAG_KEYS,
    TAGS,
    ApiCall,
    AutoName,
    Lookup,
    P,
    PropertyStep,
    Tagging,
    TypeRow,
    sends,
)

__all__ = ["ROWS"]

_HOSTED_ZONE = "Z29XKXDKYMONMX"


def _arn(kind: str, name: Callable[[LiveResource], str]) -> Callable[[LiveResource], str]:
    return lambda resource: resource.arn(f"{kind}:{name(resource)}")


def _tagging(kind: str, name: Callable[[LiveResource], str], *, listed: bool = True) -> Tagging:
    arn = _arn(kind, name)
    return Tagging(
        add=ApiCall("add_tags_to_resource", {"ResourceName": arn, "Tags": TAGS}),
        remove=ApiCall("remove_tags_from_resource", {"ResourceName": arn, "TagKeys": TAG_KEYS}),
        read=ApiCall("list_tags_for_resource", {"ResourceName": arn}) if listed else None,
        at="TagList",
    )


def _id(resource: LiveResource) -> str:
    return resource.id


def _identifier(resource: LiveResource) -> str:
    """What AWS knows the instance by now, which a rename changes."""
    return str(resource.state.get("identifier") or resource.get("identifier"))


# Instances


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
    tagging=_tagging("db", _identifier, listed=False),
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

# Groups


def _parameters_now(resource: LiveResource) -> list[dict[str, str]]:
    listed = resource.aws("describe_db_parameters", DBParameterGroupName=resource.id, Source="user")["Parameters"]
    return [
        {"name": each["ParameterName"], "value": each["ParameterValue"], "applyMethod": each.get("ApplyMethod", "")}
        for each in listed
    ]


def _parameters(resource: LiveResource, _found: Mapping[str, Any]) -> list[dict[str, str]]:
    """In the order of the program, where AWS has the same ones."""
    live, given = _parameters_now(resource), resource.inputs.get("parameters") or []

    def values(parameters: list[Any]) -> dict[str, str]:
        return {each["name"]: str(each["value"]) for each in parameters}

    return given if values(given) == values(live) else live


def _set_parameters(resource: LiveResource) -> None:
    wanted = [
        {
            "ParameterName": each["name"],
            "ParameterValue": str(each["value"]),
            "ApplyMethod": each.get("applyMethod") or "immediate",
        }
        for each in resource.inputs.get("parameters") or []
    ]
    names = {each["ParameterName"] for each in wanted}
    gone = [each for each in resource.state.get("parameters") or [] if each["name"] not in names]
    if gone:
        reset = [{"ParameterName": each["name"], "ApplyMethod": "pending-reboot"} for each in gone]
        resource.aws("reset_db_parameter_group", DBParameterGroupName=resource.id, Parameters=reset)
    if wanted:
        resource.aws("modify_db_parameter_group", DBParameterGroupName=resource.id, Parameters=wanted)


PARAMETER_GROUP = TypeRow(
    tokens=("aws:rds/parameterGroup:ParameterGroup",),
    service="rds",
    create=ApiCall(
        "create_db_parameter_group",
        {"DBParameterGroupName": P("name"), "DBParameterGroupFamily": P("family"), "Description": P("description")},
    ),
    id="DBParameterGroup.DBParameterGroupName",
    read=Lookup(
        ApiCall("describe_db_parameter_groups", {"DBParameterGroupName": ID}),
        "DBParameterGroups[0]",
        ("DBParameterGroupNotFound",),
    ),
    steps=(PropertyStep("parameters", _set_parameters),),
    delete=ApiCall("delete_db_parameter_group", {"DBParameterGroupName": ID}),
    gone=("DBParameterGroupNotFound",),
    busy=("InvalidDBParameterGroupState",),
    replace="name family description",
    renames={"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"},
    defaults={"description": "Managed by Pulumi", "skipDestroy": False},
    outputs={"arn": lambda r, _: r.arn(f"pg:{r.id}"), "parameters": _parameters},
    tagging=_tagging("pg", _id),
    auto_name=AutoName(255, lower=True),
    recorded="skipDestroy",
)

SUBNET_GROUP = TypeRow(
    tokens=("aws:rds/subnetGroup:SubnetGroup",),
    service="rds",
    create=ApiCall(
        "create_db_subnet_group",
        {
            "DBSubnetGroupName": P("name"),
            "DBSubnetGroupDescription": P("description"),
            "SubnetIds": P("subnetIds"),
        },
    ),
    id="DBSubnetGroup.DBSubnetGroupName",
    read=Lookup(
        ApiCall("describe_db_subnet_groups", {"DBSubnetGroupName": ID}),
        "DBSubnetGroups[0]",
        ("DBSubnetGroupNotFoundFault",),
    ),
    steps=(
        PropertyStep(
            "subnetIds description",
            ApiCall(
                "modify_db_subnet_group",
                {
                    "DBSubnetGroupName": ID,
                    "DBSubnetGroupDescription": P("description"),
                    "SubnetIds": P("subnetIds"),
                },
            ),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_db_subnet_group", {"DBSubnetGroupName": ID}),
    gone=("DBSubnetGroupNotFoundFault",),
    busy=("InvalidDBSubnetGroupStateFault",),
    replace="name",
    renames={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
    defaults={"description": "Managed by Pulumi"},
    outputs={
        "arn": lambda r, _: r.arn(f"subgrp:{r.id}"),
        "subnetIds": lambda _, found: [each["SubnetIdentifier"] for each in found["Subnets"]],
        "supportedNetworkTypes": lambda *_: ["IPV4"],
    },
    tagging=_tagging("subgrp", _id),
    auto_name=AutoName(255, lower=True),
)

ROWS = (INSTANCE, PARAMETER_GROUP, SUBNET_GROUP)
