"""Whether the record of a service names what there is, and an image that may run (pure)."""

from collections.abc import Iterator
from typing import Any

from strata.drift.drift_finding import DriftFinding
from strata.drift.drift_kinds import ENABLE, PIN_ANOTHER, DriftKind
from strata.drift.server_facts import ServerFacts
from strata.images.image_finder import AVAILABLE, DISABLED
from strata.naming import record_name
from strata.rollout.record import ServerRelease
from strata.rollout.servers.service_status import ServiceStatus
from strata.rollout.servers.views import GroupView

__all__ = ["find_on_release"]


def find_on_release(facts: ServerFacts) -> Iterator[DriftFinding]:
    """Every difference between the record and what there is. While a rollout runs, the record is on its way."""
    recorded, group = facts.live.recorded, facts.group
    if recorded is None:
        if not facts.live.rolling:
            yield _no_record(facts)
        return
    if group is None or group.name != recorded.group:
        found = group.name if group else None
        said = f"is the group of the release, and {f'the service has {found} instead' if found else 'is gone'}"
        yield DriftFinding(DriftKind.GROUP_GONE, facts.service, recorded.group, recorded.group, found, said)
    yield from _image(facts, recorded)
    if group is not None and not facts.live.rolling:
        yield from _launched(facts, recorded, group)


def _no_record(facts: ServerFacts) -> DriftFinding:
    project, stack = facts.own_tags["strata:project"], facts.own_tags["strata:stack"]
    what = "is not there" if facts.live.status.unwritten or facts.group is None else "says that nothing is proven"
    name = record_name(project, stack, facts.service)
    return DriftFinding(
        DriftKind.NO_RECORD,
        facts.service,
        name,
        "a release",
        None,
        f"{what}, so that there is nothing to compare servers with",
    )


def _image(facts: ServerFacts, recorded: ServerRelease) -> Iterator[DriftFinding]:
    image = recorded.image
    status = facts.live.status
    # what the record only says nobody is told that it is the release
    true = status.true.image.id if status.true is not None else image.id
    for version in status.versions if not facts.live.rolling else ():
        if (why := status.forbidden.why.get(version)) is None:
            continue
        said = f"{image.name} {version} is the release, and is {why}"
        yield DriftFinding(DriftKind.IMAGE_FORBIDDEN, facts.service, true, "a version that may run", why, said)
    if not facts.image_read:
        return
    state = facts.image.state if facts.image else None
    if state != AVAILABLE:
        said = f"{image.name} {image.version} is the release, and is {state or 'not there'}: no server can be launched"
        remedy = ENABLE if state == DISABLED else PIN_ANOTHER
        yield DriftFinding(DriftKind.IMAGE_GONE, facts.service, image.id, AVAILABLE, state, said, remedy=remedy)


def _launchers(status: ServiceStatus, recorded: ServerRelease) -> tuple[dict[str, Any], dict[str, Any]]:
    """What launches the release, with its digest, as it is and as the record has it."""
    true, recorded_as = (
        {"template": each.template, "template_version": str(each.template_version), "digest": each.digest}
        for each in (status.true or recorded, recorded)
    )
    return true, recorded_as


def _launched(facts: ServerFacts, recorded: ServerRelease, group: GroupView) -> Iterator[DriftFinding]:
    status = facts.live.status
    of_record = {"template": recorded.template, "template_version": str(recorded.template_version)}
    if status.lost:
        said = (
            f"has no version {recorded.template_version} that launches {recorded.image.version}, as the record says: "
            "no server could be compared"
        )
        yield DriftFinding(DriftKind.TEMPLATE_GONE, facts.service, recorded.template, of_record, None, said)
        return
    name = record_name(facts.own_tags["strata:project"], facts.own_tags["strata:stack"], facts.service)
    if status.misnamed:
        said = f"is not what runs: {status.misnamed}"
        yield DriftFinding(DriftKind.WRONG_RECORD, facts.service, name, status.launched_image, recorded.image.id, said)
    elif status.wrong:
        said = f"is not what runs: {status.wrong}"
        yield DriftFinding(DriftKind.WRONG_RECORD, facts.service, name, *_launchers(status, recorded), said)
    if (renamed := status.renamed) is not None:
        said = f"calls the image what it is not: {renamed.deviation}"
        label = recorded.image.version
        yield DriftFinding(DriftKind.WRONG_RECORD, facts.service, name, str(renamed), label, said)
    if not status.of_release(group.template, group.saved_version):
        called = status.called(group.template, group.saved_version)
        unproven = ", which no server has proven" if status.unproven else ""
        saved = {"template": group.template, "template_version": group.saved_version}
        said = f"launches {called}{unproven}, and the release is {recorded.image.version}"
        yield DriftFinding(DriftKind.SAVED_VERSION, facts.service, group.name, of_record, saved, said)
    proves = any(
        status.of_release(each.template, each.template_version)
        for each in group.servers
        if each.id in facts.live.healthy
    )
    if group.desired and not proves:
        said = f"names {recorded.image.version}, which no healthy server of {group.name} runs"
        running = dict(facts.live.running)
        version = recorded.image.version
        yield DriftFinding(
            DriftKind.NOTHING_RUNS, facts.service, name, version, running, said, known_by=sorted(running)
        )
