"""Whether a text looks as if it held a secret.

It may err: a name that says so is enough, whatever the value.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["looks_secret", "names_secret", "secret_lines"]

_URL_BEGINS: Final = r"(?<![a-z0-9+.-])[0-9+.-]*[a-z][a-z0-9+.-]*"
"""A scheme, looked for once in each run of what schemes are made of: from each letter of it takes seconds in 40 KB."""

_SHAPES: Final = tuple(
    (re.compile(shape), words)
    for shape, words in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "it is a private key"),
        (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", "it has the id of an AWS access key"),
        (r"\bgh[pousr]_[A-Za-z0-9]{36,}\b", "it is a GitHub token"),
        (r"\bgithub_pat_\w{22,}", "it is a GitHub token"),
        (r"\bglpat-[\w-]{20,}", "it is a GitLab token"),
        (r"\bxox[abeoprs]-[\w-]{10,}", "it is a Slack token"),
        (r"\bhooks\.slack\.com/services/T\w+/B\w+/\w+", "it is the address of a Slack channel"),
        (r"\b[sr]k_live_[A-Za-z0-9]{16,}", "it is a Stripe key"),
        (r"\bsk-[A-Za-z0-9_-]{32,}", "it is an API key"),
        (r"\bAIza[\w-]{35}", "it is a Google API key"),
        (r"\bpul-[0-9a-f]{40}\b", "it is a Pulumi token"),
        (r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", "it is a signed JSON web token"),
        (rf"{_URL_BEGINS}://[^\s:/@]*:[^\s:/@${{<]{{3,}}@", "it is a URL with a password"),
    )
)
"""What keys and tokens look like, by their makers' prefixes, and what they are."""

_NAME: Final = re.compile(
    r"(?:^|.*[^a-z])(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?"
    r"|(?:api|access|account|auth|encryption|master|private|secret|signing)[_.-]?key)\s*$",
    re.IGNORECASE,
)
"""Names whose value is a secret. What follows the word makes it harmless: DB_SECRET_ARN, TOKEN_TTL_SECONDS."""

_ASSIGNMENT: Final = re.compile(
    r"(?<![\w.-])(?:(?![A-Za-z])[\w.-])*(?P<name>[A-Za-z][\w.-]*)[\"']?"
    r"\s*(?:=|:\s)\s*(?=(?P<value>\"[^\"]*\"|'[^']*'|\S+))"
)
"""The value is looked ahead at: it may hold assignments itself, as in JSON. A name is looked for once in each run of
what names are made of."""
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_HARMLESS: Final = re.compile(
    r"""[$`<{|>&%].*            # taken from elsewhere: a variable, a command, a template, a block of YAML
      | arn:.*                  # the secret's address
      | (?:/|\./|~/|[a-z]:\\).* # a file or a parameter
      | https?://.*             # where to get one; a password in it is seen by its shape
      | (?:ssm|secretsmanager|vault):.*
      | (?:true|false|yes|no|none|null|required|optional|enabled|disabled|changeme)
      | \d{1,9}                 # a number of seconds or of tokens
      | \*+""",
    re.IGNORECASE | re.VERBOSE,
)


def names_secret(name: str) -> bool:
    """Whether the value behind a name is a secret, by the name alone."""
    return _NAME.match(_CAMEL.sub("_", name)) is not None


def looks_secret(name: str, value: str) -> str | None:
    """Why a variable looks as if it held a secret itself, and not where to find it; None when it does not.

    Args:
        name: what it is called.
        value: the text.
    """
    shaped = _shape(value)
    if shaped is not None:
        return shaped
    bare = value.strip().strip("\"'")
    return "its name suggests one" if bare and names_secret(name) and not _HARMLESS.fullmatch(bare) else None


def secret_lines(text: str) -> Iterator[int]:
    """The lines of a text, counted from 1, that hold what looks like a secret."""
    for count, line in enumerate(text.splitlines(), start=1):
        assigned = ((found["name"], found["value"].rstrip(",;")) for found in _ASSIGNMENT.finditer(line))
        if _shape(line) or any(looks_secret(name, value) for name, value in assigned):
            yield count


def _shape(text: str) -> str | None:
    return next((words for shape, words in _SHAPES if shape.search(text)), None)
