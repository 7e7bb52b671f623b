"""Database instances in a restore drill: the AWS calls, what they answer, and how a copy compares with its original."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from strata.aws.clients import ClientFor, error_code

__all__ = ["DRILL_TAG", "CopyCheck", "Databases", "Instance", "Snapshot", "compare"]

DRILL_TAG: Final = "strata:drill"
"""Key of the tag that says an instance is the copy of a drill; its value is the original's identifier."""

_BESIDES = re.compile(r"-(green-[a-z0-9]{6}|old[0-9]+)$")
"""Copies that a blue/green deployment of RDS makes, which carry the original's tags."""

_KINDS: Final = (None, "awsbackup")
"""What to ask snapshots for: automated and manual ones come together, those of AWS Backup only by name."""


@dataclass(frozen=True)
class Instance:
    """A database instance as RDS describes it, as far as a drill compares it."""

    id: str
    resource_id: str
    """RDS's own id, which no other instance ever has."""
    status: str
    engine: str
    version: str
    storage_gib: int
    encrypted: bool
    key: str | None
    public: bool
    subnet_group: str | None
    instance_class: str
    security_groups: tuple[str, ...]
    parameter_group: str | None
    option_group: str | None
    tags: Mapping[str, str]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Instance":
        """From one entry of DescribeDBInstances."""
        parameters, options = found.get("DBParameterGroups") or [{}], found.get("OptionGroupMemberships") or [{}]
        return cls(
            id=found["DBInstanceIdentifier"],
            resource_id=found.get("DbiResourceId", ""),
            status=found["DBInstanceStatus"],
            engine=found["Engine"],
            version=found["EngineVersion"],
            storage_gib=found["AllocatedStorage"],
            encrypted=found["StorageEncrypted"],
            key=found.get("KmsKeyId"),
            public=found["PubliclyAccessible"],
            subnet_group=(found.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
            instance_class=found["DBInstanceClass"],
            security_groups=tuple(sorted(each["VpcSecurityGroupId"] for each in found.get("VpcSecurityGroups") or [])),
            parameter_group=parameters[0].get("DBParameterGroupName"),
            option_group=options[0].get("OptionGroupName"),
            tags={tag["Key"]: tag["Value"] for tag in found.get("TagList") or []},
        )


@dataclass(frozen=True)
class Snapshot:
    """A backup of a database instance."""

    id: str
    kind: str
    """automated, manual or awsbackup."""
    taken_at: datetime


class Databases:
    """RDS, as far as a drill needs it. Everything here blocks.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def tagged(self, tags: Mapping[str, str]) -> list[Instance]:
        """The instances that carry every one of the tags and are nobody's copy; RDS cannot filter by tags."""
        pages = self._client("rds").get_paginator("describe_db_instances").paginate()
        found = [Instance.of(each) for page in pages for each in page["DBInstances"]]
        return [
            each
            for each in found
            if tags.items() <= each.tags.items() and DRILL_TAG not in each.tags and not _BESIDES.search(each.id)
        ]

    def instance(self, identifier: str) -> Instance | None:
        """The instance, or None when there is none of that name."""
        try:
            found = self._client("rds").describe_db_instances(DBInstanceIdentifier=identifier)
        except Exception as error:
            if error_code(error) in ("DBInstanceNotFound", "DBInstanceNotFoundFault"):
                return None
            raise
        return Instance.of(found["DBInstances"][0])

    def newest_snapshot(self, identifier: str) -> Snapshot | None:
        """The newest finished snapshot of an instance, whoever took it."""
        paginator = self._client("rds").get_paginator("describe_db_snapshots")
        found = [
            Snapshot(each["DBSnapshotIdentifier"], each["SnapshotType"], each["SnapshotCreateTime"])
            for kind in _KINDS
            for page in paginator.paginate(
                DBInstanceIdentifier=identifier, **({} if kind is None else {"SnapshotType": kind})
            )
            for each in page["DBSnapshots"]
            if each["Status"] == "available"
        ]
        return max(found, key=lambda each: each.taken_at, default=None)

    def restore(self, snapshot: Snapshot, original: Instance, identifier: str, tags: Mapping[str, str]) -> None:
        """Begin to make a private copy of the original from a snapshot.

        It is not multi-AZ, not protected and not backed up, whatever the original is: it lives for minutes.
        """
        same = {
            "DBSubnetGroupName": original.subnet_group,
            "DBParameterGroupName": original.parameter_group,
            "OptionGroupName": original.option_group,
            "VpcSecurityGroupIds": list(original.security_groups),
        }
        self._client("rds").restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=identifier,
            DBSnapshotIdentifier=snapshot.id,
            DBInstanceClass=original.instance_class,
            PubliclyAccessible=False,
            MultiAZ=False,
            DeletionProtection=False,
            AutoMinorVersionUpgrade=False,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            # RDS chooses its own defaults, which have names of their own for each version.
            **{name: value for name, value in same.items() if value and not str(value).startswith("default")},
        )

    def delete(self, identifier: str) -> None:
        """Begin to delete a copy, without a last snapshot and with the backups RDS took of it meanwhile."""
        self._client("rds").delete_db_instance(
            DBInstanceIdentifier=identifier, SkipFinalSnapshot=True, DeleteAutomatedBackups=True
        )


@dataclass(frozen=True)
class CopyCheck:
    """One thing that was looked at."""

    name: str
    expected: Any
    got: Any

    @property
    def ok(self) -> bool:
        """Whether it is as expected."""
        return self.expected == self.got

    def document(self) -> dict[str, Any]:
        """As the JSON of `strata backup drill` has it."""
        return {"check": self.name, "ok": self.ok, "expected": self.expected, "got": self.got}


def compare(original: Instance, restored: Instance, after: Instance | None) -> tuple[CopyCheck, ...]:
    """Look at a copy.

    Args:
        original: before the drill.
        restored: the copy.
        after: the original when the copy was there; None when it is gone.
    """
    return (
        CopyCheck("status", "available", restored.status),
        CopyCheck("engine", original.engine, restored.engine),
        CopyCheck("version", original.version, restored.version),
        CopyCheck("storage in GiB", original.storage_gib, restored.storage_gib),
        CopyCheck("encrypted", original.encrypted, restored.encrypted),
        CopyCheck("key", original.key, restored.key),
        CopyCheck("public", expected=False, got=restored.public),
        CopyCheck("subnet group", original.subnet_group, restored.subnet_group),
        CopyCheck("original untouched", _unchanging(original), None if after is None else _unchanging(after)),
    )


def _unchanging(instance: Instance) -> dict[str, Any]:
    """What only somebody's change would change; its status moves by itself, when a backup begins."""
    return {
        "id": instance.id,
        "resource": instance.resource_id,
        "class": instance.instance_class,
        "version": instance.version,
        "security groups": list(instance.security_groups),
    }
