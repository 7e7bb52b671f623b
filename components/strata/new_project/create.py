"""Writes the files of a new project: all of them, or none."""

from collections.abc import Mapping
from pathlib import Path

from strata.errors import UsageError

__all__ = ["create"]


def create(folder: Path, files: Mapping[str, str], *, dry_run: bool = False) -> None:
    """Write files into a folder, which is made if it is not there; nothing that exists is written over.

    Args:
        folder: where.
        files: text of each by its path in the folder.
        dry_run: whether to look only whether that could be done.

    Raises:
        UsageError: some of them exist already, or the folder cannot be written to; nothing was changed.
    """
    try:
        _look(folder, files)
        if not dry_run:
            _write(folder, files)
    except OSError as error:
        raise UsageError(
            f"{error.filename or folder} cannot be written: {error.strerror}", fix="Name a folder that you may write."
        ) from error


def _look(folder: Path, files: Mapping[str, str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", fix="Name a folder.")
    if there := [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]:
        raise UsageError(
            f"{folder} has {', '.join(there)} already, and nothing is written over", fix="Name another folder."
        )


def _write(folder: Path, files: Mapping[str, str]) -> None:
    written: list[Path] = []
    made: list[Path] = []
    try:
        for name, text in files.items():
            path = folder / name
            _make_folder(path.parent, made)
            # exclusively: what somebody else has made in the meantime is theirs
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except BaseException:
        for path in reversed(written):
            path.unlink(missing_ok=True)
        for each in reversed(made):
            each.rmdir()
        raise


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, and note which were made."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        made.append(each)
