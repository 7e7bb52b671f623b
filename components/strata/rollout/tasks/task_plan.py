"""What rolling the pinned image of a container service would do, for `strata rollout plan`."""

from strata.errors import ImageError
from strata.image_build.image_reference import ImageReference
from strata.rollout.messages import describe_deadline
from strata.rollout.record import ImageRef
from strata.rollout.service_plan import ServicePlan, before_a_plan, headline_of_recorded
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.task_preview import plan_of_tasks
from strata.rollout.tasks.task_spec import TaskSpec
from strata.settings.models import ContainerImageSettings, ContainerServiceSettings

__all__ = ["pinned_image", "pinned_sidecars", "plan_task_service"]


def plan_task_service(
    found: LiveTasks, settings: ContainerServiceSettings, pin: ContainerImageSettings | None, record: str
) -> ServicePlan:
    """What rolling a container service's image would do, by its settings.

    Args:
        found: the service as it is now.
        settings: its settings.
        pin: its image in the stack file; None where the program names the image.
        record: name of the SSM parameter that holds its release.
    """
    name, version, digest = found.service, pin.version if pin else None, _digest(pin)
    wanted = version or digest or ("an image that is built" if pin and pin.build else "the image of the program")
    service, recorded = found.status.service, found.recorded
    if service is None or recorded is None:
        return ServicePlan(
            name, f"{name}: first deployment of {wanted}", before_a_plan(found), rolls=True, after=version
        )
    now = recorded.image
    if digest is None:
        headline = f"{name}: rolls from {now.version} to {wanted}, if what a task runs differs"
        rolls = None
    elif digest == _digest_of(now.id):
        headline = headline_of_recorded(found, now.version)
        rolls = None
    else:
        headline = f"{name}: rolls from {now.version} to {wanted}"
        rolls = True
    if service.empty and rolls:
        later = f"runs {wanted} from the next scale-out on; {now.version} stays the release until a task has run it"
        return ServicePlan(name, f"{name}: {later}", before_a_plan(found), rolls=False)
    spec = TaskSpec.of_service(name, settings, record=record)
    plan = plan_of_tasks(spec, service)
    return ServicePlan(
        service=name,
        headline=headline,
        lines=(*before_a_plan(found), *plan.describe(), describe_deadline(spec)),
        rolls=rolls,
        warnings=tuple(warning.text for warning in plan.warnings),
        before=now.version,
        after=version,
        plan=plan,
    )


def pinned_image(
    service: str, settings: ContainerServiceSettings, pin: ContainerImageSettings | None
) -> ImageRef | None:
    """The image that is pinned for a service, as its record will name it; None where a build or the program decides.

    Args:
        service: the service.
        settings: its settings.
        pin: its image in the stack file, if there is one.
    """
    if pin is None:
        return None
    name = settings.image or service
    if pin.reference:
        return _named(name, pin.reference)
    return _named(name, f"{pin.repository or name}@{pin.digest}", pin.version) if pin.digest else None


def pinned_sidecars(settings: ContainerServiceSettings) -> list[ImageRef]:
    """The images of a service's sidecars, as far as the settings name them and not the program."""
    named = (_named(name, each.image) for name, each in settings.sidecars.items() if each.image)
    return [each for each in named if each is not None]


def _named(name: str, reference: str, version: str | None = None) -> ImageRef | None:
    try:
        found = ImageReference.parse(reference)
    except ImageError:
        return None
    return ImageRef(name, version or found.version, reference)


def _digest(pin: ContainerImageSettings | None) -> str | None:
    """Digest of the image that is pinned or prebuilt; None where a build or the program decides."""
    if pin is None:
        return None
    return pin.digest or (_digest_of(pin.reference) if pin.reference else None)


def _digest_of(reference: str) -> str | None:
    try:
        return ImageReference.parse(reference).digest
    except ImageError:
        return None
