"""What `--fault` means for fleets that are changed in place, and what of it is refused."""

from pathlib import Path
from typing import Any

import pytest

from strata.errors import UsageError
from strata.settings.load import load
from strata_rehearsal.cloud import Fault, FaultKind
from strata_rehearsal.run.request import RehearsalRequest

PLAYBOOK = {"repository": "shop/servers", "commit": "c0" * 20}
STACK: dict[str, Any] = {
    "stage": "dev",
    "images": {"web": {"version": "1.0.0", "id": "ami-0000000000000001a"}},
    "services": {"web": {}},
    "maintained": {"legacy": {"image": "web", "playbook": PLAYBOOK, "changes": {"healthy_command": "true"}}},
}
SETTINGS = load(STACK, source="test").settings


def request(**faults: str) -> RehearsalRequest:
    return RehearsalRequest(Path(), "dev", faults=faults)


@pytest.mark.parametrize("kind", ["playbook-fails", "unhealthy", "slow"])
def test_a_fleet_suffers_whatever_its_servers_were_launched_from(kind: str):
    asked = request(legacy=kind)
    asked.check(SETTINGS)
    assert asked.fault_names(SETTINGS).resolved(asked.faults, {}) == [Fault(FaultKind(kind), service="legacy")]


@pytest.mark.parametrize(
    "faults, said",
    [
        (
            {"web": "playbook-fails"},
            "playbook-fails happens to fleets that are changed in place only, and 'web' is none",
        ),
        ({"legacy": "cannot-pull"}, "cannot-pull happens to containers only, and 'legacy' runs on servers"),
        ({"legcy": "slow"}, "legacy"),
    ],
)
def test_what_cannot_happen_is_refused(faults: dict[str, str], said: str):
    with pytest.raises(UsageError, match=said):
        request(**faults).check(SETTINGS)
