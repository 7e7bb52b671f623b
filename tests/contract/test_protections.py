"""What protects something in a type of pulumi_aws is known to the guard, or it is said here why it protects nothing."""

import re
from typing import Any

import pytest

from strata.guard.weakening import UNTYPED, weakenings
from strata.resources import classes
from strata.resources.classes import Classification, Source, holds_data, type_class
from strata.resources.protections import held
from strata.resources.protections.by_name import BY_NAME
from strata.resources.protections.by_type import TABLE
from strata.resources.resource import Resource
from strata.spectrum import Mutability
from strata_rehearsal.plugin.schema import resource_schema
from strata_rehearsal.plugin.schema.source import resource_index
from tests.unit.guard.plans import read, step

SOUNDS = re.compile(
    "(deletion|delete|termination)Protection|retention|skipFinal|final(Snapshot|Backup)|forceDe|"
    "recoveryWindow|automatedBackups|publiclyAcc|expir|backup|skipDestroy",
    re.IGNORECASE,
)
"""How the name of an input sounds that may protect something."""

PROTECTS_NOTHING = {
    "advancedBackupSettings": "how a backup is made",
    "backupId": "what it is made from",
    "backupSubnetCidr": "addresses",
    "backupTarget": "where backups lie; a change replaces it",
    "backupVaultEvents": "what is told",
    "backupVaultName": "which vault it is for",
    "backupWindow": "when, not whether",
    "cookieExpirationPeriod": "cookies of users",
    "copyTagsToBackups": "tags",
    "dailyAutomaticBackupStartTime": "when, not whether",
    "expirationDataRules": "copies that a cache keeps",
    "expirationDate": "an activation",
    "expireDate": "how long an alarm is muted",
    "expires": "an access, which ends",
    "finalBackupTags": "tags",
    "finalSnapshotIdentifier": "a name",
    "finalSnapshotName": "a name",
    "forceDetachPolicies": "policies, which stay",
    "hardExpiry": "passwords of people",
    "isLocalBackupEnabled": "a change replaces it",
    "longTermBackupSchedule": "more backups beside the others",
    "maxRetentionDays": "how long a backup may be kept at most",
    "performanceInsightsRetentionPeriod": "measurements of speed",
    "preferredBackupWindow": "when, not whether",
    "restoreBackupArn": "what it is made from",
    "retention": "hours in a table's index, or an archive of mail whose values are words",
    "retentionLockType": "a change replaces it",
    "sourceBackupIdentifier": "what it is made from",
    "workflowExecutionRetentionPeriodInDays": "a change replaces it",
}
"""Inputs that sound like it and are none, or are judged by another way, and why."""

KEEPING = [token for token in sorted(resource_index()) if type_class(Resource(token)).mutability not in UNTYPED]
NAMED = [
    (token, name)
    for token in KEEPING
    for name in sorted(BY_NAME.keys() & resource_schema(token).inputs.keys())
    if name not in {row.path.partition(".")[0] for row in TABLE.get(token.replace("V2", ""), ())}
]


def test_every_input_that_sounds_like_a_protection_is_known_or_excused():
    sounding = {
        (token, name)
        for token in KEEPING
        for name in resource_schema(token).inputs
        if SOUNDS.search(name) and name not in {row.path.partition(".")[0] for row in TABLE.get(token, ())}
    }
    unknown = sorted(f"{token} {name}" for token, name in sounding if name not in {*BY_NAME, *PROTECTS_NOTHING})
    assert unknown == [], "add it to strata/resources/protections/, or say here why it protects nothing"
    assert PROTECTS_NOTHING.keys() - {name for _, name in sounding} == set(), "nothing is called so any more"
    assert BY_NAME.keys() - {name for _, name in sounding} == set(), "no type that keeps something has such an input"


def values(name: str) -> tuple[Any, Any]:
    """A better and a worse value."""
    return next(pair for pair in ((True, False), (False, True), (30, 7)) if BY_NAME[name].weaker(*pair))


def taken(token: str, old: dict[str, Any], new: dict[str, Any], outputs: dict[str, Any] | None = None) -> list[str]:
    plan = read(step("update", token, old=old, new=new, outputs=outputs))
    return weakenings(plan.changes[0], plan)


