"""Why a gate stopped a rollout, as a rehearsal hears it."""

from collections.abc import Mapping
from typing import Any

from strata.engine.events import Event
from strata.resource_hooks import giving_up
from strata_rehearsal.run.rehearsal_report import RehearsedRollout
from strata_rehearsal.run.replay import Replay
from strata_rehearsal.run.rollout_timeline import RolloutTimeline
from strata_rehearsal.run.run_listener import PolicyInspection, RunListener


class Observer:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, severity: str, text: str) -> None:
        self.heard.append(f"{severity}: {text}")

    def step(self, text: str) -> None: ...

    def fleet(self, replay: Replay) -> None: ...


def diagnostic(message: str) -> Event:
    body: Mapping[str, Any] = {"severity": "warning", "message": message, "urn": "urn:x"}
    return Event(1, 1, "diagnosticEvent", body)


def test_the_reason_a_gate_gives_up_for_reaches_the_report() -> None:
    observer = Observer()
    listener = RunListener(observer, PolicyInspection())
    listener.event(diagnostic(giving_up("web", "2 healthy: under the floor of 3") + "\n"))
    listener.event(diagnostic("api: adopting refresh r-1, 20 % done"))
    assert listener.gave_up == {"web": "2 healthy: under the floor of 3"}
    assert len(observer.heard) == 2


def test_the_document_has_the_gates_reason_and_not_that_a_user_asked() -> None:
    timeline = RolloutTimeline("web", "1.4.2", "1.5.0", (), 2, 3)
    aws = "rolled back: Rollback requested by a user"
    assert RehearsedRollout(timeline, "RollbackSuccessful", aws, 2, "too slow").document()["reason"] == "too slow"
    assert RehearsedRollout(timeline, "RollbackSuccessful", aws, 2).document()["reason"] == aws
