"""What scans found in the images of a release of tasks, and whether that is within the limits of its stack."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from strata.clock import Clock
from strata.images.image_scan import ImageScan, find_scan_doubts
from strata.images.image_trust import ImageTerms
from strata.images.scan_reading import SCANNED_BY_ECR
from strata.resource_hooks import Console
from strata.rollout.denials import is_denied
from strata.rollout.preflight_findings import PreflightFinding, find_doubted, warn
from strata.rollout.record import ImageRef
from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
from strata.rollout.tasks.image_lookup import in_repository
from strata.rollout.tasks.task_driver import TaskDriver

__all__ = ["ScanLook", "find_scan_findings", "look_at_scans", "wait_for_scans"]

LONGEST_SCAN_SECONDS: Final = 300.0
"""How long a gate waits for a scan that goes on: basic scanning needs a minute or two for a large image."""
BEGINNING_SECONDS: Final = 60.0
"""How long it waits for one to begin: ECR scans what is pushed a few seconds later."""


@dataclass(frozen=True)
class ScanLook:
    """What was found out about the scan of one image.

    Args:
        image: the image.
        asked: whether ECR was asked; None where the caller may not. Other registries cannot be.
        scan: its last scan; None where there was none.
        ran_before: whether it runs already, or somebody is going back to it.
    """

    image: ImageRef
    asked: bool | None
    scan: ImageScan | None = None
    ran_before: bool = False


def look_at_scans(
    driver: TaskDriver, terms: ImageTerms | None, images: Sequence[ImageRef], ran: AbstractSet[str]
) -> tuple[ScanLook, ...]:
    """The last scan of each image of a release; nothing where its terms ask for none.

    Args:
        driver: AWS.
        terms: what is required of its images.
        images: they.
        ran: ids of those that have run before.
    """
    if terms is None or not terms.scan.required:
        return ()
    return tuple(_look(driver, each, ran_before=each.id in ran) for each in images)


def _look(driver: TaskDriver, image: ImageRef, *, ran_before: bool) -> ScanLook:
    place = in_repository(image.id)
    if place is None:
        return ScanLook(image, asked=False, ran_before=ran_before)
    try:
        scan = driver.scan(place)
    except Exception as error:
        if not is_denied(error):
            raise
        return ScanLook(image, asked=None, ran_before=ran_before)
    return ScanLook(image, asked=True, scan=scan, ran_before=ran_before)


def find_scan_findings(
    looks: Sequence[ScanLook], terms: ImageTerms | None, now: float, *, previews: bool = False
) -> Iterator[PreflightFinding]:
    """What of the scans is not within the limits, and what could not be checked.

    Args:
        looks: what was found out.
        terms: what is required of the images.
        now: epoch seconds.
        previews: whether what is to be pushed may not be there yet.
    """
    if terms is None:
        return
    for each in looks:
        label = f"image {each.image}"
        if each.asked is None:
            yield warn(
                f"what a scan of {label} found could not be read",
                "Allow ecr:DescribeImageScanFindings to the deployer.",
            )
        elif not each.asked:
            if not each.ran_before:
                yield warn(
                    f"{label} was not checked against the limits of strata:promotion: it is in a registry that nobody "
                    "can ask what a scan found",
                    "Copy it into a repository of ECR, if it has to be within them.",
                )
        elif previews and terms.fresh and not _read(each):
            yield warn(f"what a scan of {label} finds is not known yet", "Nothing: `pulumi up` waits for it.")
        else:
            doubts = find_scan_doubts(label, each.scan, terms.scan, now, how=SCANNED_BY_ECR)
            yield from find_doubted(doubts, ran_before=each.ran_before)


def _read(look: ScanLook) -> bool:
    return look.scan is not None and not look.scan.without


async def wait_for_scans(
    aws: AsyncTaskDriver,
    clock: Clock,
    console: Console,
    service: str,
    terms: ImageTerms | None,
    images: Sequence[ImageRef],
    *,
    poll_seconds: float,
) -> None:
    """Return when each image has been scanned, as far as that takes no longer than a scan does.

    Args:
        aws: AWS.
        clock: time and sleep.
        console: where progress goes.
        service: whose images they are, for messages.
        terms: what is required of them: without limits nothing is waited for.
        images: those that are new to the service.
        poll_seconds: pause between two looks.
    """
    began = clock.now()
    while True:
        looks = await aws(look_at_scans, aws.driver, terms, images, frozenset[str]())
        began += aws.take_waited()
        waited = clock.now() - began
        waiting = [each for each in looks if _may_come(each, fresh=terms is not None and terms.fresh, waited=waited)]
        if not waiting:
            return
        names = ", ".join(f"{each.image.name} {each.image.version}" for each in waiting)
        console.tick(f"{service}: waiting for the scan of {names}")
        await clock.sleep(poll_seconds)


def _may_come(look: ScanLook, *, fresh: bool, waited: float) -> bool:
    if look.scan is not None:
        return look.scan.going_on and waited < LONGEST_SCAN_SECONDS
    return bool(look.asked) and fresh and waited < BEGINNING_SECONDS
