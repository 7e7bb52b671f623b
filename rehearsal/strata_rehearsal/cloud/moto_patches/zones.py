"""moto accepts any record whose name ends with the letters of its zone, and knows no zone but those it made.

A stack can name a zone that exists in the account and nowhere in a rehearsal. Its id is all that is known of it, so the
local AWS makes it when the first record is put there, called by the last two labels of that record's name.
"""

from collections.abc import Callable
from typing import Any

from moto.route53.exceptions import DnsNameInvalidForZone
from moto.route53.models import FakeZone, Route53Backend

from strata.aws.facts.domains import LEAST_LABELS, bare, inside
from strata_rehearsal.cloud.patches import wrap
from strata_rehearsal.cloud.state import current

__all__ = ["patch"]


def patch() -> None:
    """Refuse records outside their zone, and make the zones that a program says there are."""
    wrap(Route53Backend, "create_hosted_zone", _given_out)
    wrap(Route53Backend, "change_resource_record_sets", _inside_the_zone)


def _given_out(original: Callable[..., FakeZone]) -> Callable[..., FakeZone]:
    def create_hosted_zone(self: Any, *args: Any, **others: Any) -> FakeZone:
        made = original(self, *args, **others)
        _given(self).add(made.resource_id)
        return made

    return create_hosted_zone


def _inside_the_zone(original: Callable[..., None]) -> Callable[..., None]:
    def change_resource_record_sets(self: Any, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        zone_id = zoneid.rpartition("/")[2]
        names = [each["ResourceRecordSet"]["Name"] for each in change_list]
        if zone_id not in self.zones and zone_id not in _given(self) and names:
            _make(self, zone_id, names[0])
        zone = self.zones.get(zone_id)
        for name in names:
            if zone is not None and not inside(name, zone.name):
                raise DnsNameInvalidForZone(name=f"{name.rstrip('.')}.", zone_name=f"{zone.name.rstrip('.')}.")
        original(self, zoneid, change_list)

    return change_resource_record_sets


def _make(route53: Any, zone_id: str, record: str) -> None:
    name = ".".join(bare(record).split(".")[-LEAST_LABELS:])
    made = route53.create_hosted_zone(name, private_zone=False)
    del route53.zones[made.resource_id]
    made.resource_id = zone_id
    route53.zones[zone_id] = made
    _given(route53).add(zone_id)
    current().world.record("zone", zone_id, "told", domain=name)


def _given(route53: Any) -> set[str]:
    return route53.__dict__.setdefault("strata_given", set())
