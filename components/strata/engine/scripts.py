"""Executables that become a module of Python, for an engine that looks for executables."""

import os
import sys
from pathlib import Path
from shlex import quote

from strata.engine.pulumi_cli import LANGUAGE_HOST

__all__ = ["module_command", "put_language_host", "put_script"]

HOST_MODULE = "strata.engine.language_host"


def put_language_host(folder: Path) -> None:
    """Put our language host into a folder, for a CLI that comes without one.

    Args:
        folder: a plugin's folder, or one of PATH.
    """
    put_script(folder / LANGUAGE_HOST, module_command(HOST_MODULE))


def module_command(name: str) -> str:
    """The shell words that run a module; `-P` keeps the folder it is started in off the module path."""
    return f"{quote(sys.executable)} -P -m {name}"


def put_script(file: Path, command: str) -> None:
    """An executable that becomes `command`. The engine accepts only folders for plugins, so links do not work."""
    content = f'#!/bin/sh\nexec {command} "$@"\n'
    if file.is_file() and file.read_text() == content:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(content)
    draft.chmod(0o755)
    draft.replace(file)
