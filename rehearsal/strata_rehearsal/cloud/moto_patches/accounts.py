"""moto gives every account an AWS of its own, and whoever assumes a role there finds it empty; here there is only one.

A program whose provider assumes a role in another account is rehearsed like any other: whatever credentials it ends up
with, its provider and its gate meet in the same place.
"""

from collections.abc import Callable
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam import models
from moto.sts.models import STSBackend

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Answer everybody from the one account."""
    replace(models, "get_account_id_from", _only_account)
    wrap(STSBackend, "get_caller_identity", _of_only_account)


def _only_account(_access_key: str) -> str:
    return DEFAULT_ACCOUNT_ID


def _of_only_account(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_caller_identity(self: Any, *args: Any, **kwargs: Any) -> Any:
        user, arn, account = original(self, *args, **kwargs)
        return user, str(arn).replace(f":{account}:", f":{DEFAULT_ACCOUNT_ID}:"), DEFAULT_ACCOUNT_ID

    return get_caller_identity
