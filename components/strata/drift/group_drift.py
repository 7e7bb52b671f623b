"""What the group of a service is beside its settings and its record, and what runs outside of it (pure)."""

from collections.abc import Iterator
from typing import Any

from strata.clock import utc_text
from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import REFRESH, RESUME, DriftKind
from strata.drift.server_facts import ServerFacts
from strata.drift.wrong_tags import wrong_tags_said
from strata.rollout.servers.views import GroupView

__all__ = ["find_on_group", "find_outside"]


def find_on_group(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Every difference of the group itself."""
    group = facts.group
    if group is None:
        return
    yield from _settings(facts, group)
    yield from _tags(facts, group)
    yield from _target_groups(facts, group)
    if facts.live.status.missing and not facts.live.rolling:
        least = facts.live.status.least
        said = f"wants no servers, and should have at least {least}"
        yield DriftFinding(DriftKind.NO_SERVERS, facts.service, group.name, least, 0, said)


def find_outside(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Instances with the tags of the service that its group does not have."""
    name = facts.group.name if facts.group else None
    for instance in (facts.instances or {}).values():
        if instance.id in facts.members or not instance.runs or instance.runs_once(facts.now):
            continue
        if instance.group is not None and instance.group == name:
            where = "was launched by the group, which does not have it any more"
        elif instance.group is not None:
            where = f"belongs to group {instance.group}"
        else:
            where = "belongs to no group"
        yield DriftFinding(
            DriftKind.OUTSIDE,
            facts.service,
            instance.id,
            name,
            instance.group,
            f"has the tags of the service, and {where}",
            utc_text(instance.launched.timestamp()),
        )


def _settings(facts: ServerFacts, group: GroupView) -> Iterator[DriftFinding]:
    terms = facts.terms
    scheduled = {"MinSize": terms.scheduled_min, "MaxSize": terms.scheduled_max}
    there: dict[str, Any] = {
        **group.terms,
        "MinSize": group.min,
        "MaxSize": group.max,
        "HealthCheckGracePeriod": group.grace_seconds,
        "MaxInstanceLifetime": int(group.terms.get("MaxInstanceLifetime") or 0),
        "TerminationPolicies": list(group.terms.get("TerminationPolicies") or ()),
        "SuspendedProcesses": sorted(group.suspended),
    }
    for name, wanted in {**terms.to_api(), "SuspendedProcesses": list[str]()}.items():
        found = there.get(name)
        if wanted != found and found not in scheduled.get(name, ()) and name not in facts.overridden:
            said = f"has {name} {_shown(found)}, and the stack file wants {_shown(wanted)}"
            yield DriftFinding(
                DriftKind.GROUP_SETTINGS,
                facts.service,
                group.name,
                {name: wanted},
                {name: found},
                said,
                part=name,
                remedy=RESUME if name == "SuspendedProcesses" else REFRESH,
            )


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{key} {each}" for key, each in value.items())
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def _tags(facts: ServerFacts, group: GroupView) -> Iterator[DriftFinding]:
    wrong = {key: value for key, value in facts.own_tags.items() if group.tags.get(key) != value}
    if wrong:
        found = {key: group.tags.get(key) for key in wrong}
        said = f"{wrong_tags_said(wrong, found)}; by its tags its servers are found"
        yield DriftFinding(DriftKind.TAGS, facts.service, group.name, wrong, found, said, remedy=REFRESH)


def _target_groups(facts: ServerFacts, group: GroupView) -> Iterator[DriftFinding]:
    if facts.terms.behind_load_balancer and not group.target_groups:
        said = "has no target group, so that its servers get no requests"
        yield DriftFinding(DriftKind.TARGET_GROUPS, facts.service, group.name, 1, 0, said)
    for arn, targets in facts.targets.items():
        if targets is None:
            said = f"has target group {arn}, which is gone"
            yield DriftFinding(DriftKind.TARGET_GROUPS, facts.service, group.name, arn, None, said, part=arn)
