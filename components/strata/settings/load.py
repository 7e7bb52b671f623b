"""The ways into settings: a stack file, the config of a running program, or values written in Python."""

import json
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path as FilePath
from typing import Any, TypeVar

import pulumi
from pydantic import BaseModel

from strata.project.stack_file import StackFile, read_stack_file
from strata.settings.assemble import Loaded, load
from strata.settings.models import ServiceSettings, Settings
from strata.settings.parts import named_part, parts, place_of
from strata.stage import Stage

__all__ = ["Loaded", "for_stage", "load", "load_file", "load_from_pulumi", "load_stack"]

Part = TypeVar("Part", bound=Settings)


def load_file(path: FilePath) -> Loaded:
    """Read a Pulumi stack file.

    Args:
        path: the file, such as `Pulumi.prod.yaml`.

    Raises:
        SettingsError: with every problem of the file, each with its line.
        UsageError: there is no such file, or it cannot be read.
    """
    return load_stack(read_stack_file(path))


def load_stack(file: StackFile, settings: Mapping[str, Any] | None = None, *, on: date | None = None) -> Loaded:
    """Read the configuration of a stack.

    Args:
        file: as `read_stack` gives it.
        settings: its settings with something put in. Default: as they are.
        on: the day, for what holds until a day. Default: today.

    Raises:
        SettingsError: with every problem there is, each with its line.
    """
    return load(
        file.settings if settings is None else settings,
        source=file.source,
        lines={**file.lines, **file.provider_lines},
        region=file.region,
        on=on,
        written={**file.written, **file.provider_written},
        keys=file.keys,
        elsewhere=file.elsewhere,
    )


def load_from_pulumi() -> Loaded:
    """Read the config of the program that runs, `strata:*` of its stack.

    Raises:
        SettingsError: with every problem of the config.
    """
    prefix = "strata:"
    config = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
    raw = {
        key.removeprefix(prefix): _secret() if pulumi.runtime.config.is_config_secret(key) else _value(value)
        for key, value in config.items()
        if key.startswith(prefix)
    }
    return load(raw, source=f"config of stack {pulumi.get_stack()}", region=config.get("aws:region"))


def _value(text: Any) -> Any:
    """A config value as the stack file has it. Pulumi hands out mappings and lists as JSON, and the rest as text."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _secret() -> dict[str, str]:
    """What the stack file has in place of a secret. Its value is not looked at."""
    return {"secure": ""}


def for_stage(
    model: type[Part], stage: Stage, values: Mapping[str, Any] | None = None, *, name: str = "service"
) -> Part:
    """Settings of one part, with the defaults of a stage, for people who write no stack file.

    Args:
        model: what a part of a stack file is, such as `NetworkSettings` or `ServiceSettings`.
        stage: picks the defaults.
        values: what differs from them, by field; nested values as mappings or settings. Default: nothing.
        name: name of the part, for messages, where a stack file gives it one. Default: service.

    Raises:
        SettingsError: with every problem there is.
    """
    given = _plain(values or {})
    field = place_of(model)
    raw: dict[str, Any] = {"stage": stage.value, field: {name: given} if named_part(field) else given}
    if model is ServiceSettings:
        # What is pinned is no matter of a single service.
        raw["images"] = {given.get("image") or name: {"version": "0", "id": "ami-00000000"}}
    settings = load(raw, source="settings").settings
    return next(part for _, part in parts(settings) if isinstance(part, model))


def _plain(value: Any) -> Any:
    """Settings, enums and ranges as a stack file would write them."""
    match value:
        case BaseModel():
            return value.model_dump(mode="json", exclude_unset=True)
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case Enum():
            return value.value
        case _:
            return value
