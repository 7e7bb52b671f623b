"""What rolling the pinned image of a container service would do, for `strata rollout plan`."""

from collections.abc import Iterator, Sequence

from strata.errors import ImageError
from strata.image_build.image_reference import ImageReference
from strata.images.image_trust import ImageTerms
from strata.rollout.denials import is_denied
from strata.rollout.image_parameters import read_image_parameters
from strata.rollout.image_verdicts import find_refusals_if_allowed
from strata.rollout.messages import describe_deadline
from strata.rollout.once_note import OnceNote
from strata.rollout.preflight_findings import PreflightFinding, warn
from strata.rollout.record import ImageRef
from strata.rollout.run_once.once_plan import describe_once
from strata.rollout.service_plan import (
    ServicePlan,
    before_a_plan,
    headline_of_recorded,
    plan_of_first,
    plan_of_unreadable,
)
from strata.rollout.tasks.container_scans import find_scan_findings, look_at_scans
from strata.rollout.tasks.image_presence import find_absent, look_for_images
from strata.rollout.tasks.live_tasks import LiveTasks
from strata.rollout.tasks.shared_manifests import find_revoked_parts
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_preview import plan_of_tasks
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.verifying.verification_plan import describe_verification
from strata.settings.models import ContainerImageSettings, ContainerServiceSettings

__all__ = ["judge_containers", "pinned_image", "pinned_sidecars", "plan_task_service"]


def plan_task_service(
    found: LiveTasks,
    settings: ContainerServiceSettings,
    pin: ContainerImageSettings | None,
    record: str,
    note: OnceNote | None = None,
) -> ServicePlan:
    """What rolling a container service's image would do, by its settings.

    Args:
        found: the service as it is now.
        settings: its settings.
        pin: its image in the stack file; None where the program names the image.
        record: name of the SSM parameter that holds its release.
        note: of what ran once for its image. Default: nothing has.
    """
    name, version, digest = found.service, pin.version if pin else None, _digest(pin)
    if found.unreadable:
        return plan_of_unreadable(found, version)
    wanted = version or digest or ("an image that is built" if pin and pin.build else "the image of the program")
    service, recorded = found.status.service, found.recorded
    spec = TaskSpec.of_service(name, settings, record=record)
    once = tuple(describe_once(spec, note, of_image=True))
    if service is None or recorded is None:
        return plan_of_first(found, wanted, found.status.unrecorded, after=version, once=once, fleet="service")
    now = recorded.image
    if digest is None:
        headline = f"{name}: rolls from {now.version} to {wanted}, if what a task runs differs"
        rolls = None
    elif digest == _digest_of(now.id):
        headline = headline_of_recorded(found, now.version, version)
        rolls = None
    elif version is not None and _by_reference(now):
        # the pin may be one that the program does not take
        headline = f"{name}: rolls from {now.version} to {wanted}, unless the program hands over a reference as before"
        rolls = None
    else:
        headline = f"{name}: rolls from {now.version} to {wanted}"
        rolls = True
    if service.empty and rolls:
        later = f"runs {wanted} from the next scale-out on; {now.version} stays the release until a task has run it"
        return ServicePlan(name, f"{name}: {later}", (*before_a_plan(found), *once), rolls=False)
    plan = plan_of_tasks(spec, service)
    return ServicePlan(
        service=name,
        headline=headline,
        lines=(
            *before_a_plan(found),
            *once,
            *plan.describe(),
            *describe_verification(spec, version),
            describe_deadline(spec),
        ),
        rolls=rolls,
        warnings=tuple(warning.text for warning in plan.warnings),
        before=now.version,
        after=version,
        plan=plan,
    )


