"""One HTML page in one file: no script, no font, no picture from elsewhere, and every value escaped."""

from importlib import resources
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

__all__ = ["html_page"]

_SHARED: Final = "strata.pages"


def html_page(room: str, template: str, style: str, **values: Any) -> str:
    """A page of a room, as an HTML document that is well-formed XML too.

    Args:
        room: the package that has its template and its style.
        template: name of the template; it extends `document.html.jinja`, and may import `macros.html.jinja`.
        style: name of its style, which comes after the one that all pages have.
        **values: what the template shows. Each is escaped.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(room, ""), PackageLoader(_SHARED, "")]),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["commands"] = _commands
    styles = f"{_text(_SHARED, 'base.css')}\n{_text(room, style)}"
    return environment.get_template(template).render(style=Markup(styles), **values)  # noqa: S704 - ours


def _text(room: str, name: str) -> str:
    return resources.files(room).joinpath(name).read_text(encoding="utf-8")


def _commands(text: str) -> Markup:
    """A sentence with what is in backquotes as code."""
    parts = (
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(text.split("`"))
    )
    return Markup("").join(parts)
