"""A person behind a proxy rehearses like anybody else: the local AWS is never looked for there."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from strata.aws.clients import Clients, ProviderConfig
from strata_rehearsal.cloud.cloud_handle import ask

NOWHERE = "http://127.0.0.1:9"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the base class
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def behind_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_a_command_asks_the_local_aws_itself(endpoint: str):
    assert ask(endpoint, "state") == {"path": "/_strata/state"}


def test_clients_of_the_local_aws_go_straight_there(endpoint: str):
    config = ProviderConfig("eu-west-1", None, "test", "test", endpoints={"ssm": endpoint}, no_proxy="*")
    assert Clients(config)("ssm").meta.config.proxies == {}
