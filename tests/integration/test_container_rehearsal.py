"""A stack with a container service as a person rehearses it: what the report says of a canary, good and bad."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strata_rehearsal.run.container_pins import container_digest
from tests.contract.documents.schemas import problems_of
from tests.integration.support.warm_start import WarmStart

PROGRAM = """
import pulumi
from strata import ContainerService, Ingress, Network, Stack

stack = Stack.load()
number = 1 if pulumi.get_stack() == "dev" else 2
network = Network.from_ids(
    "main",
    vpc_id=f"vpc-0a1b2c3d4e5f6071{number}",
    cidr="10.20.0.0/16",
    public_subnet_ids=[f"subnet-00000000000{number}a001", f"subnet-00000000000{number}a002"],
    private_subnet_ids=[f"subnet-00000000000{number}b001", f"subnet-00000000000{number}b002"],
)
ingress = Ingress("public", stack.ingress, network=network)
for name, settings in stack.container_services.items():
    ContainerService(name, settings, image=stack.container_image(name), network=network, ingress=ingress)
"""
SETTINGS: dict[str, Any] = {
    "aws:region": "eu-west-1",
    "strata:stage": "dev",
    "strata:container_images": {"web": {"version": "1.4.2", "digest": f"sha256:{'a' * 64}"}},
    "strata:container_services": {
        "web": {
            "capacity": {"min": 2, "max": 4},
            "scaling": None,
            "drain_seconds": 20,
            "routes": [{"priority": 10, "paths": ["/*"]}],
            "rollout": {
                "strategy": "canary",
                "min_healthy_percent": 100,
                "canary_percent": 20,
                "canary_bake_minutes": 3,
                "bake_minutes": 3,
                "progress_deadline_seconds": 300,
            },
        }
    },
}
DESIRED = 2
TWIN = "twin"
"""A stack like the other one, in a network of its own with the same addresses."""


@dataclass
class Person:
    """Rehearses a project."""

    project: Path
    command: list[str]

    def strata(self, *words: str, code: int = 0, stack: str = "dev") -> str:
        command = [*self.command, "rehearse", stack, *words, "-C", str(self.project)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout if code != 2 else done.stderr

    def rehearse(self, *words: str, code: int = 0, stack: str = "dev") -> dict[str, Any]:
        document = json.loads(self.strata("--json", "--speed", "300", *words, code=code, stack=stack))
        assert problems_of("rehearse", document) == [], "see docs/documents/rehearse.schema.json"
        return document


@pytest.fixture
def person(tmp_path: Path, warm: WarmStart) -> Iterator[Person]:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("dev", TWIN):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": SETTINGS}))
    (tmp_path / "__main__.py").write_text(PROGRAM)
    found = Person(tmp_path, warm.command())
    yield found
    found.strata("--stop")


def test_a_canary_is_rehearsed_with_a_good_image_and_rolled_back_with_a_bad_one(person: Person):
    first = person.rehearse()
    (rolled,) = first["rollouts"]
    assert (rolled["from"], rolled["to"], rolled["floor"], rolled["unit"]) == (None, "1.4.2", 0, "tasks")
    (made,) = first["made_up"]
    assert made == {
        "image_name": "web",
        "version": "1.4.2",
        "image_id": f"sha256:{'a' * 64}",
        "region": "eu-west-1",
        "proven_by": None,
    }
    person.rehearse(stack=TWIN)

    good = person.rehearse("--image", "web=1.5.0")
    assert good["outcome"] == "succeeded"
    assert [each["version"] for each in good["made_up"]] == ["1.5.0"], (
        "the other one is there since the first rehearsal"
    )
    (rolled,) = good["rollouts"]
    assert (rolled["from"], rolled["to"], rolled["status"]) == ("1.4.2", "1.5.0", "SUCCESSFUL")
    assert (rolled["lowest_healthy"], rolled["floor"], rolled["highest_total"]) == (DESIRED, DESIRED, 2 * DESIRED)
    phases = [each["name"] for each in rolled["phases"] if each["name"] != "pause"]
    assert phases[:3] == ["scale up", "shift 20 %", "bake"]
    assert "shift 20 %" in Path(good["chart"]).read_text(encoding="utf-8")
    (service,) = person.rehearse(stack=TWIN)["services"]
    assert (service["version"], service["healthy"], service["desired"]) == ("1.4.2", DESIRED, DESIRED)
    (rolled,) = person.rehearse("--image", "web=1.5.0", stack=TWIN)["rollouts"]
    assert (rolled["lowest_healthy"], rolled["floor"], rolled["highest_total"]) == (DESIRED, DESIRED, 2 * DESIRED)

    bad = person.rehearse("--image", "web=1.6.0", "--fault", "web=unhealthy", code=1)
    assert bad["outcome"] == "rolled-back"
    (rolled,) = bad["rollouts"]
    assert (rolled["from"], rolled["to"], rolled["status"]) == ("1.5.0", "1.6.0", "ROLLBACK_SUCCESSFUL")
    assert "no further task of the new release became healthy" in rolled["reason"]
    assert rolled["lowest_healthy"] >= rolled["floor"] == DESIRED
    assert "shift 20 %" not in [each["name"] for each in rolled["phases"]], "no request ever reached a bad task"
    (service,) = bad["services"]
    assert (service["version"], service["healthy"], service["running"]) == ("1.5.0", DESIRED, {"1.5.0": DESIRED})

    text = person.strata("--image", "web=1.6.1", "--fault", "1.6.1=cannot-pull", code=1)
    assert "web: 1.5.0 to 1.6.1 ended ROLLBACK_SUCCESSFUL" in text
    assert "CannotPullContainerError" in text
    assert f"web 1.6.1 ({container_digest('web', '1.6.1')}) was made up in eu-west-1" in text
    assert f"healthy never under {DESIRED} (floor {DESIRED}), never more than {2 * DESIRED} tasks" in text
    assert "no service or version" in person.strata("--fault", "wub=unhealthy", code=2)


def test_a_service_that_loses_its_routes_and_gets_them_back_is_healthy_in_every_report(person: Person):
    person.rehearse()
    file = person.project / "Pulumi.dev.yaml"
    services = SETTINGS["strata:container_services"]
    worker = {**services["web"], "routes": [], "rollout": {"min_healthy_percent": 100}}
    for web in (worker, services["web"]):
        file.write_text(json.dumps({"config": {**SETTINGS, "strata:container_services": {"web": web}}}))
        done = person.rehearse()
        (rolled,), (service,) = done["rollouts"], done["services"]
        assert (rolled["status"], service["deviations"], service["way_back"]) == ("SUCCESSFUL", [], None)
        assert (service["healthy"], service["desired"], service["running"]) == (DESIRED, DESIRED, {"1.4.2": DESIRED})
