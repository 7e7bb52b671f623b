"""From a recorded graph to a review: what each component is about, and how each of its resources may change."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import strata
from strata.components.base import Component
from strata.guard.facts import GROUP, TARGET_GROUPS
from strata.guard.stopped_services import runs_tasks
from strata.resources.classes import class_of
from strata.resources.protections.held import held_by
from strata.resources.registry_images import outlives_its_delete
from strata.resources.resource import Graph, Resource
from strata.review.recording import Revision
from strata.review.tiers import JUDGED, Part, Review, ReviewTier
from strata.spectrum import Fact, Mutability, verdict
from strata.stage import Stage

__all__ = ["RISK", "about", "review"]

_COMPONENT = "strata:index:"
RISK: Final[Sequence[Mutability]] = (
    Mutability.CONTROLLED,
    Mutability.ROTATED,
    Mutability.STABLE,
    Mutability.REBUILDABLE,
    Mutability.VERSIONED,
    Mutability.REPLACED,
)
"""The classes, what would hurt most to lose first: data, secrets, what all is built on, what can be made again."""


@dataclass(frozen=True)
class _Stack:
    """What a part is judged by besides itself."""

    stage: Stage
    resources: Sequence[Resource]
    protected: Collection[str]


def review(
    graph: Graph,
    *,
    project: str,
    stack: str,
    stage: Stage,
    source: str,
    at: datetime | None = None,
    revision: Revision | None = None,
) -> Review:
    """Put everything a program registered on the spectrum.

    Args:
        graph: what it registered.
        project: name of the project.
        stack: name of the stack.
        stage: the stack's stage, which decides the verdicts.
        source: what was read, for a person.
        at: when it was read. Default: not said.
        revision: the commit it was read from. Default: not known.
    """
    parents = {each.urn: each for each in graph}
    members: dict[str, list[Resource]] = {}
    for each in graph:
        if each.custom and not each.type.startswith("pulumi:"):
            members.setdefault(_component(each, parents), []).append(each)
    around = _Stack(stage, tuple(graph), frozenset(each.urn for each in graph if each.protected))
    tiers = [_tier(parents.get(urn), resources, around) for urn, resources in members.items()]
    tiers.sort(key=_risk)
    return Review(project, stack, stage, source, tuple(tiers), at, revision)


def _risk(tier: ReviewTier) -> int:
    """Where a tier comes: by what it is about; what is in no component by the worst there is in it."""
    about_it = [tier.mutability] if tier.kind else [part.mutability for part in tier.parts]
    return min(map(RISK.index, about_it))


def _component(resource: Resource, parents: dict[str, Resource]) -> str:
    """URN of the outermost component of Strata that a resource is in; empty for none."""
    found, above = "", parents.get(resource.parent)
    while above is not None:
        found = above.urn if above.type.startswith(_COMPONENT) else found
        above = parents.get(above.parent)
    return found


def _tier(component: Resource | None, resources: list[Resource], stack: _Stack) -> ReviewTier:
    kind = component.type.removeprefix(_COMPONENT) if component else ""
    parts = tuple(_part(each, stack) for each in resources)
    return ReviewTier(
        component.name if component else "", kind, about(kind, [part.mutability for part in parts]), parts
    )


def _part(resource: Resource, stack: _Stack) -> Part:
    known = class_of(resource)
    facts = frozenset(_facts(resource, known.mutability, stack))
    return Part(
        type=resource.type,
        name=resource.name,
        urn=resource.urn,
        mutability=known.mutability,
        known_by=known.source,
        protections=tuple(held_by(resource)),
        verdicts={operation: verdict(known.mutability, operation, stack.stage, facts) for operation in JUDGED},
    )


def _facts(resource: Resource, mutability: Mutability, stack: _Stack) -> Iterator[Fact]:
    """What is known of a resource before there is a plan."""
    if resource.type == GROUP or resource.type in TARGET_GROUPS or runs_tasks(resource, stack.resources):
        yield Fact.SERVING
    if outlives_its_delete(resource):
        yield Fact.OLD_KEPT
    if mutability is Mutability.REBUILDABLE and any(urn in stack.protected for urn in resource.options.depends_on):
        yield Fact.SOURCE_PROTECTED


def about(kind: str, classes: Sequence[Mutability]) -> Mutability:
    """The class a component is about.

    Args:
        kind: the component's class; for one that declares none it is what most of its resources are.
        classes: the classes of its resources.
    """
    declared = _declared(kind)
    if declared is not None:
        return declared
    order = list(Mutability)
    return max(classes, key=lambda each: (classes.count(each), order.index(each)), default=Mutability.STABLE)


def _declared(kind: str) -> Mutability | None:
    """What a component of that name declares: one of Strata's, or one of the program's that is written like these."""
    if kind in strata.__all__:
        # A state is read without its program, so that the component may not be imported yet.
        getattr(strata, kind)
    return next((found for each in _below(Component) if each.__name__ == kind and (found := _own(each))), None)


def _own(component: type[Component]) -> Mutability | None:
    return getattr(component, "MUTABILITY", None)


def _below(component: type[Component]) -> Iterator[type[Component]]:
    for each in component.__subclasses__():
        yield each
        yield from _below(each)
