"""Commands that were sent to servers (Run Command), and what has come of them on each."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["AgentState", "CommandOutcome", "Invocation", "SentCommand"]

_ERRORS = frozenset({"Failed", "ExecutionTimedOut", "DeliveryTimedOut"})


class AgentState(StrEnum):
    """How Systems Manager sees the agent of a server, in AWS's words, but for one that it has never seen."""

    ONLINE = "Online"
    LOST = "ConnectionLost"
    ABSENT = "absent"


@dataclass(frozen=True)
class CommandOutcome:
    """What a script comes to on a server.

    Args:
        output: what it prints.
        error: what it prints to standard error.
        code: what it ends with.
        seconds: how long it takes.
    """

    output: str = ""
    error: str = ""
    code: int = 0
    seconds: float = 2.0

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "CommandOutcome":
        """Read one as an admin path has it.

        Raises:
            ValueError: an unknown field, or a negative time.
        """
        unknown = set(values) - {"output", "error", "code", "seconds"}
        if unknown:
            raise ValueError(f"the outcome of a command has no {', '.join(sorted(unknown))}")
        made = cls(**values)
        if made.seconds < 0:
            raise ValueError(f"a command cannot take {made.seconds} seconds")
        return made


@dataclass(eq=False)
class Invocation:
    """A command on one server: its status and details in AWS's words, and what it printed once it has ended.

    The instance is moto's: looking for it among all of them again whenever another one ends would take a time that
    grows with the square of their number.
    """

    server: str
    instance: Any
    status: str = "Pending"
    details: str = "Pending"
    outcome: CommandOutcome | None = None
    started_at: float | None = None
    ended_at: float | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.ended_at is not None


@dataclass(eq=False, kw_only=True)
class SentCommand:
    """A command that was sent: on which servers it waits, on how many it runs, and on how many it has failed."""

    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    account: str
    region: str
    document: str
    comment: str
    parameters: Mapping[str, Sequence[str]]
    targets: Sequence[Mapping[str, Any]]
    instance_ids: Sequence[str]
    max_concurrency: str
    max_errors: str
    delivery_seconds: float
    requested_at: float
    played: str | None = None
    """The script of a document that has no parameters for it; None where the parameters have one."""
    longest: float | None = None
    """How long that script may run."""
    invocations: dict[str, Invocation] = field(default_factory=dict[str, Invocation])
    waiting: dict[str, Invocation] = field(default_factory=dict[str, Invocation])
    running: int = 0
    errors: int = 0

    def reach(self, instances: Iterable[Any]) -> None:
        """Say which servers it is for: moto's instances, each of which waits from now on."""
        self.invocations = {each.id: Invocation(each.id, each) for each in instances}
        self.waiting = dict(self.invocations)

    def begin(self, invocation: Invocation, now: float) -> None:
        """Let it run on a server that waits."""
        del self.waiting[invocation.server]
        invocation.started_at, invocation.status, invocation.details = now, "InProgress", "InProgress"
        self.running += 1

    def end(self, invocation: Invocation, status: str, details: str, now: float) -> None:
        """Let it end on a server on which it has not."""
        if self.waiting.pop(invocation.server, None) is None:
            self.running -= 1
        invocation.status, invocation.details, invocation.ended_at = status, details, now
        self.errors += details in _ERRORS

    @property
    def script(self) -> str:
        """What the servers are to run."""
        return "\n".join(self.parameters.get("commands", ())) if self.played is None else self.played

    @property
    def execution_seconds(self) -> float:
        """How long it may run on a server."""
        if self.longest is not None:
            return self.longest
        return float((self.parameters.get("executionTimeout") or ["3600"])[0])

    @property
    def status(self) -> tuple[str, str]:
        """Its status and the details of it."""
        there = list(self.invocations.values())
        if not there:
            return "Success", "NoInstancesInTag"
        if not all(each.ended for each in there):
            status = "Pending" if all(each.status == "Pending" for each in there) else "InProgress"
            return status, status
        for wanted in ("Cancelled", "Failed", "TimedOut"):
            found = next((each for each in there if each.status == wanted), None)
            if found is not None:
                return wanted, found.details
        return "Success", "Success"
