import os
import shlex
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import pytest

from strata.engine.pulumi_cli import Cli
from strata.errors import ToolchainError
from strata_rehearsal.workspace.home import IMAGE_PACKAGES, ready_home

AWS = f"resource-aws-v{metadata.version('pulumi_aws')}"
HOST = "language-python-v3.250.0"
IMAGES = [
    f"resource-{plugin}-v{metadata.version(package)}"
    for plugin, package in IMAGE_PACKAGES.items()
    if find_spec(package)
]
"""Plugins that build container images."""


@pytest.fixture
def cli(tmp_path, script) -> Cli:
    return Cli(script(tmp_path / "opt" / "pulumi", ""), (3, 250, 0), "PATH")


def plugins(root: Path) -> list[str]:
    return sorted(each.name for each in (root / "home" / "plugins").iterdir())


def test_a_home_has_the_rehearsals_plugin_and_a_language_host_for_a_cli_without_one(tmp_path, cli):
    home = ready_home(tmp_path / "it", cli)
    assert plugins(tmp_path / "it") == sorted([HOST, AWS, *IMAGES])
    for folder, name, module in (
        (AWS, "pulumi-resource-aws", "strata_rehearsal.plugin"),
        (HOST, "pulumi-language-python", "strata.engine.language_host"),
    ):
        executable = home.pulumi_home / "plugins" / folder / name
        assert os.access(executable, os.X_OK)
        assert executable.read_text().splitlines()[1] == f'exec {shlex.quote(sys.executable)} -P -m {module} "$@"'
    assert home.state.is_dir()
    assert home.workspaces.is_dir()


def test_an_official_cli_keeps_its_own_language_host(tmp_path, cli, script):
    ready_home(tmp_path / "it", cli)
    script(cli.path.with_name("pulumi-language-python"), "")
    ready_home(tmp_path / "it", cli)
    assert plugins(tmp_path / "it") == sorted([AWS, *IMAGES])


def test_the_plugin_of_another_pulumi_home_can_be_used_and_left_again(tmp_path, cli, script):
    script(tmp_path / "other home" / "plugins" / AWS / "pulumi-resource-aws", 'echo "official $1"')
    home = ready_home(tmp_path / "it", cli, plugins_of=tmp_path / "other home")
    executable = home.pulumi_home / "plugins" / AWS / "pulumi-resource-aws"
    assert subprocess.run([executable, "x"], capture_output=True, text=True, check=True).stdout == "official x\n"
    ready_home(tmp_path / "it", cli)
    assert "strata_rehearsal.plugin" in executable.read_text()


def test_a_home_without_the_right_plugin_is_an_error_that_names_those_it_has(tmp_path, cli):
    (tmp_path / "other" / "plugins" / "resource-aws-v6.0.0").mkdir(parents=True)
    with pytest.raises(ToolchainError, match=f"no {AWS} in .*other/plugins; aws plugins there: resource-aws-v6.0.0"):
        ready_home(tmp_path / "it", cli, plugins_of=tmp_path / "other")


def test_a_plugin_an_earlier_version_of_the_package_left_is_removed(tmp_path, cli, script):
    script(tmp_path / "it" / "home" / "plugins" / "resource-aws-v99.0.0" / "pulumi-resource-aws", "")
    ready_home(tmp_path / "it", cli)
    assert plugins(tmp_path / "it") == sorted([HOST, AWS, *IMAGES])


def test_the_language_host_of_an_earlier_cli_is_removed(tmp_path, cli, script):
    script(tmp_path / "it" / "home" / "plugins" / "language-python-v3.999.0" / "pulumi-language-python", "")
    ready_home(tmp_path / "it", cli)
    assert plugins(tmp_path / "it") == sorted([HOST, AWS, *IMAGES])


@pytest.mark.parametrize("mark", ["lastused", "lock"])
def test_what_the_engine_notes_beside_plugins_stops_no_second_rehearsal(tmp_path, cli, mark):
    ready_home(tmp_path / "it", cli)
    notes = [f"{name}.{mark}" for name in (HOST, AWS, "resource-aws-v6.0.0", "language-python-v3.1.0")]
    for note in notes:
        (tmp_path / "it" / "home" / "plugins" / note).touch()
    ready_home(tmp_path / "it", cli)
    assert set(plugins(tmp_path / "it")) >= {HOST, AWS}


def test_what_the_engine_notes_beside_plugins_is_no_plugin(tmp_path, cli):
    (tmp_path / "other" / "plugins").mkdir(parents=True)
    (tmp_path / "other" / "plugins" / f"{AWS}.lastused").touch()
    with pytest.raises(ToolchainError, match="aws plugins there: none"):
        ready_home(tmp_path / "it", cli, plugins_of=tmp_path / "other")


def test_a_home_that_is_ready_is_not_written_again(tmp_path, cli):
    home = ready_home(tmp_path / "it", cli)
    executable = home.pulumi_home / "plugins" / AWS / "pulumi-resource-aws"
    before = executable.stat()
    ready_home(tmp_path / "it", cli)
    assert (executable.stat().st_ino, executable.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_images_are_built_by_a_plugin_for_each_package_that_builds_them(tmp_path, cli, script):
    script(tmp_path / "it" / "home" / "plugins" / "resource-docker-v4.0.0" / "pulumi-resource-docker", "")
    ready_home(tmp_path / "it", cli)
    version = metadata.version("pulumi_docker")
    found = tmp_path / "it" / "home" / "plugins" / f"resource-docker-v{version}" / "pulumi-resource-docker"
    assert found.read_text().splitlines()[1].endswith(f' -P -m strata_rehearsal.plugin.docker {version} "$@"')
    assert "resource-docker-v4.0.0" not in plugins(tmp_path / "it")
