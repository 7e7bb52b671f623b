"""Settings put together from raw values: defaults put in, everything checked at once, each value with its origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from strata.errors import SettingsError
from strata.problem import Path, Problem, is_full
from strata.settings.dates import today
from strata.settings.defaults import decided
from strata.settings.models import Settings, StackSettings
from strata.settings.models.by_stage import put_in
from strata.settings.parts import changed_parts, parts
from strata.settings.provenance import Origin, Provenance, line_of, trace
from strata.settings.rules import conflicts
from strata.settings.rules.stack_facts import Facts
from strata.settings.short_forms import written_out
from strata.settings.teardown import lifted, lifted_origins
from strata.settings.unquoted import moments, unquoted, with_days
from strata.settings.validate import read
from strata.tags import STAGE_TAG

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """The settings of a stack.

    Args:
        settings: complete; the stack's tags and its stage are among the tags of each part, and their protection is off
            while the stack is torn down.
        provenance: where each single value came from, by its path below `strata:`.
        source: the file, or what stands for it.
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
    facts = Facts(put_in(reading.settings, defaults), raw, region, on or today())
    problems = [*reading.problems, *conflicts(facts, reading)]
    if problems:
        raise SettingsError(_in_order(problems, lines or {}, elsewhere or {}), source=source)
    complete = put_in(reading.settings, defaults, given=True)
    settings = lifted(_tagged(complete))
    origins = trace(settings, raw, applied, lines or {}, elsewhere or {})
    further = {**_tag_origins(complete, origins), **lifted_origins(settings)}
    return Loaded(settings, {**origins, **further}, source)


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
