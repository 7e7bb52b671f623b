"""What an RDS instance is made of its settings, and its alarms."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.facts.database_engines import ENGINES
from strata.components.base import Component
from strata.naming import ALARM_NAME
from strata.settings.models import DatabaseAlarmSettings, DatabaseSettings
from strata.spectrum import Mutability

__all__ = ["alarm", "alarms", "created_once", "database_of", "instance_inputs", "restored", "shared_inputs"]

_MIB = 1024**2
_GIB = 1024**3


def database_of(name: str, settings: DatabaseSettings) -> str:
    """Name of the database in the instance."""
    return settings.database or name.replace("-", "_")


def shared_inputs(settings: DatabaseSettings, kms_key_arn: pulumi.Input[str] | None) -> dict[str, Any]:
    """What a primary and its replicas have in common."""
    engine = ENGINES[settings.engine]
    days = settings.performance_insights_days
    exports = engine.usual_logs if settings.log_exports is None else settings.log_exports
    return {
        "storage_encrypted": True,
        "publicly_accessible": False,
        "storage_type": settings.storage.type.value,
        "max_allocated_storage": settings.storage.max_gib,
        "iops": settings.storage.iops,
        "storage_throughput": settings.storage.throughput_mib,
        "port": settings.port or engine.port,
        "maintenance_window": settings.maintenance_window,
        "apply_immediately": settings.apply_immediately,
        # An exact version that RDS raises by itself would be a change back at the next `up`.
        "auto_minor_version_upgrade": engine.names_major(settings.version),
        "performance_insights_enabled": days is not None,
        "performance_insights_retention_period": days,
        "performance_insights_kms_key_id": None if days is None else kms_key_arn,
        "enabled_cloudwatch_logs_exports": list(exports),
        "iam_database_authentication_enabled": bool(settings.iam_users),
        "copy_tags_to_snapshot": True,
    }


def instance_inputs(settings: DatabaseSettings, kms_key_arn: pulumi.Input[str] | None) -> dict[str, Any]:
    """What a primary has and can be given again."""
    return {
        **shared_inputs(settings, kms_key_arn),
        "engine_version": settings.version,
        "allow_major_version_upgrade": True,
        "instance_class": settings.instance_class,
        "allocated_storage": settings.storage.size_gib,
        "multi_az": settings.multi_az,
        "backup_retention_period": settings.backup_retention_days,
        "backup_window": settings.backup_window,
        "blue_green_update": {"enabled": True} if settings.blue_green_update else None,
        "deletion_protection": settings.deletion_protection,
        "skip_final_snapshot": not settings.final_snapshot,
        "delete_automated_backups": not settings.final_snapshot,
    }


def created_once(
    name: str,
    settings: DatabaseSettings,
    kms_key_arn: pulumi.Input[str] | None,
    security_group_id: pulumi.Output[str],
) -> dict[str, Any]:
    """What is decided when the instance is created.

    The final snapshot is named after the security group, whose id AWS never gives again: a fixed name would block the
    second end of a database, and a missing one the first.
    """
    restore = settings.restore
    return {
        "engine": settings.engine.value,
        "db_name": database_of(name, settings),
        "username": settings.username,
        # Stays as it is when the password moves elsewhere: only a change would make the provider move it back.
        "manage_master_user_password": True,
        "master_user_secret_kms_key_id": kms_key_arn,
        "kms_key_id": kms_key_arn,
        "final_snapshot_identifier": security_group_id.apply(lambda id_: f"{name}-final-{id_.removeprefix('sg-')}"),
        "snapshot_identifier": restore.snapshot if restore else None,
        "restore_to_point_in_time": _point_in_time(settings),
    }


def restored(settings: DatabaseSettings) -> Sequence[str]:
    """Properties that a restored database has from where it came, whatever the settings say."""
    return ["username", "dbName"] if settings.restore else []


def _point_in_time(settings: DatabaseSettings) -> Mapping[str, Any] | None:
    restore = settings.restore
    if restore is None or restore.source is None:
        return None
    moment = {"restore_time": restore.time} if restore.time else {"use_latest_restorable_time": True}
    return {"source_db_instance_identifier": restore.source, **moment}


def alarms(
    component: Component,
    settings: DatabaseAlarmSettings,
    instance: "aws.rds.Instance",
    size_gib: int,
    topic_arn: str | None,
) -> None:
    """Alarms for CPU, storage, memory and connections, without those that are switched off."""

    def make(key: str, what: str, metric: str, comparison: str, threshold: float | None) -> None:
        if threshold is not None:
            alarm(component, settings, instance, topic_arn, key, what, (metric, comparison, threshold))

    percent, memory = settings.free_storage_percent, settings.freeable_memory_mib
    storage = None if percent is None else size_gib * _GIB * percent / 100
    make("cpu_alarm", "uses much CPU", "CPUUtilization", "GreaterThanThreshold", settings.cpu_percent)
    make("storage_alarm", "has little free storage", "FreeStorageSpace", "LessThanThreshold", storage)
    make(
        "memory_alarm",
        "has little memory",
        "FreeableMemory",
        "LessThanThreshold",
        None if memory is None else memory * _MIB,
    )
    make(
        "connections_alarm",
        "has many connections",
        "DatabaseConnections",
        "GreaterThanThreshold",
        settings.connections,
    )


def alarm(
    component: Component,
    settings: DatabaseAlarmSettings,
    instance: "aws.rds.Instance",
    topic_arn: str | None,
    key: str,
    what: str,
    limit: tuple[str, str, float],
) -> None:
    """One alarm: a metric of the instance, compared with a threshold. No data is no breach: it is asleep, or new."""
    metric, comparison, threshold = limit
    actions = [topic_arn] if topic_arn else []
    inputs: Mapping[str, Any] = {
        "alarm_description": f"{component.pulumi_resource_name} {what}",
        "namespace": "AWS/RDS",
        "metric_name": metric,
        "dimensions": {"DBInstanceIdentifier": instance.identifier},
        "statistic": "Average",
        "comparison_operator": comparison,
        "threshold": threshold,
        "period": settings.period_seconds,
        "evaluation_periods": settings.periods,
        "datapoints_to_alarm": settings.periods,
        "treat_missing_data": "notBreaching",
        "alarm_actions": actions,
        "ok_actions": actions,
    }
    component.child(
        aws.cloudwatch.MetricAlarm,
        key,
        Mutability.REPLACED,
        suffix=key.removesuffix("_alarm"),
        named=ALARM_NAME,
    )(**inputs)
