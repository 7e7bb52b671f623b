"""moto loses what a security group rule says about itself when its source is another security group.

It also gives another name to the error about a rule id that is not there: a client that asks again after it lost an
answer tells by that name that its rule is gone.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import InvalidPermissionNotFoundError, InvalidSecurityGroupRuleIdNotFoundError
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule

from strata_rehearsal.cloud.patches import replace, wrap

__all__ = ["patch"]


def patch() -> None:
    """Show the description of such a rule as that of any other, and refuse an unknown rule id as EC2 does."""
    replace(SecurityGroupRule, "description", property(_description))
    wrap(SecurityGroupBackend, "modify_security_group_rules", _where_it_belongs)
    for direction in ("ingress", "egress"):
        wrap(SecurityGroupBackend, f"revoke_security_group_{direction}", _by_id)


def _description(rule: Any) -> str | None:
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


def _where_it_belongs(original: Callable[..., None]) -> Callable[..., None]:
    def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, Any]) -> None:
        original(self, group_id, rules)
        for group in (group for groups in self.groups.values() for group in groups.values()):
            for rule in (*group.ingress_rules, *group.egress_rules):
                # moto puts a new description into a range of addresses, which this rule does not have
                if rule.id in rules and rule.source_group and "Description" in rule.ip_range:
                    rule.source_group["Description"] = rule.ip_range.pop("Description")

    return modify_security_group_rules


def _by_id(original: Callable[..., None]) -> Callable[..., None]:
    def revoke(self: Any, *, security_rule_ids: list[str] | None = None, **rule: Any) -> None:
        try:
            original(self, security_rule_ids=security_rule_ids, **rule)
        except InvalidPermissionNotFoundError:
            if not security_rule_ids:
                raise
            raise InvalidSecurityGroupRuleIdNotFoundError(", ".join(security_rule_ids)) from None

    return revoke
