"""What a rehearsal takes over from the one before: the faults that are asked for again, and no other."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from strata import Stage
from strata.settings.models import (
    AnswerSettings,
    ImageSettings,
    RolloutSettings,
    RouteSettings,
    ServiceSettings,
    StackSettings,
    VerifySettings,
)
from strata_rehearsal.cloud import CloudHandle, Fault, FaultKind
from strata_rehearsal.run.rehearsal_setup import set_scene
from strata_rehearsal.run.request import RehearsalRequest

SICK = Fault(FaultKind.UNHEALTHY, service="web", image="ami-0000000000000001a")
EXPECTED = AnswerSettings(status=202, body="{version}", headers={"X-Version": "{version}"})
SLOW = Fault(FaultKind.SLOW, service="web", image="ami-0000000000000000a")


class Cloud(SimpleNamespace):
    """A local AWS with faults in force, that notes what is lifted and added."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults=faults, lifted=[], added=[], answers={})

    def state(self) -> dict[str, Any]:
        return {"faults": [each.document() for each in self.faults]}

    def set_boot_seconds(self, service: str, seconds: float) -> None:
        pass

    def clear_faults(self, kind: FaultKind, service: str | None, image: str | None) -> None:
        self.lifted.append((kind, service, image))

    def set_answers(self, answers: dict[str, Any], versions: dict[str, str]) -> None:
        del versions  # images of servers have tags
        self.answers = answers

    def add_fault(self, fault: Fault) -> None:
        self.added.append(fault)


def set_for(cloud: Cloud, **faults: str) -> None:
    settings = StackSettings(
        stage=Stage.DEV,
        images={"web": ImageSettings(version="1.1.0", id="ami-0000000000000001a")},
        services={
            "web": ServiceSettings(
                routes=(RouteSettings(priority=1, paths=("/*",)),),
                rollout=RolloutSettings(verify=VerifySettings(path="/version", expect=EXPECTED)),
            ),
            "jobs": ServiceSettings(image="web", rollout=RolloutSettings(verify=VerifySettings(command=("./smoke",)))),
        },
    )
    set_scene(RehearsalRequest(Path(), "dev", faults=faults), settings, cast("CloudHandle", cloud))


def test_services_that_are_verified_answer_as_it_is_expected():
    cloud = Cloud()
    set_for(cloud)
    assert cloud.answers == {"web": {"status": 202, "body": "{version}", "headers": {"X-Version": "{version}"}}}


def test_sick_servers_do_not_recover_for_a_rehearsal_that_asks_for_the_same_fault_again():
    cloud = Cloud(SICK, SLOW)
    set_for(cloud, web="unhealthy")
    assert cloud.lifted == [(SLOW.kind, SLOW.service, SLOW.image)]
    assert cloud.added == [SICK]


def test_a_rehearsal_without_faults_lifts_those_of_the_one_before():
    cloud = Cloud(SICK)
    set_for(cloud)
    assert cloud.lifted == [(SICK.kind, SICK.service, SICK.image)]
    assert cloud.added == []
