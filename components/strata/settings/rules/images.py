"""Pins: which image a service runs, and how sure the stack must be of it."""

from collections.abc import Iterator
from typing import Final

from strata.problem import ABSENT
from strata.settings.models import ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.stage import Stage
from strata.suggest import nearest

__all__ = ["RULES"]


def pin_exists(facts: Facts) -> Iterator[Conflict]:
    pins = list(facts.settings.images)
    for path, service in facts.each(ServiceSettings):
        name = service.image or str(path[-1])
        if name not in pins:
            near = nearest(name, pins)
            meant = f"Did you mean {near}? " if near else ""
            yield Conflict(
                (*path, "image"),
                service.image if service.image is not None else ABSENT,
                expected=f"a pin of {name} under strata:images, there {_list(pins)}",
                fix=f"{meant}Set strata:images.{name} to a version and an id.",
                # A service whose own name could not be read has no image of that name either.
                reads=(path, ("images",), ("images", name)),
            )


def _list(pins: list[str]) -> str:
    match len(pins):
        case 0:
            return "is none"
        case 1:
            return f"is {pins[0]}"
        case _:
            return f"are {', '.join(pins)}"


def pin_source(facts: Facts) -> Iterator[Conflict]:
    for name, pin in facts.settings.images.items():
        at = ("images", name)
        reads = ((*at, "version"), (*at, "parameter"))
        if pin.version is None and pin.parameter is None:
            yield Conflict(at, ABSENT, expected="a version", fix="Set version and id.", reads=reads)
        elif pin.parameter is not None and (pin.version is not None or pin.id is not None):
            other = "version" if pin.version is not None else "id"
            yield Conflict(
                (*at, "parameter"),
                pin.parameter,
                expected=f"no parameter beside a {other}: one of them decides the image",
                fix=f"Remove parameter, or {other}.",
                reads=(*reads, (*at, "id")),
            )


def pin_id(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name)
        if stage is not Stage.DEV and pin.version is not None and pin.id is None:
            yield Conflict(
                (*at, "id"),
                ABSENT,
                expected=f"an image id in {stage}: a version alone may be baked again",
                fix=f"Add the id of the image whose app_version is {pin.version}.",
                reads=(("stage",), (*at, "version")),
            )


def pin_parameter(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name, "parameter")
        if stage is not Stage.DEV and pin.parameter is not None:
            yield Conflict(
                at,
                pin.parameter,
                expected=f"a version and an id in {stage}: a parameter changes without the stack file",
                fix="Pin what the parameter names now.",
                reads=(("stage",),),
            )


RULES: Final = (
    Rule("pin-exists", "The image of a service is pinned.", pin_exists),
    Rule("pin-source", "A pin says a version or a parameter, not both and not neither.", pin_source),
    Rule("pin-id", "Staging and prod pin an id.", pin_id),
    Rule("pin-parameter", "Only dev resolves a parameter.", pin_parameter),
)
