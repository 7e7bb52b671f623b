"""The environment the engine runs in: the caller's, less what could lead to a person's own cloud or state."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["engine_environment"]

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
    return {**kept, **own, **(extra or {})}


def _with_loopback(hosts: str) -> str:
    """The local AWS and the engine must never be looked for behind a proxy."""
    named = [host.strip() for host in hosts.split(",") if host.strip()]
    return ",".join([*named, *(host for host in LOOPBACK if host not in named)])
