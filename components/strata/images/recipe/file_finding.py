"""What is wrong with a line of a file that an image is baked by."""

from collections.abc import Iterable
from dataclasses import dataclass

from strata.errors import DefinitionError

__all__ = ["FileFinding", "require_none"]


@dataclass(frozen=True, order=True)
class FileFinding:
    """One thing that is wrong.

    Args:
        path: the file.
        line: its line, from 1 on; 0 for the whole file.
        text: what is wrong.
        fix: what to do, as a full sentence.
    """

    path: str
    line: int
    text: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}\n    fix: {self.fix}"


def require_none(name: str, findings: Iterable[FileFinding]) -> None:
    """Nothing, if there are no findings.

    Args:
        name: the pipeline.
        findings: what was found.

    Raises:
        DefinitionError: with every finding.
    """
    if found := sorted(findings):
        lines = "\n".join(f"  {each}" for each in found)
        raise DefinitionError(f"image pipeline {name!r} cannot be baked as it is:\n{lines}")
