"""Run the Pulumi engine on a workspace, and follow it while it works.

It gets the caller's environment, without whatever could lead to a person's own cloud or state.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from strata.engine.engine_run import PREVIEW_ENVIRONMENT, EngineListener, EngineResult, EngineRun, start_engine
from strata.engine.events import EventLog
from strata.engine.pulumi_cli import Cli
from strata.errors import RehearsalError
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.stack_state import StackState
from strata_rehearsal.workspace.workspace import Workspace

__all__ = ["StackEngine", "engine_environment"]


DROPPED = ("PULUMI_", "AWS_")
"""Prefixes of what a rehearsal must not inherit: other backends, tokens and stacks, credentials of real accounts."""

ISOLATION = {
    # The stack's secrets were replaced already; what is secret in a rehearsal protects nothing.
    "PULUMI_CONFIG_PASSPHRASE": "",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    # Without it the engine does not know its own `--event-log`.
    "PULUMI_DEBUG_COMMANDS": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    # A plugin on PATH would win over the one of the rehearsal's own Pulumi home.
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
    # The copies of earlier states in the backend's backup folder; the checkpoint after every step stays on.
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

HASTE = {"GOGC": "400"}
"""The engine lives for seconds and holds little: a tenth of what it computed was the collection of garbage."""

LOOPBACK = ("127.0.0.1", "localhost")


def engine_environment(
    outer: Mapping[str, str], *, home: Path, state: Path, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Make the environment of an engine process.

    Args:
        outer: the environment to start from, as a rule `os.environ`.
        home: the Pulumi home.
        state: the folder of the `file://` backend.
        extra: what the programs and plugins of this run need on top; it wins.

    Returns:
        The whole environment. This interpreter comes first on PATH, for the language host of an official CLI.
    """
    kept = {name: value for name, value in outer.items() if not name.startswith(DROPPED)}
    own = {
        **ISOLATION,
        "PULUMI_HOME": str(home),
        # No notes beside the files: the engine reads none, and cannot go on after a kill cut one off.
        "PULUMI_BACKEND_URL": f"file://{state}?metadata=skip",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
        **{name: _with_loopback(kept.get(name, "")) for name in ("NO_PROXY", "no_proxy")},
    }
    return {**HASTE, **kept, **own, **(extra or {})}


def _with_loopback(hosts: str) -> str:
    """The local AWS and the engine must never be looked for behind a proxy."""
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    return ",".join([*named, *(host for host in LOOPBACK if host not in named)])


PARALLEL = 32
"""Resource operations at once; the local AWS answers in milliseconds, so what is waited for is mostly each other."""


CREATED_NOTES = "STRATA_CREATED"
"""The environment variable that names the file in which a plugin notes what it made."""

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
        """Where a plugin notes the id of what it made before it reports it to the engine, for `recover`."""
        return self.home.logs / f"{self.workspace.stack}-created.jsonl"

    async def start(
        self, command: str, arguments: Sequence[str] = (), listener: EngineListener | None = None
    ) -> EngineRun:
        """Start `preview`, `up`, `destroy` or `refresh`, to be followed, interrupted and awaited.

        Args:
            command: the command.
            arguments: more arguments, such as `--expect-no-changes` or `--policy-pack FOLDER`.
            listener: gets every console line and every event as it comes.
        """
        previews = command == "preview" or "--preview-only" in arguments
        written, kept = (self.home.logs / f"{self.workspace.stack}-{command}.{end}" for end in ("engine", "jsonl"))
        options = ("--stack", self.workspace.stack, "--parallel", str(PARALLEL), "--event-log", str(written))
        log = EventLog(written, kept)
        whole = [command, *options, *OPERATION, *(() if previews else CHANGING), *arguments]
        return await self._start(whole, listener, log, PREVIEW_ENVIRONMENT if previews else {})

    async def preview(self, *arguments: str, listener: EngineListener | None = None) -> EngineResult:
        """Compute what an `up` would change."""
        return await (await self.start("preview", arguments, listener)).result()

    async def up(self, *arguments: str, listener: EngineListener | None = None) -> EngineResult:
        """Apply the stack, without a preview before."""
        return await (await self.start("up", arguments, listener)).result()

    async def refresh(self, *arguments: str, listener: EngineListener | None = None) -> EngineResult:
        """Bring the state in line with what is there."""
        return await (await self.start("refresh", arguments, listener)).result()

    async def destroy(self, *arguments: str, listener: EngineListener | None = None) -> EngineResult:
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
        """Put an exported state, as it is or changed, in place of the stack's; the engine checks that it is complete.

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
        listener: EngineListener | None = None,
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
