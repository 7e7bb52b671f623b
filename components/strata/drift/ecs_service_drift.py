"""What a service of Amazon ECS is beside its settings, and where its requests go (pure)."""

import json
from collections.abc import Iterator
from typing import Any

from strata.drift.container_facts import ContainerFacts
from strata.drift.drift_finding import TASKS, DriftFinding
from strata.drift.drift_kinds import DriftKind
from strata.drift.wrong_tags import wrong_tags_said
from strata.rollout.tasks.deployment import DeploymentConfiguration, configuration_from_api, configuration_to_api
from strata.rollout.tasks.service_terms import PROPAGATED_TAGS
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["find_on_service"]

_NO_TAGS = "NONE"
"""What AWS means where it does not say whose tags a task gets."""


def find_on_service(facts: ContainerFacts) -> Iterator[DriftFinding]:
    """Every difference of the service itself; that of its release is `container_release_drift.py`'s."""
    service = facts.service
    if service is None:
        return
    yield from _settings(facts, service)
    yield from _tags(facts, service)
    yield from _count(facts, service)
    yield from _target_groups(facts, service)
    if not facts.live.rolling:
        yield from _rules(facts, service)


def _settings(facts: ContainerFacts, service: ContainerServiceView) -> Iterator[DriftFinding]:
    terms, described = facts.terms, facts.described
    wanted = _of_configuration(terms.configuration)
    found = _of_configuration(configuration_from_api(service.deployed))
    wanted["alarms"] = _alarms(enabled=terms.alarms_enabled, roll_back=terms.alarms_roll_back)
    alarms = service.deployed.get("alarms") or {}
    found["alarms"] = _alarms(enabled=bool(alarms.get("enable")), roll_back=bool(alarms.get("rollback")))
    wanted["healthCheckGracePeriodSeconds"] = terms.grace_seconds
    found["healthCheckGracePeriodSeconds"] = service.grace_seconds
    wanted["enableExecuteCommand"] = terms.execute_command
    found["enableExecuteCommand"] = bool(described.get("enableExecuteCommand"))
    wanted["propagateTags"] = PROPAGATED_TAGS
    found["propagateTags"] = described.get("propagateTags") or _NO_TAGS
    # with another one than the release was proven with, the service launches something else than the release
    if not facts.live.rolling and "platformVersion" not in facts.status.changed:
        wanted["platformVersion"] = terms.platform_version
        found["platformVersion"] = described.get("platformVersion")
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            said = f"has {name} {_shown(found.get(name))}, and the stack file wants {_shown(wanted.get(name))}"
            expected, there = {name: wanted.get(name)}, {name: found.get(name)}
            yield _finding(facts, DriftKind.SERVICE_SETTINGS, service, expected, there, said, part=name)


def _of_configuration(configuration: DeploymentConfiguration) -> dict[str, Any]:
    """What of a configuration the settings decide: no alarms by name, no hooks, and of the breaker no threshold."""
    values = configuration_to_api(configuration)
    del values["alarms"]
    values.pop("lifecycleHooks", None)
    breaker = configuration.circuit_breaker
    values["deploymentCircuitBreaker"] = {"enable": breaker.enable, "rollback": breaker.rollback}
    return values


def _alarms(*, enabled: bool, roll_back: bool) -> dict[str, bool]:
    return {"enable": enabled, "rollback": enabled and roll_back}


def _shown(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | bool) else str(value)


def _tags(facts: ContainerFacts, service: ContainerServiceView) -> Iterator[DriftFinding]:
    tags = {each.get("key"): each.get("value") for each in facts.described.get("tags") or ()}
    wrong = {key: value for key, value in facts.own_tags.items() if tags.get(key) != value}
    if wrong:
        found = {key: tags.get(key) for key in wrong}
        said = f"{wrong_tags_said(wrong, found)}; by its tags it is found while no record names it"
        yield _finding(facts, DriftKind.TAGS, service, wrong, found, said)


def _count(facts: ContainerFacts, service: ContainerServiceView) -> Iterator[DriftFinding]:
    least, most = facts.terms.least, facts.terms.most
    if facts.status.missing:
        if not facts.live.rolling:
            said = f"wants no task, and should have at least {least}"
            yield _finding(facts, DriftKind.NO_TASKS, service, least, 0, said)
    elif not least <= service.desired <= most:
        said = f"wants {service.desired} tasks, and the stack file {least} to {most}"
        yield _finding(facts, DriftKind.TASK_COUNT, service, {"min": least, "max": most}, service.desired, said)


def _target_groups(facts: ContainerFacts, service: ContainerServiceView) -> Iterator[DriftFinding]:
    if facts.terms.behind_load_balancer and not service.target_groups and not facts.live.rolling:
        said = "has no target group, so that its tasks get no requests"
        yield _finding(facts, DriftKind.TARGET_GROUPS, service, 1, 0, said)
    for arn, targets in sorted(facts.status.routing.targets.items()):
        if targets is None:
            said = f"has target group {arn}, which is gone"
            yield _finding(facts, DriftKind.TARGET_GROUPS, service, arn, None, said, part=arn)


def _rules(facts: ContainerFacts, service: ContainerServiceView) -> Iterator[DriftFinding]:
    routing = facts.status.routing
    for arn, actions in sorted(routing.rules.items()):
        if actions is None:
            said = "leads requests to the service, and is gone"
            yield DriftFinding(DriftKind.ROUTING, facts.name, arn, service.name, None, said, unit=TASKS)
    if service.desired:
        for where, said in routing.misled(facts.status.serving):
            expected = routing.weights_to(facts.status.serving) or None
            yield _finding(facts, DriftKind.ROUTING, service, expected, routing.weights, said, part=where)


def _finding(
    facts: ContainerFacts,
    kind: DriftKind,
    service: ContainerServiceView,
    expected: Any,
    found: Any,
    said: str,
    *,
    part: str = "",
) -> DriftFinding:
    return DriftFinding(kind, facts.name, service.name, expected, found, said, unit=TASKS, part=part)
