"""Whether a text looks like a secret: by what it is called, or by what it is."""

import re
from typing import Final

__all__ = ["looks_secret"]

_NAMES: Final = re.compile(
    r"(^|[_./-])(password|passwd|passphrase|pwd|secret|token|credentials?|"
    r"(api|private|secret|access|signing|encryption)[_.-]?key)$",
    re.IGNORECASE,
)
"""Last words of a key whose value would be the secret itself; an ARN or a lifetime of one ends otherwise."""

_SHAPES: Final = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), "it is a private key"),
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"), "it has the id of an AWS access key"),
    (re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}"), "it is a GitHub token"),
    (re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"), "it is a Slack token"),
    (re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,}"), "it is a Stripe key"),
    (re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"), "it is a JSON web token"),
    (re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE), "it is a URL with a password"),
)
"""Forms that nothing but a secret has."""

_REFERENCE: Final = re.compile(r"arn:|/|true$|false$|\d{1,6}$", re.IGNORECASE)
"""How a value begins that tells where a secret is, or a switch or number about it."""


def looks_secret(key: str, value: str) -> str | None:
    """Why a value looks like a secret, in words that follow a colon; None when it does not.

    Args:
        key: what it is called.
        value: the text.
    """
    for shape, words in _SHAPES:
        if shape.search(value):
            return words
    if _NAMES.search(key) and value and not _REFERENCE.match(value):
        return "it is called like one"
    return None
