"""What `--image` and `--fault` mean for containers, and what of it is refused."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from strata.errors import UsageError
from strata.settings.load import load
from strata_rehearsal.cloud import CloudHandle, Fault, FaultKind
from strata_rehearsal.run.container_pins import container_digest, wanted_container_pins
from strata_rehearsal.run.rehearsal_setup import set_scene
from strata_rehearsal.run.rehearsed_settings import RehearsedSettings, read_settings
from strata_rehearsal.run.request import RehearsalRequest
from strata_rehearsal.run.rollout_timeline import Unit

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"
STACK: dict[str, Any] = {
    "stage": "dev",
    "images": {"api": {"version": "2.0.0", "id": "ami-0000000000000001a"}},
    "services": {"api": {}},
    "container_images": {
        "shop": {"version": "1.4.2", "digest": DIGEST},
        "jobs": {"reference": f"registry.example.com/jobs:7@{OTHER}"},
        "built": {"build": {}},
        "named": {},
    },
    "container_services": {"web": {"image": "shop"}, "jobs": {}, "built": {}, "given": {}},
}
SETTINGS = load(STACK, source="test").settings


class Cloud(SimpleNamespace):
    """A local AWS that notes the faults that are added."""

    def __init__(self) -> None:
        super().__init__(added=[], boots={}, versions={})

    def state(self) -> dict[str, Any]:
        return {"faults": []}

    def set_boot_seconds(self, service: str, seconds: float) -> None:
        self.boots[service] = seconds

    def set_answers(self, answers: dict[str, Any], versions: dict[str, str]) -> None:
        assert answers == {}, "nothing is verified"
        self.versions = versions

    def add_fault(self, fault: Fault) -> None:
        self.added.append(fault)


def request(images: dict[str, str] | None = None, **faults: str) -> RehearsalRequest:
    return RehearsalRequest(Path(), "dev", images=images or {}, faults=faults)


def resolved(name: str, kind: str, images: dict[str, str] | None = None, **released: str) -> list[Fault]:
    asked = RehearsalRequest(Path(), "dev", images=images or {}, faults={name: kind})
    asked.check(SETTINGS)
    return asked.fault_names(SETTINGS).resolved(asked.faults, released)


def refused(asked: RehearsalRequest) -> str:
    with pytest.raises(UsageError) as found:
        asked.check(SETTINGS)
    return found.value.message


def test_a_fault_of_a_container_service_hits_the_image_that_it_is_to_run():
    assert resolved("web", "cannot-pull") == [Fault(FaultKind.CANNOT_PULL, service="web", image=DIGEST)]
    new = container_digest("shop", "1.5.0")
    assert resolved("web", "crash", {"shop": "1.5.0"}) == [Fault(FaultKind.CRASH, service="web", image=new)]


@pytest.mark.parametrize("service", ["built", "given"])
def test_where_nobody_knows_which_image_is_new_the_one_that_runs_is_spared(service: str):
    spared = Fault(FaultKind.UNHEALTHY, service=service, spares=OTHER)
    assert resolved(service, "unhealthy", None, **{service: OTHER}) == [spared]
    assert not spared.hits(service, f"registry/web@{OTHER}", OTHER)
    assert spared.hits(service, DIGEST)
    assert Fault.parse(spared.document()) == spared


def test_a_fault_is_given_to_an_image_by_its_digest_or_its_version():
    assert resolved(DIGEST, "slow") == [Fault(FaultKind.SLOW, image=DIGEST)]
    assert resolved("7", "slow") == [Fault(FaultKind.SLOW, image=OTHER)]
    new = container_digest("shop", "1.5.0")
    assert resolved("1.5.0", "out-of-memory", {"shop": "1.5.0"}) == [Fault(FaultKind.OUT_OF_MEMORY, image=new)]


def test_servers_keep_their_faults():
    assert resolved("api", "alarm") == [Fault(FaultKind.ALARM, service="api", image="ami-0000000000000001a")]


def test_wrong_names_and_kinds_are_refused_all_at_once():
    asked = request({"shp": "1", "built": "1", "named": "1"}, wub="slow", web="tired", api="cannot-pull")
    told = refused(asked)
    known = "1.4.2, 7, api, built, given, jobs, web"
    for line in (
        "--image: no image is called 'shp' (there are api, built, jobs, named, shop)",
        "--image: its build decides which image 'built' is, and no version",
        "--image: the program decides which image 'named' is, and no version",
        f"--fault: no service or version of a container image is called 'wub' (there are {known})",
        "--fault: no fault is called 'tired'",
        "--fault: cannot-pull happens to containers only, and 'api' runs on servers",
    ):
        assert line in told
    assert "'sha256:abc'" in refused(RehearsalRequest(Path(), "dev", faults={"sha256:abc": "slow"}))


def test_another_version_of_a_container_image_has_a_digest_of_its_own_that_is_always_the_same():
    raw = STACK["container_images"]
    pins = wanted_container_pins(raw, {"shop": "1.5.0", "jobs": "8"})
    assert pins["shop"] == {"version": "1.5.0", "digest": container_digest("shop", "1.5.0")}
    assert pins["jobs"] == {"reference": f"registry.example.com/jobs:8@{container_digest('jobs', '8')}"}
    assert wanted_container_pins(raw, {"shop": "1.4.2", "jobs": "7", "api": "3"}) == raw
    assert raw["shop"]["digest"] == DIGEST
    assert container_digest("shop", "1.5.0") != container_digest("jobs", "1.5.0")


def test_tasks_start_in_the_time_that_their_service_takes():
    cloud = Cloud()
    set_scene(request(web="slow"), SETTINGS, cast("CloudHandle", cloud), {}, {DIGEST: "1.4.2"})
    assert cloud.boots.keys() == {"api", "web", "jobs", "built", "given"}
    assert [each.image for each in cloud.added] == [DIGEST]
    assert cloud.versions == {DIGEST: "1.4.2"}


def test_the_program_sees_the_requested_versions_of_container_images(tmp_path: Path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n"
        "  strata:stage: dev\n"
        f"  strata:container_images: {{web: {{version: 1.4.2, digest: '{DIGEST}'}}}}\n"
        "  strata:container_services: {web: {}}\n"
    )
    found = read_settings(RehearsalRequest(tmp_path, "dev", images={"web": "1.5.0"}))
    pin = {"version": "1.5.0", "digest": container_digest("web", "1.5.0")}
    assert found.config["strata:container_images"] == {"web": pin}
    assert found.image_versions == {pin["digest"]: "1.5.0"}
    service = found.services["web"]
    assert (service.unit, service.image_name, service.version, service.pinned) == (Unit.TASKS, "web", "1.5.0", True)


def test_an_image_that_a_parameter_names_is_asked_for_in_no_version_and_offered_in_none():
    stack = {**STACK, "images": {"api": {"parameter": "/images/api"}}}
    settings = load(stack, source="test").settings
    with pytest.raises(UsageError, match="--image: a parameter decides which image 'api' is, and no version"):
        request({"api": "2.0.0"}).check(settings)
    assert not RehearsedSettings(settings, None, "eu-west-1").services["api"].pinned


def test_a_fault_is_given_to_a_sidecar_by_its_name_or_the_way_to_name_it_is_said():
    agent = {"image": f"registry.example.com/agent@{OTHER}"}
    web = {"image": "shop", "sidecars": {"agent": agent, "proxy": {}}}
    settings = load({**STACK, "container_services": {"web": web}}, source="test").settings
    asked = RehearsalRequest(Path(), "dev", faults={"agent": "unhealthy"})
    asked.check(settings)
    assert asked.fault_names(settings).resolved(asked.faults, {}) == [Fault(FaultKind.UNHEALTHY, image=OTHER)]
    with pytest.raises(UsageError) as found:
        RehearsalRequest(Path(), "dev", faults={"proxy": "slow", "agnt": "slow"}).check(settings)
    known = "1.4.2, agent, api, proxy, web"
    for line in (
        "--fault: the program hands over the image of the sidecar 'proxy': name it by its digest",
        f"--fault: no service, sidecar or version of a container image is called 'agnt' (there are {known})",
    ):
        assert line in found.value.message
