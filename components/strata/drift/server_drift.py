"""The servers of one service beside its release: all findings, and what was seen and is none (pure)."""

from collections import Counter
from collections.abc import Iterator

from strata.drift.certificate_drift import find_on_certificates
from strata.drift.contents.contents_drift import find_in_server
from strata.drift.contents.server_contents import ServerContents
from strata.drift.drift_finding import ContentsCount, DriftFinding, ServiceDrift
from strata.drift.drift_kinds import DELEGATED, Delegated, DriftKind
from strata.drift.fix_names import AWS
from strata.drift.glass_drift import describe_held, find_on_glass
from strata.drift.group_drift import find_on_group, find_outside
from strata.drift.instance_drift import find_on_servers, in_grace
from strata.drift.release_drift import find_on_release
from strata.drift.server_facts import ServerFacts
from strata.rollout.servers.views import GroupView

__all__ = ["compare_servers"]


def compare_servers(facts: ServerFacts) -> ServiceDrift:
    """Compare the servers of a service, its group and its record.

    Args:
        facts: all that is known of them.
    """
    recorded, group = facts.live.recorded, facts.group
    found = (
        *find_on_release(facts),
        *find_on_group(facts),
        *find_on_servers(facts),
        *find_outside(facts),
        *find_on_certificates(facts),
        *_find_inside(facts),
    )
    findings = (
        *(each for each in found if each.subject not in facts.held),
        *find_on_glass(facts.service, facts.glass, facts.tainted, facts.in_service, facts.now),
        *_kept_by_nobody(facts),
    )
    nothing = group is None or recorded is None or facts.live.status.lost
    drift = ServiceDrift(
        service=facts.service,
        version=recorded.image.version if recorded else None,
        compared=0 if nothing else sum(facts.live.running.values()),
        rolling=facts.live.rolling,
        findings=findings,
        delegated=tuple(_delegated(facts)),
        contents=_counted_contents(facts),
    )
    return drift.with_names({AWS: facts.live.status.command_line, **({"GROUP": group.name} if group else {})})


def _find_inside(facts: ServerFacts) -> Iterator[DriftFinding]:
    """What is in servers that is not in their images; the version only of those that run the image of the release."""
    recorded, instances = facts.live.recorded, facts.instances or {}
    for name in sorted(facts.asked_inside):
        said = (facts.contents or {}).get(name)
        if isinstance(said, ServerContents):
            version = None
            if recorded is not None and name in instances and instances[name].image == recorded.image.id:
                version = recorded.image.version
            yield from find_in_server(facts.service, name, said, version)


def _counted_contents(facts: ServerFacts) -> ContentsCount | None:
    if facts.contents is None:
        return None
    asked = facts.asked_inside
    return ContentsCount(sum(isinstance(facts.contents.get(each), ServerContents) for each in asked), len(asked))


def _kept_by_nobody(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Servers that the group keeps, of which nothing is noted: no time is over that would end them."""
    for server in facts.group.servers if facts.group is not None and facts.glass_read else ():
        if server.retained and server.id not in facts.glass:
            said = "is kept by its group, out of service, and nothing says until when"
            yield DriftFinding(DriftKind.KEPT, facts.service, server.id, None, server.lifecycle, said)


def _delegated(facts: ServerFacts) -> Iterator[str]:
    group = facts.group
    if facts.live.rolling:
        target = f" to {facts.live.target}" if facts.live.target else ""
        yield f"a rollout{target} is running: servers of the release before and of the next one are both right"
    if group is None:
        return
    if not group.servers:
        yield f"group {group.name} has no servers, so that none could be compared"
    if facts.overridden:
        yield f"{', '.join(sorted(facts.overridden))} of group {group.name} are the program's own, and not compared"
    yield from describe_held(facts.held, facts.now)
    yield from _servers(facts, group)


def _servers(facts: ServerFacts, group: GroupView) -> Iterator[str]:
    instances = facts.instances or {}
    seen: Counter[Delegated] = Counter()
    for server in group.servers:
        if server.id in facts.glass:
            continue
        if server.standby:
            seen[Delegated.STANDBY] += 1
        elif not server.counts:
            seen[Delegated.LEAVING] += 1
        elif not server.in_service:
            seen[Delegated.LAUNCHING] += 1
        elif server.id in instances and in_grace(facts, instances[server.id]) and server.id not in facts.live.healthy:
            seen[Delegated.BOOTING] += 1
    for what, count in sorted(seen.items()):
        row = DELEGATED[what]
        yield f"{count} x {row.what}: {row.why}"