@pytest.mark.parametrize("token,name", NAMED)
def test_a_protection_is_known_by_its_name_wherever_it_is(token: str, name: str):
    better, worse = values(name)
    assert taken(token, {name: better}, {name: worse}) == [BY_NAME[name].weakened]
    assert taken(token, {name: worse}, {name: better}) == []


@pytest.mark.parametrize("name", [name for name in BY_NAME if values(name)[0]])
def test_where_nobody_knows_the_default_an_absent_one_is_the_worst(name: str):
    better, worse = values(name)
    token = next(token for token, each in NAMED if each == name)
    assert taken(token, {name: better}, {}) == [BY_NAME[name].weakened]
    assert taken(token, {}, {name: worse}, outputs={name: better}) == [BY_NAME[name].weakened], (
        "AWS has it on by itself"
    )
    assert taken(token, {}, {name: better}, outputs={name: better}) == []


def test_a_protection_in_a_word_is_read_as_one():
    store = "aws:verifiedpermissions/policyStore:PolicyStore"
    assert taken(store, {"deletionProtection": "ENABLED"}, {"deletionProtection": "DISABLED"}) != []
    assert taken(store, {"deletionProtection": "DISABLED"}, {"deletionProtection": "ENABLED"}) == []


def test_forever_is_longer_than_any_time():
    cluster, name = "aws:redshift/clusterSnapshot:ClusterSnapshot", "manualSnapshotRetentionPeriod"
    assert taken(cluster, {name: -1}, {name: 3650}) != []
    assert taken(cluster, {name: 3650}, {name: -1}) == []


def test_what_is_simply_replaced_has_nothing_to_protect():
    assert taken("aws:autoscaling/group:Group", {"forceDelete": False}, {"forceDelete": True}) == []


CONTROLLED = {name for name, kind in classes.TABLE.items() if kind is Mutability.CONTROLLED}
WITHOUT_TAGS = {
    "aws:cloudhsmv2/hsm:Hsm",
    "aws:cognito/user:User",
    "aws:docdb/clusterSnapshot:ClusterSnapshot",
    "aws:docdb/globalCluster:GlobalCluster",
    "aws:dynamodb/globalTable:GlobalTable",
    "aws:dynamodb/tableItem:TableItem",
    "aws:glue/catalogTable:CatalogTable",
    "aws:neptune/clusterSnapshot:ClusterSnapshot",
    "aws:neptune/globalCluster:GlobalCluster",
    "aws:redshiftserverless/snapshot:Snapshot",
}
"""Types that hold data of their own although AWS gives them no tags."""


def test_a_controlled_type_without_tags_belongs_to_another_one_or_holds_data():
    controlled = [
        Resource(token)
        for token in resource_index()
        if type_class(Resource(token)) == Classification(Mutability.CONTROLLED, Source.TYPE)
    ]
    holding = {each.type for each in controlled if holds_data(each)}
    assert {token for token in holding if "tags" not in resource_schema(token).inputs} == WITHOUT_TAGS, (
        "add it to _ATTACHED_NAMES in strata/resources/classes.py, or say here that it holds data"
    )


def test_every_type_that_is_said_to_hold_nothing_exists_and_is_controlled():
    names = {name for token in resource_index() for name in classes._names(token)}
    assert {*classes._ATTACHED} - names == set()
    assert [name for name in classes._ATTACHED if name in classes.TABLE and name not in CONTROLLED] == []


NO_WEAKENING = {
    "atRestEncryptionEnabled": "a change replaces it",
    "backupRetentionPeriodDays": "no type has it",
    "encrypted": "a change replaces it",
    "storageEncrypted": "a change replaces it",
}
"""Inputs that a review names as protecting, and that no update makes less of."""


def test_what_a_review_names_as_protecting_is_what_the_guard_guards():
    guarded = {row.path.partition(".")[0] for rows in TABLE.values() for row in rows} | BY_NAME.keys()
    assert {name for name in held.NAMES if name not in guarded} == NO_WEAKENING.keys()
