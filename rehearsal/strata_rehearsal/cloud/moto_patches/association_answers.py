"""What State Manager answers about associations and their executions, which moto does not have.

See DescribeAssociationExecutions, DescribeAssociationExecutionTargets, ListAssociations and StartAssociationsOnce.
AWS does not document what a server is called on which nothing was begun because others have failed: here it is Skipped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm.exceptions import SSMException
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.association import Association, AssociationExecution
from strata_rehearsal.cloud.association_runs import apply
from strata_rehearsal.cloud.moto_patches.ssm_requests import page_of
from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.sent_commands import Invocation
from strata_rehearsal.cloud.state import current

__all__ = ["association_of", "description", "patch"]

_LISTED: Final = ("Name", "AssociationId", "AssociationVersion", "DocumentVersion", "Targets", "ScheduleExpression")
_NOT_BEGUN: Final = {"Status": "Pending", "DetailedStatus": "Creating"}
_WORST_FIRST: Final = ("InProgress", "Pending", "Failed", "TimedOut", "Skipped")


def patch() -> None:
    """Add the actions that show executions, and the one that asks for one."""
    for name, answer in (
        ("describe_association_executions", _executions),
        ("describe_association_execution_targets", _targets),
        ("list_associations", _list),
        ("start_associations_once", _start_once),
    ):
        replace(SimpleSystemManagerResponse, name, answer)


def association_of(response: Any, identity: str | None = None) -> Association:
    """The association that a request names.

    Args:
        response: moto's.
        identity: its id. Default: the one in the request.

    Raises:
        SSMException: there is none.
    """
    found = current().associations.get(identity or response._get_param("AssociationId"))  # noqa: SLF001 - moto's own way
    if found is None or (found.account, found.region) != (response.current_account, response.region):
        raise SSMException("AssociationDoesNotExist", "The specified association does not exist.")
    return found


def description(association: Association) -> dict[str, Any]:
    """An association as DescribeAssociation shows it.

    Args:
        association: the association.
    """
    return {**association.kept, **_course(association)}


def _course(association: Association) -> dict[str, Any]:
    """How its servers are, each by the last execution that was for it."""
    latest: dict[str, Invocation] = {}
    for each in association.executions:
        latest.update(each.command.invocations)
    counts = Counter(map(_status, latest.values()))
    if not latest:
        return {"Overview": _NOT_BEGUN}
    worst = _worst(counts)
    shown = {"InProgress": "Pending", "TimedOut": "Failed", "Skipped": "Failed"}.get(worst, worst)
    overview = {"Status": shown, "DetailedStatus": worst, "AssociationStatusAggregatedCount": dict(counts)}
    last = {"LastExecutionDate": _moment(association.executions[-1].command.requested_at)}
    ended = [each.ended_at for each in latest.values() if each.ended_at is not None and _status(each) == "Success"]
    succeeded = {"LastSuccessfulExecutionDate": _moment(max(ended))} if ended else {}
    return {"Overview": overview, **last, **succeeded}


def _status(invocation: Invocation) -> str:
    never = invocation.started_at is None and invocation.ended
    return "Skipped" if never else invocation.status


def _worst(counts: Mapping[str, int]) -> str:
    return next((each for each in _WORST_FIRST if counts.get(each)), "Success")


def _executions(self: Any) -> ActionResult:
    association = association_of(self)
    found = [_execution(association, each) for each in reversed(association.executions)]
    wanted = [each for each in found if _passes(each, self._get_param("Filters") or ())]
    shown, token = page_of(self, wanted)
    return ActionResult({"AssociationExecutions": shown, "NextToken": token})


def _execution(association: Association, execution: AssociationExecution) -> dict[str, Any]:
    there = execution.command.invocations.values()
    counts = Counter(map(_status, there))
    status, last = _worst(counts), [each.ended_at for each in there if each.ended_at is not None]
    return {
        "AssociationId": association.id,
        "AssociationVersion": execution.version,
        "ExecutionId": execution.id,
        "Status": "Failed" if status == "Skipped" else status,
        "DetailedStatus": status,
        "CreatedTime": _moment(execution.command.requested_at),
        "LastExecutionDate": _moment(max(last)) if last else None,
        "ResourceCountByStatus": "{" + ", ".join(f"{key}={counts[key]}" for key in sorted(counts)) + "}",
    }


def _targets(self: Any) -> ActionResult:
    association, wanted = association_of(self), self._get_param("ExecutionId")
    execution = next((each for each in association.executions if each.id == wanted), None)
    if execution is None:
        raise SSMException("AssociationExecutionDoesNotExist", "The specified execution does not exist.")
    found = [
        {
            "AssociationId": association.id,
            "AssociationVersion": execution.version,
            "ExecutionId": execution.id,
            "ResourceId": each.server,
            "ResourceType": "ManagedInstance",
            "Status": _status(each),
            "DetailedStatus": _status(each),
            "LastExecutionDate": None if each.started_at is None else _moment(each.started_at),
            "OutputSource": {"OutputSourceId": execution.command.id, "OutputSourceType": "RunCommand"},
        }
        for each in execution.command.invocations.values()
    ]
    shown, token = page_of(self, [each for each in found if _passes(each, self._get_param("Filters") or ())])
    return ActionResult({"AssociationExecutionTargets": shown, "NextToken": token})


def _list(self: Any) -> ActionResult:
    ours = (self.current_account, self.region)
    asked = self._get_param("AssociationFilterList") or ()
    filters = [{"Key": each["key"], "Value": each["value"]} for each in asked]
    found = [
        {**{key: each.kept[key] for key in (*_LISTED, "AssociationName") if key in each.kept}, **_course(each)}
        for each in current().associations.values()
        if (each.account, each.region) == ours and _passes(each.kept, filters)
    ]
    shown, token = page_of(self, found)
    return ActionResult({"Associations": shown, "NextToken": token})


def _start_once(self: Any) -> ActionResult:
    found = [association_of(self, each) for each in self._get_param("AssociationIds") or ()]
    for each in found:
        apply(current(), each)
    return ActionResult({})


def _passes(shown: Mapping[str, Any], filters: Iterable[Mapping[str, str]]) -> bool:
    return all(str(shown.get(each["Key"])) == each["Value"] for each in filters)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
