"""A master password that nobody sees: made while `up` runs, put into a secret, and given to the database."""

import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strata.components.database.calls import Calls

__all__ = ["LENGTH", "Takeover", "new_password", "take_over"]

LENGTH = 40
"""Characters; MySQL and MariaDB take 41 at most (CreateDBInstance)."""
_ALPHABET = string.ascii_letters + string.digits + "-_.~"
"""Without the signs RDS refuses, and without those that need escaping in a URL or a shell."""


@dataclass(frozen=True)
class Takeover:
    """Whose password goes where.

    Args:
        instance: identifier of the instance.
        secret: ARN of the secret.
        database: name of the database in it.
    """

    instance: str
    secret: str
    database: str


def new_password() -> str:
    """A password RDS takes for every engine."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


async def take_over(calls: Calls, order: Takeover, say: Callable[[str], None]) -> None:
    """Make a secret hold the master password of an instance, instead of RDS.

    The secret gets the password before the instance does. So an interruption leaves one of three states, and each tells
    what is left: no password yet, one that the instance does not have, or all done.

    Raises:
        AwsError: the instance does not take it.
    """
    found = await calls.settled(order.instance, lambda _: True)
    kept = await calls.kept(order.secret)
    managed = _managed(found)
    if kept is not None and not managed:
        return
    if kept is None:
        kept = {**_address(found, order.database), "password": new_password()}
        await calls.keep(order.secret, kept)
    release = {"ManageMasterUserPassword": False} if managed else {}
    await calls.modify(order.instance, MasterUserPassword=kept["password"], **release)
    await calls.settled(order.instance, lambda now: not _managed(now) and not _pending(now))
    say(f"the master password of {order.instance} is in Strata's own secret: RDS keeps none of a replicated database")


def _managed(instance: Mapping[str, Any]) -> bool:
    return bool(instance.get("MasterUserSecret"))


def _pending(instance: Mapping[str, Any]) -> bool:
    return "MasterUserPassword" in (instance.get("PendingModifiedValues") or {})


def _address(instance: Mapping[str, Any], database: str) -> dict[str, Any]:
    """What stands beside the password, under the names that AWS's own rotation functions read."""
    return {
        "engine": instance["Engine"],
        "host": instance["Endpoint"]["Address"],
        "port": instance["Endpoint"]["Port"],
        "username": instance["MasterUsername"],
        "dbname": database,
        "dbInstanceIdentifier": instance["DBInstanceIdentifier"],
    }
