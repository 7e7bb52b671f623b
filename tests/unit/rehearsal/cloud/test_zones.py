"""Route 53 of a rehearsal takes the records of a zone, and no other."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.rehearsal.cloud.conftest import Aws

TOLD = "Z0123456789ABCDEFGHIJ"


def put(aws: Aws, zone: str, name: str) -> Any:
    record = {"Name": name, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "x.acm-validations.aws."}]}
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record}]
    return aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def refusal(aws: Aws, zone: str, name: str) -> str:
    with pytest.raises(ClientError) as caught:
        put(aws, zone, name)
    assert caught.value.response["Error"]["Code"] == "InvalidChangeBatch"
    return caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("name", ["_proof.shop.example.org.", "notexample.com.", "com."])
def test_a_record_outside_its_zone_is_refused_in_route_53s_words(bare: Aws, name: str):
    zone = bare.route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    put(bare, zone, "_proof.shop.example.com.")
    assert f"RRSet with DNS name {name} is not permitted in zone example.com." in refusal(bare, zone, name)


def test_a_zone_of_the_account_takes_records_of_one_domain(bare: Aws):
    put(bare, TOLD, "_proof.shop.example.com.")
    put(bare, TOLD, "_proof.example.com.")
    assert "is not permitted in zone example.com." in refusal(bare, TOLD, "_proof.example.org.")
    put(bare, "Z2", "_proof.example.org.")
    names = [each["Name"] for each in bare.route53.list_resource_record_sets(HostedZoneId=TOLD)["ResourceRecordSets"]]
    assert "_proof.shop.example.com." in names


def test_a_zone_that_was_deleted_here_does_not_come_back(bare: Aws):
    zone = bare.route53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    bare.route53.delete_hosted_zone(Id=zone)
    with pytest.raises(ClientError, match="NoSuchHostedZone"):
        put(bare, zone, "_proof.example.com.")
