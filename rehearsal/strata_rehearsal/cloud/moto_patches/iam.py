"""IAM and STS: moto gives every account an AWS of its own, and loads 1,500 managed policies at the first request.

Whoever assumes a role in another account of moto's finds it empty; here there is only one, unless somebody wants more
(`Cloud.accounts`). A program whose provider assumes such a role is rehearsed like any other: whatever credentials it
ends up with, its provider and its gate meet in the same place. In an account that is wanted, however, are those who
assumed one of its roles, and those whose access key ends with its number (`ACCOUNT_KEY`). AWS's own policies are loaded
when IAM is used.

moto has no SimulatePrincipalPolicy. Here a role's own policies are read, statement by statement; one with a condition
never applies, because nobody says in what context it would.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.iam import models
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.iam.responses import IamResponse
from moto.sts.models import STSBackend

from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import ACCOUNT_KEY, current, in_use

__all__ = ["patch"]


def patch() -> None:
    """Answer everybody from the account they are in, and let roles have AWS's own policies as they are needed."""
    wrap(models, "get_account_id_from", _account_of)
    wrap(STSBackend, "get_caller_identity", _of_its_account)
    # moto has none of AWS's own policies unless it is asked to, and then makes all of them for every account
    wrap(models, "load_iam_aws_managed_policies", lambda original: lambda: in_use() or original())
    replace(IamResponse, "simulate_principal_policy", _simulate)
    wrap(IAMBackend, "_init_aws_policies", _none_yet)
    wrap(IAMBackend, "_init_managed_policies", _on_demand)


def _account_of(original: Callable[[str], str]) -> Callable[[str], str]:
    def get_account_id_from(access_key: str) -> str:
        wanted = current().accounts if in_use() else set[str]()
        named = access_key.removeprefix(ACCOUNT_KEY)
        if named in wanted:
            return named
        account = original(access_key) if wanted else DEFAULT_ACCOUNT_ID
        return account if account in wanted else DEFAULT_ACCOUNT_ID

    return get_account_id_from


def _of_its_account(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_caller_identity(self: Any, access_key_id: str, region: str) -> Any:
        user, arn, account = original(self, access_key_id, region)
        own = models.get_account_id_from(access_key_id)
        return user, str(arn).replace(f":{account}:", f":{own}:"), own

    return get_caller_identity


def _simulate(self: IamResponse) -> ActionResult:
    """What the policies of a role say to actions on resources (SimulatePrincipalPolicy)."""
    source = str(self._get_param("PolicySourceArn"))
    role = self.backend.get_role_by_arn(source)
    attached = [
        version.document for each in role.managed_policies.values() for version in each.versions if version.is_default
    ]
    documents = [json.loads(each) for each in (*role.policies.values(), *attached)]
    statements = [each for document in documents for each in _listed(document["Statement"])]
    resources: list[str] = self._get_param("ResourceArns") or ["*"]
    return ActionResult(
        {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": _decision(statements, action, resource),
                }
                for action in self._get_param("ActionNames")
                for resource in resources
            ],
            "IsTruncated": False,
        }
    )


def _decision(statements: Iterable[Mapping[str, Any]], action: str, resource: str) -> str:
    effects = {
        str(each["Effect"])
        for each in statements
        if not each.get("Condition") and _covers(each, "Action", action) and _covers(each, "Resource", resource)
    }
    return "explicitDeny" if "Deny" in effects else "allowed" if "Allow" in effects else "implicitDeny"


def _covers(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """Whether an element of a statement means a value; actions are compared in any case."""
    if f"Not{element}" in statement:
        return not _covers({element: statement[f"Not{element}"]}, element, value)
    flags = re.IGNORECASE if element == "Action" else 0
    wanted = (re.escape(each).replace(r"\*", ".*").replace(r"\?", ".") for each in _listed(statement[element]))
    return any(re.fullmatch(each, value, flags) for each in wanted)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Policies(MutableMapping[str, ManagedPolicy]):
    """Policies by ARN: those of the account, and those of AWS from the moment anything is looked up."""

    def __init__(self, load: Callable[[], list[ManagedPolicy]]) -> None:
        self._load: Callable[[], list[ManagedPolicy]] | None = load
        self._policies: dict[str, ManagedPolicy] = {}

    def _all(self) -> dict[str, ManagedPolicy]:
        load, self._load = self._load, None
        for policy in load() if load else ():
            self._policies.setdefault(policy.arn, policy)
        return self._policies

    def __getitem__(self, key: str) -> ManagedPolicy:
        return self._all()[key]

    def __setitem__(self, key: str, value: ManagedPolicy) -> None:
        self._policies[key] = value

    def __delitem__(self, key: str) -> None:
        del self._all()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _none_yet(original: Callable[..., list[ManagedPolicy]]) -> Callable[..., list[ManagedPolicy]]:
    def _init_aws_policies(self: Any) -> list[ManagedPolicy]:
        if not in_use():
            return original(self)
        self.strata_aws_policies = lambda: original(self)
        return []

    return _init_aws_policies


def _on_demand(original: Callable[..., dict[str, ManagedPolicy]]) -> Callable[..., MutableMapping[str, ManagedPolicy]]:
    def _init_managed_policies(self: Any) -> MutableMapping[str, ManagedPolicy]:
        load = self.__dict__.pop("strata_aws_policies", None)
        return original(self) if load is None else _Policies(load)

    return _init_managed_policies
