"""The blocks of code on the pages of the documentation."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

_FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(?P<text>(?:strata|make|pulumi) [^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """A block of code.

    Args:
        page: the page it is on.
        line: its first line there.
        language: what its fence says; nothing means commands of a shell.
        text: the code.
    """

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """Every block of a page."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        yield Block(page, line, match["language"], textwrap.dedent(match["text"]))


def inline_commands(page: Path) -> Iterator[str]:
    """Commands inside a sentence, such as `make up`; those with a word in capitals to be replaced are left out."""
    prose = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for match in _INLINE.finditer(prose):
        if not re.search(r"\b[A-Z]{2,}\b|\.\.\.|\|", match["text"]):
            yield match["text"]


def all_blocks(*languages: str) -> list[Block]:
    """The blocks of all pages that are of one of the languages."""
    return [block for page in PAGES for block in blocks(page) if block.language in languages]
