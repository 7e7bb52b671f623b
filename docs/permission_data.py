"""What is asked about databases and secrets. A part of `permission_table.py`."""

from collections.abc import Mapping
from typing import Final

from permission_grant import DRILLED, KEYS, OURS, SECRETS, Grant, Part, through

__all__ = ["DATA_PARTS"]

DATA_PARTS: Final[Mapping[str, Part]] = {
    "drill": Part(
        "Drilling a restore",
        (
            Grant("rds:DescribeDBInstances", "the database, and its copy"),
            Grant("rds:DescribeDBSnapshots", "its newest backup"),
            Grant("rds:RestoreDBInstanceFromDBSnapshot", "the copy, beside the original"),
            Grant(
                "rds:AddTagsToResource",
                "the tags of the copy",
                DRILLED,
                within="rds:RestoreDBInstanceFromDBSnapshot",
            ),
            Grant(
                "kms:CreateGrant",
                "RDS uses the key of the backup for the caller",
                KEYS,
                through("rds"),
                within="rds:RestoreDBInstanceFromDBSnapshot",
            ),
            Grant("kms:DescribeKey", "the same", KEYS, through("rds"), within="rds:RestoreDBInstanceFromDBSnapshot"),
            Grant(
                "rds:DeleteDBInstance",
                "the copy at the end, which has a name of its own and the tag of a drill",
                DRILLED,
                {"Null": {"aws:ResourceTag/strata:drill": "false"}},
            ),
        ),
    ),
    "change databases": Part(
        "Replicas of databases",
        (
            Grant("rds:DescribeDBInstances", "the primary and its replicas, until they have changed"),
            Grant(
                "rds:ModifyDBInstance",
                "a replica gets a new version before its primary; a primary the password of Strata's own secret",
                ("arn:aws:rds:*:*:db:*",),
                OURS,
            ),
            Grant("secretsmanager:GetSecretValue", "the password that is there", SECRETS, OURS),
            Grant("secretsmanager:PutSecretValue", "the first password", SECRETS, OURS),
            Grant(
                "kms:GenerateDataKey",
                "the key of the secret, if it has one of its own",
                KEYS,
                through("secretsmanager"),
                within="secretsmanager:PutSecretValue",
            ),
            Grant("kms:Decrypt", "the same", KEYS, through("secretsmanager"), within="secretsmanager:GetSecretValue"),
        ),
    ),
    "fill secrets": Part(
        "The first value of a secret",
        (
            Grant("secretsmanager:DescribeSecret", "whether it has a value", SECRETS),
            Grant("secretsmanager:GetRandomPassword", "the value"),
            Grant("secretsmanager:PutSecretValue", "the same", SECRETS, OURS),
            Grant(
                "kms:GenerateDataKey",
                "the key of the secret, if it has one of its own",
                KEYS,
                through("secretsmanager"),
                within="secretsmanager:PutSecretValue",
            ),
            Grant("kms:Decrypt", "the same", KEYS, through("secretsmanager"), within="secretsmanager:PutSecretValue"),
        ),
    ),
}
