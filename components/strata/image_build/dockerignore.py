"""What `.dockerignore` leaves out of a build's context, by the rules of Docker's own builder."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import normpath

__all__ = ["Dockerignore"]


@dataclass(frozen=True)
class Dockerignore:
    """The patterns of one file, in their order: the last one that matches decides.

    Args:
        rules: expressions over paths relative to the context, each with whether it leaves out what it matches.
    """

    rules: tuple[tuple[re.Pattern[str], bool], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Dockerignore":
        """The patterns in the text of a `.dockerignore`."""
        return cls(tuple(_rules(text.removeprefix("\ufeff").splitlines())))

    def ignores(self, path: str) -> bool:
        """Whether a file is left out: a pattern that matches a folder leaves out everything in it.

        Args:
            path: relative to the context, with `/` between its parts.
        """
        ignored = False
        parts = path.split("/")
        whole = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        for pattern, leaves_out in self.rules:
            if leaves_out != ignored and any(pattern.fullmatch(each) for each in whole):
                ignored = leaves_out
        return ignored

    def enters(self, folder: str) -> bool:
        """Whether anything below a folder can be part of the context, so that it has to be looked into."""
        return not self.ignores(folder) or any(not leaves_out for _, leaves_out in self.rules)


def _rules(lines: Iterable[str]) -> Iterator[tuple[re.Pattern[str], bool]]:
    for line in lines:
        pattern = line.strip()
        # a comment begins in the first column; in any other it is a name
        if line.startswith("#") or not pattern:
            continue
        leaves_out = not pattern.startswith("!")
        cleaned = normpath(pattern.removeprefix("!").strip()).lstrip("/")
        if cleaned and cleaned != ".":
            yield re.compile(_expression(cleaned), re.DOTALL), leaves_out


def _expression(pattern: str) -> str:
    written, at = "", 0
    while at < len(pattern):
        rest, character = pattern[at:], pattern[at]
        closing = pattern.find("]", at + 2)
        if rest.startswith("**/"):
            written, at = f"{written}(?:.*/)?", at + 3
        elif rest.startswith("**"):
            written, at = f"{written}.*", at + 2
        elif character == "*":
            written, at = f"{written}[^/]*", at + 1
        elif character == "?":
            written, at = f"{written}[^/]", at + 1
        elif character == "[" and closing > 0:
            written, at = f"{written}{pattern[at : closing + 1]}", closing + 1
        elif character == "\\" and at + 1 < len(pattern):
            written, at = f"{written}{re.escape(pattern[at + 1])}", at + 2
        else:
            written, at = f"{written}{re.escape(character)}", at + 1
    return written
