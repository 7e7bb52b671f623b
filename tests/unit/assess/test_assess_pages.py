"""Whatever AWS answers in several pages, or accepts only so many of in one call, is read to its end."""

from typing import Any

from strata.assess.assess_driver import AssessDriver
from strata.assess.assess_reading import AssessReading
from tests.unit.assess.assessed_fleet import AssessedFleet
from tests.unit.drift.drifting_fleet import pairs
from tests.unit.rehearsal.cloud.conftest import OLD

TAGS = {"strata:project": "shop", "strata:stack": "prod"}


def test_all_groups_of_a_stack_are_found_on_all_pages_and_no_others(fleet: AssessedFleet):
    for name in ("c", "a", "b", "other"):
        tags = pairs({**TAGS, "strata:stack": "prod" if name != "other" else "staging"})
        fleet.aws.group(name, size=1, version=fleet.version, Tags=tags)
    listed = fleet.aws.autoscaling.describe_auto_scaling_groups
    fleet.stand_in["describe_auto_scaling_groups"] = lambda **asked: listed(**{**asked, "MaxRecords": 1})
    groups = AssessDriver(fleet.client).groups_tagged(TAGS)
    assert [each.name for each in groups] == ["a", "b", "c"]
    assert fleet.calls["describe_auto_scaling_groups"] == 3


def test_more_servers_than_one_call_accepts_are_all_described(fleet: AssessedFleet):
    asked: list[int] = []
    described = fleet.aws.ec2.describe_instances

    def answered(**parameters: Any) -> Any:
        (ids,) = (each["Values"] for each in parameters["Filters"] if each["Name"] == "instance-id")
        asked.append(len(ids))
        return described(**parameters)

    fleet.start()
    fleet.stand_in["describe_instances"] = answered
    gone = [f"i-{number:017x}" for number in range(450)]
    found = AssessDriver(fleet.client).servers([*gone, *fleet.servers])
    assert sorted(found) == fleet.servers
    assert (sum(asked), len(asked)) == (453, 3)
    assert max(asked) <= 200, "EC2 accepts 200 values of a filter"


def test_servers_of_several_groups_are_asked_for_in_one_call(fleet: AssessedFleet):
    for name in ("a", "b"):
        fleet.aws.group(name, size=3, version=fleet.version, Tags=pairs(TAGS))
    fleet.aws.wait(600)
    driver = AssessDriver(fleet.client)
    reading = AssessReading(driver)
    looked = reading.look(driver.groups_tagged(TAGS))
    assert [[each.image for each in group.servers or ()] for group in looked] == [[OLD] * 3, [OLD] * 3]
    once = ("describe_auto_scaling_groups", "describe_instances", "describe_security_groups", "describe_addresses")
    assert {call: fleet.calls[call] for call in once} == dict.fromkeys(once, 1)
