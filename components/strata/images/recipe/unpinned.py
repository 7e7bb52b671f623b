"""Steps that would make another image tomorrow: they upgrade, ask for the latest, or install past the lock."""

import re
from collections.abc import Iterator
from typing import Final

from strata.images.recipe.definition import SourceFile
from strata.images.recipe.file_finding import FileFinding

__all__ = ["playbook_findings", "shell_findings"]

_OPTIONS: Final = r"(?:\s+-\S+)*"
_MANAGERS: Final = r"(?:dnf|microdnf|yum|apt|apt-get|zypper|apk)"
_UPGRADES: Final = re.compile(
    rf"\b(?:(?:dnf|microdnf|yum){_OPTIONS}\s+(?:upgrade|update|distro-sync|upgrade-minimal|update-minimal)"
    rf"|(?:apt|apt-get|aptitude){_OPTIONS}\s+(?:upgrade|dist-upgrade|full-upgrade|safe-upgrade)"
    rf"|zypper{_OPTIONS}\s+(?:up|update|dup|dist-upgrade|patch)"
    rf"|apk{_OPTIONS}\s+upgrade"
    rf"|snap{_OPTIONS}\s+refresh"
    rf"|pip3?{_OPTIONS}\s+install\s(?:.*\s)?(?:-U|--upgrade)"
    r"|unattended-upgrades?"
    r"|do-release-upgrade)(?=[\s;&|)]|$)"
)
_INDEX: Final = re.compile(rf"\b(?:apt|apt-get|apk){_OPTIONS}\s+update(?=[\s;&|)]|$)")
_INSTALL: Final = re.compile(rf"\b{_MANAGERS}{_OPTIONS}\s+(?:install|add|reinstall)\s+(?P<what>[^;&|]*)")
_PIP: Final = re.compile(rf"\bpip3?{_OPTIONS}\s+install\s+(?P<what>[^;&|]*)")
_LATEST: Final = re.compile(r"(?<![\w/])latest(?![\w.])|[@:=/_-]latest(?![\w])", re.IGNORECASE)
_METADATA: Final = re.compile(r"https?://(?:169\.254\.169\.254|\[fd00:ec2::254\])/latest\S*")
_TASK_UPGRADES: Final = re.compile(r"^\s*-?\s*(?:upgrade\s*:\s*(?!(?:no|false|none)\b)\S+|name\s*:\s*['\"]\*['\"])")
_TASK_LATEST: Final = re.compile(r"\bstate\s*[:=]\s*['\"]?latest\b|[@:=/_-]latest\b", re.IGNORECASE)
_TEST: Final = "Write the version that you have tested."


def shell_findings(file: SourceFile, *, locked: bool) -> Iterator[FileFinding]:
    """What is wrong with a shell step.

    Args:
        file: the step.
        locked: whether the definition has a lock of packages.
    """
    for number, line in _lines(file.text):
        plain = _METADATA.sub("", line)
        if found := _UPGRADES.search(plain):
            yield FileFinding(
                file.path,
                number,
                f"{found[0].strip()!r} installs whatever is newest when the image is baked",
                "Remove it; write the packages that need another version into the lock, or use a newer parent.",
            )
        elif (found := _INDEX.search(plain)) and not locked:
            yield FileFinding(
                file.path,
                number,
                f"{found[0].strip()!r} without a lock: what is installed afterwards is whatever is newest",
                "Name a lock under packages; its packages are installed for you.",
            )
        if found := _LATEST.search(plain):
            yield FileFinding(file.path, number, f"{found[0]!r} is something else tomorrow", _TEST)
        yield from _installs(file, number, plain)


def _installs(file: SourceFile, number: int, line: str) -> Iterator[FileFinding]:
    if found := _INSTALL.search(line):
        for package in _packages(found["what"]):
            yield FileFinding(
                file.path,
                number,
                f"{package!r} is installed past the lock, in whatever version is newest",
                f"Write {package.partition('=')[0]}=VERSION into the file under packages, and remove it here.",
            )
    if found := _PIP.search(line):
        words = found["what"].split()
        if not {"-r", "--requirement"} & set(words):
            for package in _packages(found["what"]):
                if "==" not in package:
                    yield FileFinding(file.path, number, f"pip installs {package!r} without a version", _TEST)


def _packages(words: str) -> Iterator[str]:
    """What of the words of an install is a package from a repository, and neither an option nor a file."""
    for word in words.split():
        package = word.strip("'\"\\")
        if package and package[0] not in "-$<>(" and "/" not in package and not package.isdigit():
            yield package


def playbook_findings(file: SourceFile) -> Iterator[FileFinding]:
    """What is wrong with a file of a playbook; of those that are no YAML nothing is known."""
    if not file.path.endswith((".yml", ".yaml")):
        return
    for number, line in _lines(file.content.decode("utf-8", "replace")):
        if found := _TASK_LATEST.search(_METADATA.sub("", line)):
            yield FileFinding(file.path, number, f"{found[0]!r} is something else tomorrow", _TEST)
        elif found := _TASK_UPGRADES.search(line):
            yield FileFinding(
                file.path,
                number,
                f"{found[0].strip()!r} installs whatever is newest when the image is baked",
                "Remove it, and write the packages that need another version into the lock.",
            )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, with the number of the line on which each begins; continued ones are joined."""
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        start = start or number
        if line.endswith("\\"):
            pending += f"{line[:-1]} "
            continue
        whole = re.sub(r"(^|\s)#.*$", "", f"{pending}{line}")
        if whole.strip():
            yield start, whole
        pending, start = "", 0
    if pending.strip():
        yield start, pending
