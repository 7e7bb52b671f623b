"""The mutability spectrum: how each part of a stack may change, and everything that follows from it.

Components take their Pulumi options and provider flags from here, plan checks their verdicts, drift and reports the
tag. Nothing here does I/O.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, TypedDict

from strata.stage import Stage

__all__ = [
    "MUTABILITY_TAG",
    "Fact",
    "Mutability",
    "Operation",
    "OptionValues",
    "ProviderFlags",
    "Verdict",
    "is_laxer",
    "operation_of",
    "protected_by_default",
    "protection",
    "provider_flags",
    "verdict",
]

MUTABILITY_TAG: Final = "strata:mutability"
"""Key of the tag that says a resource's class; its value is that of `Mutability`."""


class Mutability(StrEnum):
    """How a part of a stack is allowed to change."""

    REPLACED = "replaced"
    """Stateless compute: templates, groups, containers. A change brings a new image on new servers."""
    VERSIONED = "versioned"
    """Application config and release records. A change is a new version beside the old one, which AWS keeps."""
    REBUILDABLE = "rebuildable"
    """Database replicas and caches. May be lost: a protected source can rebuild them."""
    CONTROLLED = "controlled"
    """Primary databases, buckets and file systems with data. Changed in place, under window, backup and approval."""
    STABLE = "stable"
    """Networks, zones, load balancers. Changed rarely and deliberately, because everything else depends on them."""
    ROTATED = "rotated"
    """Secrets, certificates and keys. Their values change by rotation from outside, never by a deploy."""


class Operation(StrEnum):
    """What a plan wants to do with a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


class Verdict(StrEnum):
    """What the spectrum says to an operation."""

    ALLOW = "allow"
    WARN = "warn"
    REFUSE = "refuse"


class Fact(StrEnum):
    """A circumstance that changes a verdict."""

    SERVING = "serving"
    """The resource is an Auto Scaling group, a target group in use, an ECS service that goes while it runs tasks, or
    what something names as its image or task definition."""
    OLD_KEPT = "old-kept"
    """The old version stays: the delete that ends the replacement is retained."""
    SOURCE_PROTECTED = "source-protected"
    """What the resource would be rebuilt from is protected."""
    WEAKENS = "weakens"
    """The change takes protection away, such as deletion protection or backups. It is judged like a replacement."""
    CARRIES_VALUE = "carries-value"
    """The update sets a secret's value."""
    NO_WAY_BACK = "no-way-back"
    """The update cannot be undone, such as a major upgrade of a database."""
    STOPS = "stops"
    """The update leaves a service with nothing that serves, such as a group of no servers."""


@dataclass(frozen=True)
class _Cell:
    """A verdict, and the one fact under which it is another."""

    usual: Verdict
    fact: Fact | None = None
    then: Verdict = Verdict.REFUSE

    def under(self, facts: Collection[Fact]) -> Verdict:
        return self.then if self.fact in facts else self.usual


_ALLOW = _Cell(Verdict.ALLOW)
_WARN = _Cell(Verdict.WARN)
_REFUSE = _Cell(Verdict.REFUSE)

_MATRIX: Final = MappingProxyType(
    {
        Mutability.REPLACED: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _Cell(Verdict.ALLOW, Fact.STOPS, Verdict.REFUSE),
            Operation.REPLACE: _Cell(Verdict.ALLOW, Fact.SERVING, Verdict.REFUSE),
            Operation.DELETE: _Cell(Verdict.WARN, Fact.SERVING, Verdict.REFUSE),
        },
        Mutability.VERSIONED: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _ALLOW,
            Operation.REPLACE: _Cell(Verdict.REFUSE, Fact.OLD_KEPT, Verdict.ALLOW),
            Operation.DELETE: _WARN,
        },
        Mutability.REBUILDABLE: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _ALLOW,
            Operation.REPLACE: _Cell(Verdict.REFUSE, Fact.SOURCE_PROTECTED, Verdict.WARN),
            Operation.DELETE: _WARN,
        },
        Mutability.CONTROLLED: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _Cell(Verdict.ALLOW, Fact.NO_WAY_BACK, Verdict.WARN),
            Operation.REPLACE: _REFUSE,
            Operation.DELETE: _REFUSE,
        },
        Mutability.STABLE: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _WARN,
            Operation.REPLACE: _REFUSE,
            Operation.DELETE: _REFUSE,
        },
        Mutability.ROTATED: {
            Operation.CREATE: _ALLOW,
            Operation.UPDATE: _Cell(Verdict.ALLOW, Fact.CARRIES_VALUE, Verdict.REFUSE),
            Operation.REPLACE: _REFUSE,
            Operation.DELETE: _REFUSE,
        },
    }
)

_EXCUSES: Final = frozenset({Fact.OLD_KEPT, Fact.SOURCE_PROTECTED})

_ENGINE_STEPS: Final = MappingProxyType(
    {
        "same": Operation.SAME,
        "read": Operation.SAME,
        "refresh": Operation.SAME,
        "create": Operation.CREATE,
        "import": Operation.CREATE,
        "update": Operation.UPDATE,
        "delete": Operation.DELETE,
    }
)

_PROTECTED_STAGES: Final = MappingProxyType(
    {
        Mutability.CONTROLLED: frozenset({Stage.STAGING, Stage.PROD}),
        Mutability.ROTATED: frozenset({Stage.STAGING, Stage.PROD}),
        Mutability.STABLE: frozenset({Stage.PROD}),
    }
)


