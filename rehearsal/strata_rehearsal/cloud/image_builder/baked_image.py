"""One image of Image Builder: what it is built from, how far its building is, and how it went."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from strata_rehearsal.cloud.image_builder.arns import PartName
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart

__all__ = ["BUILDING_STATES", "BakedImage", "ImageStatus", "StepRun", "WorkflowKind", "WorkflowRun", "WorkflowStatus"]


class ImageStatus(StrEnum):
    """How far an image is."""

    PENDING = "PENDING"
    CREATING = "CREATING"
    BUILDING = "BUILDING"
    TESTING = "TESTING"
    DISTRIBUTING = "DISTRIBUTING"
    INTEGRATING = "INTEGRATING"
    AVAILABLE = "AVAILABLE"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    DEPRECATED = "DEPRECATED"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


BUILDING_STATES = frozenset(
    {
        ImageStatus.PENDING,
        ImageStatus.CREATING,
        ImageStatus.BUILDING,
        ImageStatus.TESTING,
        ImageStatus.DISTRIBUTING,
        ImageStatus.INTEGRATING,
    }
)
"""While its building goes on."""


class WorkflowKind(StrEnum):
    """A part of the building of an image."""

    BUILD = "BUILD"
    TEST = "TEST"
    DISTRIBUTION = "DISTRIBUTION"


class WorkflowStatus(StrEnum):
    """How a workflow or one of its steps is getting on."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


@dataclass(eq=False)
class StepRun:
    """A step of a workflow that runs, or has run."""

    name: str
    action: str
    started_at: float
    id: str = field(default_factory=lambda: f"step-{uuid.uuid4()}")
    status: WorkflowStatus = WorkflowStatus.RUNNING
    ended_at: float | None = None
    message: str | None = None
    outputs: str | None = None


@dataclass(eq=False)
class WorkflowRun:
    """A workflow that runs, or has run."""

    kind: WorkflowKind
    arn: str
    started_at: float
    id: str = field(default_factory=lambda: f"wf-{uuid.uuid4()}")
    status: WorkflowStatus = WorkflowStatus.RUNNING
    ended_at: float | None = None
    message: str | None = None
    steps: list[StepRun] = field(default_factory=list[StepRun])

    def count(self, status: WorkflowStatus) -> int:
        """How many of its steps are in a state."""
        return sum(each.status is status for each in self.steps)


@dataclass(eq=False)
class BakedImage:
    """An image.

    Args:
        id: its ARN.
        recipe: what it is built by.
        infrastructure: where.
        distribution: where it goes; None to leave it where it is built.
        pipeline: the pipeline that started it; None for none.
        settings: what its build was asked to do besides.
        tags: its tags, in Image Builder.
        created_at: when it was asked for.
        log_group: where its building is written down.
    """

    id: PartName
    recipe: BuilderPart
    infrastructure: BuilderPart
    distribution: BuilderPart | None
    pipeline: BuilderPart | None
    settings: Mapping[str, Any]
    tags: dict[str, str]
    created_at: float
    log_group: str
    components: list[BuilderPart] = field(default_factory=list[BuilderPart])
    """The components as they were resolved when its build began."""
    status: ImageStatus = ImageStatus.PENDING
    reason: str | None = None
    failure: Mapping[str, Any] | None = None
    amis: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    workflows: list[WorkflowRun] = field(default_factory=list[WorkflowRun])

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.id)

    @property
    def version(self) -> str:
        """Its version with the build behind it."""
        return f"{self.id.version}/{self.id.build}"

    @property
    def log_stream(self) -> str:
        """Where in its log group its building is written down."""
        return self.version

    @property
    def building(self) -> bool:
        """Whether its building goes on."""
        return self.status in BUILDING_STATES

    @property
    def tests(self) -> Mapping[str, Any]:
        """Whether it is tested, and for how long at most."""
        return {"imageTestsEnabled": True, "timeoutMinutes": 720, **self.settings.get("imageTestsConfiguration", {})}
