"""Security groups and their rules, written inside the group or as resources of their own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from strata_rehearsal.plugin.check import Failure
from strata_rehearsal.plugin.live_resource import LiveResource
from strata_rehearsal.plugin.type_row import ID, ApiCall, AutoName, Lookup, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import ec2_tags

__all__ = ["ROWS"]

_EVERYTHING = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def _allowed_name(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    for name in ("name", "namePrefix"):
        if str(inputs.get(name, "")).startswith("sg-"):
            yield Failure(name, f"a security group's name cannot begin with sg-, got {inputs[name]!r}")


def _permissions(rules: list[Mapping[str, Any]], group_id: str) -> list[dict[str, Any]]:
    """Inline rules as EC2 spells them."""
    return [
        {
            "IpProtocol": rule.get("protocol"),
            "FromPort": rule.get("fromPort"),
            "ToPort": rule.get("toPort"),
            "IpRanges": [_described(rule, "CidrIp", cidr) for cidr in rule.get("cidrBlocks") or []],
            "Ipv6Ranges": [_described(rule, "CidrIpv6", cidr) for cidr in rule.get("ipv6CidrBlocks") or []],
            "PrefixListIds": [_described(rule, "PrefixListId", each) for each in rule.get("prefixListIds") or []],
            "UserIdGroupPairs": [
                _described(rule, "GroupId", each)
                for each in [*(rule.get("securityGroups") or []), *([group_id] if rule.get("self") else [])]
            ],
        }
        for rule in rules
    ]


def _described(rule: Mapping[str, Any], member: str, value: str) -> dict[str, str]:
    return {member: value} | ({"Description": rule["description"]} if rule.get("description") else {})


def _set_rules(direction: str) -> PropertyStep:
    def run(resource: LiveResource) -> None:
        before, wanted = resource.state.get(direction) or [], resource.inputs.get(direction) or []
        gone = [rule for rule in before if rule not in wanted]
        new = [rule for rule in wanted if rule not in before]
        if gone:
            permissions = _permissions(gone, resource.id)
            resource.aws(f"revoke_security_group_{direction}", GroupId=resource.id, IpPermissions=permissions)
        if new:
            permissions = _permissions(new, resource.id)
            resource.aws(f"authorize_security_group_{direction}", GroupId=resource.id, IpPermissions=permissions)

    return PropertyStep(direction, run)


def _inline_rules(direction: str) -> Any:
    """Only for a group that lists its rules itself: else each separate rule would show up as drift of the group."""

    def look(resource: LiveResource, found: Mapping[str, Any]) -> Any:
        given = resource.inputs.get(direction)
        member = "IpPermissions" if direction == "ingress" else "IpPermissionsEgress"
        if given is None:
            return []
        live = sorted(_flat(found.get(member) or []))
        return given if sorted(_flat(_permissions(given, resource.id))) == live else _inline(live, resource.id)

    return look


def _flat(permissions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int, int, str, str]]:
    """Each source of each permission on its own: EC2 merges rules of one protocol and port range."""
    for permission in permissions:
        every = permission["IpProtocol"] == "-1"
        low = 0 if every else int(permission.get("FromPort") or 0)
        high = 0 if every else int(permission.get("ToPort") or 0)
        for member, key in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"),
            ("UserIdGroupPairs", "GroupId"),
        ):
            for source in permission.get(member) or []:
                yield str(permission["IpProtocol"]), low, high, key, source[key]


def _inline(flat: list[tuple[str, int, int, str, str]], group_id: str) -> list[dict[str, Any]]:
    names = {"CidrIp": "cidrBlocks", "CidrIpv6": "ipv6CidrBlocks", "PrefixListId": "prefixListIds"}
    return [
        {"protocol": protocol, "fromPort": low, "toPort": high}
        | ({"self": True} if source == group_id else {names.get(key, "securityGroups"): [source]})
        for protocol, low, high, key, source in flat
    ]


def _create_group(resource: LiveResource) -> str:
    """AWS lets a new group reach everything; the provider removes that, so that only written rules count."""
    call = ApiCall("create_security_group", sends("description vpcId", name="GroupName"))
    tags = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
    specification = {"TagSpecifications": [{"ResourceType": "security-group", "Tags": tags}]} if tags else {}
    group_id = resource.run(call, **specification)["GroupId"]
    resource.aws("revoke_security_group_egress", GroupId=group_id, IpPermissions=_EVERYTHING)
    return group_id


def _permission(resource: LiveResource) -> dict[str, Any]:
    """The one permission of a rule resource."""
    source = {
        "IpRanges": ("CidrIp", resource.inputs.get("cidrIpv4")),
        "Ipv6Ranges": ("CidrIpv6", resource.inputs.get("cidrIpv6")),
        "PrefixListIds": ("PrefixListId", resource.inputs.get("prefixListId")),
        "UserIdGroupPairs": ("GroupId", resource.inputs.get("referencedSecurityGroupId")),
    }
    permission: dict[str, Any] = {"IpProtocol": str(resource.inputs["ipProtocol"])}
    if permission["IpProtocol"] != "-1":
        permission |= {"FromPort": resource.inputs.get("fromPort"), "ToPort": resource.inputs.get("toPort")}
    for member, (key, value) in source.items():
        if value:
            permission[member] = [_described(resource.inputs, key, value)]
    return {key: value for key, value in permission.items() if value is not None}


def _one_source(inputs: Mapping[str, Any]) -> Iterator[Failure]:
    names = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    given = [name for name in names if inputs.get(name)]
    if len(given) != 1:
        yield Failure(
            given[-1] if given else names[0], f"exactly one of {', '.join(names)} must be given, got {len(given)}"
        )


def _create_rule(direction: str) -> Any:
    def create(resource: LiveResource) -> str:
        tags = [{"Key": key, "Value": value} for key, value in resource.tags.items()]
        answer = resource.aws(
            f"authorize_security_group_{direction}",
            GroupId=resource.inputs["securityGroupId"],
            IpPermissions=[_permission(resource)],
            **({"TagSpecifications": [{"ResourceType": "security-group-rule", "Tags": tags}]} if tags else {}),
        )
        return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    return create


def _modify_rule(resource: LiveResource) -> None:
    rule = {"IpProtocol": str(resource.inputs["ipProtocol"])}
    names = {
        "cidrIpv4": "CidrIpv4",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "ReferencedGroupId",
        "description": "Description",
        "fromPort": "FromPort",
        "toPort": "ToPort",
    }
    rule |= {member: resource.inputs[name] for name, member in names.items() if resource.inputs.get(name) is not None}
    resource.aws(
        "modify_security_group_rules",
        GroupId=resource.inputs["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": resource.id, "SecurityGroupRule": rule}],
    )


def _port(member: str) -> Any:
    """A rule for every protocol has no ports; EC2 says -1 for them."""
    return lambda _, found: None if str(found.get("IpProtocol")) == "-1" else found.get(member)


def _rule(kind: str, direction: str) -> TypeRow:
    return TypeRow(
        tokens=(f"aws:vpc/securityGroup{kind}Rule:SecurityGroup{kind}Rule",),
        service="ec2",
        create=_create_rule(direction),
        read=Lookup(
            ApiCall("describe_security_group_rules", {"SecurityGroupRuleIds": [ID]}),
            "SecurityGroupRules[0]",
            ("InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound", "InvalidSecurityGroupRuleId.Malformed"),
        ),
        steps=(
            PropertyStep(
                "cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId description fromPort toPort ipProtocol",
                _modify_rule,
                on_create=False,
            ),
        ),
        delete=ApiCall(
            f"revoke_security_group_{direction}", {**sends("", securityGroupId="GroupId"), "SecurityGroupRuleIds": [ID]}
        ),
        gone=("InvalidSecurityGroupRuleId.NotFound",),
        replace="securityGroupId",
        renames={"securityGroupId": "GroupId"},
        outputs={
            "arn": lambda r, _: r.arn(f"security-group-rule/{r.id}"),
            "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
            "fromPort": _port("FromPort"),
            "toPort": _port("ToPort"),
        },
        tagging=ec2_tags("security-group-rule"),
        checks=(_one_source,),
    )


SECURITY_GROUP = TypeRow(
    tokens=("aws:ec2/securityGroup:SecurityGroup",),
    service="ec2",
    create=_create_group,
    read=Lookup(
        ApiCall("describe_security_groups", {"GroupIds": [ID]}),
        "SecurityGroups[0]",
        ("InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"),
    ),
    steps=(_set_rules("ingress"), _set_rules("egress")),
    delete=ApiCall("delete_security_group", {"GroupId": ID}),
    busy=("DependencyViolation", "InvalidGroup.InUse"),
    patience=900,
    replace="name description vpcId",
    renames={"name": "GroupName"},
    defaults={"description": "Managed by Pulumi", "revokeRulesOnDelete": False},
    outputs={
        "arn": lambda r, _: r.arn(f"security-group/{r.id}"),
        "ownerId": lambda r, found: found.get("OwnerId") or r.cloud.account,
        "ingress": _inline_rules("ingress"),
        "egress": _inline_rules("egress"),
    },
    tagging=ec2_tags("security-group"),
    auto_name=AutoName(255),
    checks=(_allowed_name,),
    recorded="revokeRulesOnDelete",
)

ROWS = (SECURITY_GROUP, _rule("Ingress", "ingress"), _rule("Egress", "egress"))
