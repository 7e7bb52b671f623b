"""Whether a text looks as if it held a secret.

It may err: a name that says so is enough, whatever the value.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["holds_secret", "names_secret", "secret_lines"]

_MAKERS = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # AWS
    r"\bgh[pousr]_[A-Za-z0-9]{36,}\b",  # GitHub
    r"\bgithub_pat_\w{22,}",
    r"\bglpat-[\w-]{20,}",  # GitLab
    r"\bxox[abeoprs]-[\w-]{10,}",  # Slack
    r"\bhooks\.slack\.com/services/T\w+/B\w+/\w+",
    r"\b[sr]k_live_[A-Za-z0-9]{16,}",  # Stripe
    r"\bsk-[A-Za-z0-9_-]{32,}",
    r"\bAIza[\w-]{35}",  # Google
    r"\bpul-[0-9a-f]{40}\b",  # Pulumi
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",  # a signed JSON web token
    r"[a-z][a-z0-9+.-]*://[^\s:/@]*:[^\s:/@${<]{3,}@",  # a password in an address
)
_SHAPES: Final = re.compile("|".join(_MAKERS))
"""What keys and tokens look like, by their makers' prefixes."""

_NAME: Final = re.compile(
    r"(?:^|.*[^a-z])(?:passw(?:or)?d|passphrase|pwd|secret|token|credentials?"
    r"|(?:api|access|account|auth|encryption|master|private|secret|signing)[_.-]?key)\s*$",
    re.IGNORECASE,
)
"""Names whose value is a secret. What follows the word makes it harmless: DB_SECRET_ARN, TOKEN_TTL_SECONDS."""

_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z][\w.-]*)[\"']?\s*(?:=|:\s)\s*(?=(?P<value>\"[^\"]*\"|'[^']*'|\S+))")
"""The value is looked ahead at: it may hold assignments itself, as in JSON."""
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_HARMLESS: Final = re.compile(
    r"""[$`<{|>&%].*            # taken from elsewhere: a variable, a command, a template, a block of YAML
      | arn:.*                  # the secret's address
      | (?:/|\./|~/|[a-z]:\\).* # a file or a parameter
      | https?://.*             # where to get one; a password in it is told by its shape
      | (?:ssm|secretsmanager|vault):.*
      | (?:true|false|yes|no|none|null|required|optional|enabled|disabled|changeme)
      | \d{1,9}                 # a number of seconds or of tokens
      | \*+""",
    re.IGNORECASE | re.VERBOSE,
)


def names_secret(name: str) -> bool:
    """Whether the value behind a name is a secret, by the name alone."""
    return _NAME.match(_CAMEL.sub("_", name)) is not None


def holds_secret(name: str, value: str) -> bool:
    """Whether a variable holds a secret itself, and not where to find it."""
    if _SHAPES.search(value):
        return True
    bare = value.strip().strip("\"'")
    return bool(bare) and names_secret(name) and not _HARMLESS.fullmatch(bare)


def secret_lines(text: str) -> Iterator[int]:
    """The lines of a text, counted from 1, that hold what looks like a secret."""
    for count, line in enumerate(text.splitlines(), start=1):
        assigned = ((found["name"], found["value"].rstrip(",;")) for found in _ASSIGNMENT.finditer(line))
        if _SHAPES.search(line) or any(holds_secret(name, value) for name, value in assigned):
            yield count
