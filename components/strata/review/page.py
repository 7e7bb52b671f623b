"""A review as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

It shows names, types and classes, and of the inputs only what keeps a resource safe: never a value.
"""

from strata.pages.html_page import html_page
from strata.resources.classes import WORDS
from strata.review.tiers import JUDGED, Review
from strata.spectrum import Verdict
from strata.stage import Stage

__all__ = ["page"]

_SIGNS = {Verdict.ALLOW: "✓", Verdict.WARN: "!", Verdict.REFUSE: "✕"}

_MEANINGS = {
    Verdict.ALLOW: "goes through",
    Verdict.WARN: "goes through with a warning",
    Verdict.REFUSE: "fails the check",
}


def page(review: Review) -> str:
    """The page.

    Args:
        review: what it shows.

    Returns:
        An HTML document that is well-formed XML too.
    """
    softened = review.stage is Stage.DEV
    return html_page(
        "strata.review",
        "page.html.jinja",
        "page.css",
        review=review,
        words=WORDS,
        judged=JUDGED,
        signs=_SIGNS,
        softened=softened,
        meanings={each: text for each, text in _MEANINGS.items() if not (softened and each is Verdict.REFUSE)},
    )
