"""moto rotates a secret by running its function in Docker, and does not know who changed an SSM parameter.

A rehearsal has neither functions nor Docker, and the history of a release is worth little without who wrote it.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from moto.secretsmanager.exceptions import SecretNotFoundException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend
from moto.ssm.exceptions import ValidationException
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from strata.images.proof_note import notes_promotion
from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_NAME: Final = re.compile(r"[A-Za-z0-9_./-]+")
"""Of a parameter; moto allows any characters."""


def patch() -> None:
    """Keep who rotates a secret and when, without ever rotating it, and who put each version of a parameter.

    A parameter that Parameter Store would not let be called so is refused.
    """
    replace(SecretsManagerBackend, "rotate_secret", _rotate_secret)
    wrap(FakeSecret, "to_dict", _with_schedule)
    wrap(SimpleSystemManagerBackend, "put_parameter", _signed)
    wrap(Parameter, "describe_response_object", _with_user)


def _rotate_secret(
    self: SecretsManagerBackend,
    secret_id: str,
    rotation_lambda_arn: str | None = None,
    rotation_rules: dict[str, Any] | None = None,
    **_others: Any,
) -> str:
    secret: Any = self.secrets.get(secret_id)
    if secret is None or secret.is_deleted():
        raise SecretNotFoundException
    secret.rotation_requested = secret.rotation_enabled = True
    if rotation_lambda_arn:
        secret.rotation_lambda_arn = rotation_lambda_arn
    if rotation_rules:
        secret.strata_rotation_rules = rotation_rules
    return secret.to_short_dict()


def _with_schedule(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def to_dict(self: Any) -> dict[str, Any]:
        shown = original(self)
        rules = getattr(self, "strata_rotation_rules", None)
        return {**shown, "RotationRules": rules} if rules and "RotationRules" in shown else shown

    return to_dict


def _signed(original: Callable[..., Parameter]) -> Callable[..., Parameter]:
    def put_parameter(self: Any, name: str, *args: Any, **kwargs: Any) -> Parameter:
        if not _NAME.fullmatch(name):
            raise ValidationException(
                'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist '
                "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and "
                "the following 3 symbols .-_"
            )
        parameter = original(self, name, *args, **kwargs)
        parameter.strata_user = current().caller  # pyright: ignore[reportAttributeAccessIssue]
        if notes_promotion(parameter.name, parameter.value):
            current().promotions.add(parameter.name)
        current().world.record("parameter", parameter.name, "put", version=parameter.version)
        return parameter

    return put_parameter


def _with_user(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def describe_response_object(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        shown = original(self, *args, **kwargs)
        return {**shown, "LastModifiedUser": getattr(self, "strata_user", "unknown")}

    return describe_response_object
