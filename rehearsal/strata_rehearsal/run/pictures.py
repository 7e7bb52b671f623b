"""Where charts are kept: one file a run, and a link to the latest."""

import shutil
from datetime import datetime
from itertools import count
from pathlib import Path

__all__ = ["LATEST", "keep", "ready_folder"]

LATEST = "latest.svg"


def keep(state_folder: Path, stack: str, at: datetime, picture: str) -> Path:
    """Write a picture beside those of earlier runs.

    Args:
        state_folder: where rehearsals keep things.
        stack: name of the stack; it has a folder of its own.
        at: when the run began; names the file.
        picture: an SVG document.

    Returns:
        the file.
    """
    folder = ready_folder(state_folder, stack)
    file = _write(folder, f"{at:%Y-%m-%dT%H%M%SZ}", picture)
    _point(folder / LATEST, file)
    return file


def ready_folder(state_folder: Path, stack: str) -> Path:
    """The folder of a stack's pictures, made if missing. Asked for before a run, whose report would be lost over it.

    Args:
        state_folder: where rehearsals keep things.
        stack: name of the stack.
    """
    folder = state_folder / "rollouts" / stack.rsplit("/", 1)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(folder: Path, stem: str, picture: str) -> Path:
    """Write to a name that is free: two runs may begin in one second."""
    names = (f"{stem}{f'-{number}' if number > 1 else ''}.svg" for number in count(1))
    file = next(folder / name for name in names if not (folder / name).exists())
    file.write_text(picture, encoding="utf-8")
    return file


def _point(link: Path, file: Path) -> None:
    """Let the link name the file, in one step; a copy where the file system has no links."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(file.name)
    except OSError:
        shutil.copyfile(file, fresh)
    fresh.replace(link)
