"""Moving traffic between the two target groups of a service: ECS changes the weights of the listener rule itself."""

from collections.abc import Mapping
from typing import Any

from moto.elbv2.models import elbv2_backends

from strata_rehearsal.cloud.container_services import SimulatedRevision, SimulatedService

__all__ = ["has_test_rule", "pairs_of", "shift_traffic"]

_ALL = 100.0


def pairs_of(parameters: Mapping[str, Any]) -> list[tuple[tuple[str, str], Mapping[str, Any]]]:
    """The pairs of target groups that traffic can move between, each with its advanced configuration."""
    found: list[tuple[tuple[str, str], Mapping[str, Any]]] = []
    for balancer in parameters.get("loadBalancers") or ():
        advanced = balancer.get("advancedConfiguration") or {}
        if advanced.get("alternateTargetGroupArn"):
            found.append(((balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]), advanced))
    return found


def has_test_rule(parameters: Mapping[str, Any]) -> bool:
    """Whether a listener rule carries test traffic."""
    return any(advanced.get("testListenerRule") for _, advanced in pairs_of(parameters))


def shift_traffic(service: SimulatedService, target: SimulatedRevision, production: float, test: float) -> list[str]:
    """Give a revision these percentages of the traffic, and the other side of its pair the rest.

    Args:
        service: whose rules change.
        target: the revision that is deployed.
        production: its share of the production traffic.
        test: its share of the test traffic.

    Returns:
        The ARNs of the rules that are not there any more.
    """
    missing: list[str] = []
    for pair, advanced in pairs_of(target.parameters):
        to, away = pair[target.side], pair[1 - target.side]
        for name, share in (("productionListenerRule", production), ("testListenerRule", test)):
            shares = {to: share, away: round(_ALL - share, 1)}
            if advanced.get(name) and not _set(service, str(advanced[name]), shares):
                missing.append(str(advanced[name]))
    return missing


def _set(service: SimulatedService, arn: str, shares: Mapping[str, float]) -> bool:
    backend = elbv2_backends[service.account][service.region]
    found = _rule(backend, arn)
    if found is None:
        return False
    listener, rule = found
    weights = _whole(shares)
    actions = [_with_weights(action.data, weights) for action in rule.actions]
    if actions != [action.data for action in rule.actions]:
        backend.modify_rule(arn, [], actions)
        if rule.is_default:
            listener.default_actions = rule.actions
    return True


def _rule(backend: Any, arn: str) -> tuple[Any, Any] | None:
    for balancer in backend.load_balancers.values():
        for listener in balancer.listeners.values():
            for rule in listener.rules.values():
                if rule.arn == arn:
                    return listener, rule
    return None


def _whole(shares: Mapping[str, float]) -> dict[str, int]:
    """Percentages as weights, which are whole numbers up to 999."""
    if all(share == int(share) for share in shares.values()):
        return {arn: int(share) for arn, share in shares.items()}
    return {arn: min(999, round(share * 10)) for arn, share in shares.items()}


def _with_weights(action: Mapping[str, Any], weights: Mapping[str, int]) -> dict[str, Any]:
    if action.get("Type") != "forward":
        return dict(action)
    before = action.get("ForwardConfig") or {}
    listed = [each["TargetGroupArn"] for each in before.get("TargetGroups") or ()]
    order = sorted(weights, key=lambda arn: (listed.index(arn) if arn in listed else len(listed), -weights[arn]))
    groups = [{"TargetGroupArn": arn, "Weight": weights[arn]} for arn in order]
    kept = {key: value for key, value in action.items() if key not in ("TargetGroupArn", "ForwardConfig")}
    return {**kept, "ForwardConfig": {**before, "TargetGroups": groups}}
