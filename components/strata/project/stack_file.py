"""The configuration of a stack as Pulumi puts it together from its file and `Pulumi.yaml`, with the line of each value.

Everything that reads configuration without an engine reads it here: settings, commands, rehearsals, the guard. What
only Pulumi Cloud can read, such as an ESC environment, is a caution.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from strata.caution import caution
from strata.errors import SettingsError, UsageError
from strata.problem import Path, Problem, nearest
from strata.project.document import Document, read_document
from strata.project.location import project_file, stack_of
from strata.project.project_config import project_config

__all__ = ["DRIFT_ENDING", "StackFile", "find_stack_file", "look_for", "read_stack", "read_stack_file", "unread_files"]

_ENDINGS: Final = (".yaml", ".yml", ".json")
"""What people write stack files as. Pulumi reads those that end like the project's own file."""
_PREFIX: Final = "strata:"
_PROVIDER_PREFIX: Final = "aws:"

DRIFT_ENDING: Final = ".drift"
"""What follows the name of a stack in the name of the file of the differences that are accepted of it."""

T = TypeVar("T")


@dataclass(frozen=True)
class StackFile:
    """The configuration of a stack.

    Args:
        settings: the values below `strata:`, as plain values.
        lines: line of each of them, from 1, in the file it comes from.
        provider: the values below `aws:`, the provider's config.
        config: everything, by full key.
        written: source text of the values below `strata:` that are not quoted.
        keys: source text of the keys below `strata:` of which Pulumi makes others.
        provider_lines: line of each of the provider's values, by `config` and its full key.
        provider_written: source text of those that are not quoted, by `config` and their full key.
        elsewhere: settings that do not come from the stack file, and the file they come from.
        source: name of the stack file, for messages.
    """

    settings: Mapping[str, Any]
    lines: Mapping[Path, int]
    provider: Mapping[str, Any]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    written: Mapping[Path, str] = field(default_factory=dict[Path, str])
    keys: Mapping[Path, str] = field(default_factory=dict[Path, str])
    provider_lines: Mapping[Path, int] = field(default_factory=dict[Path, int])
    provider_written: Mapping[Path, str] = field(default_factory=dict[Path, str])
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])
    source: str = "the stack file"

    @property
    def region(self) -> str | None:
        """`aws:region`, where the configuration sets it."""
        region = self.provider.get("region")
        return region if isinstance(region, str) else None


def find_stack_file(project: FilePath, stack: str) -> FilePath:
    """The file of a stack.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack, `org/project/stack` too.

    Raises:
        UsageError: there is none; the ones there are are named. Or the name is that of another project's stack.
    """
    path, stacks = look_for(project, stack)
    if path.is_file():
        return path
    ending = path.suffix
    if (other := path.with_suffix(".yml" if ending == ".yaml" else ".yaml")).is_file():
        raise UsageError(
            f"{other.name} does not end like {project_file(project).name}, and Pulumi reads {path.name} only",
            fix=f"Rename it to {path.name}.",
        )
    near = nearest(stack_of(project, stack), stacks)
    meant = f"Did you mean {near}? " if near else ""
    there = f"There are {', '.join(stacks)}." if stacks else f"There is no stack file in {path.parent}; use -C DIR."
    raise UsageError(f"no stack file {path.name}", fix=f"{meant}{there}")


def look_for(project: FilePath, stack: str) -> tuple[FilePath, list[str]]:
    """Where the file of a stack would be, beside `Pulumi.yaml` or in its `stackConfigDir`, and the stacks there are.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack, `org/project/stack` too.

    Raises:
        SettingsError: `Pulumi.yaml` is not YAML, or not what Pulumi expects.
        UsageError: the name is no stack's, or that of another project's stack.
    """
    ending = project_file(project).suffix
    folder = (project / project_config(project).folder).resolve()
    names = {each.name.split(".", 1)[1].rsplit(".", 1)[0] for each in folder.glob(f"Pulumi.*{ending}")}
    # beside the file of a stack may be one of the differences that are accepted of it
    stacks = {each for each in names if not each.endswith(DRIFT_ENDING) or each.removesuffix(DRIFT_ENDING) not in names}
    return folder / f"Pulumi.{stack_of(project, stack)}{ending}", sorted(stacks)


def unread_files(project: FilePath) -> list[FilePath]:
    """Files that are named like those of stacks, for which Pulumi reads no file because of how theirs ends.

    Args:
        project: the folder with `Pulumi.yaml`.

    Raises:
        SettingsError: `Pulumi.yaml` is not YAML, or not what Pulumi expects.
    """
    ending = project_file(project).suffix
    folder = (project / project_config(project).folder).resolve()
    return sorted(
        each
        for each in folder.glob("Pulumi.*.*")
        if each.suffix != ending and each.suffix.lower() in _ENDINGS and not each.with_suffix(ending).is_file()
    )


