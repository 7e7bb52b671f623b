"""Requests to a load balancer, by the name that AWS gave it and for the host that is asked for. It blocks."""

import os
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from strata.rollout.verifying.answer_judgement import HttpAnswer
from strata.rollout.verifying.release_question import ReleaseQuestion

__all__ = ["LOAD_BALANCERS_VARIABLE", "NoAnswer", "request_answer"]

LOAD_BALANCERS_VARIABLE: Final = "STRATA_LOAD_BALANCERS"
"""Environment variable with the URL at which all load balancers of a local AWS are asked; unset means AWS's own."""

_BODY_BYTES: Final = 65_536
_PORTS: Final = {"http": 80, "https": 443}
_AGENT: Final = "strata-verify"


class NoAnswer(Exception):  # noqa: N818  an answer's absence
    """A request was not answered; says why, as a clause."""


class _Connection(HTTPConnection):
    """A connection to the load balancer, whose certificate is for another name than AWS's."""

    def __init__(self, host: str, port: int, timeout: float, *, certified: str | None = None) -> None:
        super().__init__(host, port, timeout=timeout)
        self._certified = certified

    def connect(self) -> None:
        super().connect()
        if self._certified is not None:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._certified)


def request_answer(question: ReleaseQuestion) -> HttpAnswer:
    """The answer to one request.

    Args:
        question: what is asked.

    Raises:
        NoAnswer: there was none in time.
    """
    url, timeout = urlsplit(question.url), float(question.settings.request_seconds)
    deadline = time.monotonic() + timeout
    host = question.host or url.netloc
    headers = {
        "User-Agent": _AGENT,
        "Connection": "close",
        **question.settings.headers,
        **question.test_headers,
        "Host": host,
    }
    connection, target = _connect(url, question.settings.path or "/", host, timeout)
    try:
        connection.request("GET", target, headers=headers)
        return _read(connection.getresponse(), connection, deadline)
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(
            f"has no certificate for {host} ({error.verify_message}): set `rollout.verify.host` to a name that has one"
        ) from error
    except socket.gaierror as error:
        raise NoAnswer(f"did not answer: its name is not known here ({error.strerror})") from error
    except TimeoutError as error:
        raise NoAnswer(f"did not answer within {timeout:g} s") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswer(f"did not answer: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()


def _connect(url: SplitResult, path: str, host: str, timeout: float) -> tuple[HTTPConnection, str]:
    """A connection that is not open yet, and what is asked for on it."""
    name, port = url.hostname or "", url.port or _PORTS[url.scheme]
    if local := os.environ.get(LOAD_BALANCERS_VARIABLE):
        at = urlsplit(local)
        return _Connection(at.hostname or "", at.port or _PORTS["http"], timeout), f"{url.scheme}://{url.netloc}{path}"
    certified = host.partition(":")[0] if url.scheme == "https" else None
    proxy = None if proxy_bypass(name) else getproxies().get(url.scheme)
    if not proxy:
        return _Connection(name, port, timeout, certified=certified), path
    at = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    through = _Connection(at.hostname or "", at.port or _PORTS["http"], timeout, certified=certified)
    if url.scheme == "http":
        return through, f"http://{url.netloc}{path}"
    through.set_tunnel(name, port)
    return through, path


def _read(response: HTTPResponse, connection: HTTPConnection, deadline: float) -> HttpAnswer:
    parts: list[bytes] = []
    size = 0
    while size < _BODY_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(left)
        part = response.read1(_BODY_BYTES - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    headers = {name.lower(): value for name, value in response.getheaders()}
    return HttpAnswer(response.status, headers, b"".join(parts).decode("utf-8", "replace"))
