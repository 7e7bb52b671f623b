"""Moto's KMS knows no key of another account; KMS answers about one by its ARN, as far as its policy lets who asks."""

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.kms.exceptions import AccessDeniedException
from moto.kms.models import kms_backends
from moto.kms.responses import KmsResponse

from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]

_SHARED: Final = {"describe_key": "DescribeKey", "list_grants": "ListGrants", "create_grant": "CreateGrant"}
"""What another account may be allowed.
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html"""
_OWN: Final = {"get_key_policy": "GetKeyPolicy"}
"""What only the account may ask that a key belongs to."""


def patch() -> None:
    """Let an account ask about the keys of others, by the policies of those keys."""
    for name, action in (_SHARED | _OWN).items():
        wrap(KmsResponse, name, _asking_for(action))


def _asking_for(action: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    def around(original: Callable[..., str]) -> Callable[..., str]:
        def answer(self: Any) -> str:
            key = str(self._get_param("KeyId"))
            owner = key.split(":")[4] if ":key/" in key else self.current_account
            if owner != self.current_account:
                if not _allows(owner, self.region, key, self.current_account, action):
                    raise AccessDeniedException(f"{action} of {key} is not allowed to {self.current_account}")
                self.current_account = owner
            return original(self)

        return answer

    return around


def _allows(owner: str, region: str, key: str, account: str, action: str) -> bool:
    backend: Any = kms_backends[owner][region]
    found = backend.keys.get(key.rpartition("/")[2])
    if found is None or action in _OWN.values():
        return False
    return any(
        statement["Effect"] == "Allow" and _is_about(statement.get("Principal"), account) and _covers(statement, action)
        for statement in json.loads(found.policy)["Statement"]
    )


def _is_about(principal: Any, account: str) -> bool:
    named = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    principals = [named] if isinstance(named, str) else named
    return any(each in ("*", account) or each.split(":")[4:5] == [account] for each in principals)


def _covers(statement: dict[str, Any], action: str) -> bool:
    found = statement.get("Action", ())
    return any(fnmatchcase(f"kms:{action}", each) for each in ([found] if isinstance(found, str) else found))
