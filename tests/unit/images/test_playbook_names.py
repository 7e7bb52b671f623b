"""The folder of a playbook, whose files may be called anything and may be links."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from strata.errors import DefinitionError
from strata.images.recipe.definition import Definition
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.packer_template import packer_text
from strata.images.recipe.reading import read_definition
from strata.images.recipe.steps import stages
from strata.settings.models import ImagePipelineSettings

from .build_server import BuildServer

SETTINGS = ImagePipelineSettings.model_validate(
    {
        "parent": "ami-0123456789abcdef0",
        "verify": ["verify.sh"],
        "packages": "packages.lock",
        "playbook": "ansible/site.yml",
    }
)
HOSTILE = [
    "$(touch owned).yml",
    "`touch owned`.yml",
    "$x.yml",
    "${HOME}.yml",
    'a" ; touch owned ; ".yml',
    "it's.yml",
    "a b  c.yml",
    "back\\slash\\",
    "\\$(touch owned)",
    "-rf",
    "a;touch owned&.yml",
    "*?[a]{b,c}!!.yml",
    "größe €.yml",
    "%{x}.yml",
    "STEP",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a playbook."""
    folder = tmp_path / "project"
    (folder / "ansible").mkdir(parents=True)
    (folder / "verify.sh").write_text("true\n")
    (folder / "packages.lock").write_text("ansible-core=2.15.13\n")
    (folder / "ansible" / "site.yml").write_text("- hosts: all\n")
    return folder


def read(project: Path) -> Definition:
    return read_definition("web", SETTINGS, order_parameter="/order", folder=project)


