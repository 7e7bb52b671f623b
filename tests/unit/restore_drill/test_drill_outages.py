"""A drill between AWS and the weather: it may take an hour, and leaves no copy behind."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from strata.restore_drill.databases import Databases
from tests.unit.restore_drill.conftest import Rds

ORDERS = "orders-1a2b3c4"
CALLS = ("tagged", "instance", "newest_snapshot", "restore", "delete")


def lost() -> ReadTimeoutError:
    return ReadTimeoutError(endpoint_url="https://rds.eu-west-1.amazonaws.com/")


class Weather(Databases):
    """Fails at one call, before or after RDS has acted upon it."""

    def __init__(self, rds: Rds, name: str, errors: list[Exception], *, after: bool) -> None:
        super().__init__(lambda _: rds.client)
        real = getattr(self, name)

        def call(*arguments: Any) -> Any:
            if not errors:
                return real(*arguments)
            error = errors.pop()
            if after:
                real(*arguments)
            raise error

        setattr(self, name, call)


@pytest.mark.parametrize("after", [False, True], ids=["request", "answer"])
@pytest.mark.parametrize("name", CALLS)
async def test_a_lost_request_or_answer_ends_no_drill_and_leaves_no_copy(rds: Rds, name: str, after: bool):
    report = await rds.drill(Weather(rds, name, [lost()], after=after)).run("orders")
    assert report.passed, [check for check in report.checks if not check.ok]
    assert rds.names == {ORDERS}


async def test_a_restore_that_botocore_repeated_by_itself_is_taken_up(rds: Rds):
    again = ClientError(
        {"Error": {"Code": "DBInstanceAlreadyExists", "Message": "x"}}, "RestoreDBInstanceFromDBSnapshot"
    )
    report = await rds.drill(Weather(rds, "restore", [again], after=True)).run("orders")
    assert report.passed
    assert rds.names == {ORDERS}


async def test_credentials_that_expire_during_a_drill_are_asked_for_again(rds: Rds):
    renewed: list[str] = []
    expired = ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "DescribeDBInstances")
    drill = rds.drill(Weather(rds, "instance", [expired], after=False))
    drill._renew = lambda: renewed.append("renewed")
    assert (await drill.run("orders")).passed
    assert renewed == ["renewed"]
