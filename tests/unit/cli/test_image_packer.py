"""`strata image packer`, which needs a project and nothing else."""

import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from strata.cli.run import run

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "image_pipeline"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The example with a parent that Packer knows."""
    shutil.copytree(EXAMPLE, tmp_path / "project")
    file = tmp_path / "project" / "Pulumi.dev.yaml"
    yaml = YAML()
    document = yaml.load(file)
    document["config"]["strata:image_pipelines"]["web-image"]["parent"] = "ami-0123456789abcdef0"
    with file.open("w") as stream:
        yaml.dump(document, stream)
    return file.parent


def test_the_template_is_printed(project: Path, capsys: Capture):
    assert run(["image", "packer", "dev", "web-image", "-C", str(project)]) == 0
    assert 'source "amazon-ebs" "image" {' in capsys.readouterr().out


def test_what_packer_bakes_has_the_tags_of_the_stack_and_of_its_pipeline(project: Path, capsys: Capture):
    file = project / "Pulumi.dev.yaml"
    yaml = YAML()
    document = yaml.load(file)
    document["config"]["aws:defaultTags"] = {"tags": {"cost": "shop"}}
    document["config"]["strata:image_pipelines"]["web-image"]["tags"] = {"team": "web"}
    with file.open("w") as stream:
        yaml.dump(document, stream)
    assert run(["image", "packer", "dev", "web-image", "-C", str(project)]) == 0
    said = capsys.readouterr().out
    for key, value in (("cost", "shop"), ("team", "web"), ("strata:stack", "dev"), ("strata:component", "web-image")):
        assert f'"{key}" = "{value}"' in said


def test_the_document_has_the_recipe_too(project: Path, capsys: Capture):
    assert run(["image", "packer", "dev", "web-image", "-C", str(project), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"stack", "pipeline", "recipe", "template", "warnings"}
    assert f'"strata:recipe" = "{document["recipe"]}"' in document["template"]


def test_a_name_that_is_no_pipeline_is_refused_with_those_there_are(project: Path, capsys: Capture):
    assert run(["image", "packer", "dev", "web-imge", "-C", str(project)]) == 2
    assert "Did you mean web-image?" in capsys.readouterr().err


def test_a_step_that_upgrades_is_refused_with_its_line(project: Path, capsys: Capture):
    (project / "image" / "install.sh").write_text("#!/bin/bash\ndnf upgrade\n")
    assert run(["image", "packer", "dev", "web-image", "-C", str(project)]) == 2
    assert "image/install.sh:2: 'dnf upgrade' installs whatever is newest" in capsys.readouterr().err


def test_a_step_that_is_not_there_is_refused_with_its_path(project: Path, capsys: Capture):
    (project / "image" / "install.sh").unlink()
    assert run(["image", "packer", "dev", "web-image", "-C", str(project)]) == 2
    assert "image/install.sh: there is no such file" in capsys.readouterr().err


def test_a_step_that_is_a_file_of_this_machine_is_refused(project: Path, tmp_path: Path, capsys: Capture):
    (tmp_path / "outside").write_text("echo of this machine\n")
    (project / "image" / "install.sh").unlink()
    (project / "image" / "install.sh").symlink_to(tmp_path / "outside")
    assert run(["image", "packer", "dev", "web-image", "-C", str(project)]) == 2
    said = capsys.readouterr()
    assert f"image/install.sh: a link leads to {tmp_path / 'outside'}, out of {project}" in said.err
    assert "of this machine" not in said.out
