"""The master password moves from RDS to a secret of Strata's, once, whatever interrupts it."""

import json
from typing import Any

import pytest

from strata.aws.facts.database_engines import ENGINES, DatabaseEngine
from strata.components.database.instance_changes import LENGTH, Calls, Takeover, new_password, take_over
from strata.errors import AwsError
from tests.unit.database.stand_in import Cloud, FakeClock

ORDER = Takeover("orders-1", "arn:secret", "orders")


@pytest.fixture
def cloud() -> Cloud:
    return Cloud({"orders-1": {"EngineVersion": "16.3", "MasterUserSecret": {"SecretArn": "arn:rds"}}})


async def moved(cloud: Cloud) -> list[str]:
    said: list[str] = []
    await take_over(Calls(cloud.client, lambda: None, FakeClock()), ORDER, said.append)
    return said


async def test_pitfall_22_the_secret_and_the_instance_get_the_same_password(cloud: Cloud):
    said = await moved(cloud)
    kept = json.loads(cloud.secrets["arn:secret"])
    assert cloud.passwords["orders-1"] == kept["password"]
    assert "MasterUserSecret" not in cloud.instances["orders-1"]
    assert {key: kept[key] for key in ("engine", "username", "dbname", "dbInstanceIdentifier", "port")} == {
        "engine": "postgres",
        "username": "dbadmin",
        "dbname": "orders",
        "dbInstanceIdentifier": "orders-1",
        "port": 5432,
    }
    assert kept["password"] not in "".join(said)


async def test_a_second_run_changes_nothing(cloud: Cloud):
    await moved(cloud)
    before = (dict(cloud.secrets), dict(cloud.passwords))
    cloud.calls.clear()
    await moved(cloud)
    assert (cloud.secrets, cloud.passwords) == before
    assert not {"modify_db_instance", "put_secret_value"} & set(cloud.calls)


@pytest.mark.parametrize("stop", ["put_secret_value", "modify_db_instance"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_interruption_anywhere_is_made_good_by_the_next_run(cloud: Cloud, stop: str, when: str):
    cloud.stop_at(stop, when)
    with pytest.raises(KeyboardInterrupt):
        await moved(cloud)
    await moved(cloud)
    assert cloud.passwords["orders-1"] == json.loads(cloud.secrets["arn:secret"])["password"]
    assert "MasterUserSecret" not in cloud.instances["orders-1"]


async def test_an_instance_that_is_busy_is_waited_for(cloud: Cloud):
    cloud.busy["orders-1"] = 2
    await moved(cloud)
    assert cloud.calls.index("modify_db_instance") > 2


async def test_a_password_that_rds_does_not_take_is_an_error_in_the_end(cloud: Cloud):
    cloud.deaf = True
    with pytest.raises(AwsError, match="orders-1 is available after 3 hours"):
        await moved(cloud)


def test_a_password_fits_every_engine():
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(each) == LENGTH <= 41 for each in made)
    assert not set("".join(made)) & set("/\"@ '&")


def test_every_engine_has_its_facts():
    assert set(ENGINES) == set(DatabaseEngine)
    assert all(facts.engine is engine for engine, facts in ENGINES.items())


async def test_expired_credentials_are_asked_for_again(cloud: Cloud):
    cloud.expired = True

    def renew() -> None:
        cloud.expired = False

    await take_over(Calls(cloud.client, renew, FakeClock()), ORDER, lambda _: None)
    assert "arn:secret" in cloud.secrets


async def test_what_else_secrets_manager_refuses_is_told(cloud: Cloud):
    def refuse(**_: Any) -> Any:
        raise PermissionError("no")

    cloud.get_secret_value = refuse
    with pytest.raises(PermissionError):
        await moved(cloud)
