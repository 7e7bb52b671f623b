"""Moto's KMS does not find a key by its ARN when it is disabled, enabled or deleted; KMS does, and refuses an alias."""

import json
from collections.abc import Callable
from typing import Any, Final

from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend
from moto.kms.responses import KmsResponse

from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]

_CALLS: Final = ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion")
"""Each takes an id or ARN of a key, and no alias.
https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html"""


class AliasRefusedError(JsonRESTError):
    code = 400

    def __init__(self) -> None:
        super().__init__("InvalidArnException", "Key Aliases are not supported for this operation.")


def patch() -> None:
    """Find the key of these calls by its id and its ARN, and no key by an alias."""
    for name in _CALLS:
        wrap(KmsBackend, name, _by_id)
        wrap(KmsResponse, name, _by_key_alone)


def _by_id(original: Callable[..., Any]) -> Callable[..., Any]:
    def change(self: Any, key_id: str, *terms: Any) -> Any:
        return original(self, self.get_key_id(key_id), *terms)

    return change


def _by_key_alone(original: Callable[..., str]) -> Callable[..., str]:
    def answer(self: Any) -> str:
        asked = str(self._get_param("KeyId"))
        if asked.startswith("alias/") or ":alias/" in asked:
            raise AliasRefusedError
        found = json.loads(original(self))
        if found:
            # the two that name the key do so by its ARN
            # https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
            found["KeyId"] = self.kms_backend.keys[self.kms_backend.get_key_id(asked)].arn
        return json.dumps(found)

    return answer
