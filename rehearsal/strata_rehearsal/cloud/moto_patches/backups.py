"""moto's AWS Backup can change no plan and knows nothing of what a plan covers."""

import json
from typing import Any

from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import Plan
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Let plans be changed, keep their selections, and refuse to delete a plan that has some, as AWS does."""
    replace(BackupResponse, "update_backup_plan", _update_plan)
    replace(BackupResponse, "create_backup_selection", _create_selection)
    replace(BackupResponse, "get_backup_selection", _get_selection)
    replace(BackupResponse, "delete_backup_selection", _delete_selection)
    wrap(BackupResponse, "delete_backup_plan", _unless_it_covers_something)


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


def _named(self: Any) -> tuple[dict[str, dict[str, Any]], str]:
    selections, selection_id = _selections(_plan_of(self)), self.path.rstrip("/").rsplit("/", 1)[1]
    if selection_id not in selections:
        raise ResourceNotFoundException(msg="Cannot find Backup selection")
    return selections, selection_id


def _get_selection(self: Any) -> str:
    selections, selection_id = _named(self)
    return json.dumps(selections[selection_id])


def _delete_selection(self: Any) -> str:
    selections, selection_id = _named(self)
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
