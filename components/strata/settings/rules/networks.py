"""Address ranges that no VPC can have."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from strata.settings.rules.facts import Conflict, Facts, Rule

__all__ = ["RULES", "UNUSABLE"]

UNUSABLE: Final = (
    (IPv4Network("0.0.0.0/8"), "this network"),
    (IPv4Network("127.0.0.0/8"), "loopback"),
    (IPv4Network("169.254.0.0/16"), "link-local addresses, where AWS has its metadata"),
    (IPv4Network("224.0.0.0/4"), "multicast"),
)
"""Ranges that RFC 6890 keeps for another purpose and EC2 takes for no VPC."""


def network_range(facts: Facts) -> Iterator[Conflict]:
    cidr = facts.settings.network.cidr
    for kept, purpose in UNUSABLE:
        if cidr.overlaps(kept):
            yield Conflict(
                ("network", "cidr"),
                str(cidr),
                expected=f"a range apart from {kept}, which is kept for {purpose}",
                fix="Use a private range, such as 10.0.0.0/16 or 172.20.0.0/16.",
            )


RULES: Final = (Rule("network-range", "The network's addresses can be used in a network.", network_range),)