def read_stack(project: FilePath, stack: str) -> StackFile:
    """The configuration of a stack.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack, `org/project/stack` too.

    Raises:
        SettingsError: a file is not YAML, or not what Pulumi expects.
        UsageError: there is no such stack, or a file cannot be read.
    """
    path = find_stack_file(project, stack)
    shared = project_config(project)
    document, config = _config_of(path, shared.name)
    own = {key: shared.values[key] for key in shared.values if key not in config}
    return StackFile(
        settings=_below(_PREFIX, {**own, **config}),
        lines={**shared.lines_below(_PREFIX, own), **_paths(document.lines)},
        provider=_below(_PROVIDER_PREFIX, {**own, **config}),
        config={**own, **config},
        written={**shared.written_below(_PREFIX, own), **_paths(document.written)},
        keys={**shared.keys_below(_PREFIX, own), **_paths(document.keys)},
        elsewhere={
            key.removeprefix(_PREFIX): shared.source for key in own if key.startswith((_PREFIX, _PROVIDER_PREFIX))
        },
        provider_lines={**_full(shared.lines_below(_PROVIDER_PREFIX, own)), **_provider_paths(document.lines)},
        provider_written={**_full(shared.written_below(_PROVIDER_PREFIX, own)), **_provider_paths(document.written)},
        source=path.name,
    )


def read_stack_file(path: FilePath) -> StackFile:
    """Read a stack file alone, without what its `Pulumi.yaml` adds.

    Args:
        path: the file.

    Raises:
        SettingsError: it is not YAML, or not a stack file at all.
        UsageError: it cannot be read.
    """
    document, config = _config_of(path, None)
    return StackFile(
        settings=_below(_PREFIX, config),
        lines=_paths(document.lines),
        provider=_below(_PROVIDER_PREFIX, config),
        config=config,
        written=_paths(document.written),
        keys=_paths(document.keys),
        provider_lines=_provider_paths(document.lines),
        provider_written=_provider_paths(document.written),
        source=path.name,
    )


def _config_of(path: FilePath, project: str | None) -> tuple[Document, dict[str, Any]]:
    document = read_document(path)
    values = {} if document.value in (None, "") else document.value
    if not isinstance(values, dict):
        raise _shape(path, values, "a mapping with the key config", "Write `config:`.")
    config = values.get("config")
    config = {} if config is None else config
    if not isinstance(config, dict):
        raise _shape(path, config, "a mapping below config", "Write keys below it.")
    if named := _environments(values.get("environment")):
        caution(_unread(named, path.name))
    return document, {key if ":" in key or project is None else f"{project}:{key}": it for key, it in config.items()}


def _shape(path: FilePath, got: Any, expected: str, fix: str) -> SettingsError:
    problem = Problem((), got, expected, fix, rule="yaml", line=1, file=path.name)
    return SettingsError([problem], source=path.name)


def _below(prefix: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}


def _full(found: Mapping[Path, T]) -> dict[Path, T]:
    """What is known of the provider's values, by their full keys below `config`."""
    return {("config", f"{_PROVIDER_PREFIX}{path[0]}", *path[1:]): it for path, it in found.items()}


def _provider_paths(found: Mapping[Path, T]) -> dict[Path, T]:
    """What is known of the provider's values, by `config` and their full keys."""
    return {
        path: it
        for path, it in found.items()
        if len(path) > 1 and path[0] == "config" and str(path[1]).startswith(_PROVIDER_PREFIX)
    }


def _paths(found: Mapping[Path, T]) -> dict[Path, T]:
    """What is known of the settings, by their paths below `strata:`."""
    return {
        (path[1].removeprefix(_PREFIX), *path[2:]): it
        for path, it in found.items()
        if len(path) > 1 and path[0] == "config" and isinstance(path[1], str) and path[1].startswith(_PREFIX)
    }


def _environments(named: Any) -> tuple[str, ...]:
    """The environments below `environment:` of a stack file, as they are named there.

    Args:
        named: what is written there: a name, a list of names or of mappings with one as their key, or an environment
            that is written out, with its `imports`.
    """
    match named:
        case None | []:
            return ()
        case Mapping():
            return _environments(named.get("imports")) or ("written there",)
        case list():
            return tuple(str(next(iter(each), "")) if isinstance(each, Mapping) else str(each) for each in named)
        case _:
            return (str(named),)


def _unread(names: tuple[str, ...], source: str) -> str:
    """What a person must know of environments that were not opened.

    Args:
        names: as `_environments` gives them.
        source: name of the stack file.
    """
    first, *more = names
    named = f"environment{'s' if more else ''} {', '.join(names)}"
    return (
        f"{source} takes values from the Pulumi ESC {named}, which only Pulumi Cloud can open: what Pulumi would "
        "have read there, Strata did not. Write strata: and aws: keys into the stack file; "
        f"credentials come with `pulumi env run {first} -- strata ...`."
    )
