"""moto's databases are changed and deleted in ways RDS refuses, and its replicas are their sources by another name."""

import secrets
from collections.abc import Callable, Iterable
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, RDSClientError
from moto.rds.models import DBInstance, RDSBackend
from moto.rds.responses import RDSResponse

from strata_rehearsal.cloud.moto_patches.refusals import (
    refuse_database_names,
    refuse_immediate,
    refuse_zones_of_databases,
)
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_RESOURCE_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_VERSIONS = {"postgres": "16.4", "mysql": "8.4.3", "mariadb": "11.4.4"}
_MAJOR_PARTS = {"postgres": 1}


def patch() -> None:
    """Refuse what RDS refuses, and make replicas instances of their own."""
    wrap(RDSBackend, "create_db_instance", _created)
    wrap(RDSBackend, "create_db_instance_read_replica", _replicated)
    wrap(RDSBackend, "restore_db_instance_from_db_snapshot", _restored)
    wrap(RDSBackend, "modify_db_instance", _modified)
    wrap(RDSBackend, "delete_db_instance", _deleted)
    wrap(RDSBackend, "delete_db_parameter_group", _unless_parameters_are_used)
    wrap(RDSBackend, "modify_db_parameter_group", _not_at_once)
    wrap(RDSBackend, "delete_subnet_group", _unless_subnets_are_used)
    for name in ("create_subnet_group", "modify_db_subnet_group"):
        wrap(RDSBackend, name, _in_two_zones)
    replace(RDSResponse, "reset_db_parameter_group", _reset_db_parameter_group)


