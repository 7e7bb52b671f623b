"""Network, load balancer, routes, and the ARNs of what exists outside the stack."""

from collections.abc import Iterator
from typing import Any, Final

from strata.aws.facts.load_balancing import CONDITION_VALUES
from strata.aws.facts.partitions import partition_of
from strata.problem import Path
from strata.settings.models import RouteSettings, ServiceSettings
from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES"]

PREFIXES: Final = (16, 20)
"""CreateVpc allows /16 to /28; with a prefix beyond 20 twelve subnets get fewer than 256 addresses each."""

ARNS: Final = (
    ("services", "notify_topic_arn"),
    ("databases", "notify_topic_arn"),
    ("replicas", "notify_topic_arn"),
    ("certificates", "external_arn"),
    ("secrets", "external_arn"),
    ("secrets", "key_arn"),
    ("secrets", "rotation", "lambda_arn"),
)
"""Settings of named parts that hold an ARN of something else in the stack's region."""


def network_size(facts: Facts) -> Iterator[Conflict]:
    cidr = facts.settings.network.cidr
    low, high = PREFIXES
    if not low <= cidr.prefixlen <= high:
        yield Conflict(
            ("network", "cidr"),
            str(cidr),
            expected=f"a range from /{low} to /{high}",
            fix=f"Write {cidr.network_address}/{min(max(cidr.prefixlen, low), high)}, if nothing else is there.",
        )


def internal_access(facts: Facts) -> Iterator[Conflict]:
    ingress = facts.settings.ingress
    public = [str(cidr) for cidr in ingress.allowed_cidrs if cidr.prefixlen == 0 or cidr.is_global]
    if ingress.internal and public:
        yield Conflict(
            ("ingress", "allowed_cidrs"),
            [str(cidr) for cidr in ingress.allowed_cidrs],
            expected=f"private ranges for an internal load balancer, not {', '.join(public)}",
            fix="Leave it out for the network's own range.",
            reads=(("ingress", "internal"),),
        )


def route_condition(facts: Facts) -> Iterator[Conflict]:
    for at, route in _routes(facts):
        if not route.hosts and not route.paths:
            yield Conflict(
                at,
                {"priority": route.priority},
                expected="hosts, paths or both",
                fix="Say which requests the route takes; `paths: [/*]` takes all.",
                reads=((*at, "hosts"), (*at, "paths")),
            )


def route_values(facts: Facts) -> Iterator[Conflict]:
    for at, route in _routes(facts):
        values = len(route.hosts) + len(route.paths)
        if values > CONDITION_VALUES:
            yield Conflict(
                at,
                f"{values} hosts and paths",
                expected=f"at most {CONDITION_VALUES} in one route, hosts and paths together (ELB)",
                fix="Split it into several routes with priorities of their own.",
                reads=((*at, "hosts"), (*at, "paths")),
            )


def route_priority(facts: Facts) -> Iterator[Conflict]:
    first: dict[int, Path] = {}
    for at, route in _routes(facts):
        other = first.setdefault(route.priority, at)
        if other != at:
            yield Conflict(
                (*at, "priority"),
                route.priority,
                expected=f"a priority of its own: {_name(other)} has the same",
                fix="Choose another number; lower ones are asked first.",
                reads=((*other, "priority"),),
            )


def route_conflict(facts: Facts) -> Iterator[Conflict]:
    first: dict[tuple[frozenset[str], frozenset[str]], Path] = {}
    for at, route in _routes(facts):
        # Hosts are compared without case by ELB, paths with it.
        condition = (frozenset(host.lower() for host in route.hosts), frozenset(route.paths))
        other = first.setdefault(condition, at)
        if other != at and any(condition):
            yield Conflict(
                at,
                {"hosts": list(route.hosts), "paths": list(route.paths)},
                expected=f"hosts and paths of its own: {_name(other)} takes the same requests",
                fix="Change the hosts or paths of one of them.",
                reads=tuple((*path, key) for path in (at, other) for key in ("hosts", "paths")),
            )


def arn_partition(facts: Facts) -> Iterator[Conflict]:
    for path, arn in _arns(facts):
        _, partition, _, region, *_ = arn.split(":")
        right = partition_of(region)
        if right is not None and partition != right.name:
            yield Conflict(
                path,
                arn,
                expected=f"partition {right.name}, to which {region} belongs",
                fix="Copy the ARN from the account it is used in.",
            )


def arn_region(facts: Facts) -> Iterator[Conflict]:
    for path, arn in _arns(facts):
        region = arn.split(":")[3]
        if facts.region is not None and region != facts.region:
            yield Conflict(
                path,
                arn,
                expected=f"an ARN in {facts.region}, the region of the stack",
                fix=f"Make it in {facts.region} too, and set that one's ARN.",
            )


def _arns(facts: Facts) -> Iterator[tuple[Path, str]]:
    certificate = facts.settings.ingress.certificate_arn
    if certificate is not None:
        yield ("ingress", "certificate_arn"), certificate
    for kind, *fields in ARNS:
        for name, part in getattr(facts.settings, kind).items():
            found: Any = part
            for field in fields:
                found = getattr(found, field, None)
            if found is not None:
                yield (kind, name, *fields), found


def _routes(facts: Facts) -> Iterator[tuple[Path, RouteSettings]]:
    for path, service in facts.each(ServiceSettings):
        for index, route in enumerate(service.routes):
            yield (*path, "routes", index), route


def _name(route: Path) -> str:
    return f"routes[{route[-1]}] of {route[1]}"


RULES: Final = (
    Rule("network-size", "The network is neither too large for AWS nor too small for its subnets.", network_size),
    Rule("internal-access", "An internal load balancer is not open to the internet.", internal_access),
    Rule("route-condition", "A route says which requests it takes.", route_condition),
    Rule("route-values", "A route has no more values than ELB takes.", route_values),
    Rule("route-priority", "No two routes have the same priority.", route_priority),
    Rule("route-conflict", "No two routes take the same requests.", route_conflict),
    Rule("arn-partition", "An ARN's partition is that of its region.", arn_partition),
    Rule("arn-region", "What is named by ARN is in the stack's region.", arn_region),
)
