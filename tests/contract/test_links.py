"""Every link between pages leads somewhere, also the part behind the #, and every page can be reached."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

LINK = re.compile(r"\]\((?P<target>[^()\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """The text of a page without its code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings of a page."""
    found: set[str] = set()
    for line in FENCE.sub("", page.read_text(encoding="utf-8")).splitlines():
        heading = re.match(r"#{1,6} +(?P<text>.+?)\s*$", line)
        if heading:
            slug = re.sub(r"[^\w\- ]", "", heading["text"].lower()).replace(" ", "-")
            again = sum(1 for each in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", each))
            found.add(f"{slug}-{again}" if again else slug)
    return found


def links(page: Path) -> Iterator[str]:
    for match in LINK.finditer(prose(page)):
        if not re.match(r"[a-z]+:", match["target"]):
            yield match["target"]


def led_to(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


def dead(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    found: list[str] = []
    for link in links(page):
        target, anchor = led_to(page, link), link.partition("#")[2]
        outside = not target.is_relative_to(ROOT)
        if outside or not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_of_a_page_is_dead(page: Path) -> None:
    assert dead(page) == []


def test_a_reader_of_the_readme_can_reach_every_page() -> None:
    reached, unread = {PAGES[0]}, [PAGES[0]]
    while unread:
        page = unread.pop()
        new = {led_to(page, link) for link in links(page)} - reached
        reached |= new
        unread += [each for each in new if each.suffix == ".md" and each.is_file()]
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


def test_nothing_is_read_from_beside_the_clone() -> None:
    outside = re.compile(r"\.\./shared\b|\b(ROOT|REPOSITORY)\.parent\b")
    rooms = [
        each for room in ("components", "rehearsal", "tests", "docs", "bench") for each in (ROOT / room).rglob("*.py")
    ]
    files = [ROOT / "Makefile", ROOT / ".ci" / "run", *rooms]
    assert [str(file.relative_to(ROOT)) for file in files if outside.search(file.read_text(encoding="utf-8"))] == []


def test_every_file_and_every_table_that_contributing_names_is_there() -> None:
    named = set(re.findall(r"`([^`\n]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    rooms = [
        file
        for room in ("components", "rehearsal", "tests", "docs", "bench")
        for file in (ROOT / room).rglob("*")
        if file.suffix in {".py", ".json", ".toml", ".ambr", ".md"}
    ]
    paths = [f"/{file.relative_to(ROOT).as_posix()}" for file in (ROOT / "pyproject.toml", *rooms)]
    files = {name for name in named if re.fullmatch(r"[\w/.]+\.(py|json|toml|ambr)", name)}
    assert sorted(name for name in files if not any(path.endswith(f"/{name}") for path in paths)) == []
    tables = {name for name in named if re.fullmatch(r"[A-Z][A-Z_]{3,}", name)}
    words = {
        word
        for file in rooms
        if file.suffix == ".py"
        for word in re.findall(r"\b[A-Z][A-Z_]{3,}\b", file.read_text(encoding="utf-8"))
    }
    assert sorted(tables - words) == []


def test_a_dead_link_and_a_dead_anchor_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading, *two* words\n[a](#one-heading-two-words) [b](#no-such) [c](none.md) `[d](code.md)`\n"
        "```\n[e](code.md)\n# no heading\n```\n[f](#no-heading) [g](https://example.com/#x)\n"
    )
    assert dead(page) == ["#no-such", "none.md", "#no-heading"]