def _created(original: Callable[..., DBInstance]) -> Callable[..., DBInstance]:
    def create_db_instance(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
        engine = db_kwargs.get("engine")
        if engine in _VERSIONS and not db_kwargs.get("engine_version"):
            db_kwargs["engine_version"] = _VERSIONS[engine]
        if db_kwargs.get("manage_master_user_password") and db_kwargs.get("master_user_password"):
            raise InvalidParameterCombination("MasterUserPassword cannot be given when RDS manages the password.")
        refuse_database_names(db_kwargs)
        made = original(self, db_kwargs)
        made.dbi_resource_id = _new_resource_id()
        _record(made, "available")
        return made

    return create_db_instance


def _replicated(original: Callable[..., DBInstance]) -> Callable[..., DBInstance]:
    def create_db_instance_read_replica(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
        source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
        if not source.backup_retention_period:
            raise RDSClientError(
                "InvalidDBInstanceState", "Automated backups are not enabled for this database instance."
            )
        if hasattr(source, "master_user_secret"):
            raise InvalidParameterCombination(
                "A read replica cannot be created: the source manages its master password with Secrets Manager."
            )
        exports = db_kwargs.pop("enable_cloudwatch_logs_exports", None) or []
        made = original(self, db_kwargs)
        made.dbi_resource_id = _new_resource_id()
        made.enabled_cloudwatch_logs_exports = list(exports)
        made.deletion_protection = bool(db_kwargs.get("deletion_protection"))
        made.manage_master_user_password = False
        made.backup_retention_period = 0
        made.multi_az = bool(db_kwargs.get("multi_az"))
        made.tags = list(db_kwargs.get("tags") or [])
        _record(made, "available", source=source.db_instance_identifier)
        return made

    return create_db_instance_read_replica


def _restored(original: Callable[..., DBInstance]) -> Callable[..., DBInstance]:
    def restore_db_instance_from_db_snapshot(
        self: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]
    ) -> DBInstance:
        made = original(self, from_snapshot_id, overrides)
        # moto copies these from the instance of the snapshot; RDS uses only what the request has.
        made.deletion_protection = bool(overrides.get("deletion_protection"))
        made.multi_az = bool(overrides.get("multi_az"))
        made.publicly_accessible = bool(overrides.get("publicly_accessible"))
        return made

    return restore_db_instance_from_db_snapshot


def _modified(original: Callable[..., DBInstance]) -> Callable[..., DBInstance]:
    def modify_db_instance(self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
        instance = self.describe_db_instances(db_instance_identifier)[0]
        _check_password(instance, db_kwargs)
        version = db_kwargs.get("engine_version")
        old = instance.engine_version
        if version:
            _check_version(self, instance, version, db_kwargs)
        if db_kwargs.get("db_port_number"):
            db_kwargs["port"] = db_kwargs["db_port_number"]
        changed = original(self, db_instance_identifier, db_kwargs)
        if version and version != old:
            _record(changed, "upgraded", version=version)
            # RDS raises the replicas of a region together with a primary's major version, PostgreSQL's that is.
            if changed.engine == "postgres" and _major(changed.engine, old) != _major(changed.engine, version):
                for replica in _replicas(self, changed):
                    replica.engine_version = version
                    replica.db_parameter_group_name = None
                    _record(replica, "upgraded", version=version)
        return changed

    return modify_db_instance


def _check_password(instance: DBInstance, wanted: dict[str, Any]) -> None:
    managed = hasattr(instance, "master_user_secret")
    if wanted.get("manage_master_user_password") is True and instance.replicas:
        raise InvalidParameterCombination("RDS does not manage the master password of an instance with read replicas.")
    if wanted.get("master_user_password") and managed and wanted.get("manage_master_user_password") is not False:
        raise InvalidParameterCombination("MasterUserPassword cannot be given when RDS manages the password.")


def _check_version(backend: RDSBackend, instance: DBInstance, version: str, wanted: dict[str, Any]) -> None:
    old = instance.engine_version
    if _numbers(version) < _numbers(old)[: len(_numbers(version))]:
        raise InvalidParameterCombination(f"Cannot upgrade {instance.engine} from {old} to {version}")
    major = _major(instance.engine, version) != _major(instance.engine, old)
    if major and not wanted.get("allow_major_version_upgrade"):
        raise InvalidParameterCombination("The AllowMajorVersionUpgrade flag must be present when upgrading to a major")
    group = backend.db_parameter_groups.get(
        wanted.get("db_parameter_group_name") or instance.db_parameter_group_name or ""
    )
    if major and group and group.family != f"{instance.engine}{_major(instance.engine, version)}":
        raise InvalidParameterCombination(f"The parameter group {group.name} is not of the family of {version}")
    if major and instance.engine == "postgres":
        return
    behind = [each for each in _replicas(backend, instance) if _numbers(each.engine_version) < _numbers(version)]
    if behind:
        raise InvalidParameterCombination(
            "One or more of the DB Instance's read replicas need to be upgraded: "
            + ", ".join(each.db_instance_identifier for each in behind)
        )


def _deleted(original: Callable[..., DBInstance]) -> Callable[..., DBInstance]:
    def delete_db_instance(self: RDSBackend, db_instance_identifier: str, **options: Any) -> DBInstance:
        instance = self.describe_db_instances(db_instance_identifier)[0]
        last = options.get("final_db_snapshot_identifier")
        if not (last or options.get("skip_final_snapshot") or instance.deletion_protection):
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        gone = original(self, db_instance_identifier, **options)
        _record(gone, "deleted", snapshot=last)
        return gone

    return delete_db_instance


def _unless_parameters_are_used(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_db_parameter_group(self: RDSBackend, db_parameter_group_name: str) -> Any:
        if any(each.db_parameter_group_name == db_parameter_group_name for each in self.databases.values()):
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                "One or more database instances are still members of this parameter group, so it cannot be deleted",
            )
        return original(self, db_parameter_group_name)

    return delete_db_parameter_group


def _unless_subnets_are_used(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_subnet_group(self: RDSBackend, subnet_name: str) -> Any:
        used = [getattr(each, "db_subnet_group", None) for each in self.databases.values()]
        if any(group is not None and group.name == subnet_name for group in used):
            raise RDSClientError(
                "InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group {subnet_name}: it is in use"
            )
        return original(self, subnet_name)

    return delete_subnet_group


def _in_two_zones(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_subnet_group(
        self: RDSBackend, subnet_name: str, description: str, subnets: list[Any], *args: Any, **others: Any
    ) -> Any:
        refuse_zones_of_databases(subnet.availability_zone for subnet in subnets)
        return original(self, subnet_name, description, subnets, *args, **others)

    return put_subnet_group


def _not_at_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def modify_db_parameter_group(self: RDSBackend, name: str, parameters: Iterable[dict[str, Any]]) -> Any:
        wanted, group = list(parameters), self.db_parameter_groups.get(name)
        refuse_immediate((group.family if group else None) or "", wanted)
        return original(self, name, wanted)

    return modify_db_parameter_group


def _reset_db_parameter_group(self: RDSResponse) -> Any:
    from moto.core.responses import ActionResult

    name = self.params["DBParameterGroupName"]
    group = self.backend.db_parameter_groups[name]
    for parameter in self.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": name})


def _replicas(backend: RDSBackend, instance: DBInstance) -> list[DBInstance]:
    return [backend.databases[name] for name in instance.replicas if name in backend.databases]


def _record(instance: DBInstance, state: str, **details: object) -> None:
    current().world.record("database", instance.db_instance_identifier, state, **details)


def _new_resource_id() -> str:
    return "db-" + "".join(secrets.choice(_RESOURCE_ID) for _ in range(26))


def _major(engine: str, version: str) -> str:
    return ".".join(version.split(".")[: _MAJOR_PARTS.get(engine, 2)])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
