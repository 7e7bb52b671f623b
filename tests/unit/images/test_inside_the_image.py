"""What runs inside an image while it is baked: its description, and the cleaning up."""

import json
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

INSIDE = files("strata.images.recipe") / "inside"
PACKAGES = "zlib\t0:1.2.11-33.amzn2023\tx86_64\\nbash\t5:5.2.15-1.amzn2023\tx86_64\\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system with an rpm on its path, beside the tools that a shell needs."""
    place = tmp_path / "root"
    for path, text in {
        "etc/os-release": 'ID="amzn"\nPRETTY_NAME="Amazon Linux 2023"\n',
        "etc/app.conf": "port = 8080\n",
        "etc/machine-id": "0123456789abcdef\n",
        "etc/ssh/ssh_host_rsa_key": "secret",
        "boot/vmlinuz-6.1.0-1": "",
        "root/.bash_history": "ls\n",
        "root/.ssh/authorized_keys": "ssh-rsa a\n",
        "home/ec2-user/.ssh/authorized_keys": "ssh-rsa b\n",
        "var/log/messages": "started\n",
        "var/lib/strata-bake/order.env": "x",
    }.items():
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "rpm").write_text(f"#!/bin/sh\nprintf '{PACKAGES}'\n")
    (tools / "rpm").chmod(0o755)
    for name in ("sh", "bash", "cat", "find", "mkdir", "printf", "python3", "rm", "truncate"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    return place


def described(root: Path, built: str) -> tuple[dict, dict]:
    environment = {
        "PATH": str(root.parent / "bin"),
        "STRATA_ROOT": str(root),
        "STRATA_APP": "web",
        "STRATA_VERSION": "1.5.0",
        "STRATA_ORDER": "0f1e",
        "STRATA_GIT_SHA": "abc",
    }
    command = ["/usr/bin/env", "python3", "-", built, "1.2.3", "ami-1"]
    script = (INSIDE / "describe.py").read_bytes()
    subprocess.run(command, input=script, env=environment, check=True, capture_output=True)
    place = root / "usr/share/strata-image"
    return json.loads((place / "manifest.json").read_text()), json.loads((place / "sbom.cdx.json").read_text())


def test_the_manifest_says_what_the_image_is(root: Path):
    manifest, _ = described(root, "2026-11-29T12:00:00Z")
    assert set(manifest["config"]) == {"/etc/app.conf", "/etc/os-release"}
    assert {
        key: manifest[key] for key in ("app", "app_version", "kernel", "packages", "recipe", "base_ami", "order")
    } == {
        "app": "web",
        "app_version": "1.5.0",
        "kernel": "6.1.0-1",
        "packages": 2,
        "recipe": "1.2.3",
        "base_ami": "ami-1",
        "order": "0f1e",
    }


def test_the_bill_of_materials_is_one_of_cyclonedx(root: Path):
    _, bill = described(root, "2026-11-29T12:00:00Z")
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    assert [(each["name"], each["version"]) for each in bill["components"]] == [
        ("bash", "5:5.2.15-1.amzn2023"),
        ("zlib", "1.2.11-33.amzn2023"),
    ]
    assert bill["components"][1]["purl"] == "pkg:rpm/amzn/zlib@1.2.11-33.amzn2023?arch=x86_64"


def test_baked_twice_nothing_but_the_time_of_the_build_differs(root: Path):
    first, bill = described(root, "2026-11-29T12:00:00Z")
    second, again = described(root, "2026-11-30T12:00:00Z")
    assert bill == again
    assert {key for key in first if first[key] != second[key]} == {"build_time"}


def test_a_changed_configuration_is_another_manifest(root: Path):
    first, _ = described(root, "t")
    (root / "etc/app.conf").write_text("port = 9090\n")
    second, _ = described(root, "t")
    assert {key for key in first if first[key] != second[key]} == {"config"}


def cleaned(root: Path, extra: str = "") -> subprocess.CompletedProcess[str]:
    script = f"set -eu\nbake=/var/lib/strata-bake\nroot={root}\n{extra}\n{(INSIDE / 'cleanup.sh').read_text()}"
    tools = str(root.parent / "bin")
    return subprocess.run(
        ["/usr/bin/bash", "-c", script], env={"PATH": tools}, capture_output=True, text=True, check=False
    )


def test_nothing_of_the_server_that_built_is_left(root: Path):
    done = cleaned(root)
    assert done.returncode == 0, done.stderr
    left = {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file() and file.stat().st_size}
    assert left == {"etc/os-release", "etc/app.conf"}


def test_a_key_that_could_not_be_removed_fails_the_build(root: Path):
    done = cleaned(root, "rm() { :; }")
    assert done.returncode == 1
    assert "not cleaned up" in done.stderr
