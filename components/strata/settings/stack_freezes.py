"""The freeze windows of the stack of the program that runs, whatever the program itself makes of its stack file.

A service is handed its own part of the settings only, which may be of the program's making. When the stack is frozen,
all of it is.
"""

import json
from typing import Any

import pulumi

from strata.settings.models import FreezeSettings

__all__ = ["freezes_of_program"]


def freezes_of_program() -> tuple[FreezeSettings, ...]:
    """The windows of `strata:freezes`; none where the program has no stack file.

    Raises:
        SettingsError: they cannot be read. What nobody understands must not count as none.
    """
    text = pulumi.Config("strata").get("freezes")
    if text is None:
        return ()
    # most stacks have none, and need no rules of stack files for it
    from strata.settings.load import load

    return load({"stage": "staging", "freezes": _value(text)}, source="strata:freezes").settings.freezes


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