def operation_of(step: str) -> Operation:
    """The operation behind a step of the Pulumi engine; one that is not known counts as a replacement."""
    return _ENGINE_STEPS.get(step, Operation.REPLACE)


def verdict(
    mutability: Mutability, operation: Operation, stage: Stage, facts: Collection[Fact] = frozenset()
) -> Verdict:
    """What a plan may do.

    Args:
        mutability: the class of the resource.
        operation: what the plan wants to do with it, see `operation_of`.
        stage: the stack's stage; in dev a refusal is a warning.
        facts: what else holds for the resource and this change.

    What stops a service is refused in stages that protect STABLE parts, and warned of in the others: it can be undone,
    and a stack that nobody's customers use is often switched off overnight.
    """
    if operation is Operation.SAME:
        return Verdict.ALLOW
    weakens = Fact.WEAKENS in facts and operation in {Operation.CREATE, Operation.UPDATE}
    judged = Operation.REPLACE if weakens else operation
    # What excuses a replacement, an old version that is kept or a source to rebuild from, excuses no weakening.
    found = _MATRIX[mutability][judged].under(set(facts) - _EXCUSES if weakens else facts)
    if stage is Stage.DEV or (_only_stops(judged, facts) and not protected_by_default(Mutability.STABLE, stage)):
        return Verdict.WARN if found is Verdict.REFUSE else found
    return found


def _only_stops(judged: Operation, facts: Collection[Fact]) -> bool:
    return judged is Operation.UPDATE and Fact.STOPS in facts and Fact.CARRIES_VALUE not in facts


def is_laxer(mutability: Mutability, than: Mutability) -> bool:
    """Whether a class lets something pass that another one refuses.

    Args:
        mutability: the class that is asked about.
        than: the other one.
    """
    return bool(_refusals(than) - _refusals(mutability))


def _refusals(mutability: Mutability) -> frozenset[tuple[Operation, Fact | None]]:
    """What a class refuses by itself in prod: operations, and the facts under which it does."""
    return frozenset(
        (operation, fact)
        for operation in (Operation.UPDATE, Operation.REPLACE, Operation.DELETE)
        for fact in (None, Fact.CARRIES_VALUE)
        if verdict(mutability, operation, Stage.PROD, {fact} if fact else ()) is Verdict.REFUSE
    )


def protected_by_default(mutability: Mutability, stage: Stage) -> bool:
    """Whether a stage protects a class, unless its settings say otherwise."""
    return stage in _PROTECTED_STAGES.get(mutability, frozenset())


class OptionValues(TypedDict, total=False):
    """The options of `pulumi.ResourceOptions` that the spectrum decides."""

    protect: bool
    retain_on_delete: bool
    delete_before_replace: Literal[False]


def protection(mutability: Mutability, *, protect: bool = False) -> OptionValues:
    """Keyword arguments for the `ResourceOptions` of one resource.

    Classes that hold nothing of value are created before they are deleted and otherwise left free. CONTROLLED and
    STABLE are protected and retained, ROTATED is retained. Pulumi's protection can be ignored for a whole run
    (`--ignore-protect`) or taken off a whole state (`pulumi state unprotect --all`); what is retained stays in AWS
    even then. VERSIONED is not retained: its old versions live in
    the parameter's or bucket's own history, and a retained parameter would block its name.

    Args:
        mutability: the class of the resource.
        protect: whether this stack protects what may be protected; usually the setting `protect`.
    """
    match mutability:
        case Mutability.CONTROLLED | Mutability.STABLE:
            return {"protect": protect, "retain_on_delete": protect}
        case Mutability.ROTATED:
            return {"retain_on_delete": protect}
        case Mutability.REPLACED | Mutability.VERSIONED | Mutability.REBUILDABLE:
            return {"delete_before_replace": False}


@dataclass(frozen=True)
class ProviderFlags:
    """Protection AWS itself gives, in neutral words; a component translates them to its type's inputs."""

    deletion_protection: bool = False
    """AWS refuses to delete."""
    final_snapshot: bool = False
    """A last snapshot is taken before a delete."""
    force_destroy: bool = True
    """A delete takes the content with it."""
    encrypted: bool = True
    """Data at rest is encrypted. Always on."""
    recovery_window_days: int = 7
    """Days in which a deleted secret or key can be brought back; 7 to 30 are AWS's limits."""


def provider_flags(mutability: Mutability, *, protect: bool = False) -> ProviderFlags:
    """What the provider is asked to protect.

    Args:
        mutability: the class of the resource.
        protect: whether this stack protects what may be protected; usually the setting `protect`.
    """
    if not protect:
        return ProviderFlags()
    match mutability:
        case Mutability.CONTROLLED:
            return ProviderFlags(
                deletion_protection=True, final_snapshot=True, force_destroy=False, recovery_window_days=30
            )
        case Mutability.STABLE:
            return ProviderFlags(deletion_protection=True, force_destroy=False)
        case Mutability.ROTATED:
            return ProviderFlags(deletion_protection=True, force_destroy=False, recovery_window_days=30)
        case Mutability.REPLACED | Mutability.VERSIONED | Mutability.REBUILDABLE:
            return ProviderFlags()
