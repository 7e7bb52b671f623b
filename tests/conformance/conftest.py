"""The real AWS provider, and the life of a stack that runs through it once."""

import os
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from strata.errors import ToolchainError
from tests.conformance.container_life import ContainerLife, live_in_containers
from tests.conformance.leftovers import MARK, end_leftovers
from tests.conformance.life import Life, live, told
from tests.conformance.pipeline_life import PipelineLife, live_in_a_pipeline
from tests.conformance.plugins import wake
from tests.conformance.real_provider.install import CannotInstallError, install

PROGRAM = Path(__file__).with_name("program")
CONTAINERS = Path(__file__).with_name("containers")
PIPELINE = Path(__file__).with_name("pipeline")
STEPS = Path(__file__).parents[2] / "examples" / "image_pipeline" / "image"
"""What the pipeline of an example does, which this one does too."""


@pytest.fixture(scope="session")
def real_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Pulumi home whose aws plugin is the Terraform AWS provider. Building it the first time takes minutes."""
    home = tmp_path_factory.mktemp("real-provider")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*MARK.split("=", 1))
        try:
            _make_ready(home)
            end_leftovers()
            yield home
        finally:
            end_leftovers()


def _make_ready(home: Path) -> None:
    try:
        install(home)
    except CannotInstallError as error:
        pytest.skip(f"the real AWS provider cannot be installed here: {error}")
    except ToolchainError as error:
        pytest.fail(f"installing the real AWS provider failed:\n{error}", pytrace=False)
    try:
        wake(home, os.environ)
    except grpc.RpcError as error:
        pytest.fail(f"the real AWS provider does not start: {error}", pytrace=False)


@pytest.fixture(scope="session")
def life(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The whole life of a stack through the real provider."""
    with told(PROGRAM, tmp_path_factory.mktemp("real"), lambda project: live(project, real_provider)) as life:
        yield life


@pytest.fixture(scope="session")
def container_life(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerLife]:
    """The whole life of a stack with a container service through the real provider."""
    folder = tmp_path_factory.mktemp("containers")
    with told(CONTAINERS, folder, lambda project: live_in_containers(project, real_provider)) as life:
        yield life


@pytest.fixture(scope="session")
def pipeline_life(real_provider: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineLife]:
    """The whole life of a stack with a pipeline of machine images through the real provider."""
    folder = tmp_path_factory.mktemp("pipeline")
    with told(PIPELINE, folder, lambda project: live_in_a_pipeline(project, real_provider), STEPS) as life:
        yield life
