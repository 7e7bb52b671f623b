"""A stack is rehearsed in any region of any partition, those included that moto has no lists of."""

from types import SimpleNamespace

import pytest

from strata_rehearsal.cloud.moto_patches.offerings import _Regions
from tests.unit.rehearsal.cloud.conftest import Aws


@pytest.mark.parametrize("region", ["eusc-de-east-1", "us-iso-east-1", "xx-new-1"])
def test_a_region_moto_does_not_know_has_zones_and_instance_types(bare: Aws, region: str):
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

    assert bare
    backend = SimpleNamespace(region_name=region, zones={})
    zones = RegionsAndZonesBackend.describe_availability_zones(backend)  # type: ignore[arg-type]
    assert [zone.name for zone in zones] == [f"{region}{letter}" for letter in "abc"]
    offered = _Regions("availability-zone")[region]
    assert {"InstanceType": "t3.small", "Location": f"{region}a", "LocationType": "availability-zone"} in offered
