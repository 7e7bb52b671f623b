"""What a server prints that compares itself with its manifest: really run, on a file system below a folder."""

import ast
import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from strata.images.recipe.inside import compare
from strata.images.recipe.server_comparison import COMPARISON_MARK, comparison_script

from .build_server import BuildServer
from .test_recipe_documents import PLAIN, in_locale

LOCALES = ["C", "POSIX", "C.UTF-8"]
SHOWN_BY_AWS = 2_500
"""Characters of the output of a plugin in ListCommandInvocations."""


class Answer(NamedTuple):
    """What a server prints: about the image, the differences, and how many those are."""

    about: dict[str, Any]
    differences: list[list[Any]]
    end: dict[str, Any]


@pytest.fixture
def server(tmp_path: Path) -> BuildServer:
    """A server of a freshly baked image, on which the first boot has written what it writes."""
    made = BuildServer(tmp_path)
    made.ordered()
    done = made.run(PLAIN, "finish", "describe")
    assert done.returncode == 0, done.stderr
    made.stub("uname", "echo 6.1.0-1")
    return made


def printed(server: BuildServer, environment: Mapping[str, str] | None = None, shell: str = "sh") -> str:
    started = {"PATH": str(server.tools), "STRATA_ROOT": str(server.root), **(environment or {})}
    command = [os.fspath(server.tools / shell), "-c", comparison_script()]
    done = subprocess.run(command, env=started, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) <= SHOWN_BY_AWS
    return done.stdout.decode("ascii")


def answer(server: BuildServer, **more: Any) -> Answer:
    first, *lines, last = (json.loads(line) for line in printed(server, **more).splitlines())
    return Answer(first, lines, last)


def state(root: Path) -> dict[str, tuple[int, float, bytes]]:
    return {
        str(file): (stat.S_IMODE(file.stat().st_mode), file.stat().st_mtime, file.read_bytes())
        for file in root.rglob("*")
        if file.is_file()
    }


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_server_as_it_was_baked_differs_in_nothing(server: BuildServer, locale: str, shell: str):
    found = answer(server, environment=in_locale(locale, seed="1"), shell=shell)
    assert found == Answer({"contents": 1, "app": "web", "app_version": "1.5.0", "found": 0}, [], {"printed": 0})


def test_nothing_is_written(server: BuildServer):
    before = state(server.root)
    assert before
    server.write("etc/app.conf", "port = 9090\n")
    changed = state(server.root)
    assert answer(server).about["found"] == 1
    assert state(server.root) == changed != before


@pytest.mark.parametrize("locale", LOCALES)
def test_what_was_done_by_hand_is_found(server: BuildServer, locale: str):
    server.write("etc/app.conf", "port = 9090\n")
    server.write("etc/größe.conf", "3\n")
    server.write("etc/new.conf", "here\n")
    (server.root / "etc/Zone.conf").unlink()
    packages = r"zlib\t0:1.2.11-34.amzn2023\tx86_64\nhtop\t0:3.2-1\tx86_64\n"
    server.stub("rpm", f"printf '{packages}'")
    server.write("boot/vmlinuz-6.1.0-2", "")
    os.utime(server.root / "boot/vmlinuz-6.1.0-1", (1, 1))
    server.stub("uname", "echo 6.1.0-0")
    server.write("etc/os-release", 'ID="amzn"\nPRETTY_NAME="Amazon Linux 2023.9"\n')
    found = answer(server, environment=in_locale(locale, seed="1"))
    hashed = {
        text: hashlib.sha256(text.encode()).hexdigest()[:12] for text in ("port = 8080\n", "port = 9090\n", "2\n")
    }
    by_name = {name: (kind, baked, there) for kind, name, baked, there in found.differences}
    assert by_name["os"] == ("system", "Amazon Linux 2023", "Amazon Linux 2023.9")
    assert by_name["installed"] == ("kernel", "6.1.0-1", "6.1.0-2")
    assert by_name["running"] == ("kernel", "6.1.0-1", "6.1.0-0")
    assert by_name["bash.x86_64"] == ("package", "5:5.2.15-1.amzn2023", None)
    assert by_name["htop.x86_64"] == ("package", None, "3.2-1")
    assert by_name["zlib.x86_64"] == ("package", "1.2.11-33.amzn2023", "1.2.11-34.amzn2023")
    assert by_name["/etc/app.conf"] == ("config", hashed["port = 8080\n"], hashed["port = 9090\n"])
    assert by_name["/etc/Zone.conf"] == ("config", hashed["2\n"], None)
    assert by_name["/etc/new.conf"][1] is None
    assert "/etc/größe.conf" in by_name
    assert by_name.keys() - {"/etc/os-release"} == {
        *("os", "installed", "running", "bash.x86_64", "htop.x86_64", "zlib.x86_64"),
        *("/etc/app.conf", "/etc/Zone.conf", "/etc/new.conf", "/etc/größe.conf"),
    }
    assert found.about["found"] == found.end["printed"] == len(found.differences)


