"""moto has no associations of State Manager. Here they are kept, versioned, and refused as AWS refuses them.

Nothing applies them: the simulated servers have no agent, so the status of each stays that of one that has not begun.
See CreateAssociation and UpdateAssociation in the API reference of Systems Manager.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult, EmptyResult
from moto.ssm.exceptions import InvalidDocument, InvalidResourceId, SSMException
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.patches import replace, wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]

_KIND: Final = "Association"
_SETTINGS: Final = (
    *("DocumentVersion", "Parameters", "Targets", "ScheduleExpression", "OutputLocation", "AssociationName"),
    *("AutomationTargetParameterName", "MaxErrors", "MaxConcurrency", "ComplianceSeverity", "SyncCompliance"),
    *("CalendarNames", "Duration", "TargetMaps", "AlarmConfiguration"),
)
"""What a request may say, and what an update that does not say it takes away."""
_SCHEDULE: Final = re.compile(r"(rate\([1-9]\d* (minute|hour|day)s?\)|cron\([^()]+\)|at\([^()]+\))")
_NOT_BEGUN: Final = {"Status": "Pending", "DetailedStatus": "Creating"}


def patch() -> None:
    """Add the four actions, and the tags of what they make."""
    replace(SimpleSystemManagerResponse, "create_association", _create)
    replace(SimpleSystemManagerResponse, "update_association", _update)
    replace(SimpleSystemManagerResponse, "describe_association", _describe)
    replace(SimpleSystemManagerResponse, "delete_association", _delete)
    wrap(SimpleSystemManagerBackend, "_validate_resource_type_and_id", _with_associations)


def _kept(backend: Any) -> dict[str, dict[str, Any]]:
    if not hasattr(backend, "strata_associations"):
        backend.strata_associations = {}
    return backend.strata_associations


def _asked(response: Any) -> dict[str, Any]:
    """The settings of a request, checked.

    Raises:
        SSMException: a schedule that State Manager does not know, or one by rate that is to be waited for.
    """
    found = {name: value for name in _SETTINGS if (value := response._get_param(name)) is not None}  # noqa: SLF001 - moto's own way
    only = response._get_param("ApplyOnlyAtCronInterval", False)  # noqa: FBT003, SLF001 - the same
    schedule = found.get("ScheduleExpression")
    if schedule is not None and not _SCHEDULE.fullmatch(schedule):
        raise SSMException("InvalidSchedule", f"Invalid schedule expression {schedule}")
    if only and (schedule is None or not schedule.startswith("cron(")):
        raise SSMException("InvalidSchedule", "ApplyOnlyAtCronInterval is supported for cron expressions only.")
    return {**found, "ApplyOnlyAtCronInterval": only}


def _require_version(backend: Any, name: str, version: str) -> None:
    """A document of AWS's own is not known here, and is there."""
    if name.startswith("AWS-"):
        return
    found = backend._documents.get(name)  # noqa: SLF001 - moto's own way
    if found is None:
        raise InvalidDocument(f"Document with name {name} does not exist.")
    if not version.startswith("$") and version not in found.versions:
        raise SSMException("InvalidDocumentVersion", f"Document {name} has no version {version}.")


def _create(self: SimpleSystemManagerResponse) -> ActionResult:
    backend: Any = self.ssm_backend
    asked, name = _asked(self), self._get_param("Name")
    _require_version(backend, name, asked.get("DocumentVersion", "$DEFAULT"))
    identity = _identity()
    backend_kept = _kept(backend)
    backend_kept[identity] = {
        "AssociationId": identity,
        "AssociationVersion": "1",
        "Name": name,
        "Date": current().world.moment(),
        "Overview": _NOT_BEGUN,
        **asked,
    }
    tags = {each["Key"]: each["Value"] for each in self._get_param("Tags") or ()}
    backend.add_tags_to_resource(_KIND, identity, tags)
    return _described(backend_kept[identity])


def _identity() -> str:
    from moto.moto_api._internal import mock_random

    return str(mock_random.uuid4())


def _update(self: SimpleSystemManagerResponse) -> ActionResult:
    kept = _found(self)
    asked, name = _asked(self), self._get_param("Name") or kept["Name"]
    _require_version(self.ssm_backend, name, asked.get("DocumentVersion", "$DEFAULT"))
    for each in _SETTINGS:
        kept.pop(each, None)
    kept.update(asked, Name=name, AssociationVersion=str(int(kept["AssociationVersion"]) + 1))
    kept["LastUpdateAssociationDate"] = current().world.moment()
    return _described(kept)


def _describe(self: SimpleSystemManagerResponse) -> ActionResult:
    return _described(_found(self))


def _delete(self: SimpleSystemManagerResponse) -> ActionResult:
    del _kept(self.ssm_backend)[_found(self)["AssociationId"]]
    return EmptyResult()


def _found(response: SimpleSystemManagerResponse) -> dict[str, Any]:
    found = _kept(response.ssm_backend).get(response._get_param("AssociationId"))  # noqa: SLF001 - moto's own way
    if found is None:
        raise SSMException("AssociationDoesNotExist", "The specified association does not exist.")
    return found


def _described(kept: Mapping[str, Any]) -> ActionResult:
    return ActionResult({"AssociationDescription": dict(kept)})


def _with_associations(original: Callable[..., str]) -> Callable[..., str]:
    def validated(self: Any, resource_type: str, resource_id: str) -> str:
        if resource_type != _KIND:
            return original(self, resource_type, resource_id)
        if resource_id not in _kept(self):
            raise InvalidResourceId
        return resource_id

    return validated
