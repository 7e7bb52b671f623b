"""The first value of a secret, made and kept by Secrets Manager without passing through Pulumi."""

import hashlib
from typing import TYPE_CHECKING, Any

import pulumi

from strata.aws.clients import clients_for
from strata.aws.outage import Patience, Trouble, answered, error_code, trouble_of
from strata.clock import clock_from_environment
from strata.components.base import Component
from strata.errors import AwsError
from strata.hooks.binding import hook, hooks_work, require_session
from strata.settings.models import GeneratedSettings

if TYPE_CHECKING:
    import boto3

__all__ = ["ensure_value", "first_value"]

CURRENT = "AWSCURRENT"
"""The label of the version that readers get."""


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
        # Nothing of the request may be told, so nothing of the answer is.
        raise AwsError(
            f"AWS refused {error.operation_name} for {arn}: {error_code(error)}",
            fix="Check the permissions of who runs this: DescribeSecret, GetRandomPassword and PutSecretValue.",
        ) from None
    return True
