"""What runs inside an image while it is baked: its description, and the cleaning up."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from .build_server import FILES, BuildServer
from .test_recipe_documents import PLAIN, in_locale

INSIDE = files("strata.images.recipe") / "inside"
OURS = {"etc/os-release", "etc/app.conf", "etc/größe.conf", "etc/Zone.conf"}


@pytest.fixture
def server(tmp_path: Path) -> BuildServer:
    """A server on which an order was read."""
    made = BuildServer(tmp_path)
    made.ordered()
    return made


def described(server: BuildServer, environment: Mapping[str, str] | None = None) -> tuple[dict, dict]:
    done = server.run(PLAIN, "finish", "describe", environment)
    assert done.returncode == 0, done.stderr
    place = "usr/share/strata-image"
    return json.loads(server.read(f"{place}/manifest.json")), json.loads(server.read(f"{place}/sbom.cdx.json"))


def test_the_manifest_says_what_the_image_is(server: BuildServer):
    manifest, _ = described(server)
    assert set(manifest["config"]) == {f"/{each}" for each in OURS}
    assert {key: manifest[key] for key in ("app", "app_version", "kernel", "packages", "base_ami", "git_sha")} == {
        "app": "web",
        "app_version": "1.5.0",
        "kernel": "6.1.0-1",
        "packages": 2,
        "base_ami": PLAIN.parent,
        "git_sha": "abc",
    }


def test_the_bill_of_materials_is_one_of_cyclonedx(server: BuildServer):
    _, bill = described(server)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.5", 1)
    assert [(each["name"], each["version"]) for each in bill["components"]] == [
        ("bash", "5:5.2.15-1.amzn2023"),
        ("zlib", "1.2.11-33.amzn2023"),
    ]
    assert bill["components"][1]["purl"] == "pkg:rpm/amzn/zlib@1.2.11-33.amzn2023?arch=x86_64"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_baked_twice_nothing_but_the_time_of_the_build_differs(server: BuildServer, locale: str):
    first, bill = described(server, in_locale("C.UTF-8", seed="1"))
    server.ordered("77aa")
    second, again = described(server, in_locale(locale, seed="2"))
    assert server.read("usr/share/strata-image/order") == "77aa\n", "the second bake had an order of its own"
    assert bill == again
    assert {key for key in first if first[key] != second[key]} <= {"build_time"}
    assert list(first) == list(second)


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_what_is_described_does_not_depend_on_what_the_script_is_started_with(server: BuildServer, locale: str):
    # the step sets a locale; the script alone must not need it
    given = {"STRATA_APP": "web", "STRATA_VERSION": "1.5.0", "STRATA_ROOT": str(server.root)}
    written = []
    for seed, order, other in (("1", "0f1e", "C.UTF-8"), ("2", "77aa", locale)):
        environment = {**in_locale(other, seed=seed), **given, "STRATA_ORDER": order, "PATH": str(server.tools)}
        command = [sys.executable, "-", "2026-11-29T12:00:00Z", "1.2.3", "ami-1"]
        script = (INSIDE / "describe.py").read_bytes()
        subprocess.run(command, input=script, env=environment, check=True, capture_output=True)
        place = "usr/share/strata-image"
        written.append((server.read(f"{place}/manifest.json"), server.read(f"{place}/sbom.cdx.json")))
    assert written[0] == written[1]


def test_a_changed_configuration_is_another_manifest(server: BuildServer):
    first, _ = described(server)
    server.write("etc/app.conf", "port = 9090\n")
    second, _ = described(server)
    assert {key for key in first if first[key] != second[key]} - {"build_time"} == {"config"}


def test_the_order_is_no_report(server: BuildServer):
    server.stub("aws")
    done = server.run(replace(PLAIN, reports="s3://builds/reports"), "finish", "reports")
    assert done.returncode == 0, done.stderr
    (call,) = server.calls
    assert call.startswith("aws s3 cp --recursive --exclude order ")
    assert call.endswith(" s3://builds/reports/web/1.5.0/")


def left(server: BuildServer) -> set[str]:
    found = (file for file in server.root.rglob("*") if file.is_file() and file.stat().st_size)
    return {file.relative_to(server.root).as_posix() for file in found}


@pytest.mark.parametrize("manager", ["dnf", "apt-get"])
def test_nothing_of_the_server_that_built_is_left(server: BuildServer, manager: str):
    assert left(server) == {path for path, text in FILES.items() if text}
    for name in (manager, "cloud-init", "journalctl"):
        server.stub(name)
    done = server.run(PLAIN, "finish", "cleanup")
    assert done.returncode == 0, done.stderr
    assert left(server) == OURS
    assert not server.bake.exists()
    cleaned = "dnf clean all" if manager == "dnf" else "apt-get clean"
    assert server.calls == [cleaned, "cloud-init clean --logs", *server.calls[-2:]]
    assert [each.split()[0] for each in server.calls[-2:]] == ["journalctl", "journalctl"]


def test_a_key_that_could_not_be_removed_fails_the_build(server: BuildServer):
    server.stub("rm")
    done = server.run(PLAIN, "finish", "cleanup")
    assert done.returncode == 1
    assert "not cleaned up" in done.stderr
    assert os.fspath(server.root / "root/.ssh/authorized_keys") in done.stderr


@pytest.mark.parametrize("manager", ["dnf", "apt-get"])
def test_a_cache_that_could_not_be_cleaned_fails_the_build(server: BuildServer, manager: str):
    server.stub(manager, "exit 3")
    assert server.run(PLAIN, "finish", "cleanup").returncode == 3
