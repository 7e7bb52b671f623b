"""Write a file that several people may change: all of it or nothing, and only if it is still what was read."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Generator
from pathlib import Path

from strata.errors import RefusedError, UsageError

__all__ = ["write_whole"]


def write_whole(path: Path, before: bytes | None, after: bytes) -> None:
    """Put a new content in the place of the one that was read.

    Args:
        path: the file; what a link names is written, and the link stays.
        before: what was read; None where there was no file.
        after: its new content.

    Raises:
        RefusedError: somebody has changed the file since.
        UsageError: it cannot be written.
    """
    target = path.resolve()
    try:
        with _locked(target.parent):
            if (target.read_bytes() if target.exists() else None) != before:
                raise RefusedError(
                    f"{path.name} was changed by somebody else since it was read, so it was left as it is",
                    fix="Read what it says now, and run the command again.",
                )
            if after != before:
                _replace(target, after)
    except OSError as error:
        raise UsageError(
            f"{path.name} cannot be written: {error.strerror or error}",
            fix="Make the file and its folder writable.",
        ) from error


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Hold a folder, so that no two of these commands compare and write at the same time."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside another one, and put it in its place in one step."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else _usual_mode()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        written.chmod(mode)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _usual_mode() -> int:
    """The mode that this process gives to a new file: a temporary one is for its user alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
