"""What a build leaves behind for those who follow it: its state, its workflows and steps, and lines in a log."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from moto.logs.models import logs_backends

from strata_rehearsal.cloud.image_builder.bake_failure import BuildFailure
from strata_rehearsal.cloud.image_builder.baked_image import (
    BakedImage,
    ImageStatus,
    StepRun,
    WorkflowKind,
    WorkflowRun,
    WorkflowStatus,
)
from strata_rehearsal.cloud.image_builder.shelf import Shelf
from strata_rehearsal.cloud.world import World

__all__ = ["BuildRecord"]

_WORKFLOWS: Final = {
    WorkflowKind.BUILD: "workflow/build/build-image/1.0.2/1",
    WorkflowKind.TEST: "workflow/test/test-image/1.0.2/1",
    WorkflowKind.DISTRIBUTION: "workflow/distribution/distribute-image/1.0.0/1",
}
"""The workflows that AWS keeps for those who bring none."""


class BuildRecord:
    """Records one build.

    Args:
        world: simulated time.
        shelf: where the image is.
        image: the image.
    """

    def __init__(self, world: World, shelf: Shelf, image: BakedImage) -> None:
        self._world = world
        self._shelf = shelf
        self._image = image

    def move(self, status: ImageStatus, reason: str | None = None) -> None:
        """The image is in another state now."""
        image = self._image
        image.status, image.reason = status, reason
        self._world.record("image-build", image.arn, status.value, reason=reason)
        self.write(f"Image is {status.value}" + (f": {reason}" if reason else ""))

    def write(self, line: str) -> None:
        """Append a line to the log; its group and its stream are made when they are needed."""
        image, logs = self._image, self._logs()
        if image.log_group not in logs.groups:
            logs.create_log_group(image.log_group, {})
        if image.log_stream not in logs.groups[image.log_group].streams:
            logs.create_log_stream(image.log_group, image.log_stream)
        event = {"timestamp": int(self._world.now * 1000), "message": line}
        logs.put_log_events(image.log_group, image.log_stream, [event])

    @contextmanager
    def workflow(self, kind: WorkflowKind) -> Generator[WorkflowRun]:
        """A workflow, as long as it runs."""
        arn = f"arn:{self._shelf.partition}:imagebuilder:{self._shelf.region}:aws:{_WORKFLOWS[kind]}"
        run = WorkflowRun(kind, arn, self._world.now)
        self._image.workflows.append(run)
        with self._watched(run):
            yield run

    @contextmanager
    def step(self, workflow: WorkflowRun, name: str, action: str) -> Generator[StepRun]:
        """A step of a workflow, as long as it runs."""
        run = StepRun(name, action, self._world.now)
        workflow.steps.append(run)
        self.write(f"Workflow step {name} has started")
        with self._watched(run):
            yield run

    @contextmanager
    def _watched(self, run: StepRun | WorkflowRun) -> Generator[None]:
        ended = WorkflowStatus.CANCELLED
        try:
            yield
            ended = WorkflowStatus.COMPLETED
        except BuildFailure as failure:
            ended, run.message = WorkflowStatus.FAILED, failure.reason
            raise
        finally:
            run.status, run.ended_at = ended, self._world.now

    def _logs(self) -> Any:
        return logs_backends[self._shelf.account][self._shelf.region]
