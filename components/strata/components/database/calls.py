"""The AWS calls that databases need beside the provider's own."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from strata.aws.outage import Patience, answered, error_code
from strata.clock import Clock
from strata.errors import AwsError

__all__ = ["AVAILABLE", "DEADLINE_SECONDS", "Calls"]

AVAILABLE = "available"
POLL_SECONDS = 30.0
"""Pause between two looks at an instance: changes of one take minutes."""
BUSY = "InvalidDBInstanceState"
"""Beginning of RDS' code for an instance that takes no change now, also because an earlier request is at work on it."""
DEADLINE_SECONDS = 3 * 3600.0
"""How long a change of an instance may take; upgrades of some terabytes take hours."""


class Calls:
    """RDS and Secrets Manager, beside the event loop, through outages and with fresh credentials when they expire.

    Args:
        client: gives the boto3 client of a service.
        renew: forgets the credentials in use.
        clock: time and sleep.
        say: told of an outage. Default: nobody is.
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
        """Change an instance at once, or as soon as it takes a change again.

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
                    fix=f"Look at its events: aws rds describe-events --source-type db-instance "
                    f"--source-identifier {identifier}.",
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
