"""Load balancers that answer: the local AWS is asked for them as a proxy is, by the whole URL.

Which rule matches, which target group and which target answers is decided as ELB documents it. The answers of the
targets are played, see `played_application`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.http_replies import HttpReply
from strata_rehearsal.cloud.played_application import answer_of_server, answer_of_task
from strata_rehearsal.cloud.state import Cloud
from strata_rehearsal.cloud.targets import PASSING, Registration
from strata_rehearsal.cloud.tasks.task_health import targets_of

__all__ = ["HOST", "asked_for", "serve_request"]

HOST: Final = "strata.host"
"""The key of a request's `Host` header, which werkzeug replaces by the host of a whole URL."""
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True)
class _Request:
    url: str
    method: str
    host: str
    path: str
    headers: Mapping[str, str]


def asked_for(environ: Mapping[str, Any]) -> str | None:
    """The whole URL that a request is for; None for one to the local AWS itself."""
    target = str(environ.get("RAW_URI", ""))
    return target if target.startswith(("http://", "https://")) else None


def serve_request(cloud: Cloud, url: str, environ: Mapping[str, Any]) -> HttpReply:
    """The answer of the load balancer that a request is for, or of what is behind it.

    Args:
        cloud: the local AWS.
        url: the whole URL.
        environ: the request.
    """
    parts = urlsplit(url)
    headers = {
        key.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    host = str(environ.get(HOST) or parts.netloc)
    request = _Request(url, str(environ["REQUEST_METHOD"]), host, unquote(parts.path) or "/", headers)
    reply, target = _reply(cloud, request)
    cloud.world.log.write(
        cloud.world.now,
        "http",
        balancer=parts.hostname,
        host=host,
        path=request.path,
        status=reply.status,
        target=target,
        version=reply.version,
    )
    return reply


def _reply(cloud: Cloud, request: _Request) -> tuple[HttpReply, str]:
    parts = urlsplit(request.url)
    balancer = _balancer(parts.hostname or "")
    if balancer is None:
        return HttpReply(502, f"the local AWS has no load balancer {parts.hostname}\n"), ""
    port = parts.port or _PORTS[parts.scheme]
    listener = next((each for each in balancer.listeners.values() if int(each.port) == port), None)
    if listener is None or listener.protocol.lower() != parts.scheme:
        return HttpReply(502, f"{parts.hostname} has no listener for {parts.scheme} on port {port}\n"), ""
    for rule in sorted(listener.rules.values(), key=_rank):
        if rule.is_default or all(_holds(each, request) for each in rule.conditions):
            return _act(cloud, rule, request)
    return HttpReply(404, "no rule\n"), ""


def _balancer(name: str) -> Any:
    for of_account in elbv2_backends.values():
        for backend in of_account.values():
            for balancer in backend.load_balancers.values():
                if balancer.dns_name == name:
                    return balancer
    return None


def _rank(rule: Any) -> float:
    return float("inf") if rule.is_default else int(rule.priority)


def _holds(condition: Mapping[str, Any], request: _Request) -> bool:
    field = condition.get("Field")
    if field == "host-header":
        host = request.host.partition(":")[0].lower()
        return any(_matches(each.lower(), host) for each in _values(condition, "HostHeaderConfig"))
    if field == "path-pattern":
        return any(_matches(each, request.path) for each in _values(condition, "PathPatternConfig"))
    if field == "http-header":
        name = str((condition.get("HttpHeaderConfig") or {}).get("HttpHeaderName", "")).lower()
        found = request.headers.get(name)
        values = _values(condition, "HttpHeaderConfig")
        return found is not None and any(_matches(each.lower(), found.lower()) for each in values)
    raise NotImplementedError(f"a listener rule with the condition {field} is not simulated")


def _values(condition: Mapping[str, Any], config: str) -> Sequence[str]:
    return (condition.get(config) or {}).get("Values") or condition.get("Values") or ()


def _matches(pattern: str, text: str) -> bool:
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _act(cloud: Cloud, rule: Any, request: _Request) -> tuple[HttpReply, str]:
    action: Mapping[str, Any] = rule.actions[-1].data
    kind = action.get("Type")
    if kind == "fixed-response":
        fixed = action["FixedResponseConfig"]
        return HttpReply(int(fixed["StatusCode"]), str(fixed.get("MessageBody") or "")), ""
    if kind == "redirect":
        to = action["RedirectConfig"]
        status = 301 if to.get("StatusCode") == "HTTP_301" else 302
        scheme = str(to.get("Protocol") or "#{protocol}").lower().replace("#{protocol}", urlsplit(request.url).scheme)
        host = request.host.partition(":")[0]
        return HttpReply(status, "", {"Location": f"{scheme}://{host}{request.path}"}), ""
    if kind != "forward":
        raise NotImplementedError(f"a listener rule with the action {kind} is not simulated")
    group = _turn_of_group(cloud, rule, action)
    return _forward(cloud, group) if group is not None else (HttpReply(503, "no target group\n"), "")


def _turn_of_group(cloud: Cloud, rule: Any, action: Mapping[str, Any]) -> str | None:
    """The target group whose turn it is, by the weights, so that few requests show them as well as many."""
    listed = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    weights = {str(each["TargetGroupArn"]): int(each.get("Weight", 1)) for each in listed}
    if not weights and action.get("TargetGroupArn"):
        return str(action["TargetGroupArn"])
    weights = {arn: weight for arn, weight in weights.items() if weight > 0}
    if not weights:
        return None
    credit = cloud.turns.setdefault(rule.arn, {})
    for arn in set(credit) - weights.keys():
        del credit[arn]
    for arn, weight in weights.items():
        credit[arn] = credit.get(arn, 0) + weight
    chosen = max(sorted(weights), key=lambda arn: credit[arn])
    credit[chosen] -= sum(weights.values())
    return chosen


def _forward(cloud: Cloud, arn: str) -> tuple[HttpReply, str]:
    present = [each for each in cloud.targets.of(arn).values() if each.drains_until is None]
    # with none that is healthy, ELB sends requests to all
    able = [each for each in present if each.health.state in PASSING] or present
    if not able:
        return HttpReply(503, "no target is registered\n"), ""
    count = cloud.turns.setdefault(arn, {"": 0})
    target = able[count[""] % len(able)]
    count[""] += 1
    reply = next(_answers(cloud, target, arn), None)
    return (reply or HttpReply(502, "the target does not answer\n")), target.target


def _answers(cloud: Cloud, target: Registration, arn: str) -> Iterator[HttpReply]:
    server = cloud.servers.get(target.target)
    if server is not None:
        yield answer_of_server(cloud, server)
    for task in cloud.tasks_at.get(target.target, ()):
        if any(group.arn == arn for group, _ in targets_of(task)):
            yield answer_of_task(cloud, task)
