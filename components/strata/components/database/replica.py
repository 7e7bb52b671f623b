"""A read replica, which can be lost because its source can rebuild it."""

import pulumi
import pulumi_aws as aws

from strata.components.access import Access
from strata.components.base import Component
from strata.components.children import Children
from strata.components.database.database import Database
from strata.components.database.instance import alarm, alarms, shared_inputs
from strata.components.inputs import ReadReplicaOverrides
from strata.components.network import AnyNetwork, Tier, place
from strata.components.network.security_group import make_security_group
from strata.errors import UsageError
from strata.naming import DATABASE_NAME
from strata.settings.models import ReplicaSettings
from strata.spectrum import Mutability

__all__ = ["ReadReplica", "ReadReplicaChildren"]


class ReadReplicaChildren(Children):
    """What the component ReadReplica makes."""

    security_group: "aws.ec2.SecurityGroup"
    """Who may reach it."""
    instance: "aws.rds.Instance"
    """The RDS instance."""
    cpu_alarm: "aws.cloudwatch.MetricAlarm | None"
    """CPU is busy."""
    storage_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Little storage is free."""
    memory_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Little memory is free."""
    connections_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Many connections are open."""
    lag_alarm: "aws.cloudwatch.MetricAlarm | None"
    """It lags behind its source."""


class ReadReplica(Component[ReadReplicaChildren]):
    """A read replica of a database of the same program, in the same region and subnets.

    What its settings leave out comes from its source: engine, parameters, storage, logs, authentication. Its version
    is not a setting: the source upgrades its replicas before itself, and RDS upgrades them together with PostgreSQL's
    majors, so changes of it are ignored.

    **Promotion**, when the source is lost: `aws rds promote-read-replica` makes it a database of its own with backups.
    Then describe it as a `Database` with `pulumi import`, point the services' `uses` at that, and take the replica out
    of the program after `pulumi state delete` of its instance. The page on replicas has the steps.

    Args:
        name: the component's name; not the database's.
        settings: see `ReplicaSettings`.
        source: the database it is a replica of.
        network: the network of the source.
        overrides: inputs of single children, by the child's name in `ReadReplicaChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: the source has no backups or may not have replicas, or an override does not fit.
    """

    MUTABILITY = Mutability.REBUILDABLE

    identifier: pulumi.Output[str]
    """Identifier of the instance."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    host: pulumi.Output[str]
    """Where it answers."""
    port: pulumi.Output[int]
    """The port it answers on."""
    security_group_id: pulumi.Output[str]
    """Its security group, which lets in whoever is handed its credentials and nobody else."""
    source_identifier: pulumi.Output[str]
    """Identifier of the instance it can be rebuilt from."""
    source_protected: pulumi.Output[bool]
    """Whether that one is protected: only then is losing this one no loss."""

    def __init__(
        self,
        name: str,
        settings: ReplicaSettings,
        *,
        source: Database,
        network: AnyNetwork,
        overrides: ReadReplicaOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, overrides=overrides, opts=opts)
        _require_source(name, settings, source)
        ground = place(self, network, Tier.ISOLATED, user="a read replica")
        security_group = make_security_group(
            self, ground.vpc_id, "A Strata read replica", suffix="replica", mutability=Mutability.REBUILDABLE
        )
        instance = self._instance(settings, source, security_group)
        size_gib = source.settings.storage.size_gib
        alarms(self, settings.alarms, instance, size_gib, settings.notify_topic_arn)
        self._lag_alarm(settings, instance)

        self._source = source
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.security_group_id = security_group.id
        self.source_identifier = source.identifier
        self.source_protected = pulumi.Output.from_input(source.settings.protect)
        self.publish()

    @property
    def credentials(self) -> Access:
        """What a service needs to read from it; user and password are its source's."""
        return self._source.kept.access(
            self.pulumi_resource_name, self.resources.instance, self.security_group_id, self._source.database
        )

    @property
    def access(self) -> Access:
        """The same as `credentials`: there is no lesser way to use it."""
        return self.credentials

    def _instance(
        self, settings: ReplicaSettings, source: Database, security_group: "aws.ec2.SecurityGroup"
    ) -> "aws.rds.Instance":
        shared = shared_inputs(source.settings, source.kept.kms_key_arn)
        return self.child(
            aws.rds.Instance,
            "instance",
            Mutability.REBUILDABLE,
            suffix="db",
            named=DATABASE_NAME,
            # RDS makes no replica of a database whose master password it keeps itself.
            depends_on=source.kept.depends_on,
            ignore_changes=["engineVersion"],
        )(
            **shared,
            replicate_source_db=source.identifier,
            instance_class=settings.instance_class or source.settings.instance_class,
            parameter_group_name=source.parameter_group,
            vpc_security_group_ids=[security_group.id],
            multi_az=settings.multi_az,
            backup_retention_period=settings.backup_retention_days,
            skip_final_snapshot=True,
        )

    def _lag_alarm(self, settings: ReplicaSettings, instance: "aws.rds.Instance") -> None:
        lag = settings.lag_seconds
        if lag is not None:
            limit = ("ReplicaLag", "GreaterThanThreshold", lag)
            topic = settings.notify_topic_arn
            alarm(self, settings.alarms, instance, topic, "lag_alarm", "lags behind its source", limit)


def _require_source(name: str, settings: ReplicaSettings, source: Database) -> None:
    of = source.pulumi_resource_name
    if not source.settings.backup_retention_days:
        raise UsageError(
            f"{name!r} cannot be a replica of {of!r}, which has no backups: RDS makes replicas from those",
            fix=f"Set backup_retention_days of {of} to at least 1.",
        )
    if not source.settings.replicated:
        raise UsageError(
            f"{name!r} cannot be a replica of {of!r}, whose master password RDS keeps: it then refuses replicas",
            fix=f"Set replicated of {of} to true; a stack file with a replica of it does so by itself.",
        )
    if settings.source != of:
        raise UsageError(
            f"{name!r} is a replica of {settings.source!r} in its settings and of {of!r} in the program",
            fix=f"Pass the database {settings.source}, or set source to {of}.",
        )
