"""What single servers are beside what they were launched as, and beside the release (pure)."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from strata.clock import utc_text
from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import REPLACE, DriftKind
from strata.drift.running_instance import RunningInstance
from strata.drift.server_facts import ServerFacts
from strata.drift.wrong_tags import wrong_tags_said
from strata.durations import DAY_SECONDS
from strata.rollout.record import DIGEST_TAG
from strata.rollout.servers.launch_data import instance_tags, security_groups, untagged
from strata.rollout.servers.views import ServerView

__all__ = ["LAUNCH_SECONDS", "OVERDUE_SECONDS", "find_on_servers", "in_grace"]

OVERDUE_SECONDS: Final = DAY_SECONDS
"""How long after the end of its life a server may still be there: they are replaced one after the other."""
LAUNCH_SECONDS: Final = 300
"""From the launch of an instance until its grace period begins: AWS counts that from when it is in service."""
SERVED: Final = frozenset({"healthy", "initial", "unavailable"})
"""States of a target that speak against no server: the last one is that of a target group without health checks."""


def find_on_servers(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Every difference of a server of the group."""
    group = facts.group
    if group is None:
        return
    for server in group.servers:
        if server.counts:
            yield from _of_the_release(facts, server)
    for server in facts.serving:
        instance = (facts.instances or {}).get(server.id)
        yield from _as_launched(facts, server, instance)
        yield from _healthy(facts, server, instance)


def in_grace(facts: ServerFacts, instance: RunningInstance) -> bool:
    """Whether the health of a server does not count yet."""
    grace = facts.group.grace_seconds if facts.group else 0
    return facts.now < instance.launched.timestamp() + grace + LAUNCH_SECONDS


def _of_the_release(facts: ServerFacts, server: ServerView) -> Iterator[DriftFinding]:
    # what one field of the record says falsely no server is compared with
    recorded, status = facts.live.status.true, facts.live.status
    if recorded is None or status.lost:
        return
    instance = (facts.instances or {}).get(server.id)
    data = facts.launched(server) or {}
    image = instance.image if instance else data.get("ImageId")
    since = utc_text(instance.launched.timestamp()) if instance else None
    if status.of_release(server.template, server.template_version) or _rolled_to(facts, server):
        expected = data.get("ImageId", image)
    else:
        expected = recorded.image.id
    called = status.called(server.template, server.template_version)
    if image != expected:
        said = f"runs image {image} ({called}), and the release is {recorded.image}"
        yield DriftFinding(DriftKind.IMAGE, facts.service, server.id, expected, image, said, since)
    elif not (status.of_release(server.template, server.template_version) or _rolled_to(facts, server)):
        model = facts.versions.get((recorded.template, str(recorded.template_version)), {})
        wanted, found = _differing(model, data)
        names = ", ".join(sorted({*wanted, *found})) or "content"
        yield DriftFinding(
            DriftKind.TEMPLATE,
            facts.service,
            server.id,
            {"template": recorded.template, "template_version": str(recorded.template_version), **wanted},
            {"template": server.template, "template_version": server.template_version, **found},
            f"was launched as {called}, whose {names} is not that of {recorded.image.version}",
            since,
        )


def _rolled_to(facts: ServerFacts, server: ServerView) -> bool:
    """Whether a server is of the release that a running rollout brings."""
    refresh, digests = facts.live.refresh, facts.live.status.digests
    if not facts.live.rolling or refresh is None or refresh.template is None or refresh.version is None:
        return False
    version = server.version_of(refresh.template)
    if version == refresh.version:
        return True
    target = digests.get(refresh.version)
    return version is not None and target is not None and digests.get(version) == target


