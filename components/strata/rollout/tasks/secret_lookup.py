"""Which keys the secrets of a container are encrypted with.

A key that AWS manages asks no permission of whoever may read the secret; one of a customer does.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from strata.aws.outage import error_code
from strata.aws.portions import portions

__all__ = ["SECRETS", "customer_keys", "secret_arn"]

SECRETS: Final = ":secretsmanager:"
"""In the ARN of a secret; everything else is a parameter of SSM, by its name or its ARN."""
_SECRET_ARN_PARTS: Final = 7
"""What follows names a key of the value, a stage or a version."""
_AWS_MANAGES: Final = "alias/aws/"
_A_CALL: Final = 25
"""Parameters that are asked for at once, each by two names: DescribeParameters accepts 50."""
_GONE: Final = frozenset({"NotFoundException", "ResourceNotFoundException"})


def secret_arn(secret: str) -> str:
    """The ARN of a secret, of which a container may name a part."""
    return ":".join(secret.split(":")[:_SECRET_ARN_PARTS])


def customer_keys(manager: Any, ssm: Any, kms: Any, secrets: Iterable[str]) -> tuple[str, ...]:
    """ARNs of the keys of a customer that encrypt any of these.

    Args:
        manager: a client of Secrets Manager.
        ssm: a client of SSM.
        kms: a client of KMS.
        secrets: secrets and parameters as a container names them. One that is not there has no key.
    """
    listed = list(dict.fromkeys(secrets))
    named = [_key_of_secret(manager, secret_arn(each)) for each in listed if SECRETS in each]
    named += _keys_of_parameters(ssm, [each for each in listed if SECRETS not in each])
    found = (_arn(kms, each) for each in dict.fromkeys(named) if each and not each.startswith(_AWS_MANAGES))
    return tuple(dict.fromkeys(each for each in found if each))


def _key_of_secret(manager: Any, arn: str) -> str:
    try:
        return str(manager.describe_secret(SecretId=arn).get("KmsKeyId") or "")
    except Exception as error:
        if error_code(error) not in _GONE:
            raise
        return ""


def _keys_of_parameters(ssm: Any, parameters: Sequence[str]) -> list[str]:
    # an ARN does not say whether the name begins with a slash
    names = [each.partition(":parameter/")[2] or each.lstrip("/") for each in parameters]
    keys: list[str] = []
    for some in portions(names, _A_CALL):
        asked = [{"Key": "Name", "Option": "Equals", "Values": [each for name in some for each in (name, f"/{name}")]}]
        for page in ssm.get_paginator("describe_parameters").paginate(ParameterFilters=asked):
            keys += [str(each.get("KeyId") or "") for each in page["Parameters"]]
    return keys


def _arn(kms: Any, key: str) -> str:
    """The ARN of a key by its id or an alias; nothing for one that AWS manages, or that is gone."""
    try:
        found = kms.describe_key(KeyId=key)["KeyMetadata"]
    except Exception as error:
        if error_code(error) not in _GONE:
            raise
        return ""
    return str(found["Arn"]) if found.get("KeyManager") == "CUSTOMER" else ""
