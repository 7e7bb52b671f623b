"""The Pulumi project a command is about."""

from pathlib import Path

from strata.errors import UsageError

__all__ = ["PROJECT_FILES", "find_project", "local_aws_folder", "project_name", "state_folder"]

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


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


def project_name(folder: Path) -> str:
    """The name in a project's `Pulumi.yaml`.

    Args:
        folder: as `find_project` gives it.

    Raises:
        UsageError: the file has no name, or is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    file = next(folder / name for name in PROJECT_FILES if (folder / name).is_file())
    try:
        content = YAML(typ="safe", pure=True).load(file)
    except YAMLError as error:
        raise UsageError(f"{file.name} is not YAML: {error}", fix="Mend the syntax.") from error
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(name, str):
        raise UsageError(f"{file.name} has no name", fix="Add `name: ...` to it.")
    return name
