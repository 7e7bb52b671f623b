"""The definition of a pipeline: its settings, and the files that they name."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from strata.aws.facts.architecture import architecture_of
from strata.images.recipe.definition import Definition, Package, SourceFile, Volume
from strata.images.recipe.file_finding import FileFinding, require_none
from strata.images.recipe.package_lock import parse_lock
from strata.images.recipe.unpinned import playbook_findings, shell_findings
from strata.settings.models import ImagePipelineSettings

__all__ = ["read_definition"]

_SHEBANG: Final = re.compile(r"#!\s*(?:/usr)?/bin/(?:env\s+)?(?:ba)?sh\b")
_CONTROL: Final = re.compile(r"[^\t\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSENDABLE: Final = re.compile(rf"{_CONTROL.pattern}|[\t\n]|\{{\{{")
"""In a name: it would be replaced by Image Builder, end a line of a document, or be no text."""
_ANSIBLE: Final = ("ansible-core", "ansible")
_BRACES: Final = "{{"


def read_definition(
    name: str, settings: ImagePipelineSettings, *, order_parameter: str, folder: Path | None = None
) -> Definition:
    """Read what a pipeline bakes by.

    Args:
        name: the pipeline.
        settings: its settings.
        order_parameter: the SSM parameter that says which version is to be baked.
        folder: what the paths of its files begin at. Default: the current one, which is a program's.

    Raises:
        DefinitionError: a file cannot be read, leads out of the folder, or would make another image tomorrow; every
            finding with path and line.
    """
    reader = _DefinitionReader(folder or Path())
    packages = reader.lock(settings.packages)
    locked = settings.packages is not None
    steps = {
        key: tuple(reader.step(path, locked=locked) for path in getattr(settings, key))
        for key in ("provision", "harden", "verify", "test")
    }
    playbook = tuple(reader.playbook(settings.playbook)) if settings.playbook is not None else ()
    if settings.playbook is not None and not {each.name for each in packages} & set(_ANSIBLE):
        reader.find(
            settings.packages or settings.playbook,
            0,
            "the playbook needs ansible, and the lock does not name it",
            "Write ansible-core=VERSION into the lock.",
        )
    require_none(name, reader.findings)
    return Definition(
        name=name,
        app=settings.app or name,
        parent=settings.parent,
        architecture=architecture_of(settings.instance_types[0]).value,
        order_parameter=order_parameter,
        volume=Volume(settings.volume.size_gib, settings.volume.type.value),
        artifact=settings.artifact,
        reports=settings.reports,
        packages=packages,
        playbook=playbook,
        playbook_entry=settings.playbook,
        baseline=settings.baseline,
        **steps,
    )


class _DefinitionReader:
    """Reads files, and keeps what is wrong with them.

    Args:
        folder: what their paths begin at.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.findings: list[FileFinding] = []

    def find(self, path: str, line: int, text: str, fix: str) -> None:
        self.findings.append(FileFinding(path, line, text, fix))

    def lock(self, path: str | None) -> tuple[Package, ...]:
        if path is None:
            return ()
        packages, findings = parse_lock(self._text(path))
        self.findings += findings
        return packages

    def step(self, path: str, *, locked: bool) -> SourceFile:
        file = self._text(path)
        self.findings += shell_findings(file, locked=locked)
        first = file.text.partition("\n")[0]
        if first.startswith("#!") and not _SHEBANG.match(first):
            self.find(path, 1, f"{first!r} is no shell", "Write it for bash, or make it a file of the playbook.")
        for number, line in enumerate(file.text.splitlines(), start=1):
            if _BRACES in line:
                why = "Image Builder replaces what is in double braces"
                self.find(
                    path, number, why, "Write it without, or make it a file of the playbook, which is sent as it is."
                )
        return file

    def playbook(self, path: str) -> Iterator[SourceFile]:
        entry = self._folder / path
        if not entry.is_file():
            self._read(path)
            return
        top = entry.parent
        for found in sorted(top.rglob("*")):
            relative = found.relative_to(self._folder).as_posix()
            if "/." in f"/{relative}" or "__pycache__" in relative or not self._is_sent(found, relative):
                continue
            file = self._read(relative)
            self.findings += playbook_findings(file)
            yield file

    def _is_sent(self, found: Path, relative: str) -> bool:
        """Whether something in the folder of a playbook is a file to send; finds what nobody should think is sent."""
        if found.is_symlink() and not found.is_file():
            what = "a folder, which is not sent" if found.is_dir() else f"{found.readlink()}, which is no file"
            self.find(relative, 0, f"a link to {what}", "Put what it is to lead to in its place, or remove the link.")
            return False
        if not found.is_file():
            return False
        if _UNSENDABLE.search(relative):
            self.find(
                f"{found.parent.relative_to(self._folder).as_posix()!r}"[1:-1],
                0,
                f"the name {found.name!r} cannot be written into a step",
                "Rename the file: neither control characters, nor line ends, nor double braces, and in UTF-8.",
            )
            return False
        return True

    def _text(self, path: str) -> SourceFile:
        file = self._read(path)
        try:
            text = file.text
        except UnicodeDecodeError as error:
            self.find(path, file.content[: error.start].count(b"\n") + 1, "not UTF-8", "Save it as UTF-8.")
            return SourceFile(path, b"")
        if found := _CONTROL.search(text):
            line = text[: found.start()].count("\n") + 1
            self.find(path, line, f"the character {found[0]!r}", "Save it with line ends of Unix, as plain text.")
        return file

    def _read(self, path: str) -> SourceFile:
        top = self._folder.resolve()
        try:
            # by its real path: a link may lead to a file of this machine that is no part of the project
            real = (self._folder / path).resolve(strict=True)
            inside = real.is_relative_to(top)
            if inside and _is_hidden(real.relative_to(top)) and not _is_hidden(PurePosixPath(path)):
                self.find(
                    path,
                    0,
                    f"a link leads to {real.relative_to(top)}, and nothing that begins with a dot is sent",
                    "Put a copy of that file in the place of the link, or remove the link.",
                )
                return SourceFile(path, b"")
            if inside:
                return SourceFile(path, real.read_bytes())
            self.find(
                path,
                0,
                f"a link leads to {real}, out of {top}",
                "Put a copy of that file in the place of the link: an image is baked by files of its project alone.",
            )
        except RuntimeError:
            self.find(path, 0, "a link that leads to itself", "Put the file in its place.")
        except OSError as error:
            why = "there is no such file" if isinstance(error, FileNotFoundError) else f"not readable: {error.strerror}"
            self.find(path, 0, why, f"Create it below {top}, or correct the path.")
        return SourceFile(path, b"")


def _is_hidden(path: PurePath) -> bool:
    """Whether a file, or a folder that it is in, begins with a dot."""
    return any(each.startswith(".") and each not in (".", "..") for each in path.parts)
