"""S3, EFS and AWS Backup: moto accepts what AWS refuses, and refuses or ignores changes that AWS makes.

moto's S3 locks objects only in buckets that are new, S3 also in those that have versions; and it accepts any name. Its
file systems never change, cannot be backed up after they are made, and keep their policy for ever. Its AWS Backup can
change no plan and knows nothing of what a plan covers.
"""

import json
from typing import Any

from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import Plan
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.efs.exceptions import FileSystemNotFound
from moto.efs.models import EFSBackend, FileSystem
from moto.efs.responses import EFSResponse
from moto.moto_api._internal import mock_random
from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import S3Backend

from strata_rehearsal.cloud.moto_patches.refusals import refuse_bucket_name
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Refuse what S3, EFS and AWS Backup refuse, and let what they keep be changed and deleted."""
    wrap(S3Backend, "create_bucket", _named)
    replace(S3Backend, "put_object_lock_configuration", _put_lock)
    wrap(S3Backend, "put_bucket_versioning", _keeping_locked_versions)
    replace(EFSResponse, "update_file_system", _update_file_system)
    replace(EFSResponse, "put_backup_policy", _put_backup_policy)
    replace(EFSResponse, "delete_file_system_policy", _delete_file_system_policy)
    for name in ("describe_backup_policy", "describe_file_system_policy", "put_file_system_policy"):
        wrap(EFSBackend, name, _of_an_existing_one)
    replace(BackupResponse, "update_backup_plan", _update_plan)
    replace(BackupResponse, "create_backup_selection", _create_selection)
    replace(BackupResponse, "get_backup_selection", _get_selection)
    replace(BackupResponse, "delete_backup_selection", _delete_selection)
    wrap(BackupResponse, "delete_backup_plan", _unless_it_covers_something)


def _named(original: Any) -> Any:
    def create_bucket(self: Any, bucket_name: str, *args: Any, **others: Any) -> Any:
        refuse_bucket_name(bucket_name)
        return original(self, bucket_name, *args, **others)

    return create_bucket


def _put_lock(
    self: Any,
    bucket_name: str,
    lock_enabled: bool,  # noqa: FBT001 - moto passes it so
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode, bucket.default_lock_days, bucket.default_lock_years = mode, days, years


def _keeping_locked_versions(original: Any) -> Any:
    def put_bucket_versioning(self: Any, bucket_name: str, status: str) -> None:
        if self.get_bucket(bucket_name).object_lock_enabled and status != "Enabled":
            raise InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
        original(self, bucket_name, status)

    return put_bucket_versioning


_JSON = {"Content-Type": "application/json"}


def _system(response: Any) -> FileSystem:
    return _existing(response.efs_backend, response._get_param("FileSystemId"))  # noqa: SLF001 - moto's own way


def _existing(backend: Any, system_id: str) -> FileSystem:
    if system_id not in backend.file_systems_by_id:
        raise FileSystemNotFound(system_id)
    return backend.file_systems_by_id[system_id]


def _of_an_existing_one(original: Any) -> Any:
    def checked(self: Any, file_system_id: str, *args: Any, **kwargs: Any) -> Any:
        _existing(self, file_system_id)
        return original(self, file_system_id, *args, **kwargs)

    return checked


def _update_file_system(self: Any) -> tuple[str, dict[str, Any]]:
    system, asked = _system(self), json.loads(self.body)
    system.throughput_mode = asked.get("ThroughputMode") or system.throughput_mode
    system.provisioned_throughput_in_mibps = asked.get("ProvisionedThroughputInMibps")
    return json.dumps(system.info_json()), {"status": 202, **_JSON}


def _put_backup_policy(self: Any) -> tuple[str, dict[str, Any]]:
    system, policy = _system(self), json.loads(self.body)["BackupPolicy"]
    system._backup = policy["Status"] == "ENABLED"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return json.dumps({"BackupPolicy": policy}), _JSON


def _delete_file_system_policy(self: Any) -> tuple[str, dict[str, Any]]:
    _system(self).file_system_policy = None
    return "{}", _JSON


def _plan_of(response: Any) -> Any:
    """The plan whose id the path names: `/backup/plans/{id}` and what lies below."""
    plan_id = response.path.split("/plans/", 1)[1].split("/", 1)[0]
    return response.backup_backend.get_backup_plan(backup_plan_id=plan_id, version_id=None)


def _selections(plan: Any) -> dict[str, dict[str, Any]]:
    if not hasattr(plan, "strata_selections"):
        plan.strata_selections = {}
    return plan.strata_selections


def _update_plan(self: Any) -> str:
    plan = _plan_of(self)
    # A new version of the document; moto fills in what AWS would.
    changed: Any = Plan(json.loads(self.body)["BackupPlan"], plan.creator_request_id, self.backup_backend)
    plan.backup_plan, plan.version_id = changed.backup_plan, changed.version_id
    plan.advanced_backup_settings = changed.advanced_backup_settings
    return json.dumps(plan.to_dict())


def _create_selection(self: Any) -> str:
    plan = _plan_of(self)
    selection_id = str(mock_random.uuid4())
    made = {"SelectionId": selection_id, "BackupPlanId": plan.backup_plan_id, "CreationDate": unix_time()}
    _selections(plan)[selection_id] = {**made, "BackupSelection": json.loads(self.body)["BackupSelection"]}
    return json.dumps(made)


def _selection_named(self: Any) -> tuple[dict[str, dict[str, Any]], str]:
    selections, selection_id = _selections(_plan_of(self)), self.path.rstrip("/").rsplit("/", 1)[1]
    if selection_id not in selections:
        raise ResourceNotFoundException(msg="Cannot find Backup selection")
    return selections, selection_id


def _get_selection(self: Any) -> str:
    selections, selection_id = _selection_named(self)
    return json.dumps(selections[selection_id])


def _delete_selection(self: Any) -> str:
    selections, selection_id = _selection_named(self)
    del selections[selection_id]
    return "{}"


def _unless_it_covers_something(original: Any) -> Any:
    def delete_backup_plan(self: Any) -> str:
        if _selections(_plan_of(self)):
            raise InvalidRequestException(
                msg="Related backup plan selections must be deleted prior to backup plan deletion"
            )
        return original(self)

    return delete_backup_plan
