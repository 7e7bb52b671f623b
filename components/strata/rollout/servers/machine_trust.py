"""Whether a machine image may be trusted as what it is pinned as, asked before anything launches it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from strata.images.doubt import Doubt
from strata.images.image_scan import find_scan_doubts
from strata.images.image_trust import (
    INSPECTED,
    ImageTerms,
    MachineClaim,
    find_doubts,
    is_proven,
    proven_versions,
    sources_revoked_by,
)
from strata.images.verdicts import read_verdict
from strata.rollout.denials import is_denied
from strata.rollout.image_parameters import ImageParameters, catalogued_id, read_image_parameters
from strata.rollout.preflight_findings import PreflightFinding, find_doubted, refuse, warn
from strata.rollout.record import ImageRef, Release
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.views import ImageView

__all__ = [
    "TrustedMachine",
    "called_machine",
    "find_misnamed",
    "find_untrusted",
    "look_at_machine",
    "look_at_name",
    "revoked_sources",
]


@dataclass(frozen=True)
class TrustedMachine:
    """A machine image, and what is known of it.

    Args:
        image: the image, as the record would name it.
        view: as EC2 describes it; None where this account cannot see it.
        account: the account that asks.
        terms: what is required of it; None for nothing.
        kept: its entry in the catalogue, among others, and what its record says of it.
        now: epoch seconds.
        revoked: why images that it was made of are revoked, by id, see `revoked_sources`. Default: of none it is known.
    """

    image: ImageRef
    view: ImageView | None
    account: str
    terms: ImageTerms | None
    kept: ImageParameters = field(default_factory=ImageParameters)
    now: float = 0.0
    revoked: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def ran_before(self) -> bool:
        """Whether it runs already, or somebody is going back to it."""
        return self.image.id in self.kept.ran

    @property
    def claim(self) -> MachineClaim | None:
        """What it is said to be; None where nothing is required, or it is not seen."""
        origin = self.view.origin if self.view is not None else None
        if self.terms is None or origin is None:
            return None
        return MachineClaim(
            name=self.image.name,
            version=self.image.version,
            origin=origin,
            catalogued=catalogued_id(self.image, self.kept.values, self.terms.app),
            account=self.account,
            terms=self.terms,
            revoked=self.revoked,
        )


def revoked_sources(driver: Driver, machine: TrustedMachine) -> dict[str, str]:
    """Why images that it was made of are revoked, by id; asked only where it is doubted: it must not lead back to them.

    Args:
        driver: AWS.
        machine: the image.
    """
    claim = machine.claim
    if claim is None or not any(find_doubts(claim)):
        return {}
    sources = sources_revoked_by(claim)
    found = driver.parameters(sorted(sources)) if sources else {}
    return {sources[name]: str(read_verdict(value)) for name, value in found.items()}


def find_untrusted(machine: TrustedMachine) -> Iterator[PreflightFinding]:
    """Why it is not what it is said to be, or was not scanned as the stage requires.

    Args:
        machine: the image.
    """
    image, terms = machine.image, machine.terms
    origin = machine.view.origin if machine.view is not None else None
    if terms is None or origin is None:
        return
    yield from find_misnamed(machine)
    if terms.required and not origin.marks_known and not machine.ran_before:
        yield warn(
            f"the installed boto3 knows no watermarks: the catalogue alone says which version image {image} is",
            "Install a newer boto3.",
        )
    scanned = find_scan_doubts(f"image {image}", origin.scan, terms.scan, machine.now, how=INSPECTED)
    yield from find_doubted(scanned, ran_before=machine.ran_before)
    if origin.allowed is False:
        yield warn(
            f"the Allowed AMIs of account {machine.account} do not let image {image} through: nothing will launch it "
            "once they are enabled, and not only audited",
            "Add what lets it through to the criteria: `aws ec2 get-allowed-images-settings` shows them.",
        )


def find_misnamed(machine: TrustedMachine) -> Iterator[PreflightFinding]:
    """Why it is not what it is said to be: also that it runs lets it be recorded as nothing else.

    Args:
        machine: the image.
    """
    image, kept, claim = machine.image, machine.kept, machine.claim
    if claim is None:
        return
    doubts = list(find_doubts(claim))
    if not doubts and kept.recorded_as is not None and kept.noted_so and not is_proven(claim):
        doubts.append(
            Doubt(
                f"{claim.where}, which is recorded and is in the catalogue of account {machine.account} as "
                f"{kept.recorded_as.label}: expected {image.label}",
                "Pin it as the version that it is, or bake the other one.",
            )
        )
    yield from find_doubted(doubts, ran_before=machine.ran_before and kept.recorded_as is None)


def called_machine(driver: Driver, terms: ImageTerms, image: ImageRef) -> tuple[tuple[str, ...], str]:
    """The versions that a machine image proves to be, or that its tag calls it, and which of them says so.

    Args:
        driver: AWS.
        terms: whose watermarks count, and what the image is called where it is baked.
        image: the image.
    """
    view = driver.image(image.id)
    if view is None or view.origin is None:
        return (), ""
    account, _ = driver.caller()
    claim = MachineClaim(image.name, image.version, view.origin, None, account, terms)
    if proven := proven_versions(claim):
        return proven, "by its watermark"
    return ((view.version,) if view.version else ()), "by its tags"


def look_at_name(
    driver: Driver,
    record: str,
    image: ImageRef,
    recorded: Release | None,
    terms: ImageTerms | None,
    *,
    digest: str = "",
) -> tuple[PreflightFinding, ...]:
    """As `find_misnamed`, of an image about which nothing is known yet; what may not be read is a warning.

    Args:
        driver: AWS.
        record: name of the SSM parameter that holds the service's release.
        image: the image.
        recorded: the release that is proven.
        terms: what is required of the image.
        digest: of the release that it is for. Default: it is not known.
    """
    machine = _look(driver, record, image, recorded, terms, digest=digest)
    return tuple(find_misnamed(machine)) if isinstance(machine, TrustedMachine) else machine


def look_at_machine(
    driver: Driver,
    record: str,
    image: ImageRef,
    recorded: Release | None,
    terms: ImageTerms | None,
    *,
    now: float,
    needed: bool = False,
) -> tuple[PreflightFinding, ...]:
    """As `find_untrusted`, of an image about which nothing is known yet; what may not be read is a warning.

    Args:
        driver: AWS.
        record: name of the SSM parameter that holds the service's release.
        image: the image.
        recorded: the release that is proven.
        terms: what is required of the image.
        now: epoch seconds.
        needed: whether it has to be there. Default: whether it is, is no matter.
    """
    machine = _look(driver, record, image, recorded, terms, now=now)
    if not isinstance(machine, TrustedMachine):
        return machine
    missing = _find_missing(image, machine.view, machine.account) if needed else ()
    return (*missing, *find_untrusted(machine))


def _look(
    driver: Driver,
    record: str,
    image: ImageRef,
    recorded: Release | None,
    terms: ImageTerms | None,
    *,
    now: float = 0.0,
    digest: str = "",
) -> TrustedMachine | tuple[PreflightFinding, ...]:
    """What is known of an image; what there is to say where nothing is required, or the caller may not read it."""
    if terms is None:
        return ()
    try:
        account, _ = driver.caller()
        kept = read_image_parameters(driver, record, (image,), recorded, app=terms.app, digest=digest)
        machine = TrustedMachine(image, driver.image(image.id), account, terms, kept, now=now)
        return replace(machine, revoked=revoked_sources(driver, machine))
    except Exception as error:
        if not is_denied(error):
            raise
        return (
            warn(
                f"whether image {image} proves what it is, and what its last scan found, was not checked: {error}",
                "Allow ec2:DescribeImages and ssm:GetParameters to whoever asks.",
            ),
        )


def _find_missing(image: ImageRef, view: ImageView | None, account: str) -> Iterator[PreflightFinding]:
    """That nothing can launch it."""
    if view is None:
        yield refuse(
            f"image {image} does not exist, is not shared with account {account}, or is hidden by its Allowed AMIs",
            "Pin an image this account can see.",
        )
    elif view.state != "available":
        yield refuse(f"image {image} is {view.state}", "Wait until it is available, or pin another.")
