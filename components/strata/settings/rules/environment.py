"""The environment of a service: how much of it, and what does not belong into it."""

from collections.abc import Iterator
from typing import Final

from strata.settings.models import ServiceSettings
from strata.settings.rules.confidential import leaks
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

BYTES: Final = 11_264
"""EC2 takes 16 KiB of user data; the environment is encoded in it, which makes it a third larger."""


def size(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        found = sum(len(f"{key}={value}\n".encode()) for key, value in service.environment.items())
        if found > BYTES:
            yield Conflict(
                (*path, "environment"),
                f"{found} bytes",
                expected=f"at most {BYTES} bytes: it is part of the user data",
                fix="Keep large values in S3 or in a parameter, and set their names.",
            )


def lines(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        for key, value in service.environment.items():
            if any(character in value for character in "\n\r\0"):
                yield Conflict(
                    (*path, "environment", key),
                    # It may be a key in several lines: the value is not told.
                    f"{len(value.splitlines())} lines" if "\n" in value else "a control character",
                    expected="a text on one line: an environment file has a line for each value",
                    fix="Encode it, for example as JSON or base64.",
                )


def confidential(facts: Facts) -> Iterator[Conflict]:
    for path, service in facts.each(ServiceSettings):
        yield from leaks(
            (*path, "environment"), service.environment, "whoever may describe the launch template can read it"
        )


RULES: Final = (
    Rule("environment-size", "The environment fits into user data.", size),
    Rule("environment-lines", "A value of the environment is one line.", lines),
    Rule("environment-secret", "The environment holds no secrets.", confidential),
)
