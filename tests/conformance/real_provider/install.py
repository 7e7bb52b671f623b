"""Puts the real Terraform provider into a Pulumi home as its aws plugin, behind Pulumi's dynamic bridge.

The provider is a binary that somebody else built: `STRATA_TERRAFORM_PROVIDER` names it, or it lies where Terraform
keeps providers. The bridge is built from Go modules, once for each version; that takes minutes.
"""

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from shlex import quote

from strata.engine.bootstrap.go_build import ready_go, run_go
from strata.engine.progress import silent
from strata.engine.pulumi_cli import cache_folder
from strata.engine.scripts import module_command, put_script
from strata.errors import ToolchainError
from strata_rehearsal.plugin.invokes import FUNCTIONS
from tests.conformance.real_provider.names import TOKEN, Terraform
from tests.conformance.real_provider.plugin import Setup
from tests.data.terraform_types import NO_MODULE, terraform_type, tokens

__all__ = ["PROVIDER_VARIABLE", "CannotInstallError", "install", "terraform_provider"]

REPOSITORY = Path(__file__).resolve().parents[3]
PLUGIN_MODULE = "tests.conformance.real_provider.plugin"

PROVIDER_VARIABLE = "STRATA_TERRAFORM_PROVIDER"
BINARY = "terraform-provider-aws_v5*"
"""Version 5, the newest that the bridge below can drive."""

FOLDERS = (
    *("~/.terraform.d/plugins", "~/.terraform.d/plugin-cache", "~/.local/share/terraform/plugins"),
    *("/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt"),
)
"""Terraform's implied mirrors, the cache that most people configure, and where images of machines have them."""

BRIDGE_MODULE = "github.com/pulumi/pulumi-terraform-bridge/v3/dynamic"
BRIDGE_VERSION = "v3.121.0"
GO_MOD = """\
module local/bridge

go 1.25

replace github.com/hashicorp/terraform-plugin-sdk/v2 => github.com/pulumi/terraform-plugin-sdk/v2 {fork}
"""
FORK = "v2.0.0-20250923233607-7f1981c8674a"
"""Of Terraform's SDK, which the bridge is written against."""

DATA_SOURCES = {"aws:ec2/getInstanceType:getInstanceType": "aws_ec2_instance_type"}
"""Terraform's name of a function where the token does not have it."""


class CannotInstallError(Exception):
    """This machine lacks what the plugin is made of."""


def install(pulumi_home: Path) -> None:
    """Install the plugin, with the version of the installed `pulumi_aws`.

    Raises:
        CannotInstallError: this machine has no Terraform provider, or no Go to build the bridge with.
        ToolchainError: the bridge cannot be built.
    """
    provider = terraform_provider(os.environ)
    version = metadata.version("pulumi_aws")
    folder = pulumi_home / "plugins" / f"resource-aws-v{version}"
    folder.mkdir(parents=True, exist_ok=True)
    setup = folder / "setup.json"
    Setup(str(ready_bridge()), str(provider), version, terraform_names()).write(setup)
    command = f"env PYTHONPATH={quote(str(REPOSITORY))} {module_command(PLUGIN_MODULE)} {quote(str(setup))}"
    put_script(folder / "pulumi-resource-aws", command)


def terraform_provider(environment: Mapping[str, str]) -> Path:
    """The Terraform provider: the one an environment names, or the newest in the folders it and Terraform know.

    Raises:
        CannotInstallError: there is none, or the named file cannot be run.
    """
    if named := environment.get(PROVIDER_VARIABLE):
        if not os.access(named, os.X_OK):
            raise CannotInstallError(f"{PROVIDER_VARIABLE} is {named}, which cannot be run")
        return Path(named)
    caches = [cache] if (cache := environment.get("TF_PLUGIN_CACHE_DIR")) else []
    found = (file for folder in (*caches, *FOLDERS) for file in _binaries(Path(folder).expanduser()))
    newest = max(found, key=_version, default=None)
    if newest is None:
        raise CannotInstallError(
            f"there is no terraform-provider-aws 5.x on this machine; name one in {PROVIDER_VARIABLE}"
        )
    return newest


def _binaries(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob(BINARY) if file.is_file() and os.access(file, os.X_OK))


def _version(file: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", file.name.removeprefix("terraform-provider-aws_v"))[:3])


def terraform_names() -> Terraform:
    """Of every type and function that the rehearsal knows."""
    return Terraform(
        {token: terraform_type(token) for token in tokens()}, {token: _source(token) for token in FUNCTIONS}
    )


def _source(token: str) -> str:
    match = TOKEN.fullmatch(token)
    assert match is not None
    snake = re.sub(r"([A-Z])", r"_\1", match["file"].removeprefix("get")).lower()
    own = match["module"] in {*NO_MODULE, "index"}
    return DATA_SOURCES.get(token, f"aws{snake}" if own else f"aws_{match['module']}{snake}")


def ready_bridge() -> Path:
    """The bridge, from the cache or built into it.

    Raises:
        CannotInstallError: there is no Go and none to be had.
        ToolchainError: the modules cannot be fetched, or the build failed.
    """
    bridge = cache_folder().with_name("strata-conformance") / f"bridge-{BRIDGE_VERSION}"
    if os.access(bridge, os.X_OK):
        return bridge
    try:
        go = ready_go(silent)
    except ToolchainError as error:
        raise CannotInstallError(str(error)) from error
    bridge.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="strata-bridge-") as name:
        module, built = Path(name), Path(name) / "bridge"
        (module / "go.mod").write_text(GO_MOD.format(fork=FORK), encoding="utf-8")
        run_go(go, ["get", f"{BRIDGE_MODULE}@{BRIDGE_VERSION}"], module)
        flags = f"-s -w -X {BRIDGE_MODULE}/version.version=v0.1.0"
        run_go(go, ["build", "-trimpath", "-ldflags", flags, "-o", str(built), BRIDGE_MODULE], module)
        draft = bridge.with_name(f"{bridge.name}.{os.getpid()}")
        shutil.copy2(built, draft)
        draft.replace(bridge)
    return bridge


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]))
    except (CannotInstallError, ToolchainError) as failure:
        sys.exit(str(failure))