def refusal(project: Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        read(project)
    return str(caught.value)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("by", ["image builder", "packer"])
def test_a_file_arrives_under_its_name_and_its_name_does_nothing(project: Path, tmp_path: Path, name: str, by: str):
    role = project / "ansible" / f"role {name}"
    role.mkdir()
    (role / name).write_text("whatever it is\n")
    scripts = rendered(read(project), by)
    (tmp_path / "machine").mkdir()
    server = BuildServer(tmp_path / "machine")
    for script in scripts:
        ran = server.bash(script, tmp_path / "machine")
        assert ran.returncode == 0, ran.stderr
    arrived = server.bake / "project" / "ansible"
    there = sorted(each.relative_to(arrived).as_posix() for each in arrived.rglob("*") if each.is_file())
    assert there == sorted(["site.yml", f"role {name}/{name}"])
    assert (arrived / f"role {name}" / name).read_text() == "whatever it is\n"
    assert [each for each in tmp_path.rglob("owned*") if each.name == "owned"] == []


def rendered(definition: Definition, by: str) -> list[str]:
    """What bash is given to write the files of the playbook."""
    if by == "packer":
        text = packer_text(definition, SETTINGS, "eu-west-1", {}).replace("$${", "${").replace("%%{", "%{")
        steps = re.findall(r"# provision: playbook-\d+-\d+\n.*?inline = \[<<(\w+)\n(.*?\n)\1\n", text, re.DOTALL)
        found = [script for _, script in steps]
    else:
        documents = [YAML(typ="safe").load(each.text) for each in recipe_of(definition).documents]
        steps = [step for each in documents for phase in each["phases"] for step in phase["steps"]]
        found = [step["inputs"]["commands"][0] for step in steps if re.fullmatch(r"playbook-\d+-\d+", step["name"])]
    assert len(found) == len(definition.playbook) == 2
    return found


@pytest.mark.parametrize(
    "name", ["a\nb.yml", "a\tb", "a\rb", "{{ b }}.yml", "esc\x1b[2J", "no\udcfftext", "line\u2028end"]
)
def test_a_name_that_no_step_can_have_is_refused_with_its_folder(project: Path, name: str):
    (project / "ansible" / name).write_text("- hosts: all\n")
    found = refusal(project)
    assert f"ansible: the name {name!r} cannot be written into a step" in found
    assert "Rename the file" in found
    assert "\x1b" not in found


def test_the_steps_of_plain_names_are_what_they_were(project: Path):
    written = [step.script for stage in stages(read(project), "1.0.0") for step in stage.steps]
    assert any('base64 --decode >> "$bake/project/ansible/site.yml" <<' in each for each in written)


def outside(tmp_path: Path) -> Path:
    file = tmp_path / "hostname"
    file.write_text("of this machine\n")
    return file


@pytest.mark.parametrize("path", ["ansible/roles/link", "ansible/site.yml", "packages.lock", "verify.sh"])
def test_a_link_out_of_the_project_is_refused_and_nothing_of_it_is_read(project: Path, tmp_path: Path, path: str):
    (project / "ansible" / "roles").mkdir()
    (project / path).unlink(missing_ok=True)
    (project / path).symlink_to(outside(tmp_path))
    found = refusal(project)
    assert f"{path}: a link leads to {tmp_path / 'hostname'}, out of {project}" in found
    assert "Put a copy of that file in the place of the link" in found
    assert "of this machine" not in found


def test_a_folder_that_is_a_link_out_of_the_project_is_refused(project: Path, tmp_path: Path):
    (project / "ansible").rename(tmp_path / "ansible")
    (project / "ansible").symlink_to(tmp_path / "ansible")
    assert f"ansible/site.yml: a link leads to {tmp_path / 'ansible' / 'site.yml'}, out of" in refusal(project)


def test_a_link_that_says_where_by_dots_is_followed_by_what_it_is(project: Path, tmp_path: Path):
    outside(tmp_path)
    (project / "ansible" / "up.yml").symlink_to("../../hostname")
    (project / "ansible" / "same.yml").symlink_to("../ansible/site.yml")
    found = refusal(project)
    assert "ansible/up.yml: a link leads to" in found
    assert "same.yml" not in found


def test_a_link_within_the_project_is_sent_as_the_file_it_is(project: Path):
    (project / "common.yml").write_text("- common\n")
    (project / "ansible" / "common.yml").symlink_to("../common.yml")
    sent = {each.path: each.content for each in read(project).playbook}
    assert sent == {"ansible/common.yml": b"- common\n", "ansible/site.yml": b"- hosts: all\n"}


@pytest.mark.parametrize("hidden", [".git/config", "files/.env"])
def test_a_link_to_what_begins_with_a_dot_is_refused(project: Path, hidden: str):
    (project / hidden).parent.mkdir()
    (project / hidden).write_text("a secret\n")
    (project / "ansible" / "conf").symlink_to(f"../{hidden}")
    found = refusal(project)
    assert f"ansible/conf: a link leads to {hidden}, and nothing that begins with a dot is sent" in found
    assert "a secret" not in found


def test_a_step_that_is_named_with_a_dot_is_read(project: Path):
    (project / ".image").mkdir()
    (project / "verify.sh").rename(project / ".image" / "verify.sh")
    settings = SETTINGS.model_copy(update={"verify": (".image/verify.sh",)})
    (step,) = read_definition("web", settings, order_parameter="/order", folder=project).verify
    assert step.content == b"true\n"


def test_a_link_that_is_no_file_is_refused_and_not_left_out(project: Path):
    (project / "roles").mkdir()
    (project / "ansible" / "roles").symlink_to("../roles")
    (project / "ansible" / "gone.yml").symlink_to("../gone.yml")
    (project / "ansible" / "round.yml").symlink_to("round.yml")
    found = refusal(project)
    assert "ansible/roles: a link to a folder, which is not sent" in found
    assert "ansible/gone.yml: a link to ../gone.yml, which is no file" in found
    assert "ansible/round.yml: a link to round.yml, which is no file" in found


def test_a_step_that_is_a_link_to_itself_is_refused(project: Path):
    (project / "verify.sh").unlink()
    (project / "verify.sh").symlink_to("verify.sh")
    assert "verify.sh: a link that leads to itself" in refusal(project)
