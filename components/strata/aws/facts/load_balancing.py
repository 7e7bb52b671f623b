"""What Elastic Load Balancing accepts as names, as a rule's conditions and as TLS policies (pure)."""

import re
from collections.abc import Sequence
from typing import Final

__all__ = [
    "CONDITION_VALUES",
    "CONDITION_WILDCARDS",
    "HOST",
    "LEAST_ZONES",
    "LONGEST_CONDITION",
    "LONGEST_HEADER",
    "PATH",
    "TLS_POLICIES",
    "knows_tls_policy",
    "wildcards",
]

LEAST_ZONES: Final = 2
"""CreateLoadBalancer: zones of an application load balancer at least."""
CONDITION_VALUES: Final = 5
"""ELB quota: condition values of one rule, which cannot be raised."""
CONDITION_WILDCARDS: Final = 5
"""ELB quota: * and ? in all condition values of one rule, which cannot be raised."""
LONGEST_CONDITION: Final = 128
"""HostHeaderConditionConfig and PathPatternConditionConfig: characters of a value."""
LONGEST_HEADER: Final = 40
"""HttpHeaderConditionConfig: characters of a header's name."""
HOST: Final = r"^[A-Za-z0-9_.*?-]+\.[A-Za-z]+$"
"""HostHeaderConditionConfig: a dot at least, and nothing but letters after the last one."""
PATH: Final = r"^/[A-Za-z0-9_.$/~\"'@:+*?&-]{0,127}$"
"""RuleCondition, "Values": the characters of a path pattern."""

TLS_POLICIES: Final = (
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-1-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-2015-05",
)
"""ELB's user guide, "Security policies for your Application Load Balancer"."""

_DATED = re.compile(r"-(\d{4}-\d{2})$")


def knows_tls_policy(name: str) -> bool:
    """Whether ELB may have a TLS policy: it is on the list, or its date is later than any on the list."""
    dated = _DATED.search(name)
    return name in TLS_POLICIES or (dated is not None and dated[1] > max(map(_date, TLS_POLICIES)))


def _date(policy: str) -> str:
    found = _DATED.search(policy)
    return found[1] if found else ""


def wildcards(values: Sequence[str]) -> int:
    """How many * and ? there are in the condition values of one rule."""
    return sum(value.count("*") + value.count("?") for value in values)
