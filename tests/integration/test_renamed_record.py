"""A release record that somebody writes over in the local AWS: what is printed is done, and another stack stays."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata.naming import record_name
from strata_rehearsal.run.request import image_id
from tests.integration.support.warm_start import WarmStart
from tests.integration.test_image_life import FIRST, PROGRAM, REGION, REPOSITORY, STACK, Operator

SERVICES = ("web", "search")
ADVICE = re.compile(r"`strata (rehearse [^`]+)`")


@pytest.fixture
def operator(tmp_path: Path, warm: WarmStart) -> Iterator[Operator]:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    pins = {"id": image_id("web", "1.0.0"), "repository": REPOSITORY, "digest": FIRST}
    for stack in ("staging", "prod"):
        text = STACK.format(region=REGION, stage=stack, **pins)
        # nothing is promoted to prod here
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(f"{text}  strata:promotion: {{ require_proof: false }}\n")
    found = Operator(tmp_path, warm.command())
    yield found
    found.start("rehearse", "staging", "--stop").communicate()


def rename(ssm: Any, stack: str) -> None:
    """Write over the records of a stack: all stays as it is but what the release is called."""
    for service in SERVICES:
        name = record_name("shop", stack, service)
        record = json.loads(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        record["image"]["version"] = "9.9.9"
        ssm.put_parameter(Name=name, Value=json.dumps(record), Type="String", Overwrite=True)


def advice(document: dict[str, Any]) -> set[str]:
    """What a document says to rehearse."""
    return set(ADVICE.findall(json.dumps(document)))


def test_a_renamed_record_is_written_again_by_what_is_printed_and_another_stack_stays(operator: Operator) -> None:
    for stack in ("prod", "staging"):
        operator.rehearse(stack)
    ssm = operator.client("ssm")
    others = ssm.get_parameters_by_path(Path="/strata/shop/prod", Recursive=True)["Parameters"]
    launched = operator.strata("rollout", "status", "prod", "--local")["services"]
    assert len(others) >= len(SERVICES)
    rename(ssm, "staging")
    found = operator.strata("rollout", "status", "staging", "--local", code=5)
    assert "web" in {each["service"] for each in found["services"] if each["deviations"]}
    (said,) = advice(found)
    rehearsed = operator.rehearse("staging", 0, *shlex.split(said)[2:])
    assert rehearsed["rollouts"] == [], "what runs was the release"
    assert rehearsed["changes"]["replaced"] == 0
    assert operator.runs("staging") == dict.fromkeys(SERVICES, "1.0.0")
    assert operator.strata("drift", "staging", "--local")["services"]
    assert ssm.get_parameters_by_path(Path="/strata/shop/prod", Recursive=True)["Parameters"] == others
    assert operator.strata("rollout", "status", "prod", "--local")["services"] == launched
    assert operator.rehearse("staging")["changes"]["updated"] == 0, "nothing is left to be done"
