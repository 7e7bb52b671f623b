"""Run the Pulumi engine on a workspace, and follow it while it works."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from strata.engine.cli import Cli
from strata.engine.event_log import EventLog
from strata.engine.result import EngineResult
from strata.engine.run import PREVIEW_ENVIRONMENT, EngineRun, Listener, start_engine
from strata.errors import RehearsalError
from strata_rehearsal.workspace.environment import engine_environment
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.state import StackState
from strata_rehearsal.workspace.workspace import Workspace

__all__ = ["StackEngine"]

PARALLEL = 32
"""Resource operations at once; the local AWS answers in milliseconds, so what is waited for is mostly each other."""

CREATED_NOTES = "STRATA_CREATED"
"""The environment variable that tells a plugin where to note what it made."""

OPERATION = ("--non-interactive", "--color", "never")
CHANGING = ("--yes", "--skip-preview")


@dataclass(frozen=True)
class StackEngine:
    """The engine on one stack of one project.

    Attributes:
        cli: the Pulumi CLI.
        home: the rehearsal's folders.
        workspace: the stack's private folder.
        environment: what programs and plugins get on top of the engine's environment, such as `STRATA_CLOCK`.
    """

    cli: Cli
    home: Home
    workspace: Workspace
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> StackState:
        """What the backend holds of the stack."""
        return StackState(self.home, self.workspace.project, self.workspace.stack)

    @property
    def created_notes(self) -> Path:
        """Where a plugin notes the id of what it made before it says so to the engine, for `recover`."""
        return self.home.logs / f"{self.workspace.stack}-created.jsonl"

    async def start(self, command: str, arguments: Sequence[str] = (), listener: Listener | None = None) -> EngineRun:
        """Start `preview`, `up`, `destroy` or `refresh`, to be followed, interrupted and awaited.

        Args:
            command: the command.
            arguments: more arguments, such as `--expect-no-changes` or `--policy-pack FOLDER`.
            listener: told every console line and every event as it comes.
        """
        previews = command == "preview" or "--preview-only" in arguments
        written, kept = (self.home.logs / f"{self.workspace.stack}-{command}.{end}" for end in ("engine", "jsonl"))
        options = ("--stack", self.workspace.stack, "--parallel", str(PARALLEL), "--event-log", str(written))
        log = EventLog(written, kept)
        whole = [command, *options, *OPERATION, *(() if previews else CHANGING), *arguments]
        return await self._start(whole, listener, log, PREVIEW_ENVIRONMENT if previews else {})

    async def preview(self, *arguments: str, listener: Listener | None = None) -> EngineResult:
        """Compute what an `up` would change."""
        return await (await self.start("preview", arguments, listener)).result()

    async def up(self, *arguments: str, listener: Listener | None = None) -> EngineResult:
        """Apply the stack, without a preview before."""
        return await (await self.start("up", arguments, listener)).result()

    async def refresh(self, *arguments: str, listener: Listener | None = None) -> EngineResult:
        """Bring the state in line with what is there."""
        return await (await self.start("refresh", arguments, listener)).result()

    async def destroy(self, *arguments: str, listener: Listener | None = None) -> EngineResult:
        """Delete everything the stack made."""
        return await (await self.start("destroy", arguments, listener)).result()

    async def create_stack(self) -> None:
        """Make the stack if it is not there yet.

        Raises:
            RehearsalError: the engine refused.
        """
        if not self.state.exists():
            await self._expect(["stack", "init", self.workspace.stack])

    async def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets included.

        Raises:
            RehearsalError: the stack is not there, or the engine refused.
        """
        done = await self._expect(["stack", "output", "--json", "--show-secrets", "--stack", self.workspace.stack])
        return json.loads(done.stdout)

    async def export_state(self) -> dict[str, Any]:
        """The stack's state as the engine exports it: `{version, deployment}`, secrets encrypted.

        Raises:
            RehearsalError: the stack is not there, or the engine refused.
        """
        return json.loads((await self._expect(["stack", "export", "--stack", self.workspace.stack])).stdout)

    async def import_state(self, content: Mapping[str, Any]) -> None:
        """Put an exported state, as it is or changed, in the place of the stack's; the engine checks that it is whole.

        Raises:
            RehearsalError: the engine refused.
        """
        with tempfile.NamedTemporaryFile("w", dir=self.home.logs, suffix=".json") as file:
            json.dump(content, file)
            file.flush()
            await self._expect(["stack", "import", "--stack", self.workspace.stack, "--file", file.name])

    async def _expect(self, arguments: Sequence[str]) -> EngineResult:
        done = await (await self._start([*arguments, *OPERATION])).result()
        if not done.ok:
            raise RehearsalError(f"`pulumi {' '.join(arguments)}` failed: {done.reason}")
        return done

    async def _start(
        self,
        arguments: Sequence[str],
        listener: Listener | None = None,
        log: EventLog | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> EngineRun:
        whole = engine_environment(
            os.environ,
            home=self.home.pulumi_home,
            state=self.home.state,
            extra={CREATED_NOTES: str(self.created_notes), **environment, **self.environment},
        )
        return await start_engine(
            [str(self.cli.path), *arguments],
            folder=self.workspace.folder,
            environment=whole,
            event_log=log,
            listener=listener,
        )
