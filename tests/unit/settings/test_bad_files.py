"""Five stack files with many errors each, as a person meets them on the command line."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from strata.cli.run import run

BAD = sorted((Path(__file__).parent / "bad").glob("Pulumi.*.yaml"))

PROBLEMS = {
    "fields": 8,
    "mixed": 11,
    "rules": 11,
    "secrets": 6,
    "shapes": 10,
}
"""How many each file has, counted by hand."""


@pytest.fixture(params=BAD, ids=lambda path: path.name)
def bad(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return Path(shutil.copy(request.param, tmp_path))


def stack_of(path: Path) -> str:
    return path.name.split(".")[1]


def test_there_are_five_with_five_problems_or_more():
    assert {stack_of(path) for path in BAD} == set(PROBLEMS)
    assert len(PROBLEMS) >= 5
    assert min(PROBLEMS.values()) >= 5


@pytest.mark.parametrize("command", ["explain", "doctor"])
def test_every_problem_is_shown_and_nothing_is_touched(command: str, bad: Path, capsys: pytest.CaptureFixture[str]):
    before = hashlib.sha256(bad.read_bytes()).hexdigest()
    files = {path.name for path in bad.parent.iterdir()}
    assert run([command, stack_of(bad), "-C", str(bad.parent)]) == 2
    said = "".join(capsys.readouterr())
    assert f"has {PROBLEMS[stack_of(bad)]} problems" in said
    assert len(re.findall(r"^ +fix: ", said, re.MULTILINE)) >= PROBLEMS[stack_of(bad)]
    assert "Traceback" not in said
    assert "Input should" not in said
    assert hashlib.sha256(bad.read_bytes()).hexdigest() == before
    assert {path.name for path in bad.parent.iterdir()} == files


def test_as_json_every_problem_has_its_parts(bad: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["explain", stack_of(bad), "-C", str(bad.parent), "--json"]) == 2
    out = capsys.readouterr().out
    problems = json.loads(out)["error"]["problems"]
    assert len(problems) == PROBLEMS[stack_of(bad)]
    for problem in problems:
        assert all(problem[key] for key in ("path", "line", "got", "expected", "fix", "rule"))


def test_no_file_says_its_secrets(bad: Path, capsys: pytest.CaptureFixture[str]):
    run(["explain", stack_of(bad), "-C", str(bad.parent)])
    said = "".join(capsys.readouterr())
    config = YAML(typ="safe").load(bad.read_text())["config"]
    secrets = [text for text in str(config).split("'") if text.startswith("v1:")]
    assert not any(secret in said for secret in secrets)
