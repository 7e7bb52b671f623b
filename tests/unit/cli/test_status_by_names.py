"""`strata rollout status` from anywhere: names, credentials and a region suffice, as for `history` and `rollback`."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.naming import record_name, veto_name
from strata.rollout.record import NOTHING_PROVEN, ImageRef, Release, TaskRelease
from tests.unit.rollback.past import release

Capture = pytest.CaptureFixture[str]
WHOLE = "acme/shop/prod"
TASKS = TaskRelease(
    service="arn:aws:ecs:eu-west-1:123456789012:service/shop/api",
    task_definition="arn:aws:ecs:eu-west-1:123456789012:task-definition/api:3",
    image=ImageRef("api", "2.0.0", "registry.example.com/api@sha256:0"),
    digest="d2",
)


def write(ssm: Any, service: str, value: Release | str, stack: str = "prod") -> None:
    text = value if isinstance(value, str) else value.to_json()
    ssm.put_parameter(Name=record_name("shop", stack, service), Value=text, Type="String")


def status(folder: Path, capsys: Capture, stack: str, *words: str, verb: str = "status") -> tuple[int, str, str]:
    code = run(["rollout", verb, stack, *words, "-C", str(folder)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_all_services_that_have_a_record_are_shown_without_a_project(ssm: Any, tmp_path: Path, capsys: Capture):
    write(ssm, "web", release("1.2.0"))
    write(ssm, "api", TASKS)
    write(ssm, "jobs", NOTHING_PROVEN)
    write(ssm, "other", release("9.0.0"), "staging")
    ssm.put_parameter(Name=veto_name(record_name("shop", "prod", "gone"), "1.0.0"), Value="slow", Type="String")
    code, out, err = status(tmp_path, capsys, WHOLE, "--json")
    assert code == 5, err
    found = {each["service"]: (each["version"], each["unit"]) for each in json.loads(out)["services"]}
    assert found == {"web": ("1.2.0", "servers"), "jobs": (None, "servers"), "api": ("2.0.0", "tasks")}
    code, out, err = status(tmp_path, capsys, WHOLE, "web")
    assert (code, err) == (5, "")
    assert "web: not the release: group web-1 of the release is gone" in out
    assert "api" not in out


@pytest.mark.parametrize("verb", ["status", "watch"])
@pytest.mark.parametrize(
    "stack,words,said",
    [
        ("prod", (), "'prod' does not name the project"),
        ("acme/prod", (), "'acme/prod' does not name the project"),
        (WHOLE, ("mail",), "nothing shows that mail of shop/prod was ever released there"),
        ("acme/shop/qa", (), "there is no release record of any service of shop/qa in eu-west-1"),
    ],
)
def test_what_names_do_not_lead_to_is_refused_with_what_does(
    ssm: Any, tmp_path: Path, capsys: Capture, verb: str, stack: str, words: tuple[str, ...], said: str
):
    write(ssm, "web", release("1.2.0"))
    code, _, err = status(tmp_path, capsys, stack, *words, verb=verb)
    assert code == 2
    assert said in err
    assert ("ORGANISATION/PROJECT/STACK" in err) == (stack not in (WHOLE, "acme/shop/qa"))
    assert ("There are records of web." in err) == (stack == WHOLE)


def test_a_project_that_cannot_be_read_is_left_aside_with_a_warning(ssm: Any, tmp_path: Path, capsys: Capture):
    (tmp_path / "Pulumi.yaml").write_text("name: [shop")
    write(ssm, "web", release("1.2.0"))
    code, out, err = status(tmp_path, capsys, WHOLE)
    assert code == 5
    assert "1.2.0" in out
    assert "warning: Pulumi.yaml" in err


def test_a_project_that_can_be_read_is_used(ssm: Any, tmp_path: Path, capsys: Capture):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    write(ssm, "web", release("1.2.0"))
    code, _, err = status(tmp_path, capsys, WHOLE)
    assert code == 2
    assert "no stack file Pulumi.prod.yaml" in err


def test_what_a_plan_is_made_of_is_in_the_stack_file(ssm: Any, tmp_path: Path, capsys: Capture):
    write(ssm, "web", release("1.2.0"))
    code, _, err = status(tmp_path, capsys, WHOLE, verb="plan")
    assert code == 2
    assert "no Pulumi.yaml" in err
