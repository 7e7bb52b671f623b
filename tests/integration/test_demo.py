"""The life of an image from the first release to the way back, by the commands alone: servers and containers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.shop import Shop
from demo.story import STORY
from strata.naming import record_name, veto_name
from strata.new_project.project_files import ServiceKind
from strata.rollout.record import read_release
from tests.integration.support.warm_start import WarmStart


@pytest.fixture(params=list(ServiceKind))
def shop(request: pytest.FixtureRequest, tmp_path: Path, warm: WarmStart) -> Iterator[Shop]:
    made = Shop(tmp_path / "a folder with blanks" / "shop", request.param, warm.command())
    yield made
    made.stop()


def test_an_image_is_pinned_promoted_rolled_back_and_kept_out_and_nothing_is_left_to_do(shop: Shop) -> None:
    for step in STORY:
        before = shop.files()
        done = step.run(shop)
        if step.words[0] == "image" and "pinned" not in done.stdout:
            assert shop.files() == before, step.told
        assert step.problem(done) == "", f"{step.told}\n{done.stdout}"
        assert "Traceback" not in done.stdout
    found = {stack: parameters(shop, stack) for stack in ("staging", "prod")}
    assert found["staging"] == ("1.1.0", False), "the bad release is nowhere, and nobody vetoed the good one"
    assert found["prod"] == ("1.0.0", True)


def parameters(shop: Shop, stack: str) -> tuple[str, bool]:
    """Which version the record of a stack names, and whether 1.1.0 is vetoed there."""
    ssm = shop.client("ssm")
    record = record_name("shop", stack, "web")
    value = ssm.get_parameter(Name=record)["Parameter"]["Value"]
    vetoed = ssm.get_parameters(Names=[veto_name(record, "1.1.0")])["Parameters"]
    return read_release(value).image.version, bool(vetoed)
