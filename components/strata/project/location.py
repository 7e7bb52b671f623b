"""The Pulumi project a command is about."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from strata.errors import UsageError

if TYPE_CHECKING:
    from strata.project.document import Document

__all__ = [
    "PROJECT_FILES",
    "STACK_NAME",
    "find_project",
    "local_aws_folder",
    "locate",
    "named_in_full",
    "program_path",
    "project_file",
    "project_name",
    "python_program",
    "stack_of",
    "state_folder",
    "text_of",
]

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")

STACK_NAME = re.compile(r"(?!\.+$)[A-Za-z0-9_.-]{1,100}")
"""What Pulumi accepts as the name of a stack."""
_LEVELS = 3
"""Of a stack's full name: organisation, project, stack."""


def state_folder(project: Path) -> Path:
    """Where everything a rehearsal keeps lives; git does not.

    Args:
        project: as `find_project` gives it.
    """
    return project / ".strata"


def local_aws_folder(project: Path) -> Path:
    """Where the local AWS of a project has its files.

    Args:
        project: as `find_project` gives it.
    """
    return state_folder(project) / "cloud"


def find_project(start: Path) -> Path:
    """The folder of the project: the nearest one with a `Pulumi.yaml`, from `start` upwards.

    Args:
        start: where to begin.

    Raises:
        UsageError: there is no such folder.
    """
    folder = start.absolute()
    if not folder.is_dir():
        raise UsageError(f"{start} is not a folder", fix="Name the folder of a Pulumi project with -C.")
    for candidate in (folder, *folder.parents):
        if any((candidate / name).is_file() for name in PROJECT_FILES):
            return candidate
    raise UsageError(
        f"no Pulumi.yaml in {start} or above it", fix="Go to the folder of a Pulumi project, or name it with -C."
    )


def locate(start: Path, given: str) -> tuple[Path, str]:
    """The folder of the project and the bare name of a stack of it.

    Args:
        start: where to begin to look for the project.
        given: the stack as a person names it, with its organisation and project or without.

    Raises:
        UsageError: there is no project, or the name is none of its stacks'.
    """
    folder = find_project(start)
    return folder, stack_of(folder, given)


def project_file(folder: Path) -> Path:
    """The project's `Pulumi.yaml`, as it is spelled there; where there is none, where it would be.

    Args:
        folder: as `find_project` gives it.
    """
    return next((folder / name for name in PROJECT_FILES if (folder / name).is_file()), folder / PROJECT_FILES[0])


def stack_of(folder: Path, given: str) -> str:
    """The bare name of a stack; its file, its state here and its tags have no other.

    Args:
        folder: of the project, as `find_project` gives it.
        given: the name as a person gives it: `prod`, `acme/prod` or `acme/shop/prod`.

    Raises:
        UsageError: it is no name of a stack, or that of another project's.
    """
    *owners, name = given.split("/")
    if len(owners) >= _LEVELS or not all(STACK_NAME.fullmatch(part) for part in (*owners, name)):
        raise UsageError(
            f"{given!r} is not a stack name",
            fix="Write STACK, ORGANISATION/STACK or ORGANISATION/PROJECT/STACK, each of letters, digits, -, _ or dots.",
        )
    if len(owners) == _LEVELS - 1 and project_file(folder).is_file() and owners[1] != (here := project_name(folder)):
        raise UsageError(
            f"{given} is a stack of the project {owners[1]}, and {folder} has the project {here}",
            fix=f"Name the folder of {owners[1]} with -C, or the stack {owners[0]}/{here}/{name}.",
        )
    return name


def named_in_full(given: str) -> tuple[str, str, str] | None:
    """Organisation, project and stack, where a name has all of them; None for any other name.

    Args:
        given: the stack as a person names it.
    """
    parts = given.split("/")
    if len(parts) != _LEVELS or not all(STACK_NAME.fullmatch(part) for part in parts):
        return None
    return parts[0], parts[1], parts[2]


def project_name(folder: Path) -> str:
    """The name in a project's `Pulumi.yaml`.

    Args:
        folder: as `find_project` gives it.

    Raises:
        SettingsError: the file is not YAML.
        UsageError: it has no name, or cannot be read.
    """
    file, description = _description(folder)
    name = text_of(description, file, "name")
    if not name:
        raise UsageError(f"{file.name} has no name", fix="Add `name: ...` to it.")
    return name


def python_program(folder: Path) -> Path:
    """The Python program of a project: a file, or a folder with a `__main__.py`.

    Args:
        folder: as `find_project` gives it.

    Raises:
        SettingsError: `Pulumi.yaml` is not YAML.
        UsageError: the project is written in another language, or there is no program.
    """
    file, description = _description(folder)
    found = _value_at(description, "runtime")
    runtime = found.get("name") if isinstance(found, dict) else found
    if runtime != "python":
        raise UsageError(
            f"{file.name} has {f'runtime {runtime}' if runtime else 'no runtime'}, "
            "and Strata runs Python programs only",
            fix="For a program in another language, `strata guard STACK` judges the plan, and `strata rollout` follows "
            "what it deployed.",
        )
    program = program_path(folder)
    if not program.is_file() and not (program / "__main__.py").is_file():
        raise UsageError(
            f"there is no program: {program / '__main__.py'} does not exist",
            fix=f"Write it, or name the program as `main:` in {file.name}.",
        )
    return program


def program_path(folder: Path) -> Path:
    """Where the program of a project is, by its `main`.

    Args:
        folder: as `find_project` gives it.

    Raises:
        SettingsError: `Pulumi.yaml` is not YAML.
        UsageError: `main` is no path.
    """
    file, description = _description(folder)
    return (folder / (text_of(description, file, "main") or ".")).resolve()


def text_of(description: "Document", file: Path, key: str) -> str | None:
    """A text of `Pulumi.yaml`; none where it has none.

    Args:
        description: the file as it was read.
        file: the file, for messages.
        key: a key of the file itself, such as `main`.

    Raises:
        UsageError: there is something else, which Pulumi refuses as well, or a text with a NUL, which is in no path.
    """
    from strata.problem import in_quotes, shown
    from strata.yaml_scalars import is_moment, without_tag

    found = _value_at(description, key)
    written = description.written.get((key,))
    moment = written is not None and is_moment(without_tag(written)[1])
    if found is None or (isinstance(found, str) and "\0" not in found and not moment):
        return found
    line = description.lines.get((key,))
    place = f"{key} in {file.name}{f' (line {line})' if line else ''}"
    if isinstance(found, str) and not moment:
        raise UsageError(f"{place} has a NUL character in it: {shown(found)}", fix="Write it without.")
    got = shown(found) if written is None else written
    fix = "Write a single text." if written is None else in_quotes(written)
    raise UsageError(f"{place} is {got}, expected a text", fix=fix)


def _value_at(description: "Document", key: str) -> object:
    return description.value.get(key) if isinstance(description.value, dict) else None


def _description(folder: Path) -> tuple[Path, "Document"]:
    """The project's file, and its content."""
    from strata.project.document import read_document

    file = project_file(folder)
    return file, read_document(file)
