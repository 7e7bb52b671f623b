"""The building of one image, from PENDING to its end, on the simulated clock.

A build is a generator of waits: what it does happens between them, and whoever cancels it closes it, so that its
instances are ended on every way out. https://docs.aws.amazon.com/imagebuilder/latest/userguide/how-image-builder-works.html
"""

import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from strata_rehearsal.cloud.image_builder import course
from strata_rehearsal.cloud.image_builder.bake_failure import BuildFailure
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage, ImageStatus, WorkflowKind, WorkflowStatus
from strata_rehearsal.cloud.image_builder.build_faults import BuildFaultKind, BuildFaults
from strata_rehearsal.cloud.image_builder.build_record import BuildRecord
from strata_rehearsal.cloud.image_builder.build_servers import ec2_of, launch, made_by_image_builder, terminate
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument
from strata_rehearsal.cloud.image_builder.distribute import Distributor
from strata_rehearsal.cloud.image_builder.outputs import deregister, make_ami
from strata_rehearsal.cloud.image_builder.parent_images import ParentMissing
from strata_rehearsal.cloud.image_builder.shelf import Shelf
from strata_rehearsal.cloud.world import ScheduledEvent, World

__all__ = ["Bake"]

Waits = Generator[float]


class Bake:
    """One build that goes on.

    Args:
        world: simulated time.
        shelf: where the image is.
        image: the image.
        faults: what goes wrong.
        find_parent: looks its parent image up.
        ended: called when it has ended, however.
    """

    def __init__(
        self,
        world: World,
        shelf: Shelf,
        image: BakedImage,
        faults: BuildFaults,
        find_parent: Callable[[BakedImage], Any],
        ended: Callable[[BakedImage], None],
    ) -> None:
        self._world = world
        self._shelf = shelf
        self._image = image
        self._faults = faults
        self._find_parent = find_parent
        self._ended = ended
        self._ec2 = ec2_of(shelf.account, shelf.region)
        self._distributor = Distributor(shelf, image, faults)
        self._record = BuildRecord(world, shelf, image)
        self._made: list[Any] = []
        self._waits = self._run()
        self._next: ScheduledEvent = world.after(0, self._advance)

    def cancel(self) -> None:
        """End it where it is."""
        self._next.cancel()
        self._waits.close()
        self._discard()
        self._record.move(ImageStatus.CANCELLED, "Image creation was cancelled.")
        self._ended(self._image)

    def _advance(self) -> None:
        seconds = next(self._waits, None)
        if seconds is None:
            self._ended(self._image)
        else:
            self._next = self._world.after(seconds, self._advance)

    def _run(self) -> Waits:
        image = self._image
        try:
            self._record.write(f"Image {image.arn} is pending")
            yield course.PENDING_SECONDS
            self._record.move(ImageStatus.CREATING)
            yield course.CREATING_SECONDS
            self._record.move(ImageStatus.BUILDING)
            ami = yield from self._build()
            if image.tests["imageTestsEnabled"]:
                self._record.move(ImageStatus.TESTING)
                yield from self._test(ami)
            self._record.move(ImageStatus.DISTRIBUTING)
            yield from self._distribute(ami)
            self._record.move(ImageStatus.INTEGRATING)
            yield course.INTEGRATE_SECONDS
            self._distributor.put_parameters()
        except BuildFailure as failure:
            self._fail(failure)
        else:
            self._record.move(ImageStatus.AVAILABLE)

    def _build(self) -> Generator[float, None, Any]:
        with self._record.workflow(WorkflowKind.BUILD) as workflow, self._instances() as running:
            with self._record.step(workflow, "LaunchBuildInstance", "LaunchInstance"):
                parent = self._parent()
                running.append(launch(self._ec2, self._image, parent, "Build"))
                yield from self._until_reachable()
            with self._record.step(workflow, "ApplyBuildComponents", "ExecuteComponents"):
                yield from self._components(("build", "validate"))
            if self._image.settings.get("enhancedImageMetadataEnabled", True):
                with self._record.step(workflow, "InventoryCollection", "CollectImageMetadata"):
                    yield course.INVENTORY_SECONDS
            with self._record.step(workflow, "RunSanitizeScript", "SanitizeInstance"):
                yield course.SANITIZE_SECONDS
            with self._record.step(workflow, "CreateOutputAMI", "CreateImage") as step:
                yield course.SNAPSHOT_SECONDS
                ami = self._output(parent, running[0])
                step.outputs = f'{{"imageId":"{ami.id}"}}'
            with self._record.step(workflow, "TerminateBuildInstance", "TerminateInstance"):
                terminate(running.pop())
                yield course.TERMINATE_SECONDS
        return ami

    def _test(self, ami: Any) -> Waits:
        with self._record.workflow(WorkflowKind.TEST) as workflow, self._instances() as running:
            with self._record.step(workflow, "LaunchTestInstance", "LaunchInstance"):
                running.append(launch(self._ec2, self._image, ami, "Test"))
                yield from self._until_reachable()
            with self._record.step(workflow, "ApplyTestComponents", "ExecuteComponents"):
                yield from self._components(("test",), self._image.tests["timeoutMinutes"] * 60.0)
            with self._record.step(workflow, "TerminateTestInstance", "TerminateInstance"):
                terminate(running.pop())
                yield course.TERMINATE_SECONDS

    def _distribute(self, ami: Any) -> Waits:
        with (
            self._record.workflow(WorkflowKind.DISTRIBUTION) as workflow,
            self._record.step(workflow, "DistributeImage", "CopyImage"),
        ):
            yield course.COPY_SECONDS * max(1, len(self._distributor.regions))
            self._distributor.copy(ami, self._made, self._world.moment())
        if not self._image.amis:
            raise BuildFailure("There is nothing to distribute.")

    def _output(self, parent: Any, instance: Any) -> Any:
        image, at = self._image, self._world.moment()
        settings = image.recipe.settings
        ami = make_ami(
            self._ec2,
            self._distributor.name_in(self._shelf.region, at),
            parent,
            settings.get("blockDeviceMappings") or (),
            tags={**settings.get("amiTags", {}), **made_by_image_builder(image)},
            description=settings.get("description"),
            created_at=at,
            source_instance=instance.id,
            watermarks=settings.get("amiWatermarks", ()),
        )
        self._made.append(ami)
        return ami

    def _components(self, phases: Sequence[str], limit: float | None = None) -> Waits:
        documents = [(each.id.name, _document(each.document)) for each in self._image.components]
        left = limit
        for each in course.run_documents(documents, phases, self._fault_of):
            if isinstance(each, course.DocumentFailed):
                raise self._component_failed(each)
            waited = each.seconds if left is None else min(each.seconds, left)
            self._record.write(f"Executing step {each.step.name} of phase {each.phase} of component {each.component}")
            yield waited
            if left is not None:
                left -= waited
                if left <= 0:
                    raise BuildFailure("The tests did not end before their timeout", "TimedOut")
            said = "completed" if each.failed is None else f"failed: {each.failed}"
            self._record.write(f"Step {each.step.name} of phase {each.phase} of component {each.component} {said}")

    def _component_failed(self, ended: course.DocumentFailed) -> BuildFailure:
        part = next(each for each in self._image.components if each.id.name == ended.component)
        at = ended.at
        context = {
            "componentArn": part.arn,
            "phaseName": at.phase,
            "stepName": at.step.name,
            "action": at.step.action,
            "errorMessage": at.failed,
        }
        status = "TimedOut" if at.timed_out else "Failed"
        return BuildFailure(f"Document {part.arn} failed!", status, {"componentFailure": context})

    def _fault_of(self, kind: BuildFaultKind, component: str, phase: str, step: str) -> Any:
        return self._faults.find(kind, recipe=self._image.recipe.label, component=component, phase=phase, step=step)

    def _until_reachable(self) -> Waits:
        fault = self._faults.find(BuildFaultKind.UNREACHABLE, recipe=self._image.recipe.label)
        if fault is None:
            yield course.LAUNCH_SECONDS
            return
        yield course.UNREACHABLE_SECONDS
        raise BuildFailure(fault.message or "SSM Agent verification failed", "TimedOut")

    def _parent(self) -> Any:
        try:
            return self._find_parent(self._image)
        except ParentMissing as missing:
            raise BuildFailure(str(missing)) from missing

    @contextmanager
    def _instances(self) -> Generator[list[Any]]:
        """The instances of a workflow, which end with it, unless it failed and its owner wants to look at them."""
        running: list[Any] = []
        keeps = self._image.infrastructure.settings.get("terminateInstanceOnFailure") is False
        try:
            yield running
        except BuildFailure:
            for each in () if keeps else running:
                terminate(each)
            raise
        except BaseException:
            for each in running:
                terminate(each)
            raise

    def _fail(self, failure: BuildFailure) -> None:
        image = self._image
        self._discard()
        where = image.status.value
        image.failure = {"imageStatus": where, **failure.context}
        if image.workflows:
            workflow = image.workflows[-1]
            image.failure |= {"workflowExecutionId": workflow.id, "workflowArn": workflow.arn}
            failed = [each for each in workflow.steps if each.status is WorkflowStatus.FAILED]
            if failed:
                image.failure |= {"stepExecutionId": failed[-1].id, "failedStep": failed[-1].name}
        self._record.move(
            ImageStatus.FAILED,
            f"SSM execution '{uuid.uuid4()}' failed for image arn: '{image.arn}' with status = '{failure.status}' in "
            f"state = '{where}' and failure message = '{failure.reason}'",
        )

    def _discard(self) -> None:
        for ami in self._made:
            deregister(ami)
        self._made.clear()
        self._image.amis.clear()


def _document(found: ComponentDocument | None) -> ComponentDocument:
    if found is None:
        raise BuildFailure("A component of the recipe has no document.")
    return found
