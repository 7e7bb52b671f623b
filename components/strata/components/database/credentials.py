"""Where a database's master password is kept, and what is needed to use it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.access import Access, Door
from strata.components.base import Component
from strata.components.database.database_gate import DatabaseGate
from strata.errors import UsageError
from strata.naming import master_password_name
from strata.settings.models import DatabaseSettings
from strata.spectrum import Mutability, provider_flags

__all__ = ["Credentials", "credentials"]


@dataclass(frozen=True)
class Credentials:
    """The place of a master password.

    Args:
        secret_arn: the secret; known when the password in it is the right one.
        kms_key_arn: key of the secret, if it is not AWS's own.
        iam_users: database users to log in as with a role.
        depends_on: what must exist before the password may be relied on.
    """

    secret_arn: pulumi.Output[str]
    kms_key_arn: pulumi.Input[str] | None
    iam_users: Sequence[str]
    depends_on: Sequence[pulumi.Resource]

    def access(
        self,
        name: str,
        instance: "aws.rds.Instance",
        security_group_id: pulumi.Output[str],
        database: pulumi.Output[str],
    ) -> Access:
        """What a service needs to log in to an instance."""
        prefix = name.upper().replace("-", "_")
        return Access(
            name=name,
            statements=[*self._secret_statements(), *self._login_statements(instance)],
            environment={
                f"{prefix}_HOST": instance.address,
                f"{prefix}_PORT": instance.port.apply(str),
                f"{prefix}_DATABASE": database,
                f"{prefix}_SECRET_ARN": self.secret_arn,
            },
            doors=[Door(name, security_group_id, instance.port)],
        )

    def _secret_statements(self) -> list[Mapping[str, Any]]:
        read = {"Action": ["secretsmanager:GetSecretValue"], "Resource": self.secret_arn}
        return [read, {"Action": ["kms:Decrypt"], "Resource": self.kms_key_arn}] if self.kms_key_arn else [read]

    def _login_statements(self, instance: "aws.rds.Instance") -> list[Mapping[str, Any]]:
        if not self.iam_users:
            return []
        users = pulumi.Output.all(instance.arn, instance.resource_id).apply(
            lambda known: [_user_arn(known[0], known[1], user) for user in self.iam_users]
        )
        return [{"Action": ["rds-db:connect"], "Resource": users}]


def credentials(
    component: Component,
    settings: DatabaseSettings,
    instance: "aws.rds.Instance",
    kms_key_arn: pulumi.Input[str] | None,
    gate: DatabaseGate,
) -> Credentials:
    """The master password's place: RDS's own secret, or one of Strata's where RDS refuses to keep it."""
    if not (settings.replicated or settings.blue_green_update):
        arn = instance.master_user_secrets.apply(lambda found: _managed(component.pulumi_resource_name, found))
        return Credentials(arn, kms_key_arn, settings.iam_users, [instance])
    secret = component.child(
        aws.secretsmanager.Secret,
        "secret",
        Mutability.ROTATED,
    )(
        description=f"Master user of the database {component.pulumi_resource_name}",
        kms_key_id=kms_key_arn,
        recovery_window_in_days=provider_flags(Mutability.ROTATED, protect=settings.protect).recovery_window_days,
    )
    record = _record(component, instance, secret, gate)
    arn = record.insecure_value.apply(lambda value: str(json.loads(value)["secret"]))
    return Credentials(arn, kms_key_arn, settings.iam_users, [record])


def _record(
    component: Component, instance: "aws.rds.Instance", secret: "aws.secretsmanager.Secret", gate: DatabaseGate
) -> "aws.ssm.Parameter":
    """Says whose password is in which secret; written only when it is.

    The hook is on this and not on the instance: what fails after a resource is made is a mere warning to the engine and
    is never tried again, what fails before a resource is made fails `up`, and the next one tries again.
    """
    name = master_password_name(pulumi.get_project(), pulumi.get_stack(), component.pulumi_resource_name)
    return component.child(
        aws.ssm.Parameter,
        "master_password",
        Mutability.VERSIONED,
        hooks=gate.master_password(),
    )(
        name=name,
        type="String",
        description=f"Which secret holds the master password of {component.pulumi_resource_name}",
        insecure_value=pulumi.Output.json_dumps({"instance": instance.identifier, "secret": secret.arn}),
    )


def _managed(name: str, found: Sequence[Any] | None) -> str:
    """ARN of the secret in which RDS keeps the password."""
    if not found:
        raise UsageError(
            f"RDS keeps no master password of {name!r}: it never does for a database that has had read replicas or "
            "blue/green updates, and not yet for an adopted one",
            fix=f"Set strata:databases.{name}.replicated to true, which makes no replica: the master password is then "
            "kept in a secret of Strata's own.",
        )
    return str(found[0].secret_arn)


def _user_arn(instance_arn: str, resource_id: str, user: str) -> str:
    """What IAM calls a database user."""
    _, partition, _, region, account, *_ = instance_arn.split(":")
    return f"arn:{partition}:rds-db:{region}:{account}:dbuser:{resource_id}/{user}"
