import pytest

from strata.rehearsal.plugin.provider import Resources

DATABASE, VOLUME, VERSION = (
    "aws:rds/instance:Instance",
    "aws:ebs/volume:Volume",
    "aws:secretsmanager/secretVersion:SecretVersion",
)
INPUTS = {"instanceClass": "db.t4g.small", "engine": "mysql", "tags": {"a": "1"}}


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


def test_a_recorded_resource_has_what_it_was_given_and_what_aws_would_add(cloud) -> None:
    inputs, failures = Resources(cloud).check(DATABASE, "orders", {}, INPUTS, b"1")
    resource_id, outputs = Resources(cloud).create(DATABASE, "orders", inputs, ignore)
    assert failures == []
    assert resource_id == inputs["identifier"]
    assert outputs["engine"] == "mysql"
    assert outputs["endpoint"] == f"{resource_id}.rehearsal.eu-west-1.rds.internal:3306"
    assert outputs["arn"].startswith("arn:aws:rds:eu-west-1:111122223333:")
    assert outputs["tagsAll"] == {"a": "1"}


def test_a_refresh_finds_what_the_update_left(cloud) -> None:
    resource_id, outputs = Resources(cloud).create(DATABASE, "orders", INPUTS, ignore)
    assert Resources(cloud).read(DATABASE, "orders", resource_id, outputs, INPUTS) == (outputs, INPUTS)


def test_an_update_keeps_what_was_made_up(cloud) -> None:
    resource_id, outputs = Resources(cloud).create(DATABASE, "orders", INPUTS, ignore)
    updated = Resources(cloud).update(
        DATABASE, "orders", resource_id, outputs, INPUTS, {**INPUTS, "instanceClass": "db.m7g.large"}
    )
    assert updated == {**outputs, "instanceClass": "db.m7g.large"}


def test_two_resources_of_a_made_up_id_have_different_ones(cloud) -> None:
    first, _ = Resources(cloud).create(VOLUME, "k", {}, ignore)
    second, _ = Resources(cloud).create(VOLUME, "k", {}, ignore)
    assert first != second


@pytest.mark.parametrize(
    "token, name, replaces",
    [
        (DATABASE, "instanceClass", False),
        (DATABASE, "engineVersion", False),
        (DATABASE, "storageEncrypted", True),
        (DATABASE, "dbName", True),
        (VERSION, "secretString", True),
        ("aws:efs/fileSystem:FileSystem", "encrypted", True),
        ("aws:efs/fileSystem:FileSystem", "throughputMode", False),
        # No entry in the table: the name, the region, and what the documentation says.
        ("aws:docdb/cluster:Cluster", "availabilityZones", True),
        ("aws:docdb/cluster:Cluster", "region", True),
        ("aws:docdb/cluster:Cluster", "backupRetentionPeriod", False),
    ],
)
def test_update_or_replace_is_decided_per_property(cloud, token: str, name: str, replaces: bool) -> None:
    (change,) = Resources(cloud).diff(token, {name: "old"}, {name: "new"}).changes
    assert change.replaces is replaces


def test_deleting_a_recorded_resource_asks_nobody(cloud) -> None:
    Resources(cloud).delete(VOLUME, "k", "k-1", {}, {})
    assert cloud.asked == []
