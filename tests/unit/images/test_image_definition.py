"""What a definition refuses: files that are not there, and steps that would make another image tomorrow."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from strata.errors import ImageError
from strata.images.recipe.definition import Definition, Package, SourceFile
from strata.images.recipe.package_lock import parse_lock
from strata.images.recipe.reading import read_definition
from strata.images.recipe.unpinned import playbook_findings, shell_findings
from strata.settings.models import ImagePipelineSettings

PARENT = "ami-0123456789abcdef0"


def read(folder: Path, files: Mapping[str, str | bytes], **settings) -> Definition:
    for path, content in {"verify.sh": "true\n", **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    wanted = ImagePipelineSettings.model_validate({"parent": PARENT, "verify": ["verify.sh"], **settings})
    return read_definition("web", wanted, order_parameter="/order", folder=folder)


def refusal(folder: Path, files: Mapping[str, str | bytes], **settings) -> str:
    with pytest.raises(ImageError) as caught:
        read(folder, files, **settings)
    return str(caught.value)


def shell(text: str, *, locked: bool = True) -> list[tuple[int, str]]:
    return [(each.line, each.text) for each in shell_findings(SourceFile("a.sh", text.encode()), locked=locked)]


@pytest.mark.parametrize(
    "line",
    [
        "dnf upgrade",
        "dnf -y update",
        "sudo dnf --assumeyes upgrade",
        "yum update -y",
        "apt-get -y dist-upgrade",
        "apt upgrade",
        "zypper up",
        "apk upgrade",
        "snap refresh",
        "pip install --upgrade pip==24.0",
        "echo begin && dnf upgrade; echo end",
        "dnf \\\n  upgrade",
        "curl -O https://example.com/tool/latest/tool.tar.gz",
        "docker pull shop/agent:latest",
        "npm install -g yarn@latest",
        "version=latest",
        "dnf install nginx",
        "dnf -y install nginx-1.24.0",
        "apt-get install --yes nginx=1.24.0",
        "pip3 install flask",
    ],
)
def test_a_step_that_makes_another_image_tomorrow_is_refused_with_its_line(line: str):
    assert [number for number, _ in shell(f"#!/bin/bash\n{line}\n")] == [2]


@pytest.mark.parametrize(
    "line",
    [
        "# dnf upgrade",
        "echo a # latest",
        "apt-get update",
        "dnf install -y ./agent.rpm /tmp/other.rpm",
        "pip install flask==3.0.0",
        "pip install -r requirements.txt",
        "curl http://169.254.169.254/latest/meta-data/instance-id",
        "systemctl enable app",
        "update-ca-trust",
        "dnf clean all",
    ],
)
def test_a_step_that_makes_the_same_image_passes(line: str):
    assert shell(line) == []


def test_an_index_is_updated_only_where_a_lock_says_what_is_installed_from_it():
    assert shell("apt-get update", locked=False)[0][0] == 1


@pytest.mark.parametrize("line", ["    state: latest", "    upgrade: dist", "    name: '*'", "image: shop:latest"])
def test_a_playbook_that_makes_another_image_tomorrow_is_refused_with_its_line(line: str):
    found = list(playbook_findings(SourceFile("ansible/site.yml", f"- hosts: all\n{line}\n".encode())))
    assert [each.line for each in found] == [2]


def test_a_lock_is_read_by_name_and_every_bad_line_is_reported():
    text = "b=2.0-1.amzn2023 # why\n\na=1:1.0\nc\nd=latest\ne=1.*\nb=3\n =1\n"
    packages, findings = parse_lock(SourceFile("packages.lock", text.encode()))
    assert packages == (Package("a", "1:1.0"), Package("b", "2.0-1.amzn2023"))
    assert [each.line for each in findings] == [4, 5, 6, 7, 8]


def test_every_finding_is_reported_at_once_with_path_line_and_fix(tmp_path: Path):
    files = {"install.sh": "#!/bin/bash\necho a\ndnf upgrade\n", "harden.sh": "echo latest\n"}
    found = refusal(tmp_path, files, provision=["install.sh"], harden=["harden.sh", "gone.sh"])
    assert "install.sh:3: 'dnf upgrade' installs whatever is newest when the image is baked" in found
    assert "harden.sh:1: 'latest' is something else tomorrow" in found
    assert "gone.sh: there is no such file" in found
    assert found.count("fix: ") == 3


def test_a_step_of_another_language_is_refused(tmp_path: Path):
    assert "a.sh:1: '#!/usr/bin/python3' is no shell" in refusal(
        tmp_path, {"a.sh": "#!/usr/bin/python3\nprint()\n"}, provision=["a.sh"]
    )


def test_double_braces_in_a_step_are_refused_because_image_builder_replaces_them(tmp_path: Path):
    assert "a.sh:2: Image Builder replaces what is in double braces" in refusal(
        tmp_path, {"a.sh": "echo\necho '{{ b }}'\n"}, provision=["a.sh"]
    )


def test_line_ends_of_windows_and_other_encodings_are_refused(tmp_path: Path):
    assert "a.sh:1: the character '\\r'" in refusal(tmp_path, {"a.sh": "echo\r\n"}, provision=["a.sh"])
    assert "b.sh:2: not UTF-8" in refusal(tmp_path, {"b.sh": b"echo\n\xe4\n"}, provision=["b.sh"])


def test_a_playbook_brings_its_folder_and_names_its_ansible(tmp_path: Path):
    files = {
        "ansible/site.yml": "- hosts: all\n  roles: [web]\n",
        "ansible/roles/web/tasks/main.yml": "- ansible.builtin.command: 'true'\n",
        "ansible/.git/config": "x",
        "packages.lock": "ansible-core=2.15.13\n",
    }
    found = read(tmp_path, files, playbook="ansible/site.yml", packages="packages.lock")
    assert [each.path for each in found.playbook] == ["ansible/roles/web/tasks/main.yml", "ansible/site.yml"]
    (tmp_path / "packages.lock").write_text("nginx=1.24.0\n")
    wanted = {**files, "packages.lock": "nginx=1.24.0\n"}
    assert "Write ansible-core=VERSION into the lock." in refusal(
        tmp_path, wanted, playbook="ansible/site.yml", packages="packages.lock"
    )
