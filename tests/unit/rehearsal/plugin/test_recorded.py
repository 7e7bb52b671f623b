import pytest

from strata_rehearsal.plugin.provider import Resources

CLUSTER, VOLUME, VERSION = (
    "aws:rds/cluster:Cluster",
    "aws:ebs/volume:Volume",
    "aws:secretsmanager/secretVersion:SecretVersion",
)
INPUTS = {"clusterIdentifier": "orders", "engine": "aurora-mysql", "tags": {"a": "1"}}


def ignore(_id: str) -> None:
    """Nobody keeps a journal here."""


def test_a_recorded_resource_has_what_it_was_given_and_what_aws_would_add(cloud) -> None:
    inputs, failures = Resources(cloud).check(CLUSTER, "orders", {}, INPUTS, b"1")
    resource_id, outputs = Resources(cloud).create(CLUSTER, "orders", inputs, ignore)
    assert failures == []
    assert resource_id == inputs["clusterIdentifier"]
    assert outputs["engine"] == "aurora-mysql"
    assert outputs["endpoint"].startswith("orders.")
    assert outputs["endpoint"].endswith(".eu-west-1.rds.rehearsal.internal")
    assert outputs["arn"].startswith("arn:aws:rds:eu-west-1:111122223333:")
    assert outputs["tagsAll"] == {"a": "1"}


def test_a_refresh_finds_what_the_update_left(cloud) -> None:
    resource_id, outputs = Resources(cloud).create(CLUSTER, "orders", INPUTS, ignore)
    assert Resources(cloud).read(CLUSTER, "orders", resource_id, outputs, INPUTS) == (outputs, INPUTS)


def test_an_update_keeps_what_was_made_up(cloud) -> None:
    resource_id, outputs = Resources(cloud).create(CLUSTER, "orders", INPUTS, ignore)
    updated = Resources(cloud).update(
        CLUSTER, "orders", resource_id, outputs, INPUTS, {**INPUTS, "engineVersion": "8.0"}
    )
    assert updated == {**outputs, "engineVersion": "8.0"}


def test_two_resources_of_a_made_up_id_have_different_ones(cloud) -> None:
    first, _ = Resources(cloud).create(VOLUME, "k", {}, ignore)
    second, _ = Resources(cloud).create(VOLUME, "k", {}, ignore)
    assert first != second


@pytest.mark.parametrize(
    "token, name, replaces",
    [
        (CLUSTER, "deletionProtection", False),
        (CLUSTER, "engineVersion", False),
        (CLUSTER, "storageEncrypted", True),
        (CLUSTER, "databaseName", True),
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
