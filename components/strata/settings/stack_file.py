"""A Pulumi stack file, read with the line of every value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from strata.errors import SettingsError, UsageError
from strata.settings.expectations import nearest
from strata.settings.problem import Path, Problem

__all__ = ["StackFile", "find_stack_file", "read_stack_file"]

_PREFIX = "strata:"
_PROVIDER_PREFIX = "aws:"


@dataclass(frozen=True)
class StackFile:
    """What a stack file says that concerns Strata.

    Args:
        settings: the values below `strata:`, as plain values.
        lines: line of each of them, from 1.
        provider: what it says below `aws:`, the provider's config.
    """

    settings: Mapping[str, Any]
    lines: Mapping[Path, int]
    provider: Mapping[str, Any]

    @property
    def region(self) -> str | None:
        """`aws:region`, where the file says it."""
        region = self.provider.get("region")
        return region if isinstance(region, str) else None


def find_stack_file(project: FilePath, stack: str) -> FilePath:
    """The file of a stack.

    Args:
        project: the folder with `Pulumi.yaml`.
        stack: name of the stack, `org/project/stack` too.

    Raises:
        UsageError: there is none; the ones there are are named.
    """
    name = stack.rsplit("/", 1)[-1]
    for ending in ("yaml", "yml"):
        path = project / f"Pulumi.{name}.{ending}"
        if path.is_file():
            return path
    stacks = sorted(path.name.split(".", 1)[1].rsplit(".", 1)[0] for path in project.glob("Pulumi.*.y*ml"))
    near = nearest(name, stacks)
    meant = f"Did you mean {near}? " if near else ""
    there = f"There are {', '.join(stacks)}." if stacks else f"There is no stack file in {project}; use -C DIR."
    raise UsageError(f"no stack file Pulumi.{name}.yaml", fix=f"{meant}{there}")


def read_stack_file(path: FilePath) -> StackFile:
    """Read a stack file.

    Args:
        path: the file.

    Raises:
        SettingsError: it is not YAML, or not a stack file at all.
        UsageError: it cannot be read.
    """
    values, places = _parse(path)
    source = path.name
    if not isinstance(values, dict):
        raise SettingsError([_shape(values, "a mapping with the key config", "Write `config:`.")], source=source)
    config = values.get("config") or {}
    if not isinstance(config, dict):
        raise SettingsError([_shape(config, "a mapping below config", "Write keys below it.")], source=source)
    own = [key for key in config if isinstance(key, str) and key.startswith(_PREFIX)]
    return StackFile(
        settings={key.removeprefix(_PREFIX): _plain(config[key]) for key in own},
        lines=dict(_setting_lines(places, own)),
        provider={
            key.removeprefix(_PROVIDER_PREFIX): _plain(value)
            for key, value in config.items()
            if isinstance(key, str) and key.startswith(_PROVIDER_PREFIX)
        },
    )


def _parse(path: FilePath) -> tuple[Any, Any]:
    """The file as plain values, and once more as ruamel's own ones, which know their lines."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path.name}: {error}", fix="Make it a readable file in UTF-8.") from error
    try:
        return YAML(typ="safe", pure=True).load(text) or {}, YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        found = (error.problem or error.context or "a syntax error").split("\n")[0]
        problem = Problem((), found, "YAML", "Mend the syntax there.", "yaml", line)
        raise SettingsError([problem], source=path.name) from error
    except (YAMLError, ValueError) as error:
        found = str(error).split("\n")[0]
        raise SettingsError([_shape(found, "YAML", "Mend the syntax.")], source=path.name) from error


def _shape(got: Any, expected: str, fix: str) -> Problem:
    return Problem((), _plain(got), expected, fix, rule="yaml", line=1)


def _plain(value: Any) -> Any:
    """A value of the kinds JSON has, as Pulumi hands it to the program."""
    match value:
        case dict():
            return {_key(key): _plain(inner) for key, inner in value.items()}
        case list() | tuple() | set():
            return [_plain(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)


def _key(key: Any) -> str:
    match key:
        case None:
            return "null"
        case bool():
            return str(key).lower()
        case _:
            return str(key)


def _setting_lines(places: Any, own: Sequence[str]) -> Iterator[tuple[Path, int]]:
    for key in own:
        config = places["config"]
        name = key.removeprefix(_PREFIX)
        if key in config.lc.data:
            yield (name,), config.lc.data[key][0] + 1
        yield from _lines(config[key], (name,))


def _lines(value: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """The line of every value in a container. Merged keys have none; theirs is that of what they stand in."""
    match value:
        case CommentedMap():
            places = value.lc.data or {}
            for key, inner in value.items():
                if key in places:
                    yield (*path, _key(key)), places[key][0] + 1
                yield from _lines(inner, (*path, _key(key)))
        case CommentedSeq():
            places = value.lc.data or {}
            for index, inner in enumerate(value):
                if index in places:
                    yield (*path, index), places[index][0] + 1
                yield from _lines(inner, (*path, index))
        case _:
            return
