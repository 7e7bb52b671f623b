"""Read a person's Pulumi files without changing them, and make of a stack file one that needs no key."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strata.errors import RehearsalError

__all__ = ["REPLACEMENT", "STACK_NAME", "kind", "read_yaml", "without_secrets", "write_yaml"]

REPLACEMENT = "rehearsal"
"""The value every encrypted setting has in a rehearsal."""

STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi accepts as the name of a stack."""


def read_yaml(file: Path) -> dict[str, Any]:
    """Read a YAML 1.2 file that holds a mapping; an empty one is an empty mapping.

    Raises:
        RehearsalError: the file cannot be read, is not YAML, or holds something else.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="rt").load(file)
    except OSError as error:
        raise RehearsalError(f"{file} cannot be read: {error.strerror}") from error
    except YAMLError as error:
        raise RehearsalError(f"{file} is not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RehearsalError(f"{file} holds a {kind(content)}, expected a mapping")
    return content


def kind(value: Any) -> str:
    """What a YAML value that is no mapping is, in a word or two."""
    return "list" if isinstance(value, list) else "single value"


def write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as YAML."""
    from ruamel.yaml import YAML

    with file.open("w") as stream:
        YAML(typ="rt").dump(content, stream)


def without_secrets(value: Any, path: str = "") -> tuple[Any, list[str]]:
    """Copy a configuration with every `{secure: ...}` replaced by `REPLACEMENT`.

    Returns:
        The copy, and the paths of what was replaced, such as `strata:services.web.token`.
    """
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return REPLACEMENT, [path]
        parts = {key: without_secrets(part, f"{path}.{key}" if path else str(key)) for key, part in value.items()}
        return {key: part for key, (part, _) in parts.items()}, [found for _, more in parts.values() for found in more]
    if isinstance(value, list):
        items = [without_secrets(part, f"{path}[{index}]") for index, part in enumerate(value)]
        return [part for part, _ in items], [found for _, more in items for found in more]
    return value, []
