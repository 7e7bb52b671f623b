"""A file system as it is registered."""

import json
from typing import Any

import pulumi
import pytest

from strata import FileStore, Network, testing
from strata.errors import UsageError
from strata.settings.load import for_stage
from strata.settings.models import AccessPointSettings, FileStoreSettings, MountSubnets, Throughput
from strata.stage import Stage


def store(settings: FileStoreSettings | None = None, *, zones: int = 2, **keywords: Any) -> testing.Graph:
    def program() -> None:
        network = Network.from_ids(
            "main",
            vpc_id="vpc-1",
            cidr="10.0.0.0/16",
            private_subnet_ids=[f"private-{n}" for n in range(zones)],
            isolated_subnet_ids=[f"isolated-{n}" for n in range(zones)],
        )
        made = FileStore("shared", settings or FileStoreSettings(), network=network, **keywords)
        mount = made.access
        pulumi.export("statements", list(mount.statements))
        pulumi.export("environment", dict(mount.environment))
        pulumi.export("doors", [[door.name, door.security_group_id, door.port] for door in mount.doors])

    return testing.run(program)


def test_a_file_system_is_encrypted_and_backed_up():
    graph = store()
    system = graph.one("FileSystem").inputs
    assert (system["encrypted"], system["throughputMode"]) == (True, "elastic")
    assert system["lifecyclePolicies"] == [{"transitionToIa": "AFTER_30_DAYS"}]
    assert graph.one("BackupPolicy").inputs["backupPolicy"] == {"status": "ENABLED"}


def test_it_is_mounted_over_tls_only():
    (statement,) = json.loads(graph_policy(store()))["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def graph_policy(graph: testing.Graph) -> str:
    return graph.one("FileSystemPolicy").inputs["policy"]


def test_there_is_a_mount_target_in_each_zone_behind_one_group_without_rules():
    graph = store()
    group = graph.one("SecurityGroup")
    targets = [it.inputs for it in graph.of_type("MountTarget")]
    assert [it["subnetId"] for it in targets] == ["isolated-0", "isolated-1"]
    assert len({tuple(it["securityGroups"]) for it in targets}) == 1
    assert "ingress" not in group.inputs
    assert list(graph.of_type("SecurityGroupIngressRule")) == []


def test_mount_targets_can_stand_in_private_subnets():
    graph = store(FileStoreSettings(subnets=MountSubnets.PRIVATE, zones=1))
    assert [it.inputs["subnetId"] for it in graph.of_type("MountTarget")] == ["private-0"]


def test_a_network_with_too_few_subnets_is_named():
    with pytest.raises(UsageError, match="file store 'shared' wants 3 mount targets, the network has 2 isolated"):
        store(FileStoreSettings(zones=3))


def test_mounting_goes_through_the_access_point_only():
    graph = store()
    (statement,) = graph.exports["statements"]
    assert statement["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    (condition,) = statement["Condition"]["StringEquals"].values()
    assert "shared-access-point" in condition
    assert graph.exports["environment"].keys() == {"SHARED_FILE_SYSTEM", "SHARED_ACCESS_POINT"}
    ((name, _, port),) = graph.exports["doors"]
    assert (name, port) == ("shared", 2049)


def test_the_access_point_fixes_the_folder_and_its_owner():
    point = AccessPointSettings(path="/srv", uid=1001, gid=1002, permissions="0770")
    inputs = store(FileStoreSettings(access_point=point)).one("AccessPoint").inputs
    assert inputs["posixUser"] == {"uid": 1001, "gid": 1002}
    assert inputs["rootDirectory"] == {
        "path": "/srv",
        "creationInfo": {"ownerUid": 1001, "ownerGid": 1002, "permissions": "0770"},
    }


def test_each_move_is_an_entry_of_its_own():
    settings = FileStoreSettings(ia_after_days=1, archive_after_days=90, return_on_access=True)
    assert store(settings).one("FileSystem").inputs["lifecyclePolicies"] == [
        {"transitionToIa": "AFTER_1_DAY"},
        {"transitionToPrimaryStorageClass": "AFTER_1_ACCESS"},
        {"transitionToArchive": "AFTER_90_DAYS"},
    ]


def test_only_a_provisioned_throughput_is_told_how_much():
    paid = store(FileStoreSettings(throughput=Throughput.PROVISIONED, provisioned_mib=64)).one("FileSystem").inputs
    assert (paid["throughputMode"], paid["provisionedThroughputInMibps"]) == ("provisioned", 64)
    assert "provisionedThroughputInMibps" not in store().one("FileSystem").inputs


@pytest.mark.parametrize("stage,protected", [(Stage.DEV, False), (Stage.STAGING, True), (Stage.PROD, True)])
def test_every_part_is_protected_where_the_stage_protects_data(stage: Stage, protected: bool):
    graph = store(for_stage(FileStoreSettings, stage), zones=3)
    parts = [it for it in graph if it.custom]
    assert len(parts) == (8 if stage is Stage.PROD else 7)
    assert {bool(it.options.protect) for it in parts} == {protected}
