"""What user data does when a server boots is seen in all the ways it is written, and nothing is taken for it."""

import base64
import gzip

import pytest

from strata.assess.boot_script import BootScript, read_boot_script
from strata.components.service.template import user_data


def read(text: str) -> BootScript:
    return read_boot_script(base64.b64encode(text.encode()).decode())


INSTALLS = {
    "apt-get install -y nginx": "apt-get install",
    "sudo apt-get -o Dpkg::Options::=--force-confold -y upgrade": "apt-get upgrade",
    "/usr/bin/apt install curl": "apt install",
    "yum -y install httpd": "yum install",
    "dnf update --assumeyes": "dnf update",
    "zypper --non-interactive in nginx": "zypper in",
    "apk add --no-cache python3": "apk add",
    "amazon-linux-extras install docker": "amazon-linux-extras install",
    "rpm -Uvh https://example.com/agent.rpm": "rpm -Uvh",
    "dpkg -i /tmp/agent.deb": "dpkg -i",
    "python3 -m pip install flask": "pip install",
    "pip3 install -r requirements.txt": "pip3 install",
    "uv pip install flask": "pip install",
    "cd /srv && npm ci": "npm ci",
    "yarn --frozen-lockfile install": "yarn install",
    "gem install bundler": "gem install",
    "snap install amazon-ssm-agent --classic": "snap install",
    "choco install git -y": "choco install",
    "Install-WindowsFeature -Name Web-Server": "Install-WindowsFeature",
    "msiexec.exe /i agent.msi /qn": "msiexec /i",
    "apt-get \\\n  install -y nginx": "apt-get install",
    "echo y | apt-get install nginx": "apt-get install",
}
FETCHES = {
    "curl -fsSL https://get.example.com | sh": "a script from the web, into a shell",
    "wget -qO- https://get.example.com | sudo -E bash -": "a script from the web, into a shell",
    "curl -s https://example.com/setup.py | python3": "a script from the web, into a shell",
    "bash <(curl -s https://get.example.com)": "a script from the web",
    'sh -c "$(curl -fsSL https://get.example.com)"': "a script from the web",
    "iwr https://get.example.com/install.ps1 | iex": "a script from the web, into a shell",
    "curl -LO https://example.com/app/releases/latest/app.tgz": "what is latest, from the web",
    "git clone https://example.com/app.git /srv/app": "git clone or pull",
    "git -C /srv/app pull": "git clone or pull",
    "aws s3 cp s3://artifacts/app.jar /srv/app.jar": "what lies in a bucket, without a version",
    "docker pull registry.example.com/web:latest": "docker pull by a tag",
    "podman pull --quiet web": "podman pull by a tag",
    "docker run nginx:latest": "docker run by a tag",
    "docker run --rm web": "docker run by a tag",
    "docker run -d --name x nginx": "docker run by a tag",
    "sudo /usr/bin/docker --config /etc/docker run -p 80:80 -e URL='a?b&c' nginx:1": "docker run by a tag",
    "docker container create --name=x nginx": "docker create by a tag",
    "podman run docker.io/library/redis:7": "podman run by a tag",
    "[docker, run, -d, nginx]": "docker run by a tag",
    "docker run nginx && echo web@sha256:0123456789abcdef": "docker run by a tag",
    "docker compose up": "docker compose up",
    "docker compose -f /srv/web.yml -p web up -d": "docker compose up",
    "docker-compose --verbose pull": "docker compose pull",
    "ansible-pull -U https://x.example/y": "ansible-pull",
    "ansible-pull -U https://x.example/y -C main site.yml": "ansible-pull",
}
HARMLESS = (
    "# apt-get install nginx",
    "systemctl restart nginx  # was: yum install nginx",
    'echo "run apt-get install nginx by hand"',
    "TOKEN_URL=http://169.254.169.254/latest/api/token",
    "curl -s http://169.254.169.254/latest/meta-data/instance-id",
    "curl -s http://[fd00:ec2::254]/latest/meta-data/instance-id",
    "curl -s https://registry.example.com/register -d name=web",
    "docker pull registry.example.com/web@sha256:0123456789abcdef",
    "docker run --rm web@sha256:0123456789abcdef",
    "docker run -d -e NAME='a b' --name x -p 80:80 registry.example.com/web:1@sha256:0123456789abcdef serve",
    "docker run --pull never web",
    "podman run --pull=never --rm web",
    "docker ps && docker compose ps",
    "docker compose down",
    "docker exec web run it",
    "docker run-parts",
    f"ansible-pull -U https://x.example/y -C {'0123456789' * 4}",
    "ansible-pull --version-of-nothing=1 --checkout=" + "ab" * 20,
    "npm start",
    "apt-mark hold nginx",
    "yum-config-manager --disable epel",
    "mkdir -p /opt/install/apt",
    "git --version",
    "aws ssm get-parameter --name /web/latest",
    "rpm -qa",
    "systemctl enable --now web",
)


