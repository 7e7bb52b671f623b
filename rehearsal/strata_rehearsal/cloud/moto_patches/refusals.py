"""What AWS refuses and moto accepts, in AWS's codes and words: a rehearsal is red where an `up` would be.

Plain functions; the module of each service asks them before moto does anything.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from moto.ec2.exceptions import InvalidVPCRangeError
from moto.elbv2.exceptions import ELBClientError, InvalidConditionValueError, InvalidConfigurationRequest
from moto.rds.exceptions import InvalidParameterCombination, RDSClientError
from moto.s3.exceptions import InvalidBucketName

from strata import naming
from strata.aws.facts import load_balancing
from strata.aws.facts.database_engines import ENGINES, LEAST_ZONES, RESERVED_USER_PREFIX, DatabaseEngine
from strata.settings.models.network import UNUSABLE

__all__ = [
    "refuse_balancer_name",
    "refuse_bucket_name",
    "refuse_conditions",
    "refuse_database_names",
    "refuse_immediate",
    "refuse_network_range",
    "refuse_tls_policy",
    "refuse_too_few_zones",
    "refuse_zones_of_databases",
]

# S3 and EC2


def refuse_bucket_name(name: str) -> None:
    """Names against S3's rules for naming buckets."""
    if naming.bucket_refusal(name) is not None:
        raise InvalidBucketName


def refuse_network_range(cidr: str) -> None:
    """Ranges that are kept for another purpose; moto itself refuses those that are too large or too small."""
    asked = ip_network(cidr, strict=False)
    if any(asked.overlaps(kept) for kept, _ in UNUSABLE):
        raise InvalidVPCRangeError(cidr)


# Load balancers


def refuse_balancer_name(name: str) -> None:
    """Names that begin like those ELB makes itself."""
    if name.lower().startswith(naming.LOAD_BALANCER_RESERVED_PREFIX):
        raise ELBClientError(
            "ValidationError",
            f"The load balancer name '{name}' cannot begin with '{naming.LOAD_BALANCER_RESERVED_PREFIX}'",
        )


def refuse_too_few_zones(zones: Sequence[str], kind: str | None) -> None:
    """An application load balancer in fewer than two zones, and any with two subnets in one zone."""
    if len(set(zones)) < len(zones):
        raise InvalidConfigurationRequest(
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )
    if kind in (None, "application") and len(zones) < load_balancing.LEAST_ZONES:
        raise ELBClientError(
            "ValidationError", "At least two subnets in two different Availability Zones must be specified"
        )


def refuse_tls_policy(name: str | None, protocol: str | None) -> None:
    """A TLS policy that ELB does not have."""
    if name is not None and protocol in ("HTTPS", "TLS") and not load_balancing.knows_tls_policy(name):
        raise ELBClientError("SSLPolicyNotFound", f"SSL policy '{name}' not found")


def refuse_conditions(conditions: Iterable[Mapping[str, Any]]) -> None:
    """Values of host and path conditions, and how many of them and of wildcards one rule has."""
    counted: list[str] = []
    for condition in conditions:
        for field, member, shape in (
            ("host-header", "HostHeaderConfig", load_balancing.HOST),
            ("path-pattern", "PathPatternConfig", load_balancing.PATH),
        ):
            if condition.get("Field") == field:
                values = (condition.get(member) or {}).get("Values") or condition.get("Values") or []
                counted += values
                _refuse_values(values, shape)
    if len(counted) > load_balancing.CONDITION_VALUES:
        raise InvalidConditionValueError(f"A rule can only have '{load_balancing.CONDITION_VALUES}' condition values")
    if load_balancing.wildcards(counted) > load_balancing.CONDITION_WILDCARDS:
        raise InvalidConditionValueError(
            f"A rule can only have '{load_balancing.CONDITION_WILDCARDS}' condition wildcards"
        )


def _refuse_values(values: Iterable[str], shape: str) -> None:
    for value in values:
        # moto itself refuses a value that is too long; and a path needs no slash in front: ELB accepts *.png too
        asked = value if shape == load_balancing.HOST else f"/{value.removeprefix('/')}"
        if len(value) <= load_balancing.LONGEST_CONDITION and not re.fullmatch(shape, asked):
            raise InvalidConditionValueError(f"Condition value '{value}' contains a character that is not valid")


# Databases


def refuse_database_names(wanted: Mapping[str, Any]) -> None:
    """Words that an engine reserves, as a master user's or a database's name."""
    if wanted.get("engine") not in set(DatabaseEngine):
        return
    engine = ENGINES[DatabaseEngine(wanted["engine"])]
    user, database = wanted.get("master_username") or "", wanted.get("db_name") or ""
    if user.lower().startswith(RESERVED_USER_PREFIX) and engine.engine is DatabaseEngine.POSTGRES:
        raise RDSClientError(
            "InvalidParameterValue",
            f'MasterUsername {user} cannot be used because role names starting with "pg_" are reserved by the '
            "PostgreSQL engine",
        )
    if engine.reserves_user(user):
        raise RDSClientError(
            "InvalidParameterValue",
            f"MasterUsername {user} cannot be used as it is a reserved word used by the engine",
        )
    if engine.reserves_database(database):
        raise RDSClientError(
            "InvalidParameterValue", f"DBName {database} cannot be used.  It is a reserved word for this engine"
        )


def refuse_immediate(family: str, parameters: Iterable[Mapping[str, Any]]) -> None:
    """A static parameter that is to change at once."""
    engine = next((each for each in DatabaseEngine if family.startswith(each)), None)
    static = ENGINES[engine].static if engine else frozenset[str]()
    if any(each.get("ParameterName") in static and each.get("ApplyMethod") == "immediate" for each in parameters):
        raise InvalidParameterCombination("cannot use immediate apply method for static parameter")


def refuse_zones_of_databases(zones: Iterable[str]) -> None:
    """A subnet group in fewer than two zones."""
    covered = sorted(set(zones))
    if len(covered) < LEAST_ZONES:
        raise RDSClientError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: "
            f"{', '.join(covered) or 'none'}. Add subnets to cover at least {LEAST_ZONES} AZs.",
        )
