"""Ask the operating system about a process by its id."""

import subprocess
from pathlib import Path

__all__ = ["is_running"]

PROC = Path("/proc")


def is_running(pid: int, name: str) -> bool:
    """Whether process `pid` runs the program `name`, and is neither a zombie nor another program under its old id."""
    state, program = _from_proc(pid) if (PROC / "self" / "stat").exists() else _from_ps(pid)
    return program == name and not state.startswith("Z")


def _from_proc(pid: int) -> tuple[str, str]:
    try:
        line = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "", ""
    # `pid (program) state ...`, where the program's name may hold blanks and brackets of its own.
    before, _, after = line.rpartition(")")
    return after.split()[0], before.partition("(")[2]


def _from_ps(pid: int) -> tuple[str, str]:
    answer = subprocess.run(["ps", "-o", "state=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, program = answer.stdout.strip().partition(" ")
    return state, Path(program.strip()).name
