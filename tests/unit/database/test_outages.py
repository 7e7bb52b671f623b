"""Hooks of a database between AWS and the weather: outages, and requests whose answers are lost."""

from contextlib import suppress
from typing import Any

import pytest

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.components.database.instance_changes import Calls, Takeover, Upgrade, raise_replicas, take_over
from strata.errors import AwsError
from tests.unit.database.stand_in import Cloud, FakeClock, RefusedError

ORDER = Takeover("orders-1", "arn:secret", "orders")
OPERATIONS = ("describe_db_instances", "modify_db_instance", "get_secret_value", "put_secret_value")


def unavailable() -> RefusedError:
    error = RefusedError("ServiceUnavailable")
    error.response["ResponseMetadata"] = {"HTTPStatusCode": 503}  # pyright: ignore[reportArgumentType]
    return error


class Weather:
    """Loses requests, or answers of requests that AWS has acted upon."""

    def __init__(self, cloud: Cloud, operation: str, times: int, *, answers: bool) -> None:
        self._cloud, self._operation, self._left, self._answers = cloud, operation, times, answers

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._cloud, name)

        def call(**parameters: Any) -> Any:
            if name != self._operation or not self._left:
                return real(**parameters)
            self._left -= 1
            if self._answers:
                # a refusal is an answer too
                with suppress(RefusedError):
                    real(**parameters)
            raise unavailable()

        return call


def cloud() -> Cloud:
    return Cloud({"orders-1": {"MasterUserSecret": {"SecretArn": "arn:rds"}, "EngineVersion": "16.3"}})


def calls(cloud: Cloud, operation: str, times: int, said: list[str], *, answers: bool = False) -> Calls:
    weather = Weather(cloud, operation, times, answers=answers)
    return Calls(lambda _service: weather, lambda: None, FakeClock(), said.append)


@pytest.mark.parametrize("answers", [False, True], ids=["requests", "answers"])
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_master_password_is_moved_through_an_outage(operation, answers):
    aws, said = cloud(), []
    await take_over(calls(aws, operation, 5, said, answers=answers), ORDER, said.append)
    assert aws.passwords["orders-1"] in aws.secrets["arn:secret"]
    assert "MasterUserSecret" not in aws.instances["orders-1"]
    assert any(each.startswith("no answer from AWS") for each in said)


async def test_an_outage_that_does_not_end_is_given_up():
    with pytest.raises(AwsError, match="AWS has not answered for 30 min"):
        await take_over(calls(cloud(), "describe_db_instances", 10_000, []), ORDER, lambda _text: None)


async def test_an_instance_that_the_first_request_made_busy_is_waited_for_and_asked_again():
    """As when botocore repeats a request whose answer was lost."""
    aws = Cloud(
        {
            "orders-1": {"EngineVersion": "16.3", "ReadReplicaDBInstanceIdentifiers": ["reader"]},
            "reader": {"EngineVersion": "16.3"},
        }
    )
    real, refusals = aws.modify_db_instance, [RefusedError("InvalidDBInstanceStateFault")]

    def modify(**parameters: Any) -> None:
        real(**parameters)
        if refusals:
            raise refusals.pop()

    aws.modify_db_instance = modify
    upgrade = Upgrade("orders-1", ENGINES[DatabaseEngine.POSTGRES], "16.3", "16.4")
    await raise_replicas(Calls(aws.client, lambda: None, FakeClock()), upgrade, lambda _text: None)
    assert aws.instances["reader"]["EngineVersion"] == "16.4"
