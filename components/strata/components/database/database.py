"""A primary database, changed in place and under protection."""

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from strata.aws.facts.database_engines import ENGINES, LEAST_ZONES
from strata.components.access import Access
from strata.components.base import Component
from strata.components.children import Children
from strata.components.database.credentials import Credentials, credentials
from strata.components.database.database_gate import DatabaseGate
from strata.components.database.instance import alarms, created_once, database_of, instance_inputs, restored
from strata.components.inputs import DatabaseOverrides
from strata.components.network import AnyNetwork, Place, Tier, place
from strata.components.network.security_group import make_security_group
from strata.naming import DATABASE_NAME
from strata.settings.models import DatabaseSettings
from strata.spectrum import Mutability

if TYPE_CHECKING:
    import boto3

__all__ = ["Database", "DatabaseChildren"]

_CREATE, _UPDATE = "3h", "3h"
"""A restore, or a new standby, of some terabytes takes hours; the provider gives up after 40 and 80 minutes."""


class DatabaseChildren(Children):
    """What the component Database makes."""

    subnet_group: "aws.rds.SubnetGroup"
    """The subnets it may be in."""
    security_group: "aws.ec2.SecurityGroup"
    """Who may reach it."""
    parameter_group: "aws.rds.ParameterGroup"
    """The parameters of its engine."""
    instance: "aws.rds.Instance"
    """The RDS instance."""
    secret: "aws.secretsmanager.Secret | None"
    """The master user's secret, where RDS does not keep it."""
    master_password: "aws.ssm.Parameter | None"
    """The record that this secret holds the password."""
    cpu_alarm: "aws.cloudwatch.MetricAlarm | None"
    """CPU is busy."""
    storage_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Little storage is free."""
    memory_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Little memory is free."""
    connections_alarm: "aws.cloudwatch.MetricAlarm | None"
    """Many connections are open."""


class Database(Component[DatabaseChildren]):
    """A database on RDS: encrypted, never public, and never replaced or deleted by accident.

    A version is either a major one, which RDS keeps up to date, or an exact one, which only the stack file changes.
    The master password is in Secrets Manager and nowhere else: RDS manages it there itself, or, where it refuses to,
    because there are replicas or blue/green updates, Strata makes it while `up` runs. The settings of a
    restore count when the database is created; then they are ignored, and so is the name of the final snapshot.

    With an exact version, a database upgrades its read replicas before itself, as RDS requires.

    Args:
        name: the component's name.
        settings: see `DatabaseSettings`.
        network: its network; it is in the isolated subnets.
        kms_key_arn: key of the storage, the secret and Performance Insights. Default: AWS's own keys.
        session: AWS session for what runs inside `up`, needed with an explicit provider. Default: the default
            provider's.
        overrides: inputs of single children, by the child's name in `DatabaseChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: an explicit provider without a session, isolated subnets in fewer than two zones, or an override
            that does not fit.
    """

    MUTABILITY = Mutability.CONTROLLED

    identifier: pulumi.Output[str]
    """Identifier of the instance."""
    arn: pulumi.Output[str]
    """ARN of the instance."""
    host: pulumi.Output[str]
    """Where it answers."""
    port: pulumi.Output[int]
    """The port it answers on."""
    database: pulumi.Output[str]
    """Name of the database in it."""
    secret_arn: pulumi.Output[str]
    """The secret with the master user's name and password."""
    security_group_id: pulumi.Output[str]
    """Its security group, which lets in whoever is handed its credentials and nobody else."""
    parameter_group: pulumi.Output[str]
    """Name of its parameter group."""

    def __init__(
        self,
        name: str,
        settings: DatabaseSettings,
        *,
        network: AnyNetwork,
        kms_key_arn: pulumi.Input[str] | None = None,
        session: "boto3.Session | None" = None,
        overrides: DatabaseOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self.settings = settings
        self._engine = ENGINES[settings.engine]
        gate = DatabaseGate(self, settings, session)
        ground = place(self, network, Tier.ISOLATED, user="a database", zones=LEAST_ZONES)
        subnets = self._subnet_group(ground)
        security_group = make_security_group(self, ground.vpc_id, "A Strata database", suffix="database")
        parameters = self._parameter_group()
        instance = self._instance(subnets, security_group, parameters, kms_key_arn, gate)
        kept = credentials(self, settings, instance, kms_key_arn, gate)
        alarms(self, settings.alarms, instance, settings.storage.size_gib, settings.notify_topic_arn)

        self._kept = kept
        self.identifier = instance.identifier
        self.arn = instance.arn
        self.host = instance.address
        self.port = instance.port
        self.database = pulumi.Output.from_input(database_of(name, settings))
        self.secret_arn = kept.secret_arn
        self.security_group_id = security_group.id
        self.parameter_group = parameters.name
        self.publish()

    @property
    def credentials(self) -> Access:
        """What a service needs to log in: address, secret, and a way in.

        Variables are named after the component: `ORDERS_HOST`, `ORDERS_PORT`, `ORDERS_DATABASE` and
        `ORDERS_SECRET_ARN` for one called orders.
        """
        return self._kept.access(
            self.pulumi_resource_name, self.resources.instance, self.security_group_id, self.database
        )

    @property
    def access(self) -> Access:
        """The same as `credentials`: there is no lesser way to use it."""
        return self.credentials

    @property
    def kept(self) -> Credentials:
        """The master password's place, for replicas, which have the same."""
        return self._kept

    def _subnet_group(self, ground: Place) -> "aws.rds.SubnetGroup":
        return self.child(
            aws.rds.SubnetGroup,
            "subnet_group",
            Mutability.STABLE,
            suffix="subnets",
        )(subnet_ids=ground.subnet_ids, description="Isolated subnets of a Strata database")

    def _parameter_group(self) -> "aws.rds.ParameterGroup":
        """The parameters of one family.

        The name says the family, so that a major upgrade makes a group beside the old one, which goes when nothing uses
        it any more. It is REPLACED: all it holds is in the stack file and AWS keeps no versions of it, so a new one
        loses nothing, while the verdicts of VERSIONED would refuse it.
        """
        family = self._engine.family(self.settings.version)
        return self.child(
            aws.rds.ParameterGroup,
            "parameter_group",
            Mutability.REPLACED,
            suffix=family.replace(".", "-"),
        )(
            family=family,
            description="Parameters of a Strata database",
            parameters=[
                {"name": name, "value": parameter.value, "apply_method": parameter.apply_method.value}
                for name, parameter in sorted(self.settings.parameters.items())
            ],
        )

    def _instance(
        self,
        subnets: "aws.rds.SubnetGroup",
        security_group: "aws.ec2.SecurityGroup",
        parameters: "aws.rds.ParameterGroup",
        kms_key_arn: pulumi.Input[str] | None,
        gate: DatabaseGate,
    ) -> "aws.rds.Instance":
        name, settings = self.pulumi_resource_name, self.settings
        return self.child(
            aws.rds.Instance,
            "instance",
            Mutability.CONTROLLED,
            suffix="db",
            named=DATABASE_NAME,
            ignore_changes=[
                "finalSnapshotIdentifier",
                # A new value of these would make a new, empty database in place of the old one.
                "snapshotIdentifier",
                "restoreToPointInTime",
                *restored(settings),
            ],
            hooks=gate.replicas_first(),
            timeouts=pulumi.CustomTimeouts(create=_CREATE, update=_UPDATE),
        )(
            **instance_inputs(settings, kms_key_arn),
            **created_once(name, settings, kms_key_arn, security_group.id),
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[security_group.id],
            parameter_group_name=parameters.name,
        )
