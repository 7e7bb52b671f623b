"""The image of the example: what a team starts from keeps what the pages promise."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from strata.image_build.build_checks import require_buildable
from strata.image_build.build_context import BuildContext, ImageBuild
from strata.image_build.dockerfile import Dockerfile
from strata.settings.models import ContainerServiceSettings

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "container_service"


@pytest.fixture
def dockerfile() -> Dockerfile:
    return require_buildable(ImageBuild(BuildContext(FOLDER)))


def test_every_base_is_pinned_by_its_digest(dockerfile: Dockerfile):
    assert len(dockerfile.stages) > 1
    assert all("@sha256:" in base for base in dockerfile.external_bases())


def test_it_runs_as_a_user_by_number_under_an_init_with_a_health_check(dockerfile: Dockerfile):
    said = {each.word: each.arguments for each in dockerfile.stages[-1].instructions}
    assert said["USER"][0].partition(":")[0].isdecimal()
    assert said["USER"][0].partition(":")[0] != "0"
    assert said["ENTRYPOINT"][0] == "/usr/bin/tini"
    assert "HEALTHCHECK" in said


def test_what_it_may_write_to_is_a_volume_of_the_image(dockerfile: Dockerfile):
    # A volume of Fargate belongs to root unless the image declares its folder.
    (said,) = [each.arguments for each in dockerfile.stages[-1].instructions if each.word == "VOLUME"]
    assert tuple(said) == ContainerServiceSettings().writable_paths


def test_only_what_it_is_made_of_is_part_of_its_context():
    names = [name for name, _ in BuildContext(FOLDER).files()]
    assert names == ["Dockerfile", "app/probe.py", "app/server.py", "requirements.txt"]


def test_it_answers_is_healthy_and_ends_when_it_is_told_to():
    environment = {**os.environ, "STRATA_PORT": "0", "VERSION": "1.4.2", "PYTHONDONTWRITEBYTECODE": "1"}
    server = [sys.executable, str(FOLDER / "app" / "server.py")]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        port = json.loads(process.stdout.readline())["port"]
        straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with straight.open(f"http://127.0.0.1:{port}/") as answer:
            assert json.load(answer) == {"version": "1.4.2"}
        probe = [sys.executable, str(FOLDER / "app" / "probe.py")]
        assert subprocess.run(probe, env={**environment, "STRATA_PORT": str(port)}, check=False).returncode == 0
        process.terminate()
        assert json.loads(process.stdout.read().splitlines()[-1]) == {"event": "stopped"}
        assert process.wait() == 0
    gone = subprocess.run(probe, env={**environment, "STRATA_PORT": str(port)}, capture_output=True, check=False)
    assert gone.returncode == 1
