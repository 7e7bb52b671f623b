"""Which other accounts the policy of a repository of ECR lets in."""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from strata.aws.clients import ClientFor
from strata.aws.ecr_repository import EcrRepository
from strata.aws.outage import error_code
from strata.aws.policy_statements import statements_of

__all__ = ["accounts_allowed"]

_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
_EVERYBODY: Final = "everybody"


def accounts_allowed(client: ClientFor, repository: str, *, but: Collection[str]) -> tuple[str, ...]:
    """The accounts that may pull, by the repository's own policy; a condition is taken for none.

    Args:
        client: gives the boto3 client of a service.
        repository: such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web.
        but: accounts that are known otherwise.
    """
    place = EcrRepository.parse(repository)
    if place is None:
        return ()
    try:
        found = place.client(client).get_repository_policy(**place.ids)
    except Exception as error:
        if error_code(error) != "RepositoryPolicyNotFoundException":
            raise
        return ()
    allowed = {
        each for one in statements_of(found["policyText"]) if one.get("Effect") == "Allow" for each in _principals(one)
    }
    return tuple(sorted(allowed - set(but)))


def _principals(statement: Any) -> Iterator[str]:
    if "NotPrincipal" in statement:
        yield _EVERYBODY
    principal = statement.get("Principal")
    if isinstance(principal, str):
        yield _EVERYBODY
        return
    # a service of AWS, such as Lambda, pulls for an account that it does not name
    for kind, names in (principal or {}).items():
        for each in [names] if isinstance(names, str) else names:
            account = _ACCOUNT.search(str(each))
            if each == "*":
                yield _EVERYBODY
            elif account is not None and kind == "AWS":
                yield account[0]
            else:
                yield str(each)
