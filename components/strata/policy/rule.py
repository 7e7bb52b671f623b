"""What a rule is, what it judges, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from strata.resources.resource import Resource
from strata.stage import Stage

__all__ = ["Check", "Rule", "Severity", "Terms", "Violation"]

REQUIRED_TAGS = ("strata:project", "strata:stack", "strata:mutability")
"""Tags that Strata gives everything; whoever pays for a resource or judges a plan reads them."""

IMAGE_DAYS = 90
"""Days after which an image is called old: a quarter, the longest a CVE policy commonly leaves a patch undone."""


class Severity(StrEnum):
    """What a finding does to a run."""

    ADVISORY = "advisory"
    """It is reported, and the run goes on."""
    MANDATORY = "mandatory"
    """The run is refused."""


@dataclass(frozen=True)
class Terms:
    """What holds for the whole stack while it is judged.

    Args:
        stage: the stack's stage. Default: prod, the strictest, for a stack that says none.
        now: the time in epoch seconds; None means that nothing is called old.
        teardown: whether the stack has declared that it is being taken down, so that protection is off on purpose.
        required_tags: keys that everything with tags must carry.
        image_days: age from which an image is called old.
    """

    stage: Stage = Stage.PROD
    now: float | None = None
    teardown: bool = False
    required_tags: tuple[str, ...] = REQUIRED_TAGS
    image_days: float = IMAGE_DAYS


Check = Callable[[Resource, Terms], Iterable[str]]


@dataclass(frozen=True)
class Rule:
    """One thing that no resource may do.

    Args:
        id: its name for good, in configuration and in messages.
        severity: what a finding does to a run.
        sentence: what holds where the rule is kept.
        fix: what to do where it is not, as a full sentence.
        check: finds what is wrong with a resource, a phrase that follows its name; nothing for one it is not about.
        reads_outputs: whether it can only be applied when the resource is there.
    """

    id: str
    severity: Severity
    sentence: str
    fix: str
    check: Check
    reads_outputs: bool = False


@dataclass(frozen=True)
class Violation:
    """A rule that a resource breaks.

    Args:
        rule: the rule.
        resource: the resource.
        detail: what is wrong with it; never holds a value that may be secret.
    """

    rule: Rule
    resource: Resource
    detail: str

    @property
    def mandatory(self) -> bool:
        """Whether it refuses the run."""
        return self.rule.severity is Severity.MANDATORY

    @property
    def message(self) -> str:
        """What is wrong and how to fix it, without the name of the rule."""
        return f"{self.resource} {self.detail}\n  fix: {self.rule.fix}"

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.message}"

    def document(self) -> dict[str, str]:
        """As JSON has it."""
        return {
            "rule": self.rule.id,
            "severity": self.rule.severity.value,
            "type": self.resource.type,
            "name": self.resource.name,
            "urn": self.resource.urn,
            "finding": self.detail,
            "fix": self.rule.fix,
        }