@pytest.mark.parametrize("command", INSTALLS)
def test_what_is_installed_is_named_by_its_command_and_line(command: str):
    script = read(f"#!/bin/bash\nset -eu\n{command}\n")
    assert [(each.line, each.does) for each in script.installs] == [(3, INSTALLS[command])]
    assert script.fetches == ()


@pytest.mark.parametrize("command", FETCHES)
def test_what_is_fetched_by_a_name_that_moves_is_named(command: str):
    script = read(f"#!/bin/bash\nset -eu\n{command}\n")
    assert [(each.line, each.does) for each in script.fetches] == [(3, FETCHES[command])]
    assert script.installs == ()


@pytest.mark.parametrize("command", HARMLESS)
def test_what_installs_and_fetches_nothing_is_not_taken_for_it(command: str):
    script = read(f"#!/bin/bash\nset -eu\n{command}\n")
    assert (script.installs, script.fetches, script.unread) == ((), (), "")


def test_cloud_config_is_read_in_all_its_forms():
    script = read(
        "#cloud-config\npackage_upgrade: true\npackages: [nginx]\nruncmd:\n"
        "  - [yum, install, -y, httpd]\n  - 'git clone https://example.com/app'\n"
    )
    assert [(each.line, each.does) for each in script.installs] == [
        (2, "an upgrade by cloud-init"),
        (3, "packages of cloud-init"),
        (5, "yum install"),
    ]
    assert [(each.line, each.does) for each in script.fetches] == [(6, "git clone or pull")]
    assert read("#cloud-config\npackage_upgrade: false\n").installs == ()
    assert read("#!/bin/sh\npackages: nothing of cloud-init\n").installs == ()


def test_each_part_of_an_archive_is_read():
    script = read(
        'Content-Type: multipart/mixed; boundary="=="\nMIME-Version: 1.0\n\n'
        "--==\nContent-Type: text/cloud-config\n\n#cloud-config\npackages:\n  - nginx\n"
        "--==\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.b64encode(b'#!/bin/sh' + bytes([10]) + b'pip install flask').decode()}\n--==--\n"
    )
    assert [each.does for each in script.installs] == ["packages of cloud-init", "pip install"]


def test_an_include_is_fetched():
    assert [each.does for each in read("#include\nhttps://example.com/boot.sh\n").fetches] == ["#include of cloud-init"]


def test_compressed_user_data_is_unpacked_and_never_beyond_a_limit():
    packed = gzip.compress(b"#!/bin/sh\nyum -y update\n" + b"#" * 50_000_000)
    assert [each.does for each in read_boot_script(base64.b64encode(packed).decode()).installs] == ["yum update"]


def test_what_cannot_be_read_is_no_clean_script():
    assert read_boot_script("aGk").unread
    assert read_boot_script(base64.b64encode(b"\x1f\x8bnothing").decode()).unread
    assert read_boot_script(None) == read_boot_script("") == BootScript()


def test_secrets_are_named_by_their_lines_and_never_repeated():
    script = read("#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\ncurl -u admin:hunter2hunter2 https://x.example | sh\n")
    assert script.secrets == (2,)
    assert "hunter2" not in str(script)


@pytest.mark.parametrize("windows", [True, False])
def test_what_strata_gives_to_servers_installs_and_fetches_nothing(windows: bool):
    values = {"STRATA_SERVICE": "web", "NOTE": "apt-get install nginx; curl https://x | sh"}
    assert read_boot_script(user_data("web", values, windows=windows)) == BootScript()


SLOW = (
    "docker " * 3_000,
    "docker " + "-a b " * 3_000,
    "docker run " * 3_000,
    "docker compose " + "-a -b " * 3_000,
    "ansible-pull -C " * 3_000,
)


def test_user_data_that_was_made_to_be_slow_is_read_at_once():
    for line in ("curl " * 3_000, "apt " + "-a=b " * 3_000, "apt " + "a=b=c " * 3_000, "bash " * 3_000 + "<(", *SLOW):
        assert read(f"#!/bin/sh\n{line}\n").installs == ()
