"""The lock of packages: a file with a line name=version for each package that is installed."""

import re
from typing import Final

from strata.images.recipe.definition import Package, SourceFile
from strata.images.recipe.file_finding import FileFinding

__all__ = ["parse_lock"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]*")
_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+~^:_-]*")
_MOVING: Final = frozenset({"latest", "stable", "current", "any"})


def parse_lock(file: SourceFile) -> tuple[tuple[Package, ...], list[FileFinding]]:
    """The packages of a lock, sorted by name, and what is wrong with its lines.

    Args:
        file: the lock; blank lines and what follows a # count for nothing.
    """
    packages: dict[str, Package] = {}
    findings: list[FileFinding] = []
    for number, line in enumerate(file.text.splitlines(), start=1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        name, _, version = (part.strip() for part in entry.partition("="))
        if problem := _problem(name, version, packages):
            findings.append(FileFinding(file.path, number, *problem))
        else:
            packages[name] = Package(name, version)
    return tuple(packages[name] for name in sorted(packages)), findings


def _problem(name: str, version: str, known: dict[str, Package]) -> tuple[str, str] | None:
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name of a package", "Write name=version."
    if version in _MOVING or "*" in version:
        return f"{name}={version} is another package tomorrow", f"Write the version of {name} that you have tested."
    if not _VERSION.fullmatch(version):
        return f"{name} has no version", f"Write {name}=VERSION, as rpm -q or dpkg-query -W shows it."
    if name in known:
        return f"{name} is there twice, as {known[name].version} too", "Remove one of the lines."
    return None
