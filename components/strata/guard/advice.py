"""What to do about a preview that could not be made, by what the engine says of it."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Final

__all__ = ["advice"]

_ADVICE: Final = MappingProxyType(
    {
        "PULUMI_ACCESS_TOKEN must be set": (
            "Log in to the backend that holds the stack: `pulumi login`, or set PULUMI_ACCESS_TOKEN; for a backend "
            "of your own, PULUMI_BACKEND_URL."
        ),
        "no stack named": (
            "Log in to the backend that holds the stack, or make it with `pulumi stack init`; `strata guard STACK "
            "--local` needs neither."
        ),
        "passphrase must be set": (
            "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of the stack's secrets."
        ),
        "incorrect passphrase": "Set PULUMI_CONFIG_PASSPHRASE to the passphrase of the stack's secrets.",
        "No valid credential sources": (
            "Give AWS credentials, for example with `aws sso login` or AWS_PROFILE; `strata doctor` shows what is used."
        ),
        "ExpiredToken": "Log in to AWS again, for example with `aws sso login`.",
        "language plugin": (
            "Install the official Pulumi distribution, which brings the host of the program's language, on PATH."
        ),
    }
)
"""What stands in an error of the engine, and the way out."""


def advice(errors: Iterable[str]) -> Iterator[str]:
    """The ways out of a preview's errors, each once.

    Args:
        errors: as the engine words them.
    """
    told = "\n".join(errors)
    yield from (fix for sign, fix in _ADVICE.items() if sign.lower() in told.lower())