def judge_containers(
    driver: TaskDriver,
    found: LiveTasks,
    settings: ContainerServiceSettings,
    pin: ContainerImageSettings | None,
    record: str,
    terms: ImageTerms,
    *,
    now: float,
) -> tuple[PreflightFinding, ...]:
    """What a preflight would find about the images of a service that the stack file names, in its words.

    Args:
        driver: AWS.
        found: the service as it is now.
        settings: its settings.
        pin: its image in the stack file; None where the program names the image.
        record: name of the SSM parameter that holds its release.
        terms: what the stack requires of them.
        now: epoch seconds.
    """
    image, sidecars = pinned_image(found.service, settings, pin), pinned_sidecars(settings)
    # what the program makes has its address from AWS
    known = image is not None and pin is not None and bool(pin.reference or pin.repository)
    named = [*([image] if image is not None and known else []), *sidecars]
    verdicts = (*find_refusals_if_allowed(driver, record, image, sidecars), *find_revoked_parts(driver, named))
    if pin is None and terms.required:
        verdicts = (*verdicts, _of_program(found.service))
    verdicts = (*verdicts, *_find_absent(driver, found, image, pin, sidecars))
    if not terms.scan.required:
        return verdicts
    looks = look_at_scans(driver, terms, named, _ran(driver, found, image, sidecars, record))
    unknown = [*([] if known else [found.service]), *(key for key, each in settings.sidecars.items() if not each.image)]
    unchecked = (
        warn(
            f"what the last scan of the image of {each} found was not checked: the program or a build says which image "
            "that is",
            "Nothing: the preflight of `pulumi up` checks it.",
        )
        for each in unknown
    )
    return (*verdicts, *find_scan_findings(looks, terms, now), *unchecked)


def _of_program(service: str) -> PreflightFinding:
    return warn(
        f"whether the image of {service} has a proof was not checked: the program says which image that is, and `up` "
        "refuses one that the stack file does not pin with a proof, since strata:promotion.require_proof is set",
        f"Pin it by `strata image promote`, and let the program take it: stack.container_image({service!r}).",
    )


def _find_absent(
    driver: TaskDriver,
    found: LiveTasks,
    image: ImageRef | None,
    pin: ContainerImageSettings | None,
    sidecars: Sequence[ImageRef],
) -> Iterator[PreflightFinding]:
    """What no task could pull; of what is recorded already nothing is started by an `up`."""
    recorded = found.recorded
    known = {each.content for each in recorded.images} if recorded is not None else set[str]()
    if {each.content for each in (image, *sidecars) if each is not None} <= known:
        return
    references = [each.id for each in sidecars]
    if image is not None and pin is not None:
        own = recorded.image if recorded is not None and recorded.image.name == image.name else None
        if pin.reference or pin.repository:
            references.insert(0, image.id)
        elif own is not None:
            # a repository that the stack makes has its address from AWS
            references.insert(0, f"{own.id.partition('@')[0]}@{image.content}")
        else:
            seen = found.status.unrecorded
            gone = recorded is None and not seen.first
            unnamed = (
                f"{found.service} {seen.missing}, which would name that" if gone else "no release record names that yet"
            )
            yield warn(
                f"whether image {image} is there was not checked: the stack makes its repository, and {unnamed}",
                "Nothing: the preflight of `pulumi up` checks it.",
            )
    yield from find_absent(look_for_images(driver, references))


def _ran(
    driver: TaskDriver, found: LiveTasks, image: ImageRef | None, sidecars: Sequence[ImageRef], record: str
) -> frozenset[str]:
    """Ids of the images that have run before."""
    # without a pin no rollback can have brought one
    images = [image or ImageRef(found.service, "", ""), *sidecars]
    try:
        return read_image_parameters(driver, record, images, found.recorded).ran
    except Exception as error:
        if not is_denied(error):
            raise
        return frozenset()


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


def _by_reference(image: ImageRef) -> bool:
    """Whether nothing but its digest said what it is called: no version was pinned for it."""
    try:
        return bool(image.version) and ImageReference.parse(image.id).digest.startswith(image.version)
    except ImageError:
        return False


def _digest_of(reference: str) -> str | None:
    try:
        return ImageReference.parse(reference).digest
    except ImageError:
        return None
