"""moto's file systems never change, cannot be backed up after they are made, and keep their policy for ever."""

import json
from typing import Any

from moto.efs.exceptions import FileSystemNotFound
from moto.efs.models import EFSBackend, FileSystem
from moto.efs.responses import EFSResponse

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]

_JSON = {"Content-Type": "application/json"}


def patch() -> None:
    """Change throughput and backup policy, delete a policy, and say of a file system that is gone that it is."""
    replace(EFSResponse, "update_file_system", _update)
    replace(EFSResponse, "put_backup_policy", _put_backup_policy)
    replace(EFSResponse, "delete_file_system_policy", _delete_policy)
    for name in ("describe_backup_policy", "describe_file_system_policy", "put_file_system_policy"):
        wrap(EFSBackend, name, _of_an_existing_one)


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


def _update(self: Any) -> tuple[str, dict[str, Any]]:
    system, asked = _system(self), json.loads(self.body)
    system.throughput_mode = asked.get("ThroughputMode") or system.throughput_mode
    system.provisioned_throughput_in_mibps = asked.get("ProvisionedThroughputInMibps")
    return json.dumps(system.info_json()), {"status": 202, **_JSON}


def _put_backup_policy(self: Any) -> tuple[str, dict[str, Any]]:
    system, policy = _system(self), json.loads(self.body)["BackupPolicy"]
    system._backup = policy["Status"] == "ENABLED"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return json.dumps({"BackupPolicy": policy}), _JSON


def _delete_policy(self: Any) -> tuple[str, dict[str, Any]]:
    _system(self).file_system_policy = None
    return "{}", _JSON
