"""The configuration in `Pulumi.yaml`: values for every stack, and where the stack files are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from strata.errors import SettingsError, UsageError
from strata.problem import ABSENT, Path, Problem, shown
from strata.project.document import Document, read_document
from strata.project.location import project_file, text_of

__all__ = ["ProjectConfig", "project_config"]

_DECLARED: Final = ("value", "default")
"""Where a declaration has its value. A default is for the project's own keys, a value for any."""
_EMPTY: Final = Document({}, {}, {}, {})

T = TypeVar("T")


@dataclass(frozen=True)
class ProjectConfig:
    """The configuration in `Pulumi.yaml`.

    Args:
        source: name of the file.
        name: name of the project; none where the file has none.
        folder: where the stack files are, from the folder of `Pulumi.yaml`.
        values: what every stack has whose file sets no other, by full key.
    """

    source: str = "Pulumi.yaml"
    name: str | None = None
    folder: str = "."
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _places: Mapping[str, Path] = field(default_factory=dict[str, Path])
    _document: Document = _EMPTY

    def lines_below(self, prefix: str, keys: Iterable[str]) -> dict[Path, int]:
        """The line of every value of some keys, by path below a prefix."""
        return self._found(self._document.lines, prefix, keys)

    def written_below(self, prefix: str, keys: Iterable[str]) -> dict[Path, str]:
        """The source text of every value of some keys that is not quoted, by path below a prefix."""
        return self._found(self._document.written, prefix, keys)

    def keys_below(self, prefix: str, keys: Iterable[str]) -> dict[Path, str]:
        """The source text of every key of which Pulumi makes another one, by path below a prefix."""
        return self._found(self._document.keys, prefix, keys)

    def _found(self, known: Mapping[Path, T], prefix: str, keys: Iterable[str]) -> dict[Path, T]:
        places = [(self._places[key], key.removeprefix(prefix)) for key in keys if key.startswith(prefix)]
        return {
            (name, *path[len(place) :]): it
            for place, name in places
            for path, it in known.items()
            if path[: len(place)] == place
        }


def project_config(project: FilePath) -> ProjectConfig:
    """Read `Pulumi.yaml`.

    Args:
        project: its folder.

    Raises:
        SettingsError: it is not YAML, or Pulumi would refuse its configuration.
        UsageError: it cannot be read, or the folder of the stack files or the configuration is none.
    """
    file = project_file(project)
    if not file.is_file():
        return ProjectConfig(file.name)
    document = read_document(file)
    content: Mapping[str, Any] = document.value if isinstance(document.value, dict) else {}
    name, folder = (text_of(document, file, key) for key in ("name", "stackConfigDir"))
    config = content.get("config")
    if isinstance(config, str):
        # how Pulumi spelled stackConfigDir once
        config, folder = {}, folder or text_of(document, file, "config")
    if config is not None and not isinstance(config, dict):
        raise UsageError(
            f"config in {file.name} (line {document.lines['config',]}) is {shown(config)}, expected a mapping",
            fix="Write keys below it, such as aws:region: {value: eu-west-1}.",
        )
    values: dict[str, Any] = {}
    places: dict[str, Path] = {}
    problems: list[Problem] = []
    for key, declared in (config if isinstance(config, dict) else {}).items():
        own = ":" not in key or key.startswith(f"{name}:")
        step = _step(declared, own=own)
        if step is None:
            if not own:
                problems.append(_undeclared(key, declared, document.lines.get(("config", key))))
            continue
        full = key if ":" in key else f"{name}:{key}"
        values[full] = declared[step[0]] if step else declared
        places[full] = ("config", key, *step)
    if problems:
        raise SettingsError(problems, source=file.name)
    # below the project even where it begins with a slash, as Pulumi joins the two
    return ProjectConfig(file.name, name, (folder or "").lstrip("/") or ".", values, places, document)


def _step(declared: Any, *, own: bool) -> tuple[str, ...] | None:
    """The path from a key to its value; None where there is no value."""
    if not isinstance(declared, dict):
        return None if declared is None else ()
    found = [each for each in (_DECLARED if own else _DECLARED[:1]) if declared.get(each) is not None]
    return (found[0],) if found else None


def _undeclared(key: str, declared: Any, line: int | None) -> Problem:
    return Problem(
        ("config", key),
        ABSENT if declared is None else declared,
        expected="a mapping with the key value: it is no key of the project itself (Pulumi)",
        fix=f"Write {key}: {{value: ...}}.",
        rule="project-config",
        line=line,
    )
