"""Starting a process that outlives its starter, and telling whether it still runs."""

import os
import signal
import sys
from pathlib import Path

import strata

__all__ = ["OUTPUT_FILE", "alive", "command_line", "send", "spawn"]

OUTPUT_FILE = "output.log"
STANDARD_ERROR = 2


def spawn(folder: Path, token: str) -> int:
    """Start the local AWS in a session of its own, so that a Ctrl-C meant for the caller does not reach it.

    It inherits no open file: a lock that the caller was started under, as by `flock`, would be held until it leaves.

    Returns:
        Its process id.
    """
    # -P keeps modules of the folder the caller is in from taking the place of installed ones
    arguments = [sys.executable, "-P", "-m", "strata_rehearsal.cloud"]
    arguments += ["--folder", str(folder), "--token", token, "--starter", str(os.getpid())]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    home = str(Path(strata.__file__).parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join([home, *filter(None, [environment.get("PYTHONPATH")])])
    output = os.open(folder / OUTPUT_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        return os.posix_spawn(
            sys.executable,
            arguments,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
                *((os.POSIX_SPAWN_CLOSE, number) for number in _inheritable()),
            ],
            setsid=True,
        )
    finally:
        os.close(output)


def _inheritable() -> list[int]:
    """Files that a child would have open besides the standard three."""
    found: list[int] = []
    for number in [int(each.name) for each in Path("/dev/fd").iterdir()]:
        try:
            if number > STANDARD_ERROR and os.get_inheritable(number):
                found.append(number)
        except OSError:
            # that of the listing itself, which is closed by now
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a child of ours that has ended is collected and does not."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and waits for its parent, which may be somebody else."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def command_line(pid: int) -> str | None:
    """The command line of a process; None where the system does not show it."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return None


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process that may have ended by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
