"""What scans found in all images of a release of tasks: waited for where one is going on, and never passed over."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from strata.errors import PreflightError
from strata.images.image_scan import ImageScan, ScanLimits
from strata.images.image_trust import ImageTerms
from strata.rollout.image_guard import ImageGuard
from strata.rollout.preflight_findings import PreflightSeverity
from strata.rollout.record import ImageRef
from strata.rollout.tasks.container_scans import find_scan_findings, look_at_scans, wait_for_scans
from strata.rollout.tasks.image_lookup import RepositoryImage, digest_of
from strata.settings.models import FindingSeverity
from tests.unit.rehearsal.cloud.conftest import REGION
from tests.unit.rehearsal.cloud.shop import REPOSITORY, ROLLING
from tests.unit.rollout.stand_in import Clock, Memory, Refused
from tests.unit.rollout.tasks.rolled_shop import RolledShop

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
WEB = ImageRef("web", "1.5.0", f"{ECR}/web@sha256:{'a' * 64}")
AGENT = ImageRef("agent", "7.1.0", f"{ECR}/agent:7.1.0@sha256:{'b' * 64}")
PUBLIC = ImageRef("proxy", "2.0.0", f"public.ecr.aws/proxy:2.0.0@sha256:{'c' * 64}")
LIMITS = ImageTerms(scan=ScanLimits(FindingSeverity.HIGH, 30))
GOING_ON = ImageScan(0.0, without="IN_PROGRESS", going_on=True)


@dataclass
class Registry:
    """ECR, and the face of it that awaits."""

    clock: Clock = field(default_factory=Clock)
    answer: Callable[[str, float], ImageScan | None] = lambda _repository, _now: None
    looks: int = 0

    def scan(self, image: RepositoryImage) -> ImageScan | None:
        self.looks += 1
        return self.answer(image.repository, self.clock.now())

    @property
    def driver(self) -> Any:
        return self

    async def __call__(self, call: Any, *args: Any) -> Any:
        return call(*args)

    def take_waited(self) -> float:
        return 0.0

    async def wait(self, terms: ImageTerms | None, *images: ImageRef) -> tuple[float, Memory]:
        """How long a gate waits, and what it says meanwhile."""
        began, console, aws = self.clock.now(), Memory(), self
        any_aws: Any = aws
        await wait_for_scans(any_aws, self.clock, console, "web", terms, images, poll_seconds=15.0)
        return self.clock.now() - began, console


@pytest.fixture
def registry() -> Registry:
    return Registry()


async def test_a_scan_that_is_going_on_is_waited_for_and_then_read(registry: Registry):
    begun = registry.clock.now()
    registry.answer = lambda _, now: GOING_ON if now < begun + 100 else ImageScan(now)
    waited, console = await registry.wait(LIMITS, WEB, AGENT)
    assert waited == 105
    assert console.ticks[0] == "web: waiting for the scan of web 1.5.0, agent 7.1.0"


async def test_a_scan_that_never_ends_is_not_waited_for_any_longer_than_one_takes(registry: Registry):
    registry.answer = lambda _, __: GOING_ON
    assert (await registry.wait(LIMITS, WEB))[0] == 300


@pytest.mark.parametrize("fresh, seconds", [(True, 60), (False, 0)])
async def test_only_of_what_was_just_pushed_a_scan_may_still_begin(registry: Registry, fresh: bool, seconds: float):
    assert (await registry.wait(replace(LIMITS, fresh=fresh), WEB))[0] == seconds


@pytest.mark.parametrize("terms", [None, ImageTerms(fresh=True)])
async def test_without_limits_nobody_is_asked(registry: Registry, terms: ImageTerms | None):
    assert (await registry.wait(terms, WEB))[0] == 0
    assert registry.looks == 0


def found(registry: Registry, *images: ImageRef, terms: ImageTerms = LIMITS, ran: ImageRef | None = None, **how: Any):
    """Severity and text of each finding."""
    driver: Any = registry
    looks = look_at_scans(driver, terms, images, frozenset({ran.id} if ran else ()))
    return [(each.severity, each.text) for each in find_scan_findings(looks, terms, registry.clock.now(), **how)]


def test_each_image_beside_the_services_own_has_to_be_within_the_limits_too(registry: Registry):
    registry.answer = lambda repository, now: ImageScan(
        now, FindingSeverity.CRITICAL if repository == "agent" else None
    )
    ((severity, text),) = found(registry, WEB, AGENT)
    assert severity is PreflightSeverity.REFUSE
    assert text.startswith(f"the last scan of image agent 7.1.0 ({AGENT.id}) found something critical")
    assert [severity for severity, _ in found(registry, WEB, AGENT, ran=AGENT)] == [PreflightSeverity.WARN]


def test_what_is_not_scanned_in_time_is_refused_where_there_are_limits(registry: Registry):
    registry.answer = lambda _, __: GOING_ON
    ((severity, text),) = found(registry, WEB, terms=replace(LIMITS, fresh=True))
    assert severity is PreflightSeverity.REFUSE
    assert "has no result of a scan for vulnerabilities (IN_PROGRESS): expected one" in text


def test_a_preview_does_not_refuse_what_is_yet_to_be_pushed(registry: Registry):
    fresh = replace(LIMITS, fresh=True)
    ((severity, text),) = found(registry, WEB, terms=fresh, previews=True)
    assert (severity, "is not known yet" in text) == (PreflightSeverity.WARN, True)
    ((severity, text),) = found(registry, WEB, previews=True)
    assert (severity, "has no result of a scan" in text) == (PreflightSeverity.REFUSE, True)


def test_what_could_not_be_checked_is_said(registry: Registry):
    ((severity, text),) = found(registry, PUBLIC)
    assert severity is PreflightSeverity.WARN
    assert "was not checked against the limits of strata:promotion" in text
    assert found(registry, PUBLIC, ran=PUBLIC) == []

    def denied(*_: Any) -> ImageScan:
        raise Refused("AccessDeniedException")

    registry.answer = denied
    ((severity, text),) = found(registry, WEB)
    assert (severity, "could not be read" in text) == (PreflightSeverity.WARN, True)
    registry.answer = lambda *_: (_ for _ in ()).throw(Refused("ServerException"))
    with pytest.raises(Refused):
        found(registry, WEB)


def test_limits_of_images_that_run_together_are_the_strictest_of_all():
    high, old = ScanLimits(FindingSeverity.HIGH, 90), ScanLimits(FindingSeverity.LOW, None)
    assert high.stricter(old) == old.stricter(high) == ScanLimits(FindingSeverity.LOW, 90)
    assert ScanLimits().stricter(high) == high
    assert ImageTerms(scan=high).with_others([ImageTerms(scan=old, fresh=True)]) == ImageTerms(
        scan=ScanLimits(FindingSeverity.LOW, 90), fresh=True
    )


async def test_a_rollout_with_a_sidecar_that_is_not_within_the_limits_does_not_start(shop: RolledShop):
    shop.begin(ROLLING)
    shop.terms = LIMITS
    release, agent = shop.release("good"), shop.push("agent")
    shop.aws.admin("scanned", repository="web", digest=digest_of(release.image.id), region=REGION, counts={})
    shop.aws.admin("scanned", repository="web", digest=agent, region=REGION, counts={"CRITICAL": 1})
    beside = replace(release, sidecars={"agent": ImageRef("agent", "7.1.0", f"{REPOSITORY}@{agent}")})
    before = len(shop.listed())
    with pytest.raises(PreflightError, match=r"the last scan of image agent 7\.1\.0 .* found something critical"):
        await shop.up(beside)
    assert len(shop.listed()) == before


async def test_a_first_release_is_judged_before_there_is_a_service(shop: RolledShop):
    shop.terms = LIMITS
    image = ImageRef("web", "good", f"{REPOSITORY}@{shop.push('good')}")
    (refusal,) = await shop.deployer.judge(shop.spec, image, {}, previews=False)
    assert refusal.severity is PreflightSeverity.REFUSE
    assert "has no result of a scan for vulnerabilities" in refusal.text
    shop.aws.admin("scanned", repository="web", digest=digest_of(image.id), region=REGION, counts={"LOW": 1})
    assert list(await shop.deployer.judge(shop.spec, image, {}, previews=False)) == []


GONE = f"{REPOSITORY}@sha256:{'d' * 64}"


@pytest.mark.parametrize(
    "terms", [ImageTerms(), LIMITS, replace(LIMITS, fresh=True)], ids=["no limits", "limits", "up"]
)
@pytest.mark.parametrize("beside", [False, True], ids=["its own", "a sidecar"])
async def test_a_first_release_of_an_image_that_is_not_there_is_refused_for_that_alone(
    shop: RolledShop, terms: ImageTerms, beside: bool
):
    shop.terms = terms
    there, gone = ImageRef("web", "good", f"{REPOSITORY}@{shop.push('good')}"), ImageRef("gone", "1.0.0", GONE)
    image, sidecars = (there, {"agent": gone}) if beside else (gone, {"agent": there})
    began = shop.now()
    with pytest.raises(PreflightError) as refused:
        await ImageGuard(shop.spec, shop.deployer, shop.console).heed_first(image, sidecars)
    assert f"image {GONE} is not in its repository: no task could pull it" in str(refused.value)
    assert "scan" not in str(refused.value)
    assert shop.now() == began, "no scan of it is waited for"


async def test_a_preview_does_not_miss_what_is_yet_to_be_pushed(shop: RolledShop):
    shop.push("good")
    image = ImageRef("web", "1.0.0", GONE)
    shop.terms = ImageTerms(fresh=True)
    assert list(await shop.deployer.judge(shop.spec, image, {}, previews=True)) == []
    shop.terms = ImageTerms()
    (refusal,) = await shop.deployer.judge(shop.spec, image, {}, previews=True)
    assert refusal.severity is PreflightSeverity.REFUSE


async def test_an_image_that_the_gate_may_not_look_for_is_a_warning(shop: RolledShop, monkeypatch: pytest.MonkeyPatch):
    def denied(*_: Any) -> str:
        raise Refused("AccessDeniedException")

    monkeypatch.setattr(shop.driver, "manifest", denied)
    (warning,) = await shop.deployer.judge(shop.spec, ImageRef("web", "1.0.0", GONE), {}, previews=False)
    assert warning.severity is PreflightSeverity.WARN
    assert warning.text == f"whether image {GONE} is there could not be read"
