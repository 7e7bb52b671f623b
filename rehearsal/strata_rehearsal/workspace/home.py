"""A Pulumi home and a `file://` backend of the rehearsal's own: a person's plugins and state are never touched."""

import os
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from shlex import quote

from strata.engine.pulumi_cli import Cli, version_text
from strata.engine.scripts import module_command, put_language_host, put_script
from strata.errors import ToolchainError

__all__ = ["Home", "ready_home"]

PLUGIN_MODULE = "strata_rehearsal.plugin"
PLUGIN = "pulumi-resource-aws"

IMAGE_PLUGIN_MODULE = "strata_rehearsal.plugin.docker"
IMAGE_PACKAGES = {"docker": "pulumi_docker", "docker-build": "pulumi_docker_build"}
"""Plugins that build container images, and the packages whose version they answer with."""


@dataclass(frozen=True)
class Home:
    """The folders of one rehearsal toolchain.

    Attributes:
        root: the folder that holds them all, `.strata/pulumi` of a project.
    """

    root: Path

    @property
    def pulumi_home(self) -> Path:
        """What PULUMI_HOME is set to; plugins live below it."""
        return self.root / "home"

    @property
    def state(self) -> Path:
        """The folder of the `file://` backend."""
        return self.root / "state"

    @property
    def workspaces(self) -> Path:
        """The private folder of each stack, by its name."""
        return self.root / "workspaces"

    @property
    def logs(self) -> Path:
        """The engine's events of the last run of each command."""
        return self.root / "logs"


def ready_home(root: Path, cli: Cli, *, plugins_of: Path | None = None) -> Home:
    """Make the folders and put the plugins where the engine looks for them; quick when all is there.

    Args:
        root: the folder to use, `.strata/pulumi` of a project.
        cli: a CLI without a language host gets ours, through the Pulumi home rather than PATH: the engine warns about
            language hosts it finds on PATH.
        plugins_of: another Pulumi home whose `aws` plugin is used instead of the rehearsal's.

    Raises:
        ToolchainError: `plugins_of` has no `aws` plugin of the installed pulumi_aws's version.
    """
    home = Home(root.resolve())
    for folder in (home.pulumi_home, home.state, home.workspaces, home.logs):
        folder.mkdir(parents=True, exist_ok=True)
    name = f"resource-aws-v{metadata.version('pulumi_aws')}"
    plugin = module_command(PLUGIN_MODULE) if plugins_of is None else quote(str(_installed(plugins_of, name)))
    plugins = home.pulumi_home / "plugins"
    host = f"language-python-v{version_text(cli.version)}"
    wanted = {name} if cli.has_language_host else {name, host}
    for other in (*_plugins(plugins, "resource-aws"), *_plugins(plugins, "language-python")):
        if other.name not in wanted:
            # The engine uses the newest that fits, and that would be one an earlier pulumi_aws or CLI left behind.
            shutil.rmtree(other)
    put_script(plugins / name / PLUGIN, plugin)
    if not cli.has_language_host:
        put_language_host(plugins / host)
    _put_image_plugins(plugins)
    return home


def _put_image_plugins(plugins: Path) -> None:
    """A plugin for each package that builds images and is installed; who deploys servers only needs none."""
    for plugin, package in IMAGE_PACKAGES.items():
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
        name = f"resource-{plugin}-v{version}"
        for other in _plugins(plugins, f"resource-{plugin}"):
            if other.name != name:
                shutil.rmtree(other)
        put_script(plugins / name / f"pulumi-resource-{plugin}", f"{module_command(IMAGE_PLUGIN_MODULE)} {version}")


def _plugins(folder: Path, kind: str) -> list[Path]:
    """The plugins of a kind in a folder of plugins, every version.

    Beside them the engine leaves files that begin with the name of one: when it was last used (from 3.256 on), and
    locks of installations.
    """
    return sorted(each for each in folder.glob(f"{kind}-v*") if each.is_dir())


def _installed(pulumi_home: Path, name: str) -> Path:
    plugin = pulumi_home.resolve() / "plugins" / name / PLUGIN
    if not os.access(plugin, os.X_OK):
        others = [each.name for each in _plugins(plugin.parents[1], "resource-aws")] or ["none"]
        raise ToolchainError(
            f"no {name} in {plugin.parents[1]}; aws plugins there: {', '.join(others)}",
            fix=f"Install it there: `pulumi plugin install resource aws {name.rpartition('v')[2]}`",
        )
    return plugin
