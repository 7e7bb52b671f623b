"""What AWS may do to any call, put in by events of botocore: throttling, credentials that expire, answers in pages."""

import base64
import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore.exceptions import DataNotFoundError

__all__ = ["READS", "Fault", "Weather"]

THROTTLED = {"ec2": "RequestLimitExceeded", "autoscaling": "Throttling", "rds": "Throttling", "elbv2": "Throttling"}
EXPIRED = {"ec2": "RequestExpired", "ssm": "ExpiredTokenException", "ecs": "ExpiredTokenException"}
"""Each service has a name of its own for it; the others use the one below."""
READS = ("BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Simulate", "SendCommand")
"""How the operations begin that change nothing; the one command that is sent compares servers and writes nothing."""
CUT = "cut-"


class Fault(StrEnum):
    """What happens to calls."""

    THROTTLED = "throttled"
    EXPIRED = "expired"
    WRITES_THROTTLED = "writes throttled"
    """Whatever only reads is answered."""


@dataclass
class Weather:
    """Happens to the clients that it is given.

    Args:
        fault: what happens to every call. Default: it is answered.
        only: the operation that it happens to. Default: all.
        pages: whether answers come in pages of one item.
        hit: the operations that were refused.
        cut: the operations whose answers came in more than one page.
    """

    fault: Fault | None = None
    only: str = ""
    pages: bool = False
    hit: list[str] = field(default_factory=list[str])
    cut: set[str] = field(default_factory=set[str])

    def over(self, service: str, client: Any) -> None:
        """Let it happen to a client."""
        loader = botocore.session.get_session().get_component("data_loader")
        version = client.meta.service_model.api_version
        try:
            paged = loader.load_service_model(service, "paginators-1", version)["pagination"]
        except DataNotFoundError:
            paged = {}
        events = client.meta.events
        events.register("before-call", lambda model, **_: self._refused(service, model.name))
        events.register(
            "provide-client-params",
            lambda params, model, context, **_: self._asked(paged.get(model.name), params, context),
        )
        events.register(
            "after-call",
            lambda http_response, parsed, model, context, **_: self._answered(
                service, model.name, paged.get(model.name), http_response, parsed, context
            ),
        )

    @contextmanager
    def of(self, fault: Fault, only: str = "") -> Generator[list[str]]:
        """A fault in the block; gives the operations that it hits."""
        assert self.fault is None
        self.fault, self.only, self.hit = fault, only, []
        try:
            yield self.hit
        finally:
            self.fault, self.only = None, ""

    @contextmanager
    def in_pages(self) -> Generator[None]:
        """Answers come in pages of one item in the block."""
        self.pages = True
        try:
            yield
        finally:
            self.pages = False

    def _refused(self, service: str, operation: str) -> tuple[Any, dict[str, Any]] | None:
        if self.fault is None or (self.fault is Fault.WRITES_THROTTLED and operation.startswith(READS)):
            return None
        if self.only not in ("", operation):
            return None
        self.hit.append(operation)
        if self.fault is Fault.EXPIRED:
            code, said = EXPIRED.get(service, "ExpiredToken"), "The security token included in the request is expired"
        else:
            code, said = THROTTLED.get(service, "ThrottlingException"), "Rate exceeded"
        error = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return SimpleNamespace(status_code=400), error

    def _asked(self, paged: Any, params: dict[str, Any], context: dict[str, Any]) -> dict[str, Any] | None:
        if not self.pages or paged is None or not isinstance(paged["input_token"], str):
            return None
        if any(key.endswith("Ids") for key in params):
            # EC2 answers whole where ids are given
            return None
        name = paged["input_token"]
        token = params.get(name)
        native, index = token, 0
        if isinstance(token, str) and token.startswith(CUT):
            native, index = json.loads(base64.b64decode(token.removeprefix(CUT)))
        context["cut"] = (native, index)
        rest = {key: value for key, value in params.items() if key != name}
        return rest if native is None else {**rest, name: native}

    def _answered(
        self, service: str, operation: str, paged: Any, http: Any, parsed: dict[str, Any], context: dict[str, Any]
    ) -> None:
        if "cut" not in context or http.status_code >= 300 or paged["output_token"] not in (*parsed, *_plain(paged)):
            return
        native, index = context["cut"]
        keys = paged["result_key"] if isinstance(paged["result_key"], list) else [paged["result_key"]]
        first = keys[0]
        whole = parsed.get(first)
        if not isinstance(whole, list) or len(whole) < 2:
            return
        parsed[first] = whole[index : index + 1]
        for each in keys[1:]:
            if index and isinstance(parsed.get(each), list):
                parsed[each] = []
        if index + 1 < len(whole):
            self.cut.add(f"{service}:{operation}")
            mark = base64.b64encode(json.dumps([native, index + 1]).encode()).decode()
            parsed[paged["output_token"]] = f"{CUT}{mark}"
            if more := paged.get("more_results"):
                parsed[more] = True


def _plain(paged: Any) -> list[str]:
    """The output token where it is a plain key, which an answer without more pages lacks."""
    token = paged["output_token"]
    return [token] if isinstance(token, str) and token.isidentifier() else []
