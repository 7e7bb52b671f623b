"""Whether an image fits the servers that are to run it is known before any of them is launched."""

import base64
from typing import Any

import pytest

from strata import testing
from strata.components.service.template import user_data
from strata.errors import ImageError
from strata.settings.models import ServiceSettings
from tests.unit.components.conftest import Ground

LARGE = testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61", root_gib=30)
WINDOWS = testing.MockImage("web", "1.4.2", "ami-0f3c51d29a7e84b61", platform="windows")


def user_data_of(graph: testing.Graph) -> str:
    return base64.b64decode(graph.one("LaunchTemplate").inputs["userData"]).decode()


def test_a_disk_smaller_than_the_image_is_refused_in_the_preview(routed: Any):
    with pytest.raises(ImageError, match=r"needs a root volume of 30 GiB, service 'web' has one of 20") as caught:
        Ground((LARGE,)).service(routed())
    assert "Set strata:services.web.disk.size_gib to 30 or more." in str(caught.value)
    settings: ServiceSettings = routed(disk={"size_gib": 30})
    assert Ground((LARGE,)).service(settings).one("LaunchTemplate")


def test_a_windows_server_gets_a_script_and_no_cloud_init(routed: Any):
    said = user_data_of(Ground((WINDOWS,)).service(routed(environment={"GREETING": 'say "hi"'})))
    assert said.startswith("<powershell>\n")
    assert "#cloud-config" not in said
    content = base64.b64decode(said.partition("FromBase64String('")[2].partition("'")[0]).decode()
    assert 'GREETING=say "hi"\r\n' in content
    assert "STRATA_SERVICE=web\r\n" in content
    assert "'web.env'" in said


def test_a_windows_server_runs_nothing_once(routed: Any):
    before = {"name": "migrate", "command": ["manage", "migrate"]}
    with pytest.raises(ImageError, match=r"`rollout.before` runs its command by a shell script") as caught:
        Ground((WINDOWS,)).service(routed(rollout={"before": before}))
    assert "Remove strata:services.web.rollout.before" in str(caught.value)


def test_a_linux_server_gets_cloud_init_as_before(ground: Ground, routed: Any):
    assert user_data_of(ground.service(routed())).startswith("#cloud-config\n")
    assert base64.b64decode(user_data("web", {"A": "1"})).startswith(b"#cloud-config\n")
