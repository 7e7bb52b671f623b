"""The page of a review."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from strata.resources.classes import WORDS
from strata.review.page import page
from strata.review.recording import Revision
from strata.review.tiers import JUDGED, Review
from strata.spectrum import Mutability
from strata.stage import Stage
from tests.unit.review.program import CANARY

SPACE = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def text(prod: Review) -> str:
    return page(prod)


@pytest.fixture(scope="module")
def tree(text: str) -> ET.Element:
    return read(text)


def read(text: str) -> ET.Element:
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own text


def words(element: ET.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_it_is_well_formed_and_every_row_is_as_wide_as_its_head(tree):
    tables = list(tree.iter(f"{SPACE}table"))
    assert tables
    for table in tables:
        widths = {len(row) for row in table.iter(f"{SPACE}tr")}
        assert len(widths) == 1, words(table)


def test_it_needs_nothing_from_elsewhere_and_runs_nothing(text):
    assert not re.findall(r"<(script|img|link|iframe|object|embed)|url\(|@import|\bsrc=|\bhref=|\bon\w+=", text)
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/1999/xhtml"}, "a namespace, no address"


def test_it_has_light_dark_and_print(text):
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_it_shows_no_value_and_nothing_unknown(text):
    assert CANARY not in text
    for unknown in ("04da6b54", "4dabf181", "1b47061264138c4ac30d75fd1eb44270", "Output", "Mark.", "None"):
        assert unknown not in text


def test_names_are_escaped(text, tree):
    assert "legacy&lt;&amp;&gt;" in text
    assert "legacy<&>" in words(tree)


def test_every_resource_is_on_it_with_its_class_and_verdicts(prod, tree):
    (tiers, *_) = [list(tree.iter(f"{SPACE}section"))]
    rows = [row for tier in tiers for row in tier.find(f"{SPACE}details").iter(f"{SPACE}tr")]
    told = [[words(cell) for cell in row] for row in rows if row[0].tag == f"{SPACE}td"]
    expected = [
        [each.name, each.kind, each.mutability.value]
        for tier in prod.tiers
        for group in tier.groups
        for each in group.parts
    ]
    assert [row[:3] for row in told] == expected
    signs = {"allow": "✓ allow", "warn": "! warn", "refuse": "✕ refuse"}
    parts = [each for tier in prod.tiers for group in tier.groups for each in group.parts]
    for row, part in zip(told, parts, strict=True):
        assert row[4:] == [signs[part.verdicts[operation].value] for operation in JUDGED]


def test_every_class_is_on_the_spectrum_even_without_a_resource(tree):
    (spectrum,) = [each for each in tree.iter(f"{SPACE}ul") if each.get("class") == "spectrum"]
    assert [words(each).split()[0] for each in spectrum] == [each.value for each in Mutability]


def test_each_tier_says_how_it_changes_and_where_the_truth_is(prod, tree):
    for tier, section in zip(prod.tiers, tree.iter(f"{SPACE}section"), strict=True):
        assert WORDS[tier.mutability].truth in words(section)
        for group in tier.groups:
            assert WORDS[group.mutability].changes in words(section)


def test_dev_says_that_refusals_are_warnings(dev):
    assert "In dev, what would be refused is a warning" in page(dev)
    assert "✕" not in page(dev)


def test_a_stack_without_resources_has_a_page(prod):
    text = page(Review("p", "s", Stage.DEV, "a test", ()))
    read(text)
    assert "no resources" in text


def test_it_says_when_and_from_which_commit_it_was_made(prod):
    at = datetime(2026, 11, 28, 18, 52, 9, tzinfo=UTC)
    told = "".join(read(page(replace(prod, at=at, revision=Revision("0123456789ab", changed=True)))).itertext())
    assert "read from a test on 2026-11-28 18:52 UTC, commit 0123456789ab with uncommitted changes" in told
    assert "commit" not in words(read(page(prod)))


def test_every_table_has_a_caption_of_its_own(tree):
    captions = [words(table.find(f"{SPACE}caption")) for table in tree.iter(f"{SPACE}table")]
    assert len(captions) == len(set(captions)) > 0
    assert {"Shop shop, by class", "Shop shop, every resource"} <= set(captions)


def test_signs_and_columns_are_explained_above_the_first_table(text, tree):
    (legend,) = [each for each in tree.iter() if each.get("class") == "legend"]
    for sign in ("✓ allow", "! warn", "✕ refuse"):
        assert sign in words(legend)
    assert text.index('class="legend"') < text.index("<table")


def test_on_a_phone_a_row_is_a_card_whose_cells_say_what_they_are(text, tree):
    for table in tree.iter(f"{SPACE}table"):
        heads = [words(head) for head in table.iter(f"{SPACE}th")]
        for row in table.find(f"{SPACE}tbody"):
            assert [cell.get("data-label") for cell in row] == heads
    narrow = text.partition("@media screen and (max-width: 760px)")[2]
    assert "content: attr(data-label)" in narrow
    # display: block takes a table its meaning, which the roles give back
    assert {cell.get("role") for cell in tree.iter(f"{SPACE}td")} == {"cell"}
