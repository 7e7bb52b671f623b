"""What a review says of a stack: its tiers, their parts, and what may be done to each."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strata.resources.classes import Source
from strata.review.recording import Revision
from strata.spectrum import Mutability, Operation, Verdict
from strata.stage import Stage

__all__ = ["JUDGED", "ClassGroup", "Part", "Review", "ReviewTier"]

JUDGED = (Operation.UPDATE, Operation.REPLACE, Operation.DELETE)
"""What a plan may want to do with something that is there."""

_STRICTNESS = (Verdict.ALLOW, Verdict.WARN, Verdict.REFUSE)


@dataclass(frozen=True)
class Part:
    """One resource.

    Args:
        type: its type token.
        name: its name in the program.
        urn: its identity.
        mutability: its class.
        known_by: whether its tag or its type says so.
        protections: what keeps it, each a phrase.
        verdicts: what the guard says to each of `JUDGED`.
    """

    type: str
    name: str
    urn: str
    mutability: Mutability
    known_by: Source
    protections: tuple[str, ...]
    verdicts: Mapping[Operation, Verdict]

    @property
    def kind(self) -> str:
        """The type as a person says it, such as `ec2.LaunchTemplate`."""
        _, module, name = [*self.type.split(":"), "", ""][:3]
        return f"{module.partition('/')[0]}.{name}" if module and module != "index" else name or self.type

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "type": self.type,
            "name": self.name,
            "urn": self.urn,
            "mutability": self.mutability.value,
            "known_by": self.known_by.value,
            "protections": list(self.protections),
            "verdicts": {operation.value: verdict.value for operation, verdict in self.verdicts.items()},
        }


@dataclass(frozen=True)
class ClassGroup:
    """The parts of a tier that are of one class."""

    mutability: Mutability
    parts: tuple[Part, ...]

    @property
    def protections(self) -> list[tuple[str, int]]:
        """What keeps them and how many of them, the most common first."""
        counted = Counter(each for part in self.parts for each in part.protections)
        return sorted(counted.items(), key=lambda item: (-item[1], item[0]))

    @property
    def kept(self) -> list[str]:
        """What keeps them, with how many of them where it is not all."""
        total = len(self.parts)
        return [phrase if count == total else f"{phrase} ({count})" for phrase, count in self.protections]

    def verdicts(self, operation: Operation) -> list[tuple[Verdict, int]]:
        """What the guard says to an operation on them and to how many of them, the most common first."""
        counted = Counter(part.verdicts[operation] for part in self.parts)
        return sorted(counted.items(), key=lambda item: (-item[1], -_STRICTNESS.index(item[0])))


@dataclass(frozen=True)
class ReviewTier:
    """One component with everything in it, or everything that is in none.

    Args:
        name: the component's name; empty for what is in none.
        kind: the component's class, such as `Network`; empty for what is in none.
        mutability: the class the tier is about.
        parts: its resources, in the order of registration.
    """

    name: str
    kind: str
    mutability: Mutability
    parts: tuple[Part, ...]

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"{self.kind} {self.name}" if self.kind else "outside Strata"

    @property
    def groups(self) -> list[ClassGroup]:
        """Its parts by class, the tier's own class first."""
        classes = sorted({part.mutability for part in self.parts}, key=list(Mutability).index)
        classes.sort(key=lambda each: each is not self.mutability)
        return [ClassGroup(each, tuple(part for part in self.parts if part.mutability is each)) for each in classes]

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "component": self.kind,
            "mutability": self.mutability.value,
            "resources": [part.document() for part in self.parts],
        }


@dataclass(frozen=True)
class Review:
    """A stack on the spectrum.

    Args:
        project: name of the project.
        stack: name of the stack.
        stage: its stage.
        source: what was read, for a person.
        tiers: what would hurt most to lose first.
        at: when it was looked at. Default: not said.
        revision: the commit that was looked at. Default: not known.
    """

    project: str
    stack: str
    stage: Stage
    source: str
    tiers: tuple[ReviewTier, ...]
    at: datetime | None = None
    revision: Revision | None = None

    @property
    def parts(self) -> Iterator[Part]:
        """Every resource."""
        return (part for tier in self.tiers for part in tier.parts)

    @property
    def counts(self) -> dict[Mutability, int]:
        """How many resources are of each class, in the order of the spectrum; classes without any too."""
        counted = Counter(part.mutability for part in self.parts)
        return {each: counted[each] for each in Mutability}

    def document(self) -> dict[str, Any]:
        """As `strata spectrum --json` prints it."""
        return {
            "project": self.project,
            "stack": self.stack,
            "stage": self.stage.value,
            "source": self.source,
            "at": self.at.isoformat(timespec="seconds") if self.at else None,
            "commit": self.revision.commit if self.revision else None,
            "uncommitted_changes": self.revision.changed if self.revision else None,
            "counts": {each.value: count for each, count in self.counts.items()},
            "tiers": [tier.document() for tier in self.tiers],
        }