def test_a_bill_of_materials_that_somebody_changed_is_a_difference(server: BuildServer):
    place = server.root / "usr/share/strata-image/sbom.cdx.json"
    place.write_text(place.read_text("utf-8") + "\n", "utf-8")
    ((kind, name, baked, there),) = answer(server).differences
    assert (kind, name) == ("bill", "sbom.cdx.json")
    assert baked != there


def test_what_the_first_boot_writes_is_none(server: BuildServer):
    for path in (*compare.AT_FIRST_BOOT, "hostname", "strata/web.env", "ssh/ssh_host_rsa_key", "cloud/build.info"):
        server.write(f"etc/{path}", "of this server\n")
    assert answer(server).differences == []


@pytest.mark.parametrize("name", ["x.conf", "long" * 50 + ".conf", "größe-" * 20 + ".conf"])
def test_many_differences_are_as_many_lines_as_can_be_read(server: BuildServer, name: str):
    for number in range(100):
        server.write(f"etc/{number:03}-{name}", "new\n")
    found = answer(server)
    assert found.about["found"] == 100
    assert 1 <= found.end["printed"] == len(found.differences) <= 20
    if name == "x.conf":
        assert found.end["printed"] == 20


def test_a_name_that_is_no_text_is_printed(server: BuildServer):
    Path(os.fsdecode(os.fsencode(server.root / "etc") + b"/\xff.conf")).write_bytes(b"x")
    ((kind, name, baked, _),) = answer(server, environment=in_locale("C", seed="1")).differences
    assert (kind, name, baked) == ("config", "/etc/\\xff.conf", None)


def test_a_server_without_a_manifest_says_so(server: BuildServer):
    for file in (server.root / "usr/share/strata-image").iterdir():
        file.unlink()
    (server.root / "usr/share/strata-image").rmdir()
    said = json.loads(printed(server))
    assert (said["contents"], said["unread"]) == (1, "no-manifest")
    assert "manifest.json" in said["why"]


@pytest.mark.parametrize("broken", ["manifest.json", "sbom.cdx.json", "gone", "rpm", "uname"])
def test_a_server_that_cannot_compare_says_why(server: BuildServer, broken: str):
    place = server.root / "usr/share/strata-image"
    if broken == "gone":
        (place / "sbom.cdx.json").unlink()
    elif broken in ("rpm", "uname"):
        server.stub(broken, "echo no >&2; exit 3")
    else:
        (place / broken).write_text("{", "utf-8")
    said = json.loads(printed(server))
    assert (said["contents"], said["unread"]) == (1, "broken")
    assert said["why"]


def test_the_script_is_one_that_systems_manager_passes_on():
    script = comparison_script()
    assert script.startswith(COMPARISON_MARK)
    assert "{{" not in script, "Systems Manager would put a parameter there"
    assert script.isascii()
    assert len(script) < 16_000
    program = script.partition("<<'COMPARE'\n")[2].removesuffix("COMPARE\n")
    assert ast.parse(program, feature_version=(3, 6)).body, "the oldest Python of an image reads it"


def test_the_page_about_drift_names_what_the_first_boot_writes():
    page = (Path(__file__).resolve().parents[3] / "docs" / "drift.md").read_text("utf-8")
    assert {each for each in compare.AT_FIRST_BOOT if f"`{each}`" not in page} == set()
