"""`strata rollout watch` in an outage: a rollout does not end because AWS does not answer for a while."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from strata.errors import AwsError
from strata.rollout import stack_services
from strata.rollout.stack_services import StackServices
from tests.unit.rollout.stand_in import Clock


def unreachable() -> Exception:
    return EndpointConnectionError(endpoint_url="https://autoscaling.eu-west-1.amazonaws.com/")


def watching(monkeypatch: pytest.MonkeyPatch, *looks: Any) -> tuple[StackServices, list[str]]:
    """A watch whose looks find a rollout running, find none any more, or meet an error."""
    left, renewed = list(looks), list[str]()

    def inspect(*_: Any) -> list[Any]:
        look = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(look, Exception):
            raise look
        return [SimpleNamespace(service="web", rolling=look == "rolling", deviations=())]

    monkeypatch.setattr(stack_services, "look_at_servers", inspect)
    driver: Any = None
    return StackServices("shop", "prod", {}, {}, driver, Clock(), lambda: renewed.append("renewed")), renewed


def nothing(_found: object) -> None:
    """Nobody looks."""


async def test_a_watch_goes_on_through_an_outage_and_says_so(monkeypatch):
    services, _ = watching(monkeypatch, "rolling", *[unreachable()] * 10, "rolling", "ended")
    said: list[str] = []
    ended, followed = await services.watch(nothing, said.append)
    assert not ended[0].rolling
    assert followed == {"web"}
    assert [each.split(" (")[0] for each in said] == [
        *(f"no answer from AWS for {lasts}" for lasts in ("0 s", "1 min", "2 min")),
        "AWS answers again after 2 min",
    ]


async def test_an_aws_that_cannot_be_reached_to_begin_with_is_said_at_once(monkeypatch):
    services, _ = watching(monkeypatch, unreachable())
    with pytest.raises(AwsError, match="AWS cannot be reached"):
        await services.watch(nothing)


async def test_an_outage_of_half_an_hour_ends_the_watch(monkeypatch):
    services, _ = watching(monkeypatch, "rolling", unreachable())
    with pytest.raises(AwsError, match="AWS has not answered for 30 min"):
        await services.watch(nothing)


async def test_a_watch_outlives_its_credentials(monkeypatch):
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "DescribeAutoScalingGroups")
    services, renewed = watching(monkeypatch, "rolling", expired, "rolling", "ended")
    await services.watch(nothing)
    assert renewed == ["renewed"]
