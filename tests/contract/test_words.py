"""The pages for users are written as a native speaker would write them: a few words of an older dialect stay out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from strata.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md")]

INSTEAD = {
    r"told|tells?": "name who learns what: notified of, passed to, shown by",
    r"says?|said|saying": "shows, reports, states, declares",
    r"anew": "again",
    r"stands?|stood": "is, lies, depends on",
    r"lets? go of|letting go": "removes, releases",
    r"mend(?:s|ed|ing)?": "fixes, corrects",
    r"called like": "named after",
    r"times as fast as": "120x real time",
}
"""What replaces a word, by a pattern of it."""


def found(text: str) -> Iterator[str]:
    """The words that are to be replaced, outside of code."""
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    for pattern, better in INSTEAD.items():
        for match in re.finditer(rf".*\b(?P<word>{pattern})\b.*", prose, re.IGNORECASE):
            yield f"{match['word']} ({better}): {match[0].strip()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_written_in_plain_english(page: Path) -> None:
    assert list(found(page.read_text(encoding="utf-8"))) == []


def test_the_summary_of_a_command_is_imperative() -> None:
    first = {name: entry.summary.split()[0] for name, entry in COMMANDS.items()}
    assert set(first.values()) <= {"Apply", "Check", "Create", "Let", "Print", "Refuse", "Show"}, first


def test_a_word_of_the_list_is_noticed() -> None:
    assert [each.partition(" ")[0] for each in found("It says so.\n`says`\n```\nsaid\n```\nMade anew.")] == [
        "says",
        "anew",
    ]
