"""What the `file://` backend holds of a stack, and the operations in it that a killed engine left open.

Read straight from the files: nothing is started to look.
"""

import json
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.engine.processes import is_running
from strata.errors import RehearsalError
from strata_rehearsal.workspace.home import Home

__all__ = [
    "IDENTIFIED_BY",
    "Lock",
    "PendingOperation",
    "StackState",
    "describe_operations",
    "pending_operations",
    "read_created",
    "settle_pending",
]


IDENTIFIED_BY = {
    "aws:autoscaling/group:Group": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:iam/instanceProfile:InstanceProfile": "name",
    "aws:iam/role:Role": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ssm/parameter:Parameter": "name",
}
"""Types whose provider id is one of their inputs: what a killed engine was creating of them can be found again."""


@dataclass(frozen=True)
class PendingOperation:
    """An operation that was under way when its engine died.

    Attributes:
        kind: `creating`, `updating`, `deleting`, `reading` or `importing`.
        resource: the resource as it was to become, in the form of the state.
    """

    kind: str
    resource: Mapping[str, Any]

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return str(self.resource.get("urn", ""))

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


CLI_NAME = "pulumi"


@dataclass(frozen=True)
class Lock:
    """A lock that an engine holds on the stack, or has left behind.

    Attributes:
        pid: the process id of that engine.
        host: the name of its machine.
        file: where the lock is.
    """

    pid: int
    host: str
    file: Path

    @property
    def held(self) -> bool:
        """Whether the engine that took it may still be at work.

        Another machine on the same folder cannot be asked, and taking its lock could break its run.
        """
        if self.pid <= 0:
            return False
        return self.host != socket.gethostname() or is_running(self.pid, CLI_NAME)


@dataclass(frozen=True)
class StackState:
    """The files of one stack in the backend.

    Attributes:
        home: the rehearsal's folders.
        project: the project's name.
        stack: the stack's name.
    """

    home: Home
    project: str
    stack: str

    @property
    def file(self) -> Path:
        """The stack's checkpoint."""
        return self._below("stacks", self.project) / f"{self.stack}.json"

    @property
    def lock_folder(self) -> Path:
        """Where engines leave their locks."""
        return self._below("locks", "organization", self.project, self.stack)

    @property
    def history_folder(self) -> Path:
        """Where the engine keeps what each run did."""
        return self._below("history", self.project, self.stack)

    @property
    def meta_file(self) -> Path:
        """Says how the backend is laid out; all its stacks share it."""
        return self._below("meta.yaml")

    def exists(self) -> bool:
        """Whether the stack has been made."""
        return self.file.is_file()

    def locks(self) -> list[Lock]:
        """The locks on the stack; one that cannot be read counts with process id 0, as does a draft of one."""
        # The engine treats every file there as a lock.
        return [_lock(file) for file in sorted(self.lock_folder.glob("*")) if file.suffix != ".attrs"]

    def release(self) -> int:
        """Remove the locks of engines that are gone from the stack.

        Returns:
            How many there were.
        """
        left = [lock for lock in self.locks() if not lock.held]
        for lock in left:
            lock.file.unlink(missing_ok=True)
        return len(left)

    def salt(self) -> str | None:
        """The salt that the stack's secrets are encrypted with, as the checkpoint has it; None where it has none."""
        try:
            provider = self._deployment().get("secrets_providers") or {}
        except RehearsalError:
            return None
        found = (provider.get("state") or {}).get("salt")
        return found if isinstance(found, str) and found else None

    def pending(self) -> list[PendingOperation]:
        """The operations that were under way when the last engine died."""
        return pending_operations(self._deployment())

    def resources(self) -> list[dict[str, Any]]:
        """The resources as the checkpoint has them, secrets encrypted."""
        return list(self._deployment().get("resources") or [])

    def remove(self) -> None:
        """Forget the stack: its checkpoint, locks and history. What it made is not touched."""
        for file in self.file.parent.glob(f"{self.stack}.json*"):
            file.unlink()
        for folder in (self.lock_folder, self.history_folder):
            shutil.rmtree(folder, ignore_errors=True)

    def _below(self, *parts: str) -> Path:
        return self.home.state.joinpath(".pulumi", *parts)

    def _deployment(self) -> dict[str, Any]:
        if not self.exists():
            return {}
        try:
            content = json.loads(self.file.read_text())
        except ValueError as error:
            raise RehearsalError(
                f"the state of stack {self.stack} cannot be read: {error}",
                fix=f"Start the stack from scratch: `strata rehearse {self.stack} --stop`.",
            ) from error
        return content.get("checkpoint", {}).get("latest") or {}


def _lock(file: Path) -> Lock:
    try:
        content = json.loads(file.read_text())
        return Lock(int(content["pid"]), str(content["hostname"]), file)
    except (OSError, ValueError, KeyError):
        # Cut short by the same kill that left it behind.
        return Lock(0, "", file)


def pending_operations(deployment: Mapping[str, Any]) -> list[PendingOperation]:
    """The operations that were under way when the state was written last."""
    found = deployment.get("pending_operations") or []
    return [PendingOperation(str(each.get("type", "")), each.get("resource") or {}) for each in found]


def read_created(file: Path) -> dict[str, str]:
    """The ids a plugin noted as soon as it knew them, by URN: one JSON object `{"urn": ..., "id": ...}` a line.

    A last line that was cut short by a kill is left out.
    """
    if not file.is_file():
        return {}
    whole = file.read_text().rpartition("\n")[0]
    notes = [json.loads(line) for line in whole.splitlines() if line]
    return {str(note["urn"]): str(note["id"]) for note in notes}


def settle_pending(deployment: Mapping[str, Any], created: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Close every operation that was under way.

    A creation whose id is known becomes a resource, to be looked at: it may have come to be or not. One whose id is not
    known is forgotten, as is one that was to replace a resource that is still there; the next `up` makes another.

    Args:
        deployment: the deployment as the engine exports it.
        created: ids by URN, from `read_created`.

    Returns:
        The deployment without open operations, and the URNs to look at before anyone relies on them.
    """
    resources: list[Mapping[str, Any]] = list(deployment.get("resources") or [])
    known = {str(each.get("urn", "")) for each in resources}
    open_operations = pending_operations(deployment)
    for operation in open_operations:
        identity = created.get(operation.urn) or _identity(operation.resource)
        if operation.kind == "creating" and operation.urn not in known and identity:
            resources.append({**operation.resource, "id": identity, "outputs": operation.resource.get("inputs") or {}})
            known.add(operation.urn)
    doubtful = sorted({operation.urn for operation in open_operations} & known)
    return {**deployment, "resources": resources, "pending_operations": []}, doubtful


def _identity(resource: Mapping[str, Any]) -> str | None:
    value = (resource.get("inputs") or {}).get(IDENTIFIED_BY.get(str(resource.get("type", "")), ""))
    return value if isinstance(value, str) and value else None


def describe_operations(operations: Sequence[PendingOperation], named: int = 3) -> str:
    """The operations in a few words: a wide stack can have dozens, and only the first `named` are named."""
    words = [f"{operation.kind} {operation.name}" for operation in operations]
    rest = len(words) - named
    return ", ".join([*words[:named], f"{rest} more"] if rest > 0 else words)
