"""moto has no associations of State Manager. Here they are kept, versioned, applied, and refused as AWS refuses them.

See CreateAssociation and UpdateAssociation in the API reference of Systems Manager. After an update, servers that have
begun go on, no further one begins by the former version, and all are changed anew (targets and rate controls).
"""

import re
from typing import Any, Final

from moto.core.responses import ActionResult, EmptyResult
from moto.ssm.exceptions import InvalidDocument, SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.association import Association
from strata_rehearsal.cloud.association_runs import apply, schedule, stop
from strata_rehearsal.cloud.moto_patches.association_answers import association_of, description
from strata_rehearsal.cloud.patches import replace
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


def patch() -> None:
    """Add the four actions."""
    replace(SimpleSystemManagerResponse, "create_association", _create)
    replace(SimpleSystemManagerResponse, "update_association", _update)
    replace(SimpleSystemManagerResponse, "describe_association", _describe)
    replace(SimpleSystemManagerResponse, "delete_association", _delete)


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
    identity, cloud = _identity(), current()
    kept = {
        "AssociationId": identity,
        "AssociationVersion": "1",
        "Name": name,
        "Date": cloud.world.moment(),
        **asked,
    }
    association = cloud.associations[identity] = Association(self.current_account, self.region, kept)
    tags = {each["Key"]: each["Value"] for each in self._get_param("Tags") or ()}
    backend.add_tags_to_resource(_KIND, identity, tags)
    _begin(association)
    return _described(association)


def _begin(association: Association) -> None:
    cloud = current()
    if not association.only_in_window:
        # AWS answers first
        cloud.world.settle(("association", association.id), lambda: apply(cloud, association))
    schedule(cloud, association)


def _identity() -> str:
    from moto.moto_api._internal import mock_random

    return str(mock_random.uuid4())


def _update(self: SimpleSystemManagerResponse) -> ActionResult:
    association = association_of(self)
    kept = association.kept
    asked, name = _asked(self), self._get_param("Name") or kept["Name"]
    _require_version(self.ssm_backend, name, asked.get("DocumentVersion", "$DEFAULT"))
    for each in _SETTINGS:
        kept.pop(each, None)
    kept.update(asked, Name=name, AssociationVersion=str(int(kept["AssociationVersion"]) + 1))
    kept["LastUpdateAssociationDate"] = current().world.moment()
    stop(current(), association)
    _begin(association)
    return _described(association)


def _describe(self: SimpleSystemManagerResponse) -> ActionResult:
    return _described(association_of(self))


def _delete(self: SimpleSystemManagerResponse) -> ActionResult:
    cloud = current()
    stop(cloud, cloud.associations.pop(association_of(self).id))
    return EmptyResult()


def _described(association: Association) -> ActionResult:
    return ActionResult({"AssociationDescription": description(association)})
