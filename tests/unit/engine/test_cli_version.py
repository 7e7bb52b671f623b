from pathlib import Path

import pytest

from strata.engine.pulumi_cli import cache_folder, cli_version, parse_version, sdk_version
from strata.errors import ToolchainError


def counting(tmp_path: Path, version: str = "v3.250.0") -> str:
    return f"echo asked >> {tmp_path / 'asked'}; echo {version}"


def asked(tmp_path: Path) -> int:
    return (tmp_path / "asked").read_text().count("asked")


@pytest.fixture
def program(tmp_path: Path, script, monkeypatch) -> Path:
    """Something that answers and does not look like a script: what asks it is told to take it for a program."""
    monkeypatch.setattr("strata.engine.pulumi_cli._is_script", lambda _: False)
    return script(tmp_path / "pulumi", counting(tmp_path))


@pytest.mark.parametrize(
    "text,version",
    [("v3.250.0\n", (3, 250, 0)), ("3.238.1-alpha.17", (3, 238, 1)), (" v10.0.2+dirty", (10, 0, 2))],
)
def test_a_version_is_read_with_and_without_its_v(text, version):
    assert parse_version(text) == version


@pytest.mark.parametrize("text", ["", "pulumi", "v3.250", "version v3.250.0"])
def test_what_is_no_version_is_refused_and_shown(text):
    with pytest.raises(ToolchainError, match=r"expected a Pulumi version such as v3\.250\.0"):
        parse_version(text)


def test_the_sdk_has_a_version_that_a_cli_can_have():
    assert sdk_version() >= (3, 238, 0)


def test_a_program_is_asked_once(cache, tmp_path, program):
    assert cli_version(program) == (3, 250, 0)
    assert cli_version(program) == (3, 250, 0)
    assert asked(tmp_path) == 1


def test_a_program_that_changed_is_asked_again(cache, tmp_path, program, script):
    cli_version(program)
    script(program, counting(tmp_path, "v3.251.10"))
    assert cli_version(program) == (3, 251, 10)
    assert asked(tmp_path) == 2


def test_a_script_is_asked_every_time(cache, tmp_path, script):
    shim = script(tmp_path / "pulumi", counting(tmp_path))
    assert cli_version(shim) == cli_version(shim) == (3, 250, 0)
    assert asked(tmp_path) == 2


def test_a_memory_that_was_cut_short_is_as_good_as_none(cache, tmp_path, program):
    cli_version(program)
    (cache / "pulumi" / "versions.json").write_text('{"')
    assert cli_version(program) == (3, 250, 0)
    assert asked(tmp_path) == 2


def test_asking_leaves_the_persons_pulumi_home_alone(cache, tmp_path, script, monkeypatch):
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "mine"))
    shim = script(tmp_path / "pulumi", f'echo "$PULUMI_HOME" > {tmp_path / "home"}; echo v3.250.0')
    cli_version(shim)
    assert (tmp_path / "home").read_text().strip() not in ("", str(tmp_path / "mine"))


def test_a_cli_that_does_not_run_is_an_error_that_names_it(cache, tmp_path, script):
    broken = script(tmp_path / "pulumi", "exit 7")
    with pytest.raises(ToolchainError, match=f"{broken} does not answer"):
        cli_version(broken)


def test_the_cache_is_where_the_desktop_keeps_caches(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == Path("/somewhere/strata")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert cache_folder() == Path("/home/ada/.cache/strata")
