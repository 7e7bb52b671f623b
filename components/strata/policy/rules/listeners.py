"""Rules over encryption on the way."""

import re
from collections.abc import Iterator
from typing import Any, Final

from strata.policy.model import Rule, Severity, Terms
from strata.resources.resource import Resource
from strata.resources.values import is_known

__all__ = ["TLS_FLOOR"]

_LISTENERS = frozenset(
    f"aws:{module}/listener:Listener" for module in ("lb", "alb", "applicationloadbalancing", "elasticloadbalancingv2")
)
_ENCRYPTED = frozenset({"HTTPS", "TLS"})
_FLOOR = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)\b.*")
"""ELB's policies that begin at TLS 1.2; the number in a name is the oldest version it lets in."""
_DEFAULT = "ELBSecurityPolicy-2016-08"
"""What ELB takes for a listener made by its API without a policy."""


def _floor(resource: Resource, _: Terms) -> Iterator[str]:
    if resource.type not in _LISTENERS or resource.inputs.get("protocol") not in _ENCRYPTED:
        return
    policy: Any = resource.inputs.get("sslPolicy") or _DEFAULT
    if is_known(policy) and not _FLOOR.fullmatch(str(policy)):
        yield f"speaks TLS older than 1.2: its policy is {policy}"


TLS_FLOOR: Final = Rule(
    "tls-floor",
    Severity.MANDATORY,
    "Listeners speak TLS 1.2 or newer.",
    "Set ssl_policy to ELBSecurityPolicy-TLS13-1-2-2021-06 or a stricter one.",
    _floor,
)
