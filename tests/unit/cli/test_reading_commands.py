"""`explain`, `schema` and `doctor`: what they print, for people and for programs."""

import json
from pathlib import Path

import pytest

from strata import doctor
from strata.cli.run import run
from strata.doctor import Finding, Health
from strata.settings.schema import stack_file_schema

Capture = pytest.CaptureFixture[str]

STACK = """\
config:
  strata:stage: prod
  strata:images:
    web: { version: 1.4.2, id: ami-0123456789abcdef0 }
  strata:services:
    web:
      capacity: { min: 6, max: 24 }
  strata:promotion: { require_proof: false }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    return tmp_path


def test_explain_shows_value_and_origin(project: Path, capsys: Capture):
    assert run(["explain", "prod", "services.web.capacity", "-C", str(project)]) == 0
    rows = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert rows == [
        ["strata:services.web.capacity.min", "6", "stack file (line 7)"],
        ["strata:services.web.capacity.max", "24", "stack file (line 7)"],
        ["strata:services.web.capacity.initial", "null", "default"],
    ]


@pytest.mark.parametrize("path", ["services.web.rollout.bake_seconds", "strata:services.web.rollout.bake_seconds"])
def test_explain_takes_a_path_with_or_without_prefix(project: Path, capsys: Capture, path: str):
    run(["explain", "prod", path, "-C", str(project)])
    assert capsys.readouterr().out.split(maxsplit=2)[1:] == ["600", "stage default (prod)\n"]


def test_explain_as_json_has_values_of_their_kinds(project: Path, capsys: Capture):
    run(["explain", "prod", "services.web.capacity", "-C", str(project), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["stack"], told["file"]) == ("prod", "Pulumi.prod.yaml")
    assert told["settings"][0] == {
        "path": "strata:services.web.capacity.min",
        "value": 6,
        "origin": "stack file",
        "note": None,
        "line": 7,
    }


def test_explain_without_a_path_shows_every_setting(project: Path, capsys: Capture):
    run(["explain", "prod", "-C", str(project)])
    everything = capsys.readouterr().out.splitlines()
    assert len(everything) > 60
    assert not any("\x1b" in line for line in everything), "a pipe gets no colours"


def test_explain_names_the_path_that_was_meant(project: Path, capsys: Capture):
    assert run(["explain", "prod", "services.web.rollot", "-C", str(project)]) == 2
    assert "Did you mean strata:services.web.rollout?" in capsys.readouterr().err


def test_a_project_is_found_from_a_folder_inside_it(project: Path):
    inside = project / "src" / "deep"
    inside.mkdir(parents=True)
    assert run(["explain", "prod", "-C", str(inside)]) == 0


def test_a_stack_that_is_not_there_is_bad_input(project: Path, capsys: Capture):
    assert run(["explain", "prd", "-C", str(project)]) == 2
    assert "Did you mean prod?" in capsys.readouterr().err


def test_schema_prints_the_schema(capsys: Capture):
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == stack_file_schema()


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    found: list[Finding] = []
    monkeypatch.setattr(doctor, "examine", lambda *_, **__: iter(found))
    return found


@pytest.mark.parametrize(
    "health,check,strict,code",
    [
        (Health.OK, "python", True, 0),
        (Health.WARN, "pulumi", False, 0),
        (Health.WARN, "pulumi", True, 4),
        (Health.FAIL, "python", False, 1),
        (Health.FAIL, "stack file", False, 2),
    ],
)
def test_doctor_ends_with_what_it_found(
    project: Path, findings: list[Finding], health: Health, check: str, strict: bool, code: int
):
    findings.append(Finding(check, health, "said", "Mend it."))
    assert run(["doctor", "prod", "-C", str(project), *(["--strict"] if strict else [])]) == code


def test_doctor_says_what_to_do(project: Path, findings: list[Finding], capsys: Capture):
    findings.append(Finding("pulumi", Health.WARN, "none here", "Install it."))
    run(["doctor", "prod", "-C", str(project)])
    assert capsys.readouterr().out == "warn  pulumi      none here\n      fix: Install it.\n"


def test_doctor_as_json_tells_every_check(project: Path, findings: list[Finding], capsys: Capture):
    findings.append(Finding("pulumi", Health.WARN, "none here", "Install it."))
    run(["doctor", "prod", "-C", str(project), "--json"])
    check = {"check": "pulumi", "health": "warn", "said": "none here", "fix": "Install it.", "problems": []}
    told = json.loads(capsys.readouterr().out)
    assert told == {"stack": "prod", "ready": True, "checks": [check], "warnings": []}
