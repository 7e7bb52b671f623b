"""A restore drill: the newest backup of a database restored beside it, looked at, and deleted.

A backup that was never restored is a hope. The original is only ever read. What is deleted is an instance that carries
the drill's own name *and* its tag, and nothing else; a drill that was killed leaves one, which the next drill finds
under that name and removes first.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from strata.aws.outage import Patience, answered, error_code
from strata.aws.target import connect_to_aws
from strata.clock import Clock
from strata.errors import DrillError, UsageError
from strata.naming import DATABASE_LIMIT, fit
from strata.project.location import project_name
from strata.project.stack_file import read_stack
from strata.restore_drill.databases import DRILL_TAG, CopyCheck, Databases, Instance, Snapshot, compare
from strata.spectrum import MUTABILITY_TAG, Mutability

__all__ = ["DEADLINE_SECONDS", "Drill", "DrillReport", "copy_name", "prepare_drill"]

DEADLINE_SECONDS: Final = 7200.0
"""Seconds a restore may take; RDS copies storage lazily, so that large databases too are there within an hour."""
POLL_SECONDS: Final = 30.0
_SUFFIX = "-drill"
_FAILED = frozenset(
    {"failed", "incompatible-network", "incompatible-parameters", "incompatible-restore", "restore-error"}
)
_BUSY = "InvalidDBInstanceState"
_EXISTS = "DBInstanceAlreadyExists"
_GONE = "DBInstanceNotFound"

T = TypeVar("T")

Say = Callable[[str], None]


def copy_name(original: str) -> str:
    """What the copy of a database is called: always the same, so that two drills cannot run and none can hide."""
    return f"{fit(original, DATABASE_LIMIT - len(_SUFFIX))}{_SUFFIX}"


@dataclass(frozen=True)
class DrillReport:
    """How a drill went."""

    database: str
    original: str
    snapshot: Snapshot
    age_seconds: float
    """Of the snapshot when the drill began: what would have been lost."""
    restore_seconds: float | None
    """From the request until the copy was available: how long it would have taken. None where nothing was restored."""
    checks: tuple[CopyCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether every check found what it should."""
        return all(check.ok for check in self.checks)

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata backup drill` has it."""
        return {
            "database": self.database,
            "instance": self.original,
            "passed": None if self.restore_seconds is None else self.passed,
            "backup": {
                "id": self.snapshot.id,
                "kind": self.snapshot.kind,
                "taken_at": self.snapshot.taken_at.isoformat(),
                "age_seconds": round(self.age_seconds),
            },
            "restore_seconds": None if self.restore_seconds is None else round(self.restore_seconds),
            "checks": [check.document() for check in self.checks],
            "dry_run": self.restore_seconds is None,
        }


class Drill:
    """Restores the newest backup of one database.

    Args:
        databases: the AWS calls.
        clock: how time passes.
        tags: tags that name the stack, such as `strata:project` and `strata:stack`.
        say: called with every step.
        renew: forgets the credentials in use: a drill may outlast them. Default: there are no others.
    """

    def __init__(
        self,
        databases: Databases,
        clock: Clock,
        tags: Mapping[str, str],
        say: Say,
        renew: Callable[[], None] = lambda: None,
    ) -> None:
        self._databases = databases
        self._clock = clock
        self._tags = dict(tags)
        self._say = say
        self._renew = renew
        self._patience = Patience(clock, say)

    async def plan(self, database: str) -> DrillReport:
        """Only find the backup that a drill would restore.

        Args:
            database: name of the component.

        Raises:
            UsageError: the stack has no such database.
            DrillError: there is no backup.
        """
        original = await self._original(database)
        snapshot = await self._newest(database, original)
        self._say(f"would restore {snapshot.id} ({snapshot.kind}) as {copy_name(original.id)}; nothing was done")
        age = self._clock.now() - snapshot.taken_at.timestamp()
        return DrillReport(database, original.id, snapshot, age, None, ())

    async def run(self, database: str) -> DrillReport:
        """Carry it out.

        Args:
            database: name of the component.

        Raises:
            UsageError: the stack has no such database.
            DrillError: there is no backup, the copy never became available, or something else has its name.
        """
        original = await self._original(database)
        copy = copy_name(original.id)
        await self._remove(original, copy, "an earlier drill left")
        snapshot = await self._newest(database, original)
        began = self._clock.now()
        self._say(f"restoring {snapshot.id} ({snapshot.kind}) as {copy}")
        try:
            await self._restore(snapshot, original, copy)
            restored = await self._available(copy)
            took = self._clock.now() - began
            after = await self._call(self._databases.instance, original.id)
            checks = compare(original, restored, after)
        finally:
            await self._clean_up(original, copy)
        return DrillReport(database, original.id, snapshot, began - snapshot.taken_at.timestamp(), took, checks)

    async def _newest(self, database: str, original: Instance) -> Snapshot:
        snapshot = await self._call(self._databases.newest_snapshot, original.id)
        if snapshot is None:
            raise DrillError(
                f"database {database!r} ({original.id}) has no finished backup",
                fix="Set its backup retention above 0, or wait for the first one.",
            )
        return snapshot

    async def _original(self, database: str) -> Instance:
        wanted = {**self._tags, "strata:component": database}
        found = await self._call(self._databases.tagged, wanted)
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.id for each in found)
        raise UsageError(
            f"the stack has {len(found) or 'no'} database instance{'s' if found else ''} of the component {database!r}"
            f"{f': {names}' if names else ''}",
            fix="Name the component of a database that is deployed, as in the program.",
        )

    def _copy_tags(self, original: Instance) -> dict[str, str]:
        """Those of the stack, the drill's own, and a class that no plan of AWS Backup covers."""
        return {**self._tags, DRILL_TAG: original.id, MUTABILITY_TAG: Mutability.REPLACED.value}

    async def _restore(self, snapshot: Snapshot, original: Instance, copy: str) -> None:
        """Begin the copy once, although RDS' answer may be lost."""

        async def begun() -> bool | None:
            found = await self._call(self._databases.instance, copy)
            return True if found is not None and found.tags.get(DRILL_TAG) == original.id else None

        def ask() -> bool:
            self._databases.restore(snapshot, original, copy, self._copy_tags(original))
            return True

        try:
            await self._call(ask, look=begun)
        except Exception as error:
            # botocore repeats a request by itself when its answer is lost
            if not (error_code(error).startswith(_EXISTS) and await begun()):
                raise

    async def _available(self, copy: str) -> Instance:
        deadline = self._clock.now() + DEADLINE_SECONDS
        while True:
            found = await self._call(self._databases.instance, copy)
            status = found.status if found else "gone"
            if found and status == "available":
                return found
            if not found or status in _FAILED:
                raise DrillError(
                    f"the restored copy {copy} is {status}", fix="See the copy's events in RDS for the reason."
                )
            if self._clock.now() >= deadline:
                raise DrillError(
                    f"the restored copy {copy} is still {status} after {DEADLINE_SECONDS / 60:.0f} minutes",
                    fix="See the copy's events in RDS for the reason; a drill can be repeated at any time.",
                )
            await self._clock.sleep(POLL_SECONDS)

    async def _clean_up(self, original: Instance, copy: str) -> None:
        """Remove the copy whatever happened; what cannot be removed now is left to the next drill, and reported."""
        try:
            await self._remove(original, copy, "removing the copy")
        except BaseException:
            self._say(f"{copy} could not be removed; the next drill of this database removes it")
            raise

    async def _remove(self, original: Instance, copy: str, why: str) -> None:
        """Delete the copy if there is one, and wait until it is gone.

        Raises:
            DrillError: an instance has the copy's name that is none, or RDS does not delete it in time.
        """
        deadline = self._clock.now() + DEADLINE_SECONDS
        reported = False
        while (found := await self._call(self._databases.instance, copy)) is not None:
            if found.tags.get(DRILL_TAG) != original.id or found.id == original.id:
                raise DrillError(
                    f"the instance {copy} is not the copy of a drill: it lacks the tag {DRILL_TAG}={original.id}",
                    fix="Rename it, or delete it yourself: a drill deletes nothing it did not make.",
                )
            if not reported:
                self._say(f"{why}: {copy}")
                reported = True
            if found.status != "deleting":
                await self._delete(copy)
            if self._clock.now() >= deadline:
                raise DrillError(f"{copy} is still there: {found.status}", fix="Delete it in RDS.")
            await self._clock.sleep(POLL_SECONDS)

    async def _delete(self, copy: str) -> None:
        try:
            await self._call(self._databases.delete, copy)
        except Exception as error:
            # RDS deletes nothing that it is still making; it is asked again.
            if not error_code(error).startswith((_BUSY, _GONE)):
                raise

    async def _call(
        self, call: Callable[..., T], *arguments: Any, look: Callable[[], Awaitable[T | None]] | None = None
    ) -> T:
        return await answered(partial(call, *arguments), self._renew, self._patience, look=look)


def prepare_drill(project: Path, stack: str, *, local: bool, say: Callable[[str], None]) -> Drill:
    """Prepare a drill.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.
        local: ask the local AWS of the last rehearsal.
        say: called with every step.

    Raises:
        UsageError: there is no such stack, or no local AWS.
    """
    file = read_stack(project, stack)
    clients, clock = connect_to_aws(project, stack, file, local=local)
    tags = {"strata:project": project_name(project), "strata:stack": stack.rsplit("/", 1)[-1]}
    return Drill(Databases(clients), clock, tags, say, clients.renew)
