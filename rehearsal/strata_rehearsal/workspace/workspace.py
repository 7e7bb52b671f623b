"""The private folder in which the engine finds a project's program and a copy of one of its stack files.

Pulumi writes into the stack file of the folder it runs in (a salt, the provider of its secrets), so a rehearsal never
runs in the project's own folder.
"""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.errors import RehearsalError
from strata.project.location import STACK_NAME, program_path, project_file
from strata.project.stack_file import look_for
from strata.project.verbatim import kind, read_yaml, without_secrets, write_yaml
from strata_rehearsal.workspace.home import Home
from strata_rehearsal.workspace.stack_state import StackState

__all__ = ["Workspace", "ready_workspace"]

KEPT = ("name", "description", "config", "requiredPulumiVersion")
"""What a rehearsal uses of Pulumi.yaml. Backend, plugins and engine options are the rehearsal's own."""


@dataclass(frozen=True)
class Workspace:
    """Where the engine runs for one stack.

    Attributes:
        folder: the private folder.
        project: the project's name.
        stack: the stack's name.
        replaced: paths of the encrypted settings that have a replacement value here.
    """

    folder: Path
    project: str
    stack: str
    replaced: tuple[str, ...] = ()


def ready_workspace(
    home: Home,
    repository: Path,
    stack: str,
    *,
    config: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
) -> Workspace:
    """Make or refresh the private folder of a stack; nothing outside `home` is written.

    Args:
        home: the rehearsal's folders.
        repository: the folder of the project's `Pulumi.yaml`.
        stack: the stack's name; `Pulumi.<stack>.yaml` must exist.
        config: settings on top of the stack file's, by their full key (`aws:region`); each replaces the whole value.
        without: keys of the stack file that are left out.

    Raises:
        SettingsError, UsageError: `Pulumi.yaml` holds something that Pulumi refuses.
        RehearsalError: a file is missing or not what Pulumi expects, or the stack's name is not one.
    """
    if STACK_NAME.fullmatch(stack) is None:
        raise RehearsalError(f"{stack!r} is not a stack name", fix="Use letters, digits, `-`, `_` and `.` only.")
    project = _project_file(repository)
    name = project.get("name")
    if not isinstance(name, str):
        raise RehearsalError(f"{repository / 'Pulumi.yaml'} has no `name`")
    settings, replaced = _stack_settings(repository, stack)
    kept_settings = {key: value for key, value in settings.items() if key not in without}
    folder = home.workspaces / stack
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"Pulumi.{stack}.yaml"
    salt = StackState(home, name, stack).salt() or _copied_salt(copy)
    kept = {key: without_secrets(project[key])[0] for key in KEPT if key in project}
    if isinstance(kept.get("config"), dict):
        kept["config"] = {key: value for key, value in kept["config"].items() if key not in without}
    else:
        # nothing, or the folder of the stack files as Pulumi spelt it once
        kept.pop("config", None)
    write_yaml(folder / "Pulumi.yaml", {**kept, "runtime": _runtime(), "main": str(program_path(repository))})
    write_yaml(copy, {**({"encryptionsalt": salt} if salt else {}), "config": {**kept_settings, **(config or {})}})
    return Workspace(folder, name, stack, tuple(replaced))


def _copied_salt(copy: Path) -> Any:
    """The salt in the stack file of an earlier run, which a kill may have cut off."""
    try:
        return read_yaml(copy, verbatim=True).get("encryptionsalt") if copy.is_file() else None
    except RehearsalError:
        return None


def _project_file(repository: Path) -> dict[str, Any]:
    file = project_file(repository)
    if not file.is_file():
        raise RehearsalError(f"no Pulumi.yaml in {repository}", fix="Run this in the folder of a Pulumi project.")
    return read_yaml(file, verbatim=True)


def _stack_settings(repository: Path, stack: str) -> tuple[dict[str, Any], list[str]]:
    file, known = look_for(repository, stack)
    if not file.is_file():
        raise RehearsalError(
            f"no stack {stack!r}: {file.name} is not in {file.parent}",
            fix=f"Use one of: {', '.join(known)}." if known else None,
        )
    config = read_yaml(file, verbatim=True).get("config") or {}
    if not isinstance(config, dict):
        raise RehearsalError(f"`config` in {file} holds a {kind(config)}, expected a mapping")
    return without_secrets(config)


def _runtime() -> dict[str, Any]:
    """The official language host gets the environment to use; ours runs programs in its own."""
    options: dict[str, str] = {"toolchain": "pip"}
    if sys.prefix != sys.base_prefix:
        options["virtualenv"] = sys.prefix
    return {"name": "python", "options": options}
