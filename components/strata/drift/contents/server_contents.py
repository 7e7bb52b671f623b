"""What a server has printed that compared itself with what its image was baked with (pure)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["BadContents", "ChangedContent", "ServerContents"]

_CUT: Final = "it was cut off: AWS shows 2,500 characters of it"


@dataclass(frozen=True)
class ChangedContent:
    """One thing that is not as it was baked.

    Args:
        kind: `package`, `config`, `kernel`, `system` or `bill`.
        name: of the package, the file and the like.
        baked: its version, hash or value in the image; None where it is not in it.
        found: likewise on the server.
    """

    kind: str
    name: str
    baked: str | None
    found: str | None


class BadContents(Exception):  # noqa: N818 - why an answer is none, which is no error of this program
    """Why a server could not compare itself, as a clause."""


@dataclass(frozen=True)
class ServerContents:
    """What a server says of itself.

    Args:
        version: of the application, as the image has it.
        found: how many differences there are.
        changes: those that it printed.
    """

    version: str
    found: int
    changes: tuple[ChangedContent, ...]

    @property
    def further(self) -> int:
        """How many differences it did not print."""
        return self.found - len(self.changes)

    @classmethod
    def parse(cls, output: str) -> "ServerContents":
        """Read what the script has printed.

        Raises:
            BadContents: it could not compare, or this is not all that it has printed.
        """
        try:
            about, *lines = (json.loads(line) for line in output.splitlines() if line)
            if "unread" in about:
                raise BadContents(_why(about))
            if not lines or not isinstance(lines[-1], dict) or lines[-1]["printed"] != len(lines) - 1:
                raise BadContents(_CUT)
            changes = tuple(_change(each) for each in lines[:-1])
            return cls(str(about["app_version"]), int(about["found"]), changes)
        except (ValueError, KeyError, TypeError) as error:
            why = _CUT if output.startswith("{") else f"it printed {output.strip()[:80]!r}, and no comparison"
            raise BadContents(why) from error


def _why(about: dict[str, Any]) -> str:
    if about["unread"] == "no-manifest":
        return "its image has no manifest: it was not baked by a pipeline of Strata"
    return f"it could not compare: {about['why']}"


def _change(values: Sequence[Any]) -> ChangedContent:
    kind, name, baked, found = values
    return ChangedContent(str(kind), str(name), baked, found)
