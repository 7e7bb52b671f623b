"""moto runs a secret's rotation function, in Docker, or refuses: a rehearsal has neither functions nor Docker."""

from collections.abc import Callable
from typing import Any

from moto.secretsmanager.exceptions import SecretNotFoundException
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Keep who rotates a secret and when; nothing is ever rotated by itself."""
    replace(SecretsManagerBackend, "rotate_secret", _rotate_secret)
    wrap(FakeSecret, "to_dict", _with_schedule)


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
