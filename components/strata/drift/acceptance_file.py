"""The file of the differences that are accepted of a stack: beside its stack file, and reviewed as that is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strata.drift.accepted_difference import ACCEPTED, AcceptedDifference, find_problems, read_differences
from strata.errors import RefusedError, SettingsError, UsageError
from strata.project.document import parse_document
from strata.project.stack_file import DRIFT_ENDING, find_stack_file
from strata.project.whole_write import write_whole
from strata.project.yaml_edit import CannotEdit, with_value

__all__ = ["AcceptanceFile", "open_acceptance_file"]

_BEGIN = "# Differences that are accepted for a time: strata drift STACK SERVICE --record KEY\n"
_BY_HAND = "Edit the file by hand."


@dataclass(frozen=True)
class AcceptanceFile:
    """A file as it was read.

    Args:
        path: the file.
        content: its bytes; None where there is none.
        accepted: what it accepts, in its order.
    """

    path: Path
    content: bytes | None
    accepted: tuple[AcceptedDifference, ...]

    @property
    def text(self) -> str:
        """Its content; empty where there is none."""
        return (self.content or b"").decode()

    def with_differences(self, differences: Sequence[AcceptedDifference]) -> str:
        """Its text with differences in it, in place of those with the same keys; nothing else in it is changed.

        Args:
            differences: what is accepted.

        Raises:
            RefusedError: it is written in such a way that they cannot be put in alone.
        """
        edited = self.text if self.content is not None else _BEGIN
        wanted = _value(self.text, self.path.name)
        try:
            for each in differences:
                edited = with_value(edited, [ACCEPTED, each.service, each.key], each.fields())
                _put(wanted, each)
        except CannotEdit as error:
            raise RefusedError(f"{self.path.name} cannot be added to: {error}", fix=_BY_HAND) from error
        if _canonical(_value(edited, self.path.name)) != _canonical(wanted):
            raise RefusedError(f"{self.path.name} cannot be added to without changing more", fix=_BY_HAND)
        return edited

    def write(self, text: str) -> None:
        """Put a text in its place.

        Args:
            text: all of it.

        Raises:
            RefusedError: somebody has changed it since it was read.
            UsageError: it cannot be written.
        """
        write_whole(self.path, self.content, text.encode())


def open_acceptance_file(project: Path, stack: str) -> AcceptanceFile:
    """Read what is accepted of a stack.

    Args:
        project: folder of the Pulumi project.
        stack: the stack.

    Raises:
        SettingsError: the file has problems.
        UsageError: there is no such stack, or the file cannot be read.
    """
    stack_file = find_stack_file(project, stack)
    path = stack_file.with_name(f"{stack_file.stem}{DRIFT_ENDING}{stack_file.suffix}")
    try:
        content = path.read_bytes() if path.exists() else None
        text = (content or b"").decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path.name}: {error}", fix="Make it a readable file in UTF-8.") from error
    document = parse_document(text, path.name)
    if problems := find_problems(document, path.name):
        raise SettingsError(problems, source=path.name)
    return AcceptanceFile(path, content, tuple(read_differences(document)))


def _put(wanted: dict[str, Any], each: AcceptedDifference) -> None:
    here = wanted
    for key in (ACCEPTED, each.service):
        if not isinstance(here.get(key), dict):
            here[key] = {}
        here = here[key]
    here[each.key] = each.fields()


def _value(text: str, source: str) -> dict[str, Any]:
    found = parse_document(text, source).value
    # what an alias stands for is one object; by JSON it becomes several
    return json.loads(json.dumps(found)) if isinstance(found, dict) else {}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
