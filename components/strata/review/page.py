"""A review as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

It shows names, types and classes, and of the inputs only what keeps a resource safe: never a value.
"""

from collections.abc import Iterable
from html import escape
from pathlib import Path

from strata.review.model import JUDGED, Group, Part, Review, Tier
from strata.review.words import WORDS
from strata.spectrum import Mutability, Verdict
from strata.stage import Stage

__all__ = ["page"]

_SIGNS = {Verdict.ALLOW: "✓", Verdict.WARN: "!", Verdict.REFUSE: "✕"}
_NOTHING = '<span class="nothing">nothing</span>'
_STYLE = Path(__file__).with_name("page.css")


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
        f"<body><main>{_head(review, title)}{_spectrum(review)}{tiers}{_foot(review)}</main></body></html>\n"
    )


def _head(review: Review, title: str) -> str:
    count, tiers = sum(1 for _ in review.parts), len(review.tiers)
    return (
        f'<header><p class="eyebrow">What may change, and how</p><h1>{title}</h1>'
        f'<p class="quiet"><span class="stage">{review.stage.value}</span> &#160; {_many(count, "resource")} in '
        f"{_many(tiers, 'tier')}, read from {escape(review.source)}</p></header>"
    )


def _spectrum(review: Review) -> str:
    bands = "".join(
        f'<li class="{each.value}{"" if count else " none"}"><strong>{each.value}</strong><b>{count}</b>'
        f'<span class="quiet">{escape(WORDS[each].what)}</span></li>'
        for each, count in review.counts.items()
    )
    return f'<ul class="spectrum" aria-label="Resources of each class">{bands}</ul>'


def _tier(tier: Tier) -> str:
    name = f"<h2>{escape(tier.name)}</h2>" if tier.name else "<h2>Outside Strata</h2>"
    kind = f'<span class="quiet">{escape(tier.kind)}</span>' if tier.kind else ""
    return (
        f'<section class="tier {tier.mutability.value}"><header>{name}{kind}{_class(tier.mutability)}'
        f'<p class="quiet">source of truth: {escape(WORDS[tier.mutability].truth)}</p></header>'
        f"<table><thead><tr><th>class</th><th>resources</th><th>a change arrives as</th><th>kept by</th>{_columns()}"
        f"</tr></thead><tbody>{''.join(map(_group, tier.groups))}</tbody></table>{_details(tier)}</section>\n"
    )


def _columns() -> str:
    return "".join(f"<th>{operation.value}</th>" for operation in JUDGED)


def _group(group: Group) -> str:
    kept = [
        escape(phrase if count == len(group.parts) else f"{phrase} ({count})") for phrase, count in group.protections
    ]
    verdicts = "".join(
        _cell(_verdict(verdict, 0 if count == len(group.parts) else count) for verdict, count in told)
        for told in map(group.verdicts, JUDGED)
    )
    return (
        f'<tr><td class="{group.mutability.value}">{_class(group.mutability)}</td>'
        f'<td class="count">{len(group.parts)}</td><td>{escape(WORDS[group.mutability].changes)}</td>'
        f"{_kept(kept)}{verdicts}</tr>"
    )


def _details(tier: Tier) -> str:
    rows = "".join(_part(part) for group in tier.groups for part in group.parts)
    return (
        f"<details><summary>{_many(len(tier.parts), 'resource')}</summary><table><thead><tr><th>name</th>"
        f"<th>type</th><th>class</th><th>kept by</th>{_columns()}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _part(part: Part) -> str:
    verdicts = "".join(_cell([_verdict(part.verdicts[operation])]) for operation in JUDGED)
    return (
        f"<tr><td><code>{escape(part.name)}</code></td><td>{escape(part.kind)}</td>"
        f'<td class="{part.mutability.value}">{_class(part.mutability)}</td>'
        f"{_kept(list(map(escape, part.protections)))}{verdicts}</tr>"
    )


def _class(mutability: Mutability) -> str:
    return f'<span class="class">{mutability.value}</span>'


def _kept(phrases: list[str]) -> str:
    told = "".join(f"<span>{phrase}</span>" for phrase in phrases)
    return f'<td class="keeps">{told or _NOTHING}</td>'


def _cell(verdicts: Iterable[str]) -> str:
    return f'<td class="verdict">{"".join(verdicts)}</td>'


def _verdict(verdict: Verdict, count: int = 0) -> str:
    """A verdict, and on how many where it is not on all."""
    return f'<span class="{verdict.value}">{_SIGNS[verdict]} {verdict.value}{f" ({count})" if count else ""}</span>'


def _foot(review: Review) -> str:
    softened = " In dev, what would be refused is a warning." if review.stage is Stage.DEV else ""
    return (
        "<footer><p>Update, replace and delete are what the guard says to a plan that does nothing worse. An update "
        "that takes protection away is judged like a replacement; a group or target group in use is neither replaced "
        f"nor deleted.{softened}</p><p>A resource that says nothing of its class has that of what it belongs to."
        "</p></footer>"
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
