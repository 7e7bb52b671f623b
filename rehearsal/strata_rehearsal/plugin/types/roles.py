"""IAM: roles, what is attached to them, and instance profiles, which hand a role to servers."""

import json
from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.operation_errors import AwsCallError
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import iam_tags

__all__ = ["ROWS"]

_GONE = ("NoSuchEntity",)


def document(value: Any) -> Any:
    """A policy as text, which programs may also give as a dict."""
    return json.dumps(value) if isinstance(value, dict) else value


def _text(value: Any) -> str:
    """boto3 hands policies over parsed."""
    return value if isinstance(value, str) else json.dumps(value)


def _boundary(resource: LiveResource) -> None:
    wanted = resource.inputs.get("permissionsBoundary")
    if wanted:
        resource.aws("put_role_permissions_boundary", RoleName=resource.id, PermissionsBoundary=wanted)
    else:
        resource.aws("delete_role_permissions_boundary", RoleName=resource.id)


def _inline(resource: LiveResource) -> None:
    before = {each.get("name"): each.get("policy") for each in resource.state.get("inlinePolicies") or []}
    wanted = {each.get("name"): each.get("policy") for each in resource.inputs.get("inlinePolicies") or []}
    for name in before.keys() - wanted.keys():
        resource.aws("delete_role_policy", RoleName=resource.id, PolicyName=name)
    for name, policy in wanted.items():
        if name and before.get(name) != policy:
            resource.aws("put_role_policy", RoleName=resource.id, PolicyName=name, PolicyDocument=policy)


def _managed(resource: LiveResource) -> None:
    before, wanted = (
        set(resource.state.get("managedPolicyArns") or []),
        set(resource.inputs.get("managedPolicyArns") or []),
    )
    for arn in before - wanted:
        resource.aws("detach_role_policy", RoleName=resource.id, PolicyArn=arn)
    for arn in wanted - before:
        resource.aws("attach_role_policy", RoleName=resource.id, PolicyArn=arn)


def _delete(resource: LiveResource) -> None:
    """Deletes it after what is the provider's to remove: profiles, and policies that the resource itself manages."""
    answer = resource.aws("list_instance_profiles_for_role", RoleName=resource.id)
    for profile in answer["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        resource.aws("remove_role_from_instance_profile", InstanceProfileName=name, RoleName=resource.id)
    force = str(resource.get("forceDetachPolicies")).lower() == "true"
    if force or resource.state.get("managedPolicyArns"):
        for each in resource.aws("list_attached_role_policies", RoleName=resource.id)["AttachedPolicies"]:
            resource.aws("detach_role_policy", RoleName=resource.id, PolicyArn=each["PolicyArn"])
    if force or resource.state.get("inlinePolicies"):
        for name in resource.aws("list_role_policies", RoleName=resource.id)["PolicyNames"]:
            resource.aws("delete_role_policy", RoleName=resource.id, PolicyName=name)
    resource.aws("delete_role", RoleName=resource.id)


def _given(name: str) -> Any:
    """The deprecated blocks are only compared for a role that uses them."""
    return lambda r, _: r.inputs.get(name)


def _attached(resource: LiveResource) -> Mapping[str, Any] | None:
    role, arn = resource.get("role"), resource.get("policyArn")
    try:
        policies = resource.cloud.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role)
    except AwsCallError as error:
        if error.code in _GONE:
            return None
        raise
    return next(({"role": role, **each} for each in policies if each["PolicyArn"] == arn), None)


def _attach(resource: LiveResource) -> str:
    role, arn = resource.inputs["role"], resource.inputs["policyArn"]
    resource.aws("attach_role_policy", RoleName=role, PolicyArn=arn)
    return f"{role}/{arn}"


_PUT_POLICY = ApiCall(
    "put_role_policy", {"RoleName": P("role"), "PolicyName": P("name"), "PolicyDocument": P("policy", document)}
)

