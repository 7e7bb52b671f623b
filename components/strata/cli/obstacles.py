"""What is in the place of a folder or a file that Strata needs, found from the error of the system."""

import errno
import os
from pathlib import Path

__all__ = ["obstacle"]


def obstacle(error: OSError) -> tuple[str, str] | None:
    """What is in the way, and what to do about it; None where an error is about something else.

    The system names what it could not reach, which may lie far below what is in its way.

    Args:
        error: as it was raised.
    """
    if not isinstance(error.filename, str):
        return None
    path = Path(error.filename)
    if error.errno == errno.EISDIR and path.is_dir():
        return f"{path} is a folder, and a file is needed there", "Move that folder away, or delete it."
    if error.errno not in (errno.EEXIST, errno.ENOTDIR):
        return None
    found = next((each for each in (path, *path.parents) if os.path.lexists(each)), None)
    if found is None or found.is_dir():
        return None
    what = "is a link to nowhere" if found.is_symlink() and not found.exists() else "is a file"
    return (
        f"{found} {what}, and a folder is needed there",
        "Move it away, or delete it: the folder is created by itself.",
    )
