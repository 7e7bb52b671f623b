"""Records of Route 53: what tells one from another, and what an update makes of it."""

from typing import Any

from strata_rehearsal.plugin.provider import Resources

from .conftest import ScriptedCloud

RECORD = "aws:route53/record:Record"
ZONE = {"HostedZone": {"Id": "/hostedzone/Z1", "Name": "example.com."}}


def record(kind: str, value: str) -> dict[str, Any]:
    return {"Name": "shop.example.com.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}


def given(kind: str, value: str) -> dict[str, Any]:
    return {"zoneId": "Z1", "name": "shop.example.com", "type": kind, "ttl": 60, "records": [value]}


def changes(cloud: ScriptedCloud) -> list[tuple[str, str]]:
    batch = cloud.parameters("change_resource_record_sets")["ChangeBatch"]["Changes"]
    return [(each["Action"], each["ResourceRecordSet"]["Type"]) for each in batch]


def updated(cloud: ScriptedCloud, old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str]]:
    cloud.answers |= {
        "get_hosted_zone": ZONE,
        "list_resource_record_sets": {
            "ResourceRecordSets": [record(each["type"], each["records"][0]) for each in (old, new)]
        },
        "change_resource_record_sets": {},
    }
    Resources(cloud).update(RECORD, "r", "Z1_shop.example.com_A", old, old, new)
    return changes(cloud)


def test_a_record_of_another_type_takes_the_place_of_the_old_one_in_one_change(cloud: ScriptedCloud) -> None:
    done = updated(cloud, given("A", "192.0.2.1"), given("CNAME", "elsewhere.example.com"))
    assert done == [("DELETE", "A"), ("CREATE", "CNAME")]


def test_a_record_with_another_value_is_written_over(cloud: ScriptedCloud) -> None:
    assert updated(cloud, given("A", "192.0.2.1"), given("A", "192.0.2.2")) == [("UPSERT", "A")]
