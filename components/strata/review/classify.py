"""The class of every resource of a stack: its own tag, or else that of what it belongs to."""

from collections.abc import Mapping, Sequence

from strata.policy import Subject
from strata.policy.classes import class_of
from strata.policy.values import plain
from strata.spectrum import Mutability
from strata.testing.graph import Registered

__all__ = ["classify", "leading"]

_ABOUT: Mapping[str, Mutability] = {
    "Network": Mutability.STABLE,
    "Ingress": Mutability.STABLE,
    "ImmutableService": Mutability.REPLACED,
    "Alarms": Mutability.REPLACED,
    "RuntimeConfig": Mutability.VERSIONED,
    "ReadReplica": Mutability.REBUILDABLE,
    "Database": Mutability.CONTROLLED,
    "ObjectStore": Mutability.CONTROLLED,
    "FileStore": Mutability.CONTROLLED,
    "Backup": Mutability.CONTROLLED,
    "Secret": Mutability.ROTATED,
    "Certificate": Mutability.ROTATED,
}
"""What each component is about, whatever else it needs."""


def leading(kind: str, known: Sequence[Mutability]) -> Mutability:
    """The class a component is about: of its kind, or else the one most of its resources have.

    Args:
        kind: the component's class; one of another library is fine.
        known: the classes its resources are tagged with.
    """
    if kind in _ABOUT:
        return _ABOUT[kind]
    order = list(Mutability)
    return max(known, key=lambda each: (known.count(each), order.index(each)), default=Mutability.STABLE)


def own_class(resource: Registered) -> Mutability | None:
    """What a resource's own tag or type says."""
    return class_of(Subject(resource.type, resource.name, resource.urn, plain(resource.inputs)))


def classify(kind: str, resources: Sequence[Registered]) -> dict[str, tuple[Mutability, bool]]:
    """The class of each resource of one component, by URN, and whether it says so itself.

    A resource that says nothing, such as a route or a policy of a role, has the class of what it is attached to: of
    those it depends on, in the component and first in its own AWS service, where they agree; else the component's.
    """
    own = {each.urn: found for each in resources if (found := own_class(each)) is not None}
    # what is in no component has nothing to do with its neighbours: with nothing known, change it deliberately
    fallback = leading(kind, list(own.values())) if kind else Mutability.STABLE
    services = {each.urn: _service(each) for each in resources}
    known = dict(own)
    # what a resource is attached to was registered before it, so its class is known by now
    for each in resources:
        if each.urn not in own:
            near = [urn for urn in each.options.depends_on if urn in known]
            same_service = [urn for urn in near if services[urn] == services[each.urn]]
            attached = {known[urn] for urn in same_service or near}
            known[each.urn] = attached.pop() if len(attached) == 1 else fallback
    return {urn: (mutability, urn in own) for urn, mutability in known.items()}


def _service(resource: Registered) -> str:
    return resource.type.partition("/")[0]
