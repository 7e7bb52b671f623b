"""What Strata itself changes at an RDS instance while `up` runs: its master password, and the version of replicas."""

import json
import secrets
import string
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from strata.aws.facts.database_engines import EngineFacts
from strata.aws.outage import Patience, answered, error_code
from strata.clock import Clock
from strata.errors import AwsError

__all__ = [
    "AVAILABLE",
    "DEADLINE_SECONDS",
    "LENGTH",
    "Calls",
    "Takeover",
    "Upgrade",
    "has_version",
    "new_password",
    "raise_replicas",
    "take_over",
]

AVAILABLE = "available"
POLL_SECONDS = 30.0
"""Pause between two looks at an instance: changes of one take minutes."""
BUSY = "InvalidDBInstanceState"
"""How RDS' code begins for an instance that accepts no change now, also because an earlier request is at work on it."""
DEADLINE_SECONDS = 3 * 3600.0
"""How long a change of an instance may take; upgrades of some terabytes take hours."""
LENGTH = 40
"""Characters; MySQL and MariaDB take 41 at most (CreateDBInstance)."""
_ALPHABET = string.ascii_letters + string.digits + "-_.~"
"""Without the signs RDS refuses, and without those that need escaping in a URL or a shell."""


class Calls:
    """RDS and Secrets Manager, beside the event loop, through outages and with fresh credentials when they expire.

    Args:
        client: gives the boto3 client of a service.
        renew: forgets the credentials in use.
        clock: time and sleep.
        say: called with a line about an outage. Default: nobody is.
    """

    def __init__(
        self,
        client: Callable[[str], Any],
        renew: Callable[[], None],
        clock: Clock,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._client = client
        self._renew = renew
        self._clock = clock
        self._patience = Patience(clock, say)

    async def instance(self, identifier: str) -> Mapping[str, Any]:
        """An instance as RDS describes it."""
        found = await self._call("rds", "describe_db_instances", DBInstanceIdentifier=identifier)
        return found["DBInstances"][0]

    async def modify(self, identifier: str, **changes: Any) -> None:
        """Change an instance at once, or as soon as it accepts a change again.

        Asking twice for the same changes nothing more. An instance that is busy after a request without an answer is at
        work on it; one that refuses because it is busy, as when botocore has repeated the request, is asked once it is
        available.
        """

        async def begun() -> Mapping[str, Any] | None:
            found = await self.instance(identifier)
            return found if found["DBInstanceStatus"] != AVAILABLE else None

        change = partial(
            self._call, "rds", "modify_db_instance", DBInstanceIdentifier=identifier, ApplyImmediately=True, **changes
        )
        try:
            await change(look=begun)
        except Exception as error:
            if not error_code(error).startswith(BUSY):
                raise
            await self.settled(identifier, lambda _: True)
            await change(look=begun)

    async def settled(
        self, identifier: str, done: Callable[[Mapping[str, Any]], bool], *, changed: bool = False
    ) -> Mapping[str, Any]:
        """Wait until an instance is available and as it should be.

        Args:
            identifier: the instance.
            done: whether it is as it should be.
            changed: a change was asked for, so that one that was busy and is not as it should be has failed.

        Raises:
            AwsError: the change failed, or takes longer than three hours.
        """
        began, busy = self._clock.now(), False
        while True:
            found = await self.instance(identifier)
            status = str(found["DBInstanceStatus"])
            if status == AVAILABLE and done(found):
                return found
            if status == AVAILABLE and changed and busy:
                raise AwsError(
                    f"instance {identifier} did not take a change: it is available again as it was",
                    fix=f"Look at its events: `aws rds describe-events --source-type db-instance "
                    f"--source-identifier {identifier}`.",
                )
            if self._clock.now() - began > DEADLINE_SECONDS:
                raise AwsError(
                    f"instance {identifier} is {status} after {DEADLINE_SECONDS / 3600:g} hours",
                    fix="Wait until it is available and run `pulumi up` again: it goes on where it was.",
                )
            busy = busy or status != AVAILABLE
            await self._clock.sleep(POLL_SECONDS)

    async def kept(self, secret: str) -> Mapping[str, Any] | None:
        """What a secret holds; None when nothing was put into it yet."""
        try:
            found = await self._call("secretsmanager", "get_secret_value", SecretId=secret)
        except Exception as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            return None
        return json.loads(found["SecretString"])

    async def keep(self, secret: str, content: Mapping[str, Any]) -> None:
        """Put something into a secret."""
        await self._call("secretsmanager", "put_secret_value", SecretId=secret, SecretString=json.dumps(content))

    async def replicas(self, identifier: str) -> Sequence[Mapping[str, Any]]:
        """The replicas that an instance has in its own region."""
        names = (await self.instance(identifier)).get("ReadReplicaDBInstanceIdentifiers", [])
        return [await self.instance(name) for name in sorted(names) if not name.startswith("arn:")]

    async def _call(
        self,
        service: str,
        operation: str,
        *,
        look: Callable[[], Awaitable[Mapping[str, Any] | None]] | None = None,
        **parameters: Any,
    ) -> Mapping[str, Any]:
        def work() -> Mapping[str, Any]:
            return getattr(self._client(service), operation)(**parameters)

        return await answered(work, self._renew, self._patience, look=look)


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
    """A password that RDS accepts for every engine."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


async def take_over(calls: Calls, order: Takeover, say: Callable[[str], None]) -> None:
    """Make a secret hold the master password of an instance, instead of RDS.

    The secret gets the password before the instance does. So an interruption leaves one of three states, and each shows
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
    """What is beside the password, under the names that AWS's own rotation functions read."""
    return {
        "engine": instance["Engine"],
        "host": instance["Endpoint"]["Address"],
        "port": instance["Endpoint"]["Port"],
        "username": instance["MasterUsername"],
        "dbname": database,
        "dbInstanceIdentifier": instance["DBInstanceIdentifier"],
    }


@dataclass(frozen=True)
class Upgrade:
    """A change of version that replicas must make first.

    Args:
        primary: identifier of the primary.
        engine: its engine.
        old: the version it was asked to have.
        new: the version it is to have.
        parameter_group: its parameter group from then on, of the new version's family. Default: not known.
    """

    primary: str
    engine: EngineFacts
    old: str
    new: str
    parameter_group: str | None = None

    @property
    def major(self) -> bool:
        """Whether the major version changes too."""
        return self.engine.major(self.old) != self.engine.major(self.new)


def has_version(current: str, wanted: str) -> bool:
    """Whether a version is the wanted one or a later one; a major version alone is had by every minor one of it."""
    numbers = _numbers(wanted)
    return _numbers(current)[: len(numbers)] >= numbers


async def raise_replicas(calls: Calls, upgrade: Upgrade, say: Callable[[str], None]) -> None:
    """Give every replica of a primary the new version.

    One at a time, so that readers always have another one. Those that have it already are left alone, which makes this
    repeatable after an interruption.

    Raises:
        AwsError: a replica does not take it.
    """

    def done(instance: Mapping[str, Any]) -> bool:
        return has_version(str(instance["EngineVersion"]), upgrade.new)

    for replica in await calls.replicas(upgrade.primary):
        name = str(replica["DBInstanceIdentifier"])
        found = await calls.settled(name, lambda _: True)
        if done(found):
            continue
        say(f"replica {name} goes from {found['EngineVersion']} to {upgrade.new} before its source")
        await calls.modify(name, EngineVersion=upgrade.new, **_major(upgrade))
        await calls.settled(name, done, changed=True)


def _major(upgrade: Upgrade) -> dict[str, Any]:
    """What RDS wants besides, when the parameters are of another family."""
    if not upgrade.major:
        return {}
    group = {"DBParameterGroupName": upgrade.parameter_group} if upgrade.parameter_group else {}
    return {"AllowMajorVersionUpgrade": True, **group}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
