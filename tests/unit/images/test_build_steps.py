"""The steps around those of the project, run as Image Builder runs them, with stubs for what they call."""

from dataclasses import replace
from pathlib import Path

import pytest

from strata.images.recipe.definition import Definition, Package

from .build_server import BuildServer
from .test_recipe_documents import ORDER, PLAIN

SAID = "STRATA_APP=web\nSTRATA_VERSION=1.5.0\nSTRATA_ORDER=0f1e\nSTRATA_GIT_SHA="
LOCKED = replace(PLAIN, packages=(Package("ansible-core", "2.15.13"), Package("bash", "5:5.2.15-1.amzn2023")))
INSTALLED = """name=$(eval echo \\${$#})
case "$name" in
  ansible-core) printf '%s' 2.15.13-1.amzn2023 ;;
  bash) printf '%s' "5.2.15-1.amzn2023" ;;
  *) echo "package $name is not installed"; exit 1 ;;
esac"""
DEBIAN = """name=$(eval echo \\${$#})
case "$name" in
  ansible-core) printf '%s' 2.15.13 ;;
  bash) printf '%s' "5:5.2.15-1.amzn2023" ;;
  *) echo "no packages found matching $name" >&2; exit 1 ;;
esac"""


@pytest.fixture
def server(tmp_path: Path) -> BuildServer:
    """A server with nothing on it."""
    return BuildServer(tmp_path)


@pytest.fixture
def ordered(server: BuildServer) -> BuildServer:
    """A server that has read its order, and has the lock."""
    server.ordered()
    done = server.run(LOCKED, "provision", "lock-0")
    assert done.returncode == 0, done.stderr
    assert (server.bake / "packages.lock").read_text() == "ansible-core=2.15.13\nbash=5:5.2.15-1.amzn2023\n"
    return server


def order(server: BuildServer, said: str, *, metadata: str = "") -> tuple[int, str]:
    server.stub("curl", metadata or 'case "$*" in *placement/region) echo eu-west-1 ;; *) echo token-1 ;; esac')
    server.stub("aws", f"cat <<'SAID'\n{said}\nSAID")
    done = server.run(PLAIN, "provision", "order")
    return done.returncode, done.stderr


def test_the_order_is_read_from_its_parameter_in_the_region_of_the_server(server: BuildServer):
    assert order(server, SAID) == (0, "")
    assert (server.bake / "order.env").read_text() == (
        f"{SAID}\nSTRATA_ARTIFACT={server.bake}/artifact\nAWS_DEFAULT_REGION=eu-west-1\n"
    )
    assert oct(server.bake.stat().st_mode & 0o777) == "0o700"
    (call,) = (each for each in server.calls if each.startswith("aws"))
    assert call.startswith(f"aws ssm get-parameter --region eu-west-1 --name {ORDER} ")
    # IMDSv2: the second question carries what the first one got
    assert "X-aws-ec2-metadata-token: token-1" in server.calls[1]


@pytest.mark.parametrize(
    "said, why",
    [
        (f"{SAID}\ncurl evil.example", "holds something else than an order"),
        (f"{SAID}$(reboot)", "holds something else than an order"),
        ("None", "holds something else than an order"),
        (SAID.replace("STRATA_VERSION=1.5.0\n", ""), "names no STRATA_VERSION"),
        (SAID.replace("0f1e", ""), "names no STRATA_ORDER"),
        ("", "holds something else than an order"),
    ],
)
def test_what_is_no_order_ends_the_build(server: BuildServer, said: str, why: str):
    code, text = order(server, said)
    assert code == 1
    assert f"{ORDER} {why}" in text
    assert "bake by strata image bake" in text


def test_no_metadata_and_no_parameter_end_the_build(server: BuildServer):
    assert order(server, SAID, metadata="exit 7")[0] == 7
    server.stub("curl", "echo token-1")
    server.stub("aws", "echo ParameterNotFound >&2; exit 254")
    assert server.run(PLAIN, "provision", "order").returncode == 254


def test_the_artifact_of_the_version_is_downloaded(server: BuildServer):
    assert order(server, SAID)[0] == 0
    server.stub("aws")
    assert server.run(PLAIN, "provision", "artifact").returncode == 0
    assert server.calls[-1].endswith(f"s3://builds/web/1.5.0.tar.gz {server.bake}/artifact")
    server.stub("aws", "exit 1")
    assert server.run(PLAIN, "provision", "artifact").returncode == 1


def test_dnf_installs_the_lock_and_nothing_else(ordered: BuildServer):
    ordered.stub("dnf")
    assert ordered.run(LOCKED, "provision", "packages").returncode == 0
    assert ordered.calls == ["dnf --assumeyes install ansible-core-2.15.13 bash-5:5.2.15-1.amzn2023"]


def test_apt_installs_the_lock_and_nothing_else(ordered: BuildServer):
    (ordered.tools / "rpm").unlink()
    ordered.stub("apt-get")
    assert ordered.run(LOCKED, "provision", "packages").returncode == 0
    install = "apt-get install --yes --no-install-recommends --allow-downgrades"
    assert ordered.calls == ["apt-get update", f"{install} ansible-core=2.15.13 bash=5:5.2.15-1.amzn2023"]


