"""A secret, its first value, the key that encrypts it, and who rotates it; no value passes through Pulumi."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from strata.aws.clients import clients_for
from strata.aws.outage import Patience, Trouble, answered, error_code, trouble_of
from strata.clock import clock_from_environment
from strata.components.access import Access, variable
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import SecretOverrides
from strata.errors import AwsError
from strata.naming import secret_record_name
from strata.resource_hooks import hook, hooks_work, require_session
from strata.settings.models import GeneratedSettings, RotationSettings, SecretSettings
from strata.spectrum import Mutability

if TYPE_CHECKING:
    import boto3

__all__ = ["Secret", "SecretChildren", "ensure_value", "first_value"]

_KEY_CHARACTERS = 8
"""Of a key's id in the name of its alias: enough to distinguish the keys of one secret."""
_LEAST_KEY_WINDOW_DAYS = 7
"""ScheduleKeyDeletion, `PendingWindowInDays`."""
CURRENT = "AWSCURRENT"
"""The label of the version that readers get."""


class SecretChildren(Children):
    """What the component Secret makes."""

    key: "aws.kms.Key | None"
    """The key that encrypts it, unless one is given."""
    alias: "aws.kms.Alias | None"
    """The name of that key."""
    secret: "aws.secretsmanager.Secret | None"
    """The secret; none for one that exists."""
    record: "aws.ssm.Parameter | None"
    """The record that it has a value."""
    rotation: "aws.secretsmanager.SecretRotation | None"
    """Who rotates it, and when."""


