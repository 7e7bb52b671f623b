"""A report of drift as one HTML page."""

from strata.drift.drift_finding import StackDrift
from strata.drift.resource_look import NOT_SEEN
from strata.pages.html_page import html_page

__all__ = ["drift_page"]


def drift_page(found: StackDrift) -> str:
    """The page.

    Args:
        found: the report.

    Returns:
        An HTML document that is well-formed XML too.
    """
    return html_page("strata.drift", "drift_page.html.jinja", "drift_page.css", found=found, not_seen=NOT_SEEN)