@pytest.mark.parametrize("manager", ["dnf", "apt-get"])
def test_a_version_that_is_not_there_any_more_ends_the_build(ordered: BuildServer, manager: str):
    if manager == "apt-get":
        (ordered.tools / "rpm").unlink()
    ordered.stub(manager, "echo 'Unable to find a match' >&2; exit 1")
    done = ordered.run(LOCKED, "provision", "packages")
    assert done.returncode not in (0, None)
    assert "Unable to find a match" in done.stderr


def test_a_system_with_neither_cannot_install_a_lock(ordered: BuildServer):
    done = ordered.run(LOCKED, "provision", "packages")
    assert done.returncode == 1
    assert "neither dnf nor apt-get" in done.stderr


@pytest.mark.parametrize("query, script", [("rpm", INSTALLED), ("dpkg-query", DEBIAN)])
def test_what_is_installed_is_what_the_lock_says(ordered: BuildServer, query: str, script: str):
    ordered.stub(query, script)
    done = ordered.run(LOCKED, "verify", "lock")
    assert (done.returncode, done.stderr) == (0, "")
    assert [each.split()[-1] for each in ordered.calls] == ["ansible-core", "bash"]


@pytest.mark.parametrize("query, script", [("rpm", INSTALLED), ("dpkg-query", DEBIAN)])
@pytest.mark.parametrize(
    "change",
    [("2.15.13", "2.15.14"), ("2.15.13", "2.15.130"), ("5.2.15-1", "5.2.15-2"), ("ansible-core)", "ansible)")],
)
def test_a_package_that_is_not_at_its_locked_version_makes_no_image(
    ordered: BuildServer, query: str, script: str, change: tuple[str, str]
):
    ordered.stub(query, script.replace(*change))
    done = ordered.run(LOCKED, "verify", "lock")
    assert done.returncode == 1
    name = "bash" if change[0].startswith("5.2") else "ansible-core"
    assert done.stderr.startswith(f"{name} is ")
    assert ", the lock says " in done.stderr


def playbook(server: BuildServer, wanted: Definition = PLAIN) -> tuple[int, str]:
    done = server.run(wanted, "provision", "playbook-1-0")
    assert done.returncode == 0, done.stderr
    done = server.run(wanted, "provision", "playbook")
    return done.returncode, done.stderr


def test_the_playbook_runs_in_its_folder_with_the_version_and_a_locale_that_ansible_accepts(ordered: BuildServer):
    ordered.stub("ansible-playbook", f'echo "$PWD $LC_ALL" >> {ordered.bake}/where; cat site.yml')
    assert playbook(ordered) == (0, "")
    assert ordered.calls == [
        "ansible-playbook --connection local --inventory localhost, --extra-vars app_version=1.5.0 site.yml"
    ]
    assert (ordered.bake / "where").read_text() == f"{ordered.bake}/project/ansible C.UTF-8\n"
    assert (ordered.bake / "project/ansible/site.yml").read_bytes() == PLAIN.playbook[0].content


@pytest.mark.parametrize("code", [1, 2, 4])
def test_a_playbook_that_fails_ends_the_build(ordered: BuildServer, code: int):
    ordered.stub("ansible-playbook", f"echo 'fatal: [localhost]: FAILED!' >&2; exit {code}")
    found, text = playbook(ordered)
    assert found == code
    assert "FAILED!" in text


def test_a_playbook_without_ansible_ends_the_build(ordered: BuildServer):
    assert playbook(ordered)[0] == 127


def launched(server: BuildServer, described_for: str = "0f1e") -> BuildServer:
    """A server that was launched from an image, once its own order is read."""
    server.ordered(described_for)
    assert server.run(PLAIN, "finish", "describe").returncode == 0
    server.ordered()
    return server


def test_a_fresh_server_of_the_image_is_of_this_order(server: BuildServer):
    done = launched(server).run(PLAIN, "test", "fresh")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fresh_server_of_another_order_is_refused_with_its_version(server: BuildServer):
    done = launched(server, "77aa").run(PLAIN, "test", "fresh")
    assert done.returncode == 1
    assert "was not baked for order 0f1e, but for 77aa" in done.stderr
    assert '"app_version": "1.5.0"' in done.stderr


@pytest.mark.parametrize("gone", ["manifest.json", "sbom.cdx.json", "order"])
def test_a_fresh_server_without_a_description_is_refused(server: BuildServer, gone: str):
    launched(server)
    (server.root / "usr/share/strata-image" / gone).unlink()
    assert server.run(PLAIN, "test", "fresh").returncode != 0


def test_a_fresh_server_with_a_broken_description_is_refused(server: BuildServer):
    launched(server).write("usr/share/strata-image/sbom.cdx.json", "{")
    assert server.run(PLAIN, "test", "fresh").returncode != 0


def test_a_fresh_server_without_an_identity_of_its_own_is_refused(server: BuildServer):
    launched(server).write("etc/machine-id", "")
    done = server.run(PLAIN, "test", "fresh")
    assert done.returncode == 1
    assert "no machine id of its own" in done.stderr
