"""Change one pin of a stack file, and nothing else in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from strata.errors import RefusedError, SettingsError, UsageError
from strata.project.document import parse_document
from strata.project.stack_file import find_stack_file, read_stack
from strata.project.whole_write import write_whole
from strata.project.yaml_edit import CannotEdit, with_value, without_value

__all__ = ["PinFile", "PinKind", "edit_pin", "open_pin_file", "read_pin_file", "write_pin"]

_CONFIG: Final = "config"
_BY_HAND: Final = "Edit the file by hand."


class PinKind(StrEnum):
    """Where in a stack file a pin is."""

    MACHINE = "images"
    """Of a machine image."""
    CONTAINER = "container_images"
    """Of a container image."""

    @property
    def key(self) -> str:
        """The key of the configuration with the pins of this kind."""
        return f"strata:{self.value}"


@dataclass(frozen=True)
class PinFile:
    """A stack file as it was read.

    Args:
        path: the file.
        content: its bytes.
    """

    path: Path
    content: bytes

    def pin(self, kind: PinKind, name: str) -> Mapping[str, Any]:
        """What the file says of a pin; empty where it says nothing.

        Raises:
            SettingsError: the file is not YAML.
            UsageError: it is not in UTF-8.
        """
        pins = _below(_below(_value(_text(self), self.path.name), _CONFIG), kind.key)
        return _below(pins, name)


def open_pin_file(project: Path, stack: str, kind: PinKind) -> PinFile:
    """Read the file of a stack in which a pin is to be changed.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.
        kind: of the pin.

    Raises:
        RefusedError: all pins come from `Pulumi.yaml`, and one in the stack file would hide the others.
        SettingsError: a file is not YAML, or not what Pulumi expects.
        UsageError: there is no such file, or it cannot be read.
    """
    path = find_stack_file(project, stack)
    file = read_pin_file(path)
    if (elsewhere := read_stack(project, stack).elsewhere.get(kind.value)) is not None:
        raise RefusedError(
            f"{kind.key} is in {elsewhere}, for all stacks, and {path.name} has none of its own",
            fix=f"Move {kind.key} into {path.name}.",
        )
    return file


def read_pin_file(path: Path) -> PinFile:
    """A stack file as it is now.

    Args:
        path: the file.

    Raises:
        UsageError: it is not there, or cannot be read.
    """
    try:
        return PinFile(path, path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path.name}: {error}", fix="Make it a readable file in UTF-8.") from error


def write_pin(file: PinFile, kind: PinKind, name: str, pin: Mapping[str, Any]) -> PinFile:
    """Change a pin in its file: all of it or nothing, and only if the file is still what was read.

    Args:
        file: as it was read.
        kind: of the pin.
        name: the pin.
        pin: its fields; None takes one out. Fields that are not named stay.

    Returns:
        The file as it is now.

    Raises:
        RefusedError: somebody has changed the file since, or it cannot be edited without changing more.
        SettingsError: the file is not YAML.
        UsageError: it cannot be written.
    """
    edited = edited_pin(file, kind, name, pin)
    write_whole(file.path, file.content, edited.content)
    return edited


def edited_pin(file: PinFile, kind: PinKind, name: str, pin: Mapping[str, Any]) -> PinFile:
    """A file with a changed pin, as `write_pin` would write it; it writes nothing.

    Args:
        file: as it was read.
        kind: of the pin.
        name: the pin.
        pin: its fields; None takes one out. Fields that are not named stay.

    Raises:
        RefusedError: it cannot be edited without changing more.
        SettingsError: the file is not YAML.
    """
    return PinFile(file.path, edit_pin(_text(file), kind, name, pin, source=file.path.name).encode())


def edit_pin(text: str, kind: PinKind, name: str, pin: Mapping[str, Any], *, source: str) -> str:
    """The text of a stack file with one pin changed.

    Args:
        text: the file.
        kind: of the pin.
        name: the pin.
        pin: its fields; None takes one out. Fields that are not named stay.
        source: name of the file, for messages.

    Raises:
        RefusedError: the pin cannot be edited without changing more.
        SettingsError: the text is not YAML.
    """
    path = [_CONFIG, kind.key, name]
    before = _value(text, source)
    wanted = _expected(before, path, pin)
    given = {key: value for key, value in pin.items() if value is not None}
    edited = text
    try:
        if isinstance(_below(_below(before, _CONFIG), kind.key).get(name), Mapping):
            for key, value in given.items():
                edited = with_value(edited, [*path, key], value)
            for key in pin.keys() - given.keys():
                edited = without_value(edited, [*path, key])
        else:
            edited = with_value(edited, path, given)
    except CannotEdit as error:
        raise RefusedError(f"{source}: the pin {name} cannot be changed alone: {error}", fix=_BY_HAND) from error
    try:
        after = _canonical(_value(edited, source))
    except SettingsError as error:
        raise RefusedError(
            f"{source}: the pin {name} cannot be changed without breaking the file", fix=_BY_HAND
        ) from error
    if after != _canonical(wanted):
        shared = ": something in it is used elsewhere too, by its anchor" if "&" in text and "*" in text else ""
        raise RefusedError(f"{source}: the pin {name} cannot be changed alone{shared}", fix=_BY_HAND)
    return edited


def _expected(before: Any, path: list[str], pin: Mapping[str, Any]) -> Any:
    """The document that an edit must mean."""
    # what an alias stands for is one object; by JSON it becomes several
    wanted = json.loads(json.dumps(before)) if isinstance(before, dict) else {}
    here = wanted
    for key in path:
        if not isinstance(here.get(key), dict):
            here[key] = {}
        here = here[key]
    for key, value in pin.items():
        if value is None:
            here.pop(key, None)
        else:
            here[key] = value
    return wanted


def _canonical(value: Any) -> str:
    # NaN equals nothing, not even itself
    return json.dumps(value, sort_keys=True)


def _below(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _value(text: str, source: str) -> Any:
    return parse_document(text, source).value


def _text(file: PinFile) -> str:
    try:
        return file.content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"cannot read {file.path.name}: {error}", fix="Make it a readable file in UTF-8.") from error
