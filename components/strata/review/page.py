"""A review as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

It shows names, types and classes, and of the inputs only what keeps a resource safe: never a value.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from strata.resources.words import WORDS
from strata.review.model import JUDGED, Group, Part, Review, Tier
from strata.spectrum import Mutability, Verdict
from strata.stage import Stage

__all__ = ["page"]

_SIGNS = {Verdict.ALLOW: "✓", Verdict.WARN: "!", Verdict.REFUSE: "✕"}
_NOTHING = '<span class="nothing">nothing</span>'
_VERDICTS = tuple(operation.value for operation in JUDGED)
_GROUP_COLUMNS = ("class", "resources", "a change arrives as", "kept by", *_VERDICTS)
_PART_COLUMNS = ("name", "type", "class", "kept by", *_VERDICTS)
_STYLE = Path(__file__).with_name("page.css")


Cell = tuple[str, str]
"""What stands in a cell, as HTML, and its class in the style sheet."""


def page(review: Review) -> str:
    """The page.

    Args:
        review: what it shows.

    Returns:
        An HTML document that is well-formed XML too.
    """
    title = escape(f"{review.project} / {review.stack}")
    style = _STYLE.read_text(encoding="utf-8")
    tiers = "".join(map(_tier, review.tiers)) or "<p>The program registers no resources.</p>"
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{title}: what may change, and how</title><style>{style}</style></head>\n"
        f"<body><main>{_head(review, title)}{_spectrum(review)}{_legend(review)}{tiers}{_foot()}</main></body></html>\n"
    )


def _head(review: Review, title: str) -> str:
    count, tiers = sum(1 for _ in review.parts), len(review.tiers)
    return (
        f'<header><p class="eyebrow">What may change, and how</p><h1>{title}</h1>'
        f'<p class="quiet"><span class="stage">{review.stage.value}</span> &#160; {_many(count, "resource")} in '
        f"{_many(tiers, 'tier')}, read from {escape(review.source)}{_when(review)}</p></header>"
    )


def _when(review: Review) -> str:
    at = f' on <time datetime="{review.at.isoformat()}">{review.at:%Y-%m-%d %H:%M} UTC</time>' if review.at else ""
    return at + (f", commit {escape(str(review.revision))}" if review.revision else "")


def _spectrum(review: Review) -> str:
    bands = "".join(
        f'<li class="{each.value}{"" if count else " none"}"><strong>{each.value}</strong><b>{count}</b>'
        f'<span class="quiet">{escape(WORDS[each].what)}</span></li>'
        for each, count in review.counts.items()
    )
    return f'<ul class="spectrum" aria-label="Resources of each class">{bands}</ul>'


def _legend(review: Review) -> str:
    """What the words and signs of the tables mean, before they are met."""
    meanings = {
        Verdict.ALLOW: "goes through",
        Verdict.WARN: "goes through with a warning",
        Verdict.REFUSE: "fails the check",
    }
    told = [verdict for verdict in meanings if not (review.stage is Stage.DEV and verdict is Verdict.REFUSE)]
    signs = "".join(f"<li>{_verdict(verdict)} {meanings[verdict]}</li>" for verdict in told)
    softened = " In dev, what would be refused is a warning." if review.stage is Stage.DEV else ""
    return (
        '<div class="legend" role="note" aria-label="How to read the tables"><p>Update, replace and delete are what '
        f"the guard gives a plan that does nothing worse.{softened} A number in brackets shows on how many of "
        f"a row, where it is not all of them. What would hurt most to lose comes first.</p><ul>{signs}</ul></div>"
    )


def _tier(tier: Tier) -> str:
    name = f"<h2>{escape(tier.name)}</h2>" if tier.name else "<h2>Outside Strata</h2>"
    kind = f'<span class="quiet">{escape(tier.kind)}</span>' if tier.kind else ""
    title = escape(tier.title)
    summary = _table(f"{title}, by class", _GROUP_COLUMNS, map(_group, tier.groups))
    parts = [part for group in tier.groups for part in group.parts]
    every = _table(f"{title}, every resource", _PART_COLUMNS, map(_part, parts))
    return (
        f'<section class="tier {tier.mutability.value}"><header>{name}{kind}{_class(tier.mutability)}'
        f'<p class="quiet">source of truth: {escape(WORDS[tier.mutability].truth)}</p></header>{summary}'
        f"<details><summary>{_many(len(parts), 'resource')}</summary>{every}</details></section>\n"
    )


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table whose cells carry their column's name, because on a narrow screen each row becomes a card."""
    heads = "".join(f'<th scope="col" role="columnheader">{column}</th>' for column in columns)
    body = "".join(
        f'<tr role="row">{"".join(_cell(column, *cell) for column, cell in zip(columns, row, strict=True))}</tr>'
        for row in rows
    )
    return (
        f'<table role="table"><caption>{caption}</caption><thead role="rowgroup"><tr role="row">{heads}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table>'
    )


def _cell(column: str, content: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<td role="cell" data-label="{column}"{marked}><div>{content}</div></td>'


def _group(group: Group) -> list[Cell]:
    total = len(group.parts)
    kept = [escape(phrase if count == total else f"{phrase} ({count})") for phrase, count in group.protections]
    verdicts = (
        "".join(_verdict(verdict, 0 if count == total else count) for verdict, count in told)
        for told in map(group.verdicts, JUDGED)
    )
    return [
        (_class(group.mutability), group.mutability.value),
        (str(total), "count"),
        (escape(WORDS[group.mutability].changes), ""),
        (_kept(kept), "keeps"),
        *((told, "verdict") for told in verdicts),
    ]


def _part(part: Part) -> list[Cell]:
    return [
        (f"<code>{escape(part.name)}</code>", ""),
        (escape(part.kind), ""),
        (_class(part.mutability), part.mutability.value),
        (_kept([escape(each) for each in part.protections]), "keeps"),
        *((_verdict(part.verdicts[operation]), "verdict") for operation in JUDGED),
    ]


def _class(mutability: Mutability) -> str:
    return f'<span class="class">{mutability.value}</span>'


def _kept(phrases: Sequence[str]) -> str:
    return "".join(f"<span>{phrase}</span>" for phrase in phrases) or _NOTHING


def _verdict(verdict: Verdict, count: int = 0) -> str:
    """A verdict, and on how many where it is not on all."""
    return f'<span class="{verdict.value}">{_SIGNS[verdict]} {verdict.value}{f" ({count})" if count else ""}</span>'


def _foot() -> str:
    return (
        "<footer><p>An update that weakens protection is judged like a replacement; a group or target group in use "
        "is neither replaced nor deleted.</p><p>The class of a resource is that of its tag, or else of its type; of a "
        "type nobody knows it is controlled.</p></footer>"
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
