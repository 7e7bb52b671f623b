"""What the `file://` backend holds of a stack, read straight from its files: nothing is started to look."""

import json
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.engine.processes import is_running
from strata.errors import RehearsalError
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.pending import PendingOperation, pending_operations

__all__ = ["Lock", "StackState"]

CLI_NAME = "pulumi"


@dataclass(frozen=True)
class Lock:
    """A lock an engine took on the stack and has not given back.

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
        # The engine takes every file there for a lock.
        return [_lock(file) for file in sorted(self.lock_folder.glob("*")) if file.suffix != ".attrs"]

    def release(self) -> int:
        """Take the locks of engines that are gone off the stack.

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
                fix=f"Start the stack afresh: strata rehearse {self.stack} --stop",
            ) from error
        return content.get("checkpoint", {}).get("latest") or {}


def _lock(file: Path) -> Lock:
    try:
        content = json.loads(file.read_text())
        return Lock(int(content["pid"]), str(content["hostname"]), file)
    except (OSError, ValueError, KeyError):
        # Cut short by the same kill that left it behind.
        return Lock(0, "", file)
