"""Why a rollout failed is known after the next one too, whose note is written over its own."""

from typing import Any

import pytest

from strata.aws.clients import Clients
from strata.clock import SystemClock
from strata.naming import note_name
from strata.rollback.failed_rollouts import failed_deployments
from strata.rollback.past_releases import RecordVersion
from strata.rollback.record_store import RecordStore
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef
from strata.rollout.tasks.task_views import DeploymentView
from tests.unit.cli.conftest import ssm
from tests.unit.rollback.past import RECORD

__all__ = ["ssm"]

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/shop/api"


def noted(version: str, rollout: str | None, phase: Phase, reason: str = "") -> Note:
    return Note(ImageRef("api", version, f"sha256:{version}"), f"d-{version}", rollout, "", phase, reason)


def keep(ssm: Any, *notes: Note | str) -> RecordStore:
    for each in notes:
        value = each if isinstance(each, str) else each.to_json()
        ssm.put_parameter(Name=note_name(RECORD), Value=value, Type="String", Overwrite=True)
    return RecordStore(Clients(), SystemClock(), RECORD)


def test_the_last_note_of_every_rollout_is_found(ssm: Any):
    failed = noted("1.1.0", "r-1", Phase.FAILED, "no healthy task in 10 minutes")
    store = keep(
        ssm,
        noted("1.1.0", None, Phase.ROLLING),
        noted("1.1.0", "r-1", Phase.ROLLING),
        failed,
        "written by hand",
        succeeded := noted("1.2.0", "r-2", Phase.SUCCEEDED),
    )
    assert {key: each.note for key, each in store.notes().items()} == {"r-1": failed, "r-2": succeeded}


def test_who_wrote_the_first_note_of_a_rollout_started_it(ssm: Any, monkeypatch: pytest.MonkeyPatch):
    versions = [
        RecordVersion(number, note.to_json(), None, by)
        for number, (note, by) in enumerate(
            [
                (noted("1.0.0", None, Phase.ROLLING), "somebody else"),
                (noted("1.1.0", f"{SERVICE}/1", Phase.ROLLING), "who started it"),
                (noted("1.1.0", f"{SERVICE}/1", Phase.FAILED, "it broke"), "who adopted it"),
                (noted("1.2.0", "r-2", Phase.ROLLING), ""),
            ]
        )
    ]
    store = keep(ssm)
    monkeypatch.setattr(store, "_kept", lambda _name: versions)
    assert {key: each.by for key, each in store.notes().items()} == {f"{SERVICE}/1": "who started it", "r-2": ""}
    driver: Any = Deployments("1")
    assert [each.by for each in failed_deployments(driver, SERVICE, [], store.notes())] == ["who started it"]


def test_a_service_that_never_rolled_has_no_note(ssm: Any):
    assert keep(ssm).notes() == {}


class Deployments:
    """AWS, which knows that somebody took deployments back, and not why."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def every_deployment(self, service: str) -> list[DeploymentView]:
        return [
            DeploymentView.from_api(
                {
                    "serviceDeploymentArn": f"{service}/{each}",
                    "status": "ROLLBACK_SUCCESSFUL",
                    "statusReason": "Service deployment stopped by the user",
                }
            )
            for each in self._names
        ]


def test_a_failed_deployment_has_the_reason_of_its_own_gate_whatever_was_rolled_out_since(ssm: Any):
    store = keep(
        ssm,
        noted("1.1.0", f"{SERVICE}/d-1", Phase.FAILED, "no healthy task in 10 minutes"),
        noted("1.2.0", f"{SERVICE}/d-3", Phase.SUCCEEDED),
    )
    driver: Any = Deployments("d-1", "d-2")
    found = [(each.id, each.target, each.reason) for each in failed_deployments(driver, SERVICE, [], store.notes())]
    assert found == [
        ("d-1", "1.1.0", "no healthy task in 10 minutes"),
        ("d-2", "", "Service deployment stopped by the user"),
    ]
