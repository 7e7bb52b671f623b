"""`strata spectrum` on projects in a folder of their own."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from strata.cli.run import run
from strata.exit_code import ExitCode
from strata.project.location import state_folder
from tests.unit.review.program import CANARY

ROOT = Path(__file__).resolve().parents[3]

URN = "urn:pulumi:prod::shop::strata:index:Network"
STATE = {
    "checkpoint": {
        "latest": {
            "resources": [
                {"urn": "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod", "type": "pulumi:pulumi:Stack"},
                {"urn": "urn:pulumi:prod::shop::pulumi:providers:aws::default", "type": "pulumi:providers:aws"}
                | {"custom": True, "inputs": {"secretKey": CANARY}},
                {"urn": f"{URN}::main", "type": "strata:index:Network"},
                {
                    "urn": f"{URN}$aws:ec2/vpc:Vpc::main-vpc",
                    "type": "aws:ec2/vpc:Vpc",
                    "custom": True,
                    "parent": f"{URN}::main",
                    "protect": True,
                    "inputs": {"tags": {"strata:mutability": "stable"}, "cidrBlock": CANARY},
                },
                {"urn": f"{URN}$aws:ec2/eip:Eip::gone", "type": "aws:ec2/eip:Eip", "custom": True, "delete": True},
            ]
        }
    }
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def write(project: Path, program: str, config: str = "") -> None:
    (project / "__main__.py").write_text(program)
    (project / "Pulumi.prod.yaml").write_text(f"config:\n  strata:stage: prod\n{config}")


def test_the_reference_stack_is_shown_before_its_first_deployment(project, capsys):
    before = (Path.cwd(), list(sys.path))
    assert run(["spectrum", "prod", "-C", str(project)]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["tier", "class", "resources", "update", "replace", "delete", "kept", "by"]
    web = next(line for line in lines if line.startswith("ImmutableService web"))
    assert "refuse (2)" in web
    assert any(line.startswith("Network main") and "protected by Pulumi" in line for line in lines)
    assert (Path.cwd(), sys.path) == before
    assert not state_folder(project).exists(), "nothing was started"


def test_json_has_every_resource(project, capsys):
    assert run(["spectrum", "staging", "-C", str(project), "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert (document["project"], document["stack"], document["stage"]) == ("shop", "staging", "staging")
    resources = [each for tier in document["tiers"] for each in tier["resources"]]
    assert sum(document["counts"].values()) == len(resources) > 50
    assert {"type", "name", "urn", "mutability", "known_by", "protections", "verdicts"} == set(resources[0])
    assert set(resources[0]["verdicts"]) == {"update", "replace", "delete"}


def test_the_page_is_written_and_named(project, capsys):
    file = project / "review.html"
    assert run(["spectrum", "prod", "-C", str(project), "--html", str(file)]) == ExitCode.OK
    assert str(file) in capsys.readouterr().out
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_that_cannot_be_written_is_an_error_with_a_fix(project, capsys):
    file = project / "nowhere" / "review.html"
    assert run(["spectrum", "prod", "-C", str(project), "--html", str(file)]) == ExitCode.BAD_INPUT
    assert "cannot write" in capsys.readouterr().err


def test_what_a_program_prints_is_not_in_the_document(project, capsys):
    write(project, "import pulumi_aws as aws\nprint('hello')\naws.sqs.Queue('mail')\n")
    assert run(["spectrum", "prod", "-C", str(project), "--json"]) == ExitCode.OK
    shown = capsys.readouterr()
    assert [tier["name"] for tier in json.loads(shown.out)["tiers"]] == [""]
    assert "hello" in shown.err


def test_a_secret_is_neither_needed_nor_shown(project, capsys):
    write(
        project,
        "import pulumi, pulumi_aws as aws\n"
        "config = pulumi.Config('shop')\n"
        "aws.ssm.Parameter('a', type='SecureString', value=config.require_secret('token'))\n"
        "aws.ssm.Parameter('b', type='String', value=config.require('plain'))\n",
        f"  shop:token: {{ secure: v1:{CANARY} }}\n  shop:plain: {CANARY}\n",
    )
    file = project / "review.html"
    for more in ([], ["--json"], ["--html", str(file)]):
        assert run(["spectrum", "prod", "-C", str(project), *more]) == ExitCode.OK
    shown = capsys.readouterr()
    assert CANARY not in shown.out + shown.err + file.read_text(encoding="utf-8")


def test_a_lookup_nobody_knows_is_made_up(project):
    write(project, "import pulumi_aws as aws\naws.sqs.Queue('a', name=aws.get_caller_identity_output().id)\n")
    assert run(["spectrum", "prod", "-C", str(project)]) == ExitCode.OK


@pytest.mark.parametrize(
    "program,text",
    [
        ("raise ValueError('no luck')", "ValueError: no luck"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("from strata import Stack\nStack.load().services['web']", "no 'web' under services"),
    ],
)
def test_a_program_that_fails_is_told_in_one_line_with_a_fix(project, capsys, program, text):
    write(project, program)
    assert run(["spectrum", "prod", "-C", str(project)]) == ExitCode.BAD_INPUT
    told = capsys.readouterr().err
    assert text in told
    assert "fix:" in told
    assert "Traceback" not in told


def test_the_state_of_a_rehearsal_can_be_read_instead(project, capsys):
    state = state_folder(project) / "pulumi" / "state" / ".pulumi" / "stacks" / "shop" / "prod.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps(STATE))
    assert run(["spectrum", "prod", "-C", str(project), "--local", "--json"]) == ExitCode.OK
    shown = capsys.readouterr().out
    (tier,) = json.loads(shown)["tiers"]
    assert [(each["name"], each["protections"]) for each in tier["resources"]] == [
        ("main-vpc", ["protected by Pulumi"])
    ]
    assert CANARY not in shown


def test_a_stack_without_a_rehearsal_says_so(project, capsys):
    assert run(["spectrum", "prod", "-C", str(project), "--local"]) == ExitCode.BAD_INPUT
    assert "strata rehearse prod" in capsys.readouterr().err


def test_the_program_runs_in_its_own_folder(project, capsys):
    folder = project / "infra"
    folder.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: infra\n")
    write(project, "raise ValueError('not this one')")
    (folder / "near.py").write_text("")
    (folder / "__main__.py").write_text("import os, near\nprint('in', os.getcwd())\n")
    assert run(["spectrum", "prod", "-C", str(project)]) == ExitCode.OK
    assert f"in {folder}" in capsys.readouterr().err