class Secret(Component[SecretChildren]):
    """A secret in Secrets Manager whose value never passes through Pulumi.

    Its first value is made by Secrets Manager inside `pulumi up`, as soon as the secret exists, and put there directly:
    it is no argument, no output, in no state and in no log. From then on it changes by rotation only: by a Lambda
    function, or by people who put a value of their own; no `up` ever overwrites one. An SSM parameter,
    `/strata/<project>/<stack>/secrets/<name>/arn`, is written after it has a value, so an `up` that was interrupted in
    between makes up for it the next time, and nothing that needs the value starts before there is one.

    A service that has it among its `uses` may read this secret and nothing else, and finds its ARN in
    `<NAME>_SECRET_ARN`. It asks for the value itself, again when the old one is refused: a rotation restarts nobody.

    Args:
        name: the component's name.
        settings: see `SecretSettings`.
        session: AWS session that makes the first value, needed with an explicit provider. Default: the default
            provider's.
        overrides: inputs of single children, by the child's name in `SecretChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: an explicit provider without a session, or an override that does not fit.
    """

    MUTABILITY = Mutability.ROTATED

    arn: pulumi.Output[str]
    """The secret, once it has a value."""
    key_arn: pulumi.Output[str | None]
    """The KMS key that encrypts it; None for an external one that AWS's own key encrypts."""

    def __init__(
        self,
        name: str,
        settings: SecretSettings,
        *,
        session: "boto3.Session | None" = None,
        overrides: SecretOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, protect=settings.protect, overrides=overrides, opts=opts)
        self._has_key = settings.key_arn is not None or settings.external_arn is None
        if settings.external_arn is not None:
            self.arn = pulumi.Output.from_input(settings.external_arn)
            self.key_arn = pulumi.Output.from_input(settings.key_arn)
        else:
            key_arn = self._key(settings)
            secret = self._secret(settings, key_arn)
            record = self._record(settings, secret, session)
            if settings.rotation is not None:
                self._rotation(settings.rotation, secret, record)
            self.arn = record.insecure_value
            self.key_arn = pulumi.Output.from_input(key_arn)
        self.publish()

    @property
    def access(self) -> Access:
        """Reading the value."""
        name = self.pulumi_resource_name
        statements: list[Mapping[str, Any]] = [
            {"Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "Resource": [self.arn]}
        ]
        if self._has_key:
            decrypt = {
                "Action": ["kms:Decrypt"],
                "Resource": [self.key_arn],
                # Secrets Manager names the secret to KMS, so the key opens no other.
                "Condition": {"StringEquals": {"kms:EncryptionContext:SecretARN": self.arn}},
            }
            statements.append(decrypt)
        return Access(f"{name}-secret", statements, {variable(name, "secret_arn"): self.arn})

    def _key(self, settings: SecretSettings) -> pulumi.Input[str]:
        if settings.key_arn is not None:
            return settings.key_arn
        key = self.child(
            aws.kms.Key,
            "key",
            Mutability.ROTATED,
        )(
            description=f"Encrypts the secret {self.pulumi_resource_name}",
            enable_key_rotation=True,
            # Without its key a secret cannot be brought back.
            deletion_window_in_days=max(settings.recovery_window_days, _LEAST_KEY_WINDOW_DAYS),
        )
        self.child(
            aws.kms.Alias,
            "alias",
            Mutability.ROTATED,
            tagged=False,
            # A renamed secret keeps its key and the name of it.
            ignore_changes=["name"],
        )(
            # The key is part of the name: AWS keeps the alias of a kept key, and makes no other of that name.
            # Pulumi's own names lack `alias/`, and with a prefix the provider is handed both and refuses them.
            name=key.id.apply(lambda found: f"alias/{self.pulumi_resource_name}-{found[:_KEY_CHARACTERS]}"),
            target_key_id=key.id,
        )
        return key.arn

    def _secret(self, settings: SecretSettings, key_arn: pulumi.Input[str]) -> "aws.secretsmanager.Secret":
        return self.child(
            aws.secretsmanager.Secret,
            "secret",
            Mutability.ROTATED,
        )(
            # No name: one that is deleted holds its own until the recovery window has passed.
            description=settings.description,
            kms_key_id=key_arn,
            recovery_window_in_days=settings.recovery_window_days,
        )

    def _record(
        self, settings: SecretSettings, secret: "aws.secretsmanager.Secret", session: "boto3.Session | None"
    ) -> "aws.ssm.Parameter":
        """Written only when the secret has a value; what needs the value takes the ARN from here."""
        name = self.pulumi_resource_name
        return self.child(
            aws.ssm.Parameter,
            "record",
            Mutability.VERSIONED,
            depends_on=[secret],
            hooks=first_value(self, settings.generated, session),
        )(
            name=secret_record_name(pulumi.get_project(), pulumi.get_stack(), name),
            type="String",
            description=f"The secret {name}, which has a value",
            insecure_value=secret.arn,
        )

    def _rotation(
        self,
        rotation: RotationSettings,
        secret: "aws.secretsmanager.Secret",
        record: "aws.ssm.Parameter",
    ) -> None:
        rules: aws.secretsmanager.SecretRotationRotationRulesArgsDict = {"schedule_expression": rotation.schedule}
        if rotation.window_hours is not None:
            rules["duration"] = f"{rotation.window_hours}h"
        self.child(
            aws.secretsmanager.SecretRotation,
            "rotation",
            Mutability.ROTATED,
            tagged=False,
            # A function is tried out on the value there is.
            depends_on=[record],
        )(
            secret_id=secret.id,
            rotation_lambda_arn=rotation.lambda_arn,
            rotation_rules=rules,
            rotate_immediately=False,
        )


def first_value(
    component: Component, generated: GeneratedSettings, session: "boto3.Session | None"
) -> pulumi.ResourceHookBinding | None:
    """Hooks for the record: before it is written the secret is given a value, unless it has one.

    Bound to the record and not to the secret: an `up` that ends between the two writes the record the next time, while
    a hook on what exists already would not run again. None under Pulumi's mocks.

    Raises:
        UsageError: the component is on an explicit provider, and there is no session.
    """
    if not hooks_work():
        return None
    name = component.pulumi_resource_name
    require_session(component, session, owner=f"secret {name}", reader="hook")
    clients = clients_for(session)

    async def work(args: pulumi.ResourceHookArgs) -> None:
        if pulumi.runtime.is_dry_run():
            return
        arn = (args.new_inputs or {}).get("insecureValue")
        if not isinstance(arn, str):
            raise AwsError(f"secret {name}: it has no ARN")
        patience = Patience(clock_from_environment(), lambda text: pulumi.log.info(f"{name}: {text}", component))
        await answered(lambda: ensure_value(clients("secretsmanager"), arn, generated), clients.renew, patience)

    made = hook(f"{name}-secret-value", name, work, what="giving the secret a value")
    return pulumi.ResourceHookBinding(before_create=[made], before_update=[made])


def ensure_value(secrets: Any, arn: str, generated: GeneratedSettings) -> bool:
    """Give a secret a value if it has none; whether it was given one.

    Args:
        secrets: boto3 client of Secrets Manager.
        arn: the secret.
        generated: what its value is like.

    Raises:
        AwsError: AWS refused.
        ClientError: AWS did not answer, or the credentials have expired; the whole may be repeated.
    """
    from botocore.exceptions import ClientError

    # The same for every try, so that of two that meet only the first is kept.
    token = hashlib.sha256(arn.encode()).hexdigest()
    try:
        stages = secrets.describe_secret(SecretId=arn).get("VersionIdsToStages") or {}
        if any(CURRENT in labels for labels in stages.values()):
            return False
        password = secrets.get_random_password(
            PasswordLength=generated.length,
            ExcludeCharacters=generated.exclude_characters,
            ExcludePunctuation=generated.exclude_punctuation,
            RequireEachIncludedType=True,
        )["RandomPassword"]
        secrets.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=password)
    except secrets.exceptions.ResourceExistsException:
        return False
    except ClientError as error:
        if trouble_of(error) is not Trouble.REFUSAL:
            raise
        # Nothing of the request may be shown, so nothing of the answer is.
        raise AwsError(
            f"AWS refused {error.operation_name} for {arn}: {error_code(error)}",
            fix="Check the permissions of who runs this: DescribeSecret, GetRandomPassword and PutSecretValue.",
        ) from None
    return True
