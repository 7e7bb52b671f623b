"""AWS's partitions, by botocore's own list: which one a region is of, and which domain it has.

Nothing is guessed. A region that the list does not know is of no partition as far as we know, and nobody judges it.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

__all__ = ["SERVICE_PRINCIPALS", "Partition", "partition_of", "partitions"]

SERVICE_PRINCIPALS = "amazonaws.com"
"""What the names of AWS's services end with in IAM, in every partition: part of a name, not an address (IAM)."""


@dataclass(frozen=True)
class Partition:
    """One partition.

    Args:
        name: as ARNs have it, such as `aws-cn`.
        dns_suffix: the domain of its endpoints.
        regions: the regions that are known by name.
        pattern: what the names of its regions look like.
    """

    name: str
    dns_suffix: str
    regions: frozenset[str]
    pattern: str


@cache
def partitions() -> tuple[Partition, ...]:
    """Every partition botocore knows; its file is read without importing it, which a program need not pay for."""
    package = find_spec("botocore")
    if package is None or package.origin is None:
        return ()
    content: dict[str, Any] = json.loads(Path(package.origin).with_name("data").joinpath("partitions.json").read_text())
    return tuple(
        Partition(each["id"], each["outputs"]["dnsSuffix"], frozenset(each["regions"]), each["regionRegex"])
        for each in content["partitions"]
    )


def partition_of(region: str) -> Partition | None:
    """The partition a region is of.

    Args:
        region: such as `eu-west-1`.

    Returns:
        None for a region that no partition knows and whose name fits none or several of them.
    """
    by_name = [each for each in partitions() if region in each.regions]
    fitting = by_name or [each for each in partitions() if re.match(each.pattern, region)]
    return fitting[0] if len(fitting) == 1 else None
