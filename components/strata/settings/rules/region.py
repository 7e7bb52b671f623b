"""ARNs of what exists outside the stack: in its region, and of the partition of it."""

from collections.abc import Iterator
from typing import Any, Final

from strata.aws.facts.partitions import partition_of
from strata.problem import Path
from strata.settings.models.rule import Conflict, rule
from strata.settings.rules.stack_facts import Facts

__all__: list[str] = []

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


@rule("arn-partition", "An ARN's partition is that of its region.")
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


@rule("arn-region", "What is named by ARN is in the stack's region.")
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
