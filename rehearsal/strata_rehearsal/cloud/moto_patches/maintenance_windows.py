"""Maintenance windows that can be read and changed as at AWS, with what is registered with them; none ever opens.

See UpdateMaintenanceWindow, GetMaintenanceWindowTask and DescribeMaintenanceWindowTargets in the API reference of
Systems Manager. An update leaves what it does not say, unless it is to replace everything.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm.exceptions import SSMException
from moto.ssm.models import FakeMaintenanceWindowTarget, FakeMaintenanceWindowTask
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.moto_patches.ssm_requests import change, page_of
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]

_MOST: Final = 100
"""DescribeMaintenanceWindowTargets and DescribeMaintenanceWindowTasks: `MaxResults`."""
_WINDOW: Final = {
    "Name": "name",
    "Description": "description",
    "StartDate": "start_date",
    "EndDate": "end_date",
    "Schedule": "schedule",
    "ScheduleTimezone": "schedule_timezone",
    "ScheduleOffset": "schedule_offset",
    "Duration": "duration",
    "Cutoff": "cutoff",
}
_TARGET: Final = {
    "Targets": "targets",
    "OwnerInformation": "owner_information",
    "Name": "name",
    "Description": "description",
}
_TASK: Final = {
    "Targets": "targets",
    "TaskArn": "task_arn",
    "ServiceRoleArn": "service_role_arn",
    "TaskParameters": "task_parameters",
    "TaskInvocationParameters": "task_invocation_parameters",
    "Priority": "priority",
    "MaxConcurrency": "max_concurrency",
    "MaxErrors": "max_errors",
    "LoggingInfo": "logging_info",
    "Name": "name",
    "Description": "description",
    "CutoffBehavior": "cutoff_behavior",
}
"""What an update of each may change, and what moto calls it."""
_SWITCHES: Final = {"Enabled": True, "AllowUnassociatedTargets": False}
"""Of a window, which moto keeps neither of: what they are where no request says so."""


def patch() -> None:
    """Add the actions that moto lacks, and put ours in place of those that answer otherwise than AWS."""
    wrap(SimpleSystemManagerResponse, "create_maintenance_window", _with_switches)
    for name, answer in (
        ("get_maintenance_window", lambda self: ActionResult(_window_shown(_window(self)))),
        ("update_maintenance_window", _update_window),
        ("delete_maintenance_window", _delete_window),
        *_registering("target", _TARGET),
        *_registering("task", _TASK),
        ("get_maintenance_window_task", lambda self: ActionResult(_registered(self, "task").to_json())),
    ):
        replace(SimpleSystemManagerResponse, name, answer)
    wrap(FakeMaintenanceWindowTarget, "to_json", _complete(_TARGET))
    wrap(FakeMaintenanceWindowTask, "to_json", _complete(_TASK))


def _registering(kind: str, members: Mapping[str, str]) -> list[tuple[str, Callable[[Any], ActionResult]]]:
    """What can be done with the targets of a window, and with its tasks."""
    return [
        (f"describe_maintenance_window_{kind}s", lambda self: _described(self, kind)),
        (f"update_maintenance_window_{kind}", lambda self: _updated(self, kind, members)),
        (f"deregister_{kind}_from_maintenance_window", lambda self: _deregistered(self, kind)),
    ]


def _complete(members: Mapping[str, str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Of targets and tasks, moto leaves some members out."""

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def shown(self: Any) -> dict[str, Any]:
            said = {name: getattr(self, attribute) for name, attribute in members.items()}
            return {name: value for name, value in {**original(self), **said}.items() if value is not None}

        return shown

    return around


def _with_switches(original: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    def created(self: Any) -> ActionResult:
        answer: Any = original(self)
        window = self.ssm_backend.windows[answer.result["WindowId"]]
        window.switches = {"AllowUnassociatedTargets": bool(self._get_param("AllowUnassociatedTargets"))}
        return answer

    return created


def _window(self: Any) -> Any:
    """The window that a request names; moto refuses one that is not there."""
    return self.ssm_backend.get_maintenance_window(self._get_param("WindowId"))


def _window_shown(window: Any) -> dict[str, Any]:
    said = {name: getattr(window, attribute) for name, attribute in _WINDOW.items()}
    told = {name: value for name, value in said.items() if value is not None}
    return {"WindowId": window.id, **told, **_SWITCHES, **window.switches}


def _update_window(self: Any) -> ActionResult:
    window = _window(self)
    change(self, window, _WINDOW)
    for name in _SWITCHES:
        value = self._get_param(name)
        if value is not None:
            window.switches[name] = value
    return ActionResult(_window_shown(window))


def _delete_window(self: Any) -> ActionResult:
    """With what is registered with it; one that is not there is no error."""
    identity = self._get_param("WindowId")
    self.ssm_backend.windows.pop(identity, None)
    return ActionResult({"WindowId": identity})


def _member(kind: str) -> str:
    return f"Window{kind.title()}Id"


def _all(self: Any, kind: str) -> dict[str, Any]:
    return getattr(_window(self), f"{kind}s")


def _registered(self: Any, kind: str) -> Any:
    """The target or the task that a request names.

    Raises:
        SSMException: it is not registered with the window.
    """
    found = _all(self, kind).get(self._get_param(_member(kind)))
    if found is None:
        raise SSMException(
            "DoesNotExistException",
            f"{kind.title()} {self._get_param(_member(kind))} is not registered with maintenance window "
            f"{self._get_param('WindowId')}",
        )
    return found


def _described(self: Any, kind: str) -> ActionResult:
    wanted = {each["Key"]: each["Values"] for each in self._get_param("Filters") or ()}
    shown = [each.to_json() for each in _all(self, kind).values()]
    passed = [each for each in shown if all(str(each.get(name)) in values for name, values in wanted.items())]
    found, token = page_of(self, passed, most=_MOST)
    return ActionResult({f"{kind.title()}s": found, "NextToken": token})


def _updated(self: Any, kind: str, members: Mapping[str, str]) -> ActionResult:
    found = _registered(self, kind)
    change(self, found, members)
    return ActionResult(found.to_json())


def _deregistered(self: Any, kind: str) -> ActionResult:
    """A target that a task names can be kept from it by `Safe`."""
    found, identity = _registered(self, kind), self._get_param(_member(kind))
    if kind == "target" and self._get_param("Safe"):
        named = {
            value for task in _all(self, "task").values() for each in task.targets or () for value in each["Values"]
        }
        if identity in named:
            raise SSMException("TargetInUseException", f"Target {identity} is referenced by a task.")
    del _all(self, kind)[identity]
    return ActionResult({"WindowId": found.window_id, _member(kind): identity})
