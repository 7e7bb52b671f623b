"""moto has a list of regions with their zones, and one that AWS opened since, or in another partition, has none."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]

ZONES = "abc"
"""The letters of a region's zones; nearly every region of AWS has three or more."""


def patch() -> None:
    """Give every region zones."""
    wrap(RegionsAndZonesBackend, "describe_availability_zones", _with_zones)


def _with_zones(original: Callable[..., list[Zone]]) -> Callable[..., list[Zone]]:
    def describe_availability_zones(self: Any, *args: Any, **kwargs: Any) -> list[Zone]:
        region = str(self.region_name)
        if region not in self.zones:
            self.zones[region] = [
                Zone(name=f"{region}{letter}", region_name=region, zone_id=f"{region}-az{number}")
                for number, letter in enumerate(ZONES, 1)
            ]
        return original(self, *args, **kwargs)

    return describe_availability_zones
