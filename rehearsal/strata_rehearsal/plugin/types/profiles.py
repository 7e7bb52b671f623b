"""Instance profiles, which hand a role to servers."""

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import iam_tags

__all__ = ["ROWS"]


def _set_role(resource: LiveResource) -> None:
    """A profile holds one role, so the old one leaves first."""
    before, wanted = resource.state.get("role"), resource.inputs.get("role")
    if before and before != wanted:
        resource.aws("remove_role_from_instance_profile", InstanceProfileName=resource.id, RoleName=before)
    if wanted and wanted != before:
        resource.aws("add_role_to_instance_profile", InstanceProfileName=resource.id, RoleName=wanted)


def _delete(resource: LiveResource) -> None:
    if role := resource.state.get("role"):
        try:
            resource.aws("remove_role_from_instance_profile", InstanceProfileName=resource.id, RoleName=role)
        except AwsCallError as error:
            if error.code != "NoSuchEntity":
                raise
    resource.aws("delete_instance_profile", InstanceProfileName=resource.id)


PROFILE = TypeRow(
    tokens=("aws:iam/instanceProfile:InstanceProfile",),
    service="iam",
    create=ApiCall("create_instance_profile", {"InstanceProfileName": P("name"), **sends("path")}),
    id="InstanceProfile.InstanceProfileName",
    read=Lookup(ApiCall("get_instance_profile", {"InstanceProfileName": ID}), "InstanceProfile", ("NoSuchEntity",)),
    steps=(PropertyStep("role", _set_role),),
    delete=_delete,
    replace="name path",
    renames={"name": "InstanceProfileName", "uniqueId": "InstanceProfileId"},
    defaults={"path": "/"},
    outputs={"role": "Roles[0].RoleName"},
    tagging=iam_tags("instance_profile", "InstanceProfileName"),
    auto_name=AutoName(128),
)

ROWS = (PROFILE,)