ROLE = TypeRow(
    tokens=("aws:iam/role:Role",),
    service="iam",
    create=ApiCall(
        "create_role",
        {
            "RoleName": P("name"),
            "AssumeRolePolicyDocument": P("assumeRolePolicy", document),
            **sends("path description maxSessionDuration permissionsBoundary"),
        },
    ),
    id="Role.RoleName",
    read=Lookup(ApiCall("get_role", {"RoleName": ID}), "Role", _GONE),
    steps=(
        PropertyStep(
            "assumeRolePolicy",
            ApiCall("update_assume_role_policy", {"RoleName": ID, "PolicyDocument": P("assumeRolePolicy", document)}),
            on_create=False,
        ),
        PropertyStep(
            "description maxSessionDuration",
            ApiCall("update_role", {"RoleName": ID, **sends("description maxSessionDuration")}),
            on_create=False,
        ),
        PropertyStep("permissionsBoundary", _boundary, on_create=False),
        PropertyStep("inlinePolicies", _inline),
        PropertyStep("managedPolicyArns", _managed),
    ),
    delete=_delete,
    replace="name path",
    documents=("assumeRolePolicy", "policy"),
    renames={"name": "RoleName", "uniqueId": "RoleId"},
    defaults={"path": "/", "maxSessionDuration": 3600, "forceDetachPolicies": False},
    outputs={
        "assumeRolePolicy": lambda _, found: _text(found["AssumeRolePolicyDocument"]),
        "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
        "inlinePolicies": _given("inlinePolicies"),
        "managedPolicyArns": lambda r, _found: r.inputs.get("managedPolicyArns") or [],
    },
    tagging=iam_tags("role", "RoleName"),
    auto_name=AutoName(64),
    recorded="forceDetachPolicies",
)

ROLE_POLICY = TypeRow(
    tokens=("aws:iam/rolePolicy:RolePolicy",),
    service="iam",
    create=_PUT_POLICY,
    id=lambda resource, _: f"{resource.inputs['role']}:{resource.get('name')}",
    read=Lookup(ApiCall("get_role_policy", {"RoleName": P("role"), "PolicyName": P("name")}), "", _GONE),
    steps=(PropertyStep("policy", _PUT_POLICY, on_create=False),),
    delete=ApiCall("delete_role_policy", {"RoleName": P("role"), "PolicyName": P("name")}),
    replace="name role",
    documents=("policy",),
    renames={"role": "RoleName", "name": "PolicyName"},
    outputs={"policy": lambda _, found: _text(found["PolicyDocument"])},
    auto_name=AutoName(128),
)

ATTACHMENT = TypeRow(
    tokens=("aws:iam/rolePolicyAttachment:RolePolicyAttachment",),
    service="iam",
    create=_attach,
    read=_attached,
    delete=ApiCall("detach_role_policy", {"RoleName": P("role"), "PolicyArn": P("policyArn")}),
    gone=_GONE,
    replace="role policyArn",
)


def _set_role(resource: LiveResource) -> None:
    """A profile holds one role, so the old one leaves first."""
    before, wanted = resource.state.get("role"), resource.inputs.get("role")
    if before and before != wanted:
        resource.aws("remove_role_from_instance_profile", InstanceProfileName=resource.id, RoleName=before)
    if wanted and wanted != before:
        resource.aws("add_role_to_instance_profile", InstanceProfileName=resource.id, RoleName=wanted)


def _delete_profile(resource: LiveResource) -> None:
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
    delete=_delete_profile,
    replace="name path",
    renames={"name": "InstanceProfileName", "uniqueId": "InstanceProfileId"},
    defaults={"path": "/"},
    outputs={"role": "Roles[0].RoleName"},
    tagging=iam_tags("instance_profile", "InstanceProfileName"),
    auto_name=AutoName(128),
)

ROWS = (ROLE, ROLE_POLICY, ATTACHMENT, PROFILE)
