"""docs/migration.md and `strata assess` are about the same: each finding has its section, which names no other."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from strata.assess.assess_codes import ASSESS_CODES, PAGE, UNSEEN, AssessCode
from tests.contract.test_links import anchors

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / PAGE).read_text(encoding="utf-8")
SECTION_OF = {
    **{code.value: row.section for code, row in ASSESS_CODES.items()},
    **{name: row.section for name, row in UNSEEN.items()},
}
"""The section of each finding, and of each thing that nobody sees."""


def sections() -> dict[str, str]:
    """The text of each challenge, by its anchor."""
    _, _, challenges = TEXT.partition("\n## Challenge by challenge\n")
    challenges, _, _ = challenges.partition("\n## ")
    found = re.split(r"^### (.+)$", challenges, flags=re.MULTILINE)[1:]
    named = dict(zip(found[::2], found[1::2], strict=True))
    return {title.lower().replace(" ", "-"): text for title, text in named.items()}


def opening(text: str) -> set[str]:
    """What a section is about: the names in the sentence that it begins with."""
    first, _, _ = text.strip().partition(". ")
    return set(re.findall(r"`([a-z0-9-]+)`", first))


def strays(named: dict[str, set[str]]) -> dict[str, set[str]]:
    """What sections name that is not theirs, and lack that is."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for name, section in SECTION_OF.items():
        wanted[section].add(name)
    return {
        each: named.get(each, set()) ^ wanted[each] for each in named.keys() | wanted if named.get(each) != wanted[each]
    }


def test_every_finding_opens_its_section_and_every_section_is_about_findings():
    assert len(SECTION_OF) == len(ASSESS_CODES) + len(UNSEEN), "a finding has the name of something that is not seen"
    assert len(sections()) >= 10
    assert strays({name: opening(text) for name, text in sections().items()}) == {}


def test_what_is_missing_and_what_is_stray_is_noticed():
    named = {name: opening(text) for name, text in sections().items()}
    named["slow-boot"] = (named["slow-boot"] - {"boot-installs"}) | {"no-such-thing"}
    assert strays(named) == {"slow-boot": {"boot-installs", "no-such-thing"}}


@pytest.mark.parametrize("code", AssessCode)
def test_a_finding_names_what_was_found_why_and_what_to_do_and_leads_to_its_section(code: AssessCode):
    row = ASSESS_CODES[code]
    assert all(each.endswith(".") for each in (row.means, row.why, row.remedy))
    page, _, anchor = row.page.partition("#")
    assert anchor in anchors(ROOT / page)
    assert f"[`{code.value}`](#{anchor})" in TEXT, "run make docs"
