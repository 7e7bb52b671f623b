"""What Patch Manager keeps beyond moto: baselines that can be read and changed, and the patch groups they are for.

See GetPatchBaseline, UpdatePatchBaseline, DescribePatchGroups and RegisterPatchBaselineForPatchGroup in the API
reference of Systems Manager. Nothing is patched.
"""

from collections.abc import Callable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ssm.exceptions import AlreadyExistsException, BaselineDoesNotExistException, SSMException
from moto.ssm.models import SimpleSystemManagerBackend
from moto.ssm.responses import SimpleSystemManagerResponse

from strata_rehearsal.cloud.moto_patches.ssm_requests import change, page_of
from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]

_MOST: Final = 100
"""DescribePatchGroups: `MaxResults`."""
_CHANGED: Final = {
    "Name": "name",
    "GlobalFilters": "global_filters",
    "ApprovalRules": "approval_rules",
    "ApprovedPatches": "approved_patches",
    "ApprovedPatchesComplianceLevel": "approved_patches_compliance_level",
    "ApprovedPatchesEnableNonSecurity": "approved_patches_enable_non_security",
    "RejectedPatches": "rejected_patches",
    "RejectedPatchesAction": "rejected_patches_action",
    "Description": "description",
    "Sources": "sources",
}
"""What a request may change, and what moto calls it."""
_UNSAID: Final[dict[str, Any]] = {
    "OperatingSystem": "WINDOWS",
    "GlobalFilters": {"PatchFilters": []},
    "ApprovalRules": {"PatchRules": []},
    "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
    "ApprovedPatchesEnableNonSecurity": False,
    "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY",
}
"""What AWS takes for what a request does not say."""


def patch() -> None:
    """Add the actions that moto lacks, and put ours in place of those that answer otherwise than AWS."""
    for name, answer in (
        ("get_patch_baseline", _get),
        ("update_patch_baseline", _update),
        ("describe_patch_groups", _groups),
        ("register_patch_baseline_for_patch_group", _register),
        ("deregister_patch_baseline_for_patch_group", _deregister),
        ("delete_patch_baseline", _delete),
    ):
        replace(SimpleSystemManagerResponse, name, answer)
    wrap(SimpleSystemManagerBackend, "get_patch_baseline_for_patch_group", _with_registered)


def _shown(baseline: Any) -> dict[str, Any]:
    """A baseline as GetPatchBaseline shows it; what moto keeps of a list that was not given is an empty mapping."""
    said = {name: getattr(baseline, attribute) for name, attribute in _CHANGED.items()}
    kept = {"OperatingSystem": baseline.operating_system, **said}
    return {"BaselineId": baseline.id, **_UNSAID, **{name: value for name, value in kept.items() if value}}


def _baseline(self: Any) -> Any:
    """The baseline that a request names.

    Raises:
        BaselineDoesNotExistException: there is none.
    """
    found = self.ssm_backend.baselines.get(self._get_param("BaselineId"))
    if found is None:
        raise BaselineDoesNotExistException
    return found


def _get(self: Any) -> ActionResult:
    baseline = _baseline(self)
    named = [group for group, each in _registered(self).items() if baseline.id in each.values()]
    return ActionResult({**_shown(baseline), "PatchGroups": named})


def _update(self: Any) -> ActionResult:
    baseline = _baseline(self)
    change(self, baseline, _CHANGED, kept=frozenset({"Name"}))
    return ActionResult(_shown(baseline))


def _registered(self: Any) -> dict[str, dict[str, str]]:
    """The patch groups of the account and region: by their names, the baseline of each operating system."""
    return self.ssm_backend.patch_groups


def _register(self: Any) -> ActionResult:
    """A patch group has one baseline for each operating system."""
    baseline, group = _baseline(self), self._get_param("PatchGroup")
    system = _shown(baseline)["OperatingSystem"]
    had = _registered(self).get(group, {}).get(system)
    if had is not None:
        raise AlreadyExistsException(system)
    _registered(self).setdefault(group, {})[system] = baseline.id
    return ActionResult({"BaselineId": baseline.id, "PatchGroup": group})


def _deregister(self: Any) -> ActionResult:
    """One that is not registered is no error."""
    identity, group = self._get_param("BaselineId"), self._get_param("PatchGroup")
    left = {each: found for each, found in _registered(self).get(group, {}).items() if found != identity}
    _registered(self)[group] = left
    return ActionResult({"BaselineId": identity, "PatchGroup": group})


def _groups(self: Any) -> ActionResult:
    baselines = self.ssm_backend.baselines
    found = [
        {"PatchGroup": group, "BaselineIdentity": _identity(baselines[identity])}
        for group, systems in _registered(self).items()
        for identity in systems.values()
    ]
    shown, token = page_of(self, found, most=_MOST)
    return ActionResult({"Mappings": shown, "NextToken": token})


def _identity(baseline: Any) -> dict[str, Any]:
    shown = _shown(baseline)
    return {
        "BaselineId": baseline.id,
        "BaselineName": shown.get("Name"),
        "OperatingSystem": shown["OperatingSystem"],
        "BaselineDescription": shown.get("Description"),
        "DefaultBaseline": False,
    }


def _delete(self: Any) -> ActionResult:
    """One that is not there is no error; one that a patch group has is in use."""
    identity = self._get_param("BaselineId")
    if any(identity in each.values() for each in _registered(self).values()):
        raise SSMException("ResourceInUseException", f"Patch Baseline {identity} is registered for a patch group.")
    self.ssm_backend.baselines.pop(identity, None)
    return ActionResult({"BaselineId": identity})


def _with_registered(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS's own baseline, which moto knows, is for whoever has none."""

    def found(self: Any, patch_group: str, operating_system: str) -> Any:
        system = operating_system or _UNSAID["OperatingSystem"]
        ours = self.patch_groups.get(patch_group, {}).get(system)
        # no group has an empty name
        return (ours or original(self, "", system)[0], patch_group, system)

    return found
