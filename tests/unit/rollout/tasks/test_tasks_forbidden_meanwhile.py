"""Images of containers that are vetoed or revoked while a gate watches their rollout."""

from typing import Any

import pytest

from strata.errors import RolloutError
from strata.naming import revocation_name, veto_name
from strata.verdict_names import revoked_image_name, vetoed_image_name
from tests.unit.rehearsal.cloud.shop import BLUE_GREEN, CANARY, ROLLING
from tests.unit.rollout.tasks.rolled_shop import RECORD, RolledShop

CANARY_SHORT = {**CANARY, "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 2}}
VERDICT = '{"at": "2026-11-30T03:00:00Z", "by": "ann", "reason": "loses orders"}'
SAID = r"loses orders \(ann, 2026-11-30T03:00:00Z\)"


def forbid_after(shop: RolledShop, after: float, name: str) -> None:
    """Somebody forbids an image so long after now."""
    at, known = shop.now() + after, shop.sleep

    async def sleep(seconds: float) -> None:
        await known(seconds)
        if shop.now() >= at:
            shop.aws.ssm.put_parameter(Name=name, Value=VERDICT, Type="String", Overwrite=True)

    shop.sleep = sleep


def names(shop: RolledShop, version: str) -> dict[str, str]:
    digest = shop.push(version)
    by_id = {"revoked by digest": revoked_image_name(digest), "vetoed by digest": vetoed_image_name(RECORD, digest)}
    return {
        "revoked": revocation_name("web", version),
        "vetoed": veto_name(RECORD, version),
        **{kind: name for kind, name in by_id.items() if name is not None},
    }


@pytest.mark.parametrize("kind", ["revoked", "vetoed", "revoked by digest", "vetoed by digest"])
@pytest.mark.parametrize(
    "configuration",
    [ROLLING, {**BLUE_GREEN, "bakeTimeInMinutes": 5}, {**CANARY_SHORT, "bakeTimeInMinutes": 5}],
    ids=lambda each: str(each.get("strategy", "ROLLING")),
)
async def test_what_is_forbidden_while_it_rolls_is_taken_back(
    shop: RolledShop, configuration: dict[str, Any], kind: str
):
    first = shop.begin(configuration)
    weights = shop.weights()
    bad = shop.release("bad")
    forbid_after(shop, 15, names(shop, "bad")[kind])
    with pytest.raises(RolloutError, match=rf"the rollout to web bad .* was rolled back: .* is {kind[:7]}.*: {SAID}"):
        await shop.up(bad)
    assert (shop.recorded, shop.running, shop.weights()) == (first, {"first"}, weights)
    assert shop.lowest == 4


async def test_what_is_forbidden_after_the_success_is_left_again(shop: RolledShop):
    first = shop.begin(ROLLING)
    bad = shop.release("bad")
    # AWS calls it a success, and the gate watches it a while longer
    known, verify = shop.deployer.__class__.verify, shop.aws.ssm.put_parameter

    async def verified(deployer: Any, *args: Any) -> None:
        await known(deployer, *args)
        verify(Name=revocation_name("web", "bad"), Value=VERDICT, Type="String")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop.deployer.__class__, "verify", verified)
        with pytest.raises(
            RolloutError,
            match=rf"is not proven: .* is revoked: {SAID}; the gate has deployed task definition .*SUCCESS",
        ):
            await shop.up(bad)
    assert (shop.recorded, shop.running) == (first, {"first"})
