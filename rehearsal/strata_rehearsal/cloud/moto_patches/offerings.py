"""moto reads where every instance type is offered, in all regions, as it is imported: half its start and 47 MB."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import moto
from moto.utilities import utils

__all__ = ["patch"]

OFFERINGS = "ec2/resources/instance_type_offerings"

STAND_IN = "us-east-1"
"""Offers what a region does that moto has no list of: new ones, and those of other partitions."""


class _Regions(Mapping[str, list[dict[str, Any]]]):
    """The offerings of one kind of location by region, each read when somebody asks for it."""

    def __init__(self, kind: str) -> None:
        folder = Path(moto.__file__).parent / OFFERINGS / kind
        self._kind = kind
        self._files = {each.name.partition(".")[0]: each.name for each in folder.iterdir()}
        self._read: dict[str, list[dict[str, Any]]] = {}

    def __getitem__(self, region: str) -> list[dict[str, Any]]:
        if region not in self._read:
            known = region if region in self._files else STAND_IN
            offered = utils.load_resource(f"{OFFERINGS}/{self._kind}/{self._files[known]}")
            self._read[region] = [
                {**each, "Location": each["Location"].replace(known, region), "LocationType": self._kind}
                for each in offered
            ]
        return self._read[region]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def patch() -> None:
    """Import moto's EC2 without its offerings and read those of a region on demand; too late once it is imported."""
    if "moto.ec2.models.instance_types" in sys.modules:
        return
    load = utils.load_resource

    def without_offerings(resource: str) -> Any:
        # other modules of moto that are imported meanwhile keep this function, so it reads everything else
        return [] if resource.startswith(OFFERINGS) else load(resource)

    utils.load_resource = without_offerings
    try:
        from moto.ec2.models import instance_types
    finally:
        utils.load_resource = load
    for kind in instance_types.INSTANCE_TYPE_OFFERINGS:
        instance_types.INSTANCE_TYPE_OFFERINGS[kind] = _Regions(kind)
