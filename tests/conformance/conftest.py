"""The real AWS provider, and the story that is told through it once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.conformance.leftovers import MARK, end_leftovers
from tests.conformance.life import Life, copied, live, tell
from tests.conformance.plugins import wake

REPOSITORY = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("program")

CANNOT_HERE = 3
"""What the installer ends with on a machine that lacks Go or a Terraform AWS provider."""


@pytest.fixture(scope="session")
def real_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Pulumi home whose aws plugin is the Terraform AWS provider. Building it the first time takes minutes."""
    folder = Path(os.environ.get("STRATA_CONFORMANCE", REPOSITORY.parent / "shared" / "conformance"))
    installer = folder / "install"
    if not installer.is_file():
        pytest.skip(
            "these tests need an installer of the real AWS provider: set STRATA_CONFORMANCE to a folder with an "
            "executable `install PULUMI_HOME PYTHON` that puts an aws plugin into a Pulumi home"
        )
    home = tmp_path_factory.mktemp("real-provider")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*MARK.split("=", 1))
        try:
            _make_ready(installer, home)
            end_leftovers()
            yield home
        finally:
            end_leftovers()


def _make_ready(installer: Path, home: Path) -> None:
    done = subprocess.run([installer, home, sys.executable], capture_output=True, text=True, check=False)
    if done.returncode == CANNOT_HERE:
        pytest.skip(f"the real AWS provider cannot be installed here: {done.stderr.strip()}")
    if done.returncode:
        pytest.fail(f"installing the real AWS provider failed:\n{done.stdout}\n{done.stderr}", pytrace=False)
    try:
        wake(home, os.environ)
    except grpc.RpcError as error:
        pytest.fail(f"the real AWS provider does not start: {error}", pytrace=False)


@pytest.fixture(scope="session")
def life(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The whole life of a stack through the real provider."""
    with copied(PROGRAM, tmp_path_factory.mktemp("real")) as project:
        yield tell(live(project, real_provider))
