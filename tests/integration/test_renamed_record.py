"""A release record that somebody writes over in the local AWS: what is printed is done, and another stack stays."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from strata.naming import record_name, veto_name
from strata.verdict_names import vetoed_image_name
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


def written_over(ssm: Any, service: str, **fields: Any) -> tuple[str, str]:
    """Write over single fields of a record of staging; gives its name and what it was."""
    name = record_name("shop", "staging", service)
    value = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    record = json.loads(value)
    image = {key: each for key, each in fields.items() if key in record["image"]}
    rest = {key: each for key, each in fields.items() if key not in image}
    changed = json.dumps({**record, **rest, "image": {**record["image"], **image}})
    assert json.loads(changed) != record, "an edit that changes nothing shows nothing"
    ssm.put_parameter(Name=name, Value=changed, Type="String", Overwrite=True)
    return name, value


def said_of(record: str) -> dict[str, Any]:
    """What a record says of a release, whichever version of it it follows."""
    return {key: each for key, each in json.loads(record).items() if key != "follows"}


def test_a_record_of_which_one_field_was_edited_is_put_right_by_an_up_and_accuses_nothing_that_runs(
    operator: Operator,
) -> None:
    """What the record is made to name is vetoed, and what runs is not: nobody is told otherwise, or vetoes that."""
    operator.rehearse("staging")
    operator.bake("1.1.0", "1.2.0")
    for name in SERVICES:
        operator.image("pin", "staging", name, "1.1.0")
    operator.rehearse("staging")
    ssm, first = operator.client("ssm"), {}
    for name in SERVICES:
        record = record_name("shop", "staging", name)
        (first[name],) = (
            said_of(each["Value"])
            for each in ssm.get_parameter_history(Name=record)["Parameters"]
            if json.loads(each["Value"])["image"]["version"] == "1.0.0"
        )
    digest = next(
        each["imageDigest"]
        for each in operator.client("ecr").describe_images(repositoryName="search")["imageDetails"]
        if "1.2.0" in each.get("imageTags", ())
    )
    bad = {"web": image_id("web", "1.2.0"), "search": f"{REPOSITORY}@{digest}"}
    for name, image in bad.items():
        record = record_name("shop", "staging", name)
        for parameter in (veto_name(record, "1.2.0"), vetoed_image_name(record, image)):
            assert parameter is not None
            ssm.put_parameter(Name=parameter, Value="loses orders", Type="String")
    edits: dict[str, dict[str, dict[str, Any]]] = {
        "image": {name: {"id": image} for name, image in bad.items()},
        "version": {name: {"version": "1.2.0"} for name in SERVICES},
        # what is launched by it is the release before
        "launcher": {
            "web": {"template_version": first["web"]["template_version"]},
            "search": {"task_definition": first["search"]["task_definition"]},
        },
    }
    for field, edit in edits.items():
        right = dict(written_over(ssm, name, **edit[name]) for name in SERVICES)
        found = operator.strata("rollout", "status", "staging", "--local", code=5)["services"]
        for each in found:
            assert each["deviations"], (field, each)
            assert "veto" not in json.dumps(each), (field, each)
            assert set(each["running"]) == {"1.1.0"}, (field, each)
            assert each["way_back"].startswith("to have the record name what runs: "), (field, each)
        for name in SERVICES:
            way = operator.strata("rollout", "rollback", "staging", name, "--now", "--dry-run", "--local")
            assert (way["from"], way["to"]) == ("1.1.0", "1.0.0"), (field, way)
        rehearsed = operator.rehearse("staging")
        assert rehearsed["rollouts"] == [], (field, "what runs was the release")
        assert operator.runs("staging") == dict.fromkeys(SERVICES, "1.1.0")
        for record, value in right.items():
            assert said_of(ssm.get_parameter(Name=record)["Parameter"]["Value"]) == said_of(value), field
    assert operator.rehearse("staging")["changes"]["updated"] == 0, "nothing is left to be done"


def test_records_that_have_changed_places_are_written_again_by_what_is_printed(operator: Operator) -> None:
    """A service of servers whose record names containers is no first deployment, and nothing of it is replaced."""
    operator.rehearse("staging")
    ssm = operator.client("ssm")
    places = [record_name("shop", "staging", each) for each in SERVICES]
    right = [ssm.get_parameter(Name=each)["Parameter"]["Value"] for each in places]
    for place, value in zip(places, reversed(right), strict=True):
        ssm.put_parameter(Name=place, Value=value, Type="String", Overwrite=True)
    found = operator.strata("rollout", "status", "staging", "--local", code=2)
    (said,) = advice(found)
    rehearsed = operator.rehearse("staging", 0, *shlex.split(said)[2:])
    assert rehearsed["changes"]["replaced"] == 0
    assert operator.runs("staging") == dict.fromkeys(SERVICES, "1.0.0")
    written = [said_of(ssm.get_parameter(Name=each)["Parameter"]["Value"]) for each in places]
    assert written == [said_of(each) for each in right]
    assert operator.strata("rollout", "status", "staging", "--local")["services"]
