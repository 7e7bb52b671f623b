"""Read a person's Pulumi files without changing them, and make of a stack file one that needs no key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from strata.errors import RehearsalError

__all__ = ["REPLACEMENT", "kind", "read_yaml", "without_secrets", "write_yaml"]

REPLACEMENT = "rehearsal"
"""The value every encrypted setting has in a rehearsal."""


def read_yaml(file: Path, *, verbatim: bool = False) -> dict[str, Any]:
    """Read a YAML 1.2 file that holds a mapping; an empty one is an empty mapping.

    Args:
        file: the file.
        verbatim: keep numbers, dates and nulls as they are written, for a copy; texts then stand for them.

    Raises:
        RehearsalError: the file cannot be read, is not YAML, or holds something else.
    """
    try:
        content = _yaml(verbatim=verbatim).load(file)
    except OSError as error:
        raise RehearsalError(f"{file} cannot be read: {error.strerror}") from error
    except (YAMLError, ValueError) as error:
        raise RehearsalError(f"{file} is not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise RehearsalError(f"{file} holds a {kind(content)}, expected a mapping")
    return content


class _Verbatim(str):
    """A scalar without quotes, as it is written. Pulumi decides what it means: to others `7e12345` is a number."""

    __slots__ = ("tag",)
    tag: str


class _Quoted(Composer):
    """Knows that what is in quotes after a lone exclamation mark is a text, as it is to Pulumi."""

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        """The scalar; its tag is found as that of one without the exclamation mark is."""
        event = self.parser.peek_event()
        if event.style is not None and str(event.tag) == "!":
            event.implicit = (False, True)
        return super().compose_scalar_node(anchor)


class _Reader(RoundTripConstructor):
    """Constructs scalars verbatim."""

    def construct_verbatim(self, node: ScalarNode) -> _Verbatim:
        """The scalar with the tag it was resolved to, which brings it back without quotes."""
        scalar = _Verbatim(node.value)
        scalar.tag = node.tag
        return scalar


class _Writer(RoundTripRepresenter):
    """Represents them so."""

    def represent_verbatim(self, scalar: _Verbatim) -> ScalarNode:
        """The scalar without quotes."""
        return self.represent_scalar(scalar.tag, str(scalar))


for _kind in ("int", "float", "timestamp", "null"):
    _Reader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Reader.construct_verbatim)
_Writer.add_representer(_Verbatim, _Writer.represent_verbatim)


def kind(value: Any) -> str:
    """What a YAML value that is no mapping is, in a word or two."""
    return "list" if isinstance(value, list) else "single value"


def write_yaml(file: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as YAML."""
    with file.open("w") as stream:
        _yaml(verbatim=True).dump(content, stream)


def _yaml(*, verbatim: bool) -> YAML:
    yaml = YAML(typ="rt", pure=True)
    if verbatim:
        yaml.Composer, yaml.Constructor, yaml.Representer = _Quoted, _Reader, _Writer
    return yaml


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
