"""The ways into settings: a stack file, the config of a running program, or values written in Python.

All of them end in `load`: defaults are put in, everything is checked at once, and each value knows its origin.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi
from pydantic import BaseModel

from strata.clock import clock_from_environment
from strata.errors import SettingsError
from strata.problem import Path, Problem, is_full
from strata.settings.dates import today
from strata.settings.defaults import decided
from strata.settings.models import ServiceSettings, Settings, StackSettings
from strata.settings.models.by_stage import put_in
from strata.settings.parts import Facts, changed_parts, named_part, parts, place_of
from strata.settings.provenance import Origin, Provenance, line_of, trace
from strata.settings.rules import conflicts
from strata.settings.teardown import lifted, lifted_origins
from strata.settings.unquoted import moments, unquoted, with_days
from strata.settings.validate import read, written_out
from strata.stage import Stage
from strata.tags import STAGE_TAG

if TYPE_CHECKING:
    from strata.project.stack_file import StackFile

__all__ = ["Loaded", "for_stage", "load", "load_file", "load_from_pulumi", "load_stack"]

Part = TypeVar("Part", bound=Settings)


@dataclass(frozen=True)
class Loaded:
    """The settings of a stack.

    Args:
        settings: complete; the stack's tags and its stage are among the tags of each part, and their protection is off
            while the stack is torn down.
        provenance: where each single value came from, by its path below `strata:`.
        source: the file, or what is in its place.
    """

    settings: StackSettings
    provenance: Mapping[Path, Provenance]
    source: str


def load(
    raw: Mapping[str, Any],
    *,
    source: str,
    lines: Mapping[Path, int] | None = None,
    region: str | None = None,
    on: date | None = None,
    now: float | None = None,
    written: Mapping[Path, str] | None = None,
    keys: Mapping[Path, str] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Loaded:
    """Read the settings of a stack.

    Args:
        raw: what the stack file says below `strata:`; plain values as YAML or JSON have them.
        source: the file, for messages.
        lines: line of each value by its path. Default: not known.
        region: AWS region of the stack; certificates and topics must be in it. Default: not checked.
        on: the day, for what holds until a day. Default: today.
        now: the moment, in epoch seconds, for what cannot have been later. Default: now.
        written: source text of each value without quotes, by its path. Default: not known.
        keys: source text of each key of which Pulumi makes another one, by the path it leads to. Default: not known.
        elsewhere: the file of each setting that is not from the source, by its name. Default: none is.

    Raises:
        SettingsError: with every problem there is.
    """
    raw = with_days(raw)
    surprises = [*unquoted(written or {}, keys or {}), *moments(raw)]
    raw = written_out(raw)
    reading = read(raw, written=written, known=surprises)
    applied = decided(reading.settings, reading.settings.stage)
    defaults = {each.path: each.value for each in applied}
    moment = clock_from_environment().now() if now is None else now
    facts = Facts(put_in(reading.settings, defaults), raw, region, on or today(), moment)
    problems = [*reading.problems, *conflicts(facts, reading)]
    if problems:
        raise SettingsError(_in_order(problems, lines or {}, elsewhere or {}), source=source)
    complete = put_in(reading.settings, defaults, given=True)
    settings = lifted(_tagged(complete))
    origins = trace(settings, raw, applied, lines or {}, elsewhere or {})
    further = {**_tag_origins(complete, origins), **lifted_origins(settings)}
    return Loaded(settings, {**origins, **further}, source)


def load_file(path: FilePath) -> Loaded:
    """Read a Pulumi stack file.

    Args:
        path: the file, such as `Pulumi.prod.yaml`.

    Raises:
        SettingsError: with every problem of the file, each with its line.
        UsageError: there is no such file, or it cannot be read.
    """
    # a program that runs is handed its configuration by Pulumi, and needs no YAML
    from strata.project.stack_file import read_stack_file

    return load_stack(read_stack_file(path))


def load_stack(
    file: "StackFile", settings: Mapping[str, Any] | None = None, *, on: date | None = None, now: float | None = None
) -> Loaded:
    """Read the configuration of a stack.

    Args:
        file: as `read_stack` gives it.
        settings: its settings with something put in. Default: as they are.
        on: the day, for what holds until a day. Default: today.
        now: the moment, in epoch seconds, for what cannot have been later. Default: now.

    Raises:
        SettingsError: with every problem there is, each with its line.
    """
    return load(
        file.settings if settings is None else settings,
        source=file.source,
        lines={**file.lines, **file.provider_lines},
        region=file.region,
        on=on,
        now=now,
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
    # a proof comes with a pin of a stack file
    unproven = {"promotion": {"require_proof": False}}
    raw: dict[str, Any] = {"stage": stage.value, **unproven, field: {name: given} if named_part(field) else given}
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


def _in_order(problems: Sequence[Problem], lines: Mapping[Path, int], elsewhere: Mapping[str, str]) -> list[Problem]:
    """Problems with their lines, in the order of the file where lines are known, those of another file last."""
    placed = [
        replace(
            found,
            line=line_of(found.path, lines) if found.line is None else found.line,
            file=elsewhere.get(str(found.path[is_full(found.path)])) if found.path else None,
        )
        for found in problems
    ]
    return sorted(placed, key=lambda found: (found.file or "", found.line or 0))


def _tagged(settings: StackSettings) -> StackSettings:
    """The stack's tags and its stage, given to each part that makes resources."""
    shared = {**settings.tags, STAGE_TAG: settings.stage.value}

    def tagged(part: Settings) -> Settings:
        own = _tags(part)
        return part if own is None else part.model_copy(update={"tags": {**shared, **own}})

    return changed_parts(settings, tagged)


def _tags(part: Settings) -> Mapping[str, str] | None:
    """A part's own tags; None for one that makes no resources."""
    return getattr(part, "tags", None)


def _tag_origins(settings: StackSettings, known: Mapping[Path, Provenance]) -> dict[Path, Provenance]:
    """Origins of the tags that `_tagged` adds to each part."""
    shared = {
        STAGE_TAG: Provenance(Origin.STAGE, settings.stage.value),
        **{key: Provenance(Origin.FILE, "strata:tags", known[("tags", key)].line) for key in settings.tags},
    }
    return {
        (*path, "tags", key): origin
        for path, part in parts(settings)
        for own in [_tags(part)]
        if own is not None
        for key, origin in shared.items()
        if key not in own
    }