def _differing(model: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a template version is not as in another one, without tags: the other's values, and its own."""
    ours, theirs = untagged(model), untagged(data) if data else {}
    keys = [key for key in sorted({*ours, *theirs}) if data and ours.get(key) != theirs.get(key)]
    return {key: _short(key, ours.get(key)) for key in keys}, {key: _short(key, theirs.get(key)) for key in keys}


def _short(key: str, value: Any) -> Any:
    """A value as it is kept: of user data, which may be of 16 KiB, only by what it can be told apart."""
    if key != "UserData" or value is None:
        return value
    return f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()[:16]}"


def _as_launched(facts: ServerFacts, server: ServerView, instance: RunningInstance | None) -> Iterator[DriftFinding]:
    data = facts.launched(server)
    if instance is None:
        return
    limit = facts.lifetime_seconds
    ended = instance.launched.timestamp() + limit
    if limit and facts.now > ended + OVERDUE_SECONDS:
        days = (facts.now - instance.launched.timestamp()) / DAY_SECONDS
        yield DriftFinding(
            DriftKind.AGE,
            facts.service,
            server.id,
            limit // DAY_SECONDS,
            int(days),
            f"is {int(days)} days old, and {limit // DAY_SECONDS} are allowed",
            utc_text(ended),
            known_by=utc_text(ended),
        )
    if data is None:
        return
    yield from _compared(facts, DriftKind.INSTANCE_TYPE, instance, data.get("InstanceType"), instance.instance_type)
    wanted = security_groups(data)
    yield from _compared(
        facts, DriftKind.SECURITY_GROUPS, instance, sorted(wanted) or None, sorted(instance.security_groups)
    )
    yield from _tags(facts, instance, data)


def _compared(
    facts: ServerFacts, kind: DriftKind, instance: RunningInstance, wanted: Any, found: Any
) -> Iterator[DriftFinding]:
    if wanted is not None and wanted != found:
        said = f"was launched with {_listed(wanted)}, and has {_listed(found)}"
        yield DriftFinding(kind, facts.service, instance.id, wanted, found, said)


def _listed(value: Any) -> str:
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)


def _tags(facts: ServerFacts, instance: RunningInstance, data: Mapping[str, Any]) -> Iterator[DriftFinding]:
    """Tags that are gone, and values that nobody but a person can have given.

    A tag of the stack file that changes replaces no server: the group has the new value at once, a template version
    once it is saved. So a value is right that the version of the server, the group or another version in use has.
    """
    wanted = instance_tags(data)
    propagated = facts.group.tags if facts.group else {}
    versions = [instance_tags(each) for each in facts.versions.values()]
    wrong: dict[str, str] = {}
    for key, value in wanted.items():
        right = {value} if key == DIGEST_TAG else {value, propagated.get(key), *(each.get(key) for each in versions)}
        if key not in instance.tags or instance.tags[key] not in right:
            wrong[key] = value
    if wrong:
        found = {key: instance.tags.get(key) for key in wrong}
        said = wrong_tags_said(wrong, found)
        yield DriftFinding(DriftKind.TAGS, facts.service, instance.id, wrong, found, said, remedy=REPLACE)


def _healthy(facts: ServerFacts, server: ServerView, instance: RunningInstance | None) -> Iterator[DriftFinding]:
    if instance is not None and not instance.runs:
        said = f"is in service, and EC2 says that it is {instance.state}"
        yield DriftFinding(DriftKind.UNHEALTHY, facts.service, server.id, "running", instance.state, said)
        return
    if not server.healthy:
        said = "is in service, and Auto Scaling finds it unhealthy"
        yield DriftFinding(DriftKind.UNHEALTHY, facts.service, server.id, "healthy", "unhealthy", said)
        return
    if instance is None or in_grace(facts, instance):
        return
    for arn, targets in facts.targets.items():
        state = None if targets is None else targets.states.get(server.id, "not registered")
        if state is not None and state not in SERVED:
            said = f"is in service, and is {state} in target group {arn}"
            yield DriftFinding(DriftKind.FAILING_TARGET, facts.service, server.id, "healthy", state, said, part=arn)
