"""What a group comes to: its facts against the table of codes (pure)."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from strata.assess.assess_codes import ASSESS_CODES, AssessCode, AssessRow, AssessSeverity
from strata.assess.assessed_group import AssessedGroup, AssessedLaunch, LaunchSource, MountedVolume

__all__ = ["OLD_DAYS", "SLOW_SECONDS", "AssessFinding", "GroupAssessment", "assess_facts"]

OLD_DAYS: Final = 30
"""From when on a server is old: the lifetime that a service has in prod."""
SLOW_SECONDS: Final = 600
"""Longest grace period that is none of a slow boot."""
TEMPLATE_TAG: Final = "aws:ec2launchtemplate:id"
"""The tag of every instance that was launched from a launch template; AWS sets it, and nobody else can."""
_NAMED: Final = 5
"""How many of a list a sentence names."""
_ALIAS: Final = "resolve:ssm:"
_ROOTS: Final = frozenset({"/dev/xvda", "/dev/sda1"})
"""Device names that are the root volume where no server shows it."""


@dataclass(frozen=True)
class AssessFinding:
    """Something that keeps a group from being immutable.

    Args:
        code: what.
        subject: what it is found on: the group, a template, a security group.
        found: what was observed, as values.
        said: the same as a clause, without the subject.
    """

    code: AssessCode
    subject: str
    found: Any
    said: str

    @property
    def row(self) -> AssessRow:
        """What is to be known of its code."""
        return ASSESS_CODES[self.code]

    @property
    def blocks(self) -> bool:
        """Whether servers cannot be replaced as long as it is so."""
        return self.row.severity is AssessSeverity.BLOCKS

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "code": self.code.value,
            "severity": self.row.severity.value,
            "subject": self.subject,
            "found": self.found,
            "said": self.said,
            "why": self.row.why,
            "fix": self.row.remedy,
            "page": self.row.page,
        }


@dataclass(frozen=True)
class GroupAssessment:
    """One group that was looked at.

    Args:
        group: its name.
        servers: how many servers it has.
        compared: how many of them were looked at.
        wanted: how many it wants.
        findings: what was found, what blocks first.
        not_observed: what of it there was nothing to observe of, as sentences.
    """

    group: str
    servers: int
    compared: int
    wanted: int
    findings: tuple[AssessFinding, ...]
    not_observed: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What it comes to."""
        looked = f"{self.compared} of {self.servers} servers looked at" if self.servers else _no_servers(self.wanted)
        blocking = sum(each.blocks for each in self.findings)
        counted = [(blocking, AssessSeverity.BLOCKS), (len(self.findings) - blocking, AssessSeverity.ADVISES)]
        told = ", ".join(f"{count} {_verb(severity, count)}" for count, severity in counted if count)
        return f"{looked}: {told or 'nothing found'}"

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "group": self.group,
            "servers": self.servers,
            "compared": self.compared,
            "findings": [each.document() for each in self.findings],
            "not_observed": list(self.not_observed),
        }


def assess_facts(group: AssessedGroup, now: float) -> GroupAssessment:
    """Judge a group.

    Args:
        group: everything that was read of it.
        now: the time, in seconds since 1970.
    """
    found = [each for check in _CHECKS for each in check(group)]
    found += _old(group, now)
    order = [*AssessCode]
    found.sort(key=lambda each: (not each.blocks, order.index(each.code), each.subject))
    return GroupAssessment(
        group=group.name,
        servers=len(group.members),
        compared=len(group.servers or ()),
        wanted=group.desired,
        findings=tuple(found),
        not_observed=tuple(_not_observed(group)),
    )


def _verb(severity: AssessSeverity, count: int) -> str:
    return severity.value if count == 1 else severity.value.removesuffix("s")


def _no_servers(wanted: int) -> str:
    return f"no servers, although it wants {wanted}" if wanted else "no servers"


def _named(items: Collection[str]) -> str:
    """The first ones, and how many more."""
    shown = ", ".join(sorted(items)[:_NAMED])
    return shown if len(items) <= _NAMED else f"{shown} and {len(items) - _NAMED} more"


def _source(source: LaunchSource) -> str:
    return source.template or str(source.configuration)


def _not_observed(group: AssessedGroup) -> Iterator[str]:
    if not group.members:
        yield (
            f"The group has {_no_servers(group.desired)}: nothing is known of their age, images, volumes, addresses, "
            "metadata options and key pairs, and nothing shows that one would become healthy."
        )
    if not group.launches:
        yield "What the group launches was not seen: user data, image, key pair, volumes and metadata options."
    elif not group.security_groups:
        yield "Neither the template nor a server names security groups: which ports are open is not known."
    if group.servers is not None and len(group.servers) < len(group.members):
        missing = group.members.keys() - {each.id for each in group.servers}
        yield f"EC2 does not describe {_named(missing)}, which the group has."
    for each in group.launches:
        if each.script.unread:
            yield f"The user data of {each.source} could not be read: {each.script.unread}."


def _template(group: AssessedGroup) -> Iterator[AssessFinding]:
    configurations = [each.configuration for each in group.sources if each.template is None]
    if configurations or not group.sources:
        said = f"is made from launch configuration {configurations[0]}" if configurations else "is made from nothing"
        yield AssessFinding(AssessCode.NO_TEMPLATE, group.name, configurations, said)
    if group.mixed:
        kinds = [*group.instance_types]
        yield AssessFinding(AssessCode.MIXED_INSTANCES, group.name, kinds, "has a mixed instances policy")
    for each in group.sources:
        if each.template is not None and not each.version.isdigit():
            yield AssessFinding(AssessCode.MUTABLE_VERSION, group.name, each.version, f"launches {each}")


def _image(group: AssessedGroup) -> Iterator[AssessFinding]:
    for each in group.launches:
        if each.image.startswith(_ALIAS):
            subject = _source(each.source)
            yield AssessFinding(AssessCode.IMAGE_ALIAS, subject, each.image, f"names its image by {each.image}")


def _disks(group: AssessedGroup) -> Iterator[AssessFinding]:
    servers = group.servers or ()
    roots = {each.root for each in servers if each.root} or _ROOTS
    kept: dict[str, list[str]] = {}
    beside: dict[str, list[str]] = {}

    def sort_in(holder: str, volumes: tuple[MountedVolume, ...], own: Collection[str]) -> None:
        for each in volumes:
            listed = kept if each.kept else beside if each.device not in own else None
            if listed is not None:
                listed.setdefault(holder, []).append(f"{each.device}{f' {each.id}' if each.id else ''}")

    for server in servers:
        sort_in(server.id, server.volumes, {server.root} if server.root else _ROOTS)
    for launch in group.launches:
        sort_in(_source(launch.source), launch.volumes, roots)
    if kept:
        said = f"volumes of {_named(kept)} stay behind"
        yield AssessFinding(AssessCode.KEPT_VOLUMES, group.name, kept, said)
    if beside:
        yield AssessFinding(AssessCode.DATA_VOLUMES, group.name, beside, f"{_named(beside)} have more than their root")
    stores = {kind: size for kind, size in (group.stores or {}).items() if kind in group.instance_types}
    if stores:
        told = _named([f"{kind} with {size} GB" for kind, size in stores.items()])
        yield AssessFinding(AssessCode.INSTANCE_STORE, group.name, stores, f"has disks of its host: {told}")


def _way_in(group: AssessedGroup) -> Iterator[AssessFinding]:
    ways: dict[str, list[dict[str, Any]]] = {}
    for each in group.opened or ():
        if each.security_group in group.security_groups:
            ways.setdefault(each.security_group, []).append({"port": each.port, "source": each.source})
    for name, found in sorted(ways.items()):
        told = _named([f"port {each['port']} from {each['source']}" for each in found])
        yield AssessFinding(AssessCode.SSH_OPEN, name, found, f"lets in {told}")
    keys = Counter(each.key for each in (*group.launches, *(group.servers or ())) if each.key)
    if keys:
        yield AssessFinding(AssessCode.KEY_PAIR, group.name, sorted(keys), f"launches with key pair {_named(keys)}")


def _alike(group: AssessedGroup) -> Iterator[AssessFinding]:
    servers = group.servers or ()
    untold = [each for each in servers if TEMPLATE_TAG not in each.tags and not _configured(group.members[each.id])]
    if untold:
        said = f"{_named([each.id for each in untold])} were launched from no launch template"
        yield AssessFinding(AssessCode.MADE_BY_HAND, group.name, sorted(each.id for each in untold), said)
    for code, counted, what in (
        (AssessCode.MIXED_IMAGES, Counter(each.image for each in servers), "images"),
        (AssessCode.MIXED_VERSIONS, Counter(str(each) for each in group.members.values() if each), "versions"),
    ):
        if len(counted) > 1:
            told = _named([f"{name} on {count}" for name, count in counted.items()])
            yield AssessFinding(code, group.name, dict(sorted(counted.items())), f"runs {len(counted)} {what}: {told}")


def _configured(source: LaunchSource | None) -> bool:
    """Whether it is a launch configuration, whose servers have no tag of a template."""
    return source is not None and source.template is None


def _old(group: AssessedGroup, now: float) -> Iterator[AssessFinding]:
    at = datetime.fromtimestamp(now, UTC)
    ages = {each.id: (at - each.launched).days for each in group.servers or ()}
    old = {server: days for server, days in sorted(ages.items()) if days >= OLD_DAYS}
    if old:
        said = f"{_named(old)} {'has' if len(old) == 1 else 'have'} run for up to {max(old.values())} days"
        yield AssessFinding(AssessCode.OLD_SERVERS, group.name, old, said)


def _secrets(group: AssessedGroup) -> Iterator[AssessFinding]:
    for each in group.launches:
        if each.script.secrets:
            lines = [*each.script.secrets]
            told = _named([str(line) for line in lines])
            said = f"its user data seems to hold a secret in line {told}"
            yield AssessFinding(AssessCode.KEYS_AT_BOOT, _source(each.source), lines, said)
    lax = [_source(each.source) for each in group.launches if each.tokens == "optional"]
    lax += [each.id for each in group.servers or () if each.tokens == "optional"]
    if lax:
        yield AssessFinding(AssessCode.IMDS_V1, group.name, lax, f"{_named(lax)} answer without a token")


def _fixed(group: AssessedGroup) -> Iterator[AssessFinding]:
    bound: dict[str, list[str]] = {_source(each.source): [*each.bound] for each in group.launches if each.bound}
    bound |= {each.id: [each.host] for each in group.servers or () if each.host}
    if bound:
        held = {one for each in bound.values() for one in each}
        yield AssessFinding(AssessCode.HOST_BOUND, group.name, bound, f"needs {_named(held)}")
    fixed = {_source(each.source): [*each.addresses] for each in group.launches if each.addresses}
    for server in group.servers or ():
        own = [*server.stays, *(group.elastic or {}).get(server.id, ())]
        if own:
            fixed[server.id] = own
    if fixed:
        held = {one for each in fixed.values() for one in each}
        said = f"{_named(fixed)} {'has' if len(fixed) == 1 else 'have'} {_named(held)}"
        yield AssessFinding(AssessCode.FIXED_ADDRESS, group.name, fixed, said)


def _boot(group: AssessedGroup) -> Iterator[AssessFinding]:
    for each in group.launches:
        yield from _steps(each)
    if group.grace_seconds > SLOW_SECONDS:
        said = f"waits {group.grace_seconds} s for a fresh server"
        yield AssessFinding(AssessCode.SLOW_BOOT, group.name, group.grace_seconds, said)


def _steps(launch: AssessedLaunch) -> Iterator[AssessFinding]:
    for code, steps in (
        (AssessCode.BOOT_INSTALLS, launch.script.installs),
        (AssessCode.BOOT_FETCHES, launch.script.fetches),
    ):
        if steps:
            found = [{"line": each.line, "does": each.does} for each in steps]
            said = f"its user data has {', '.join(map(str, steps[:_NAMED]))}"
            more = f" and {len(steps) - _NAMED} more" if len(steps) > _NAMED else ""
            yield AssessFinding(code, _source(launch.source), found, said + more)


def _health(group: AssessedGroup) -> Iterator[AssessFinding]:
    asked = group.health_check
    if not group.judged_by_balancer:
        code = AssessCode.HEALTH_NOT_ASKED if group.target_groups else AssessCode.NO_LOAD_BALANCER
        behind = " and is behind a load balancer" if group.target_groups else ""
        yield AssessFinding(code, group.name, asked, f"has the health check type {asked}{behind}")
    elif group.grace_seconds == 0:
        yield AssessFinding(AssessCode.NO_GRACE, group.name, 0, "has a grace period of 0 s")


def _held(group: AssessedGroup) -> Iterator[AssessFinding]:
    if group.protected or group.protects_new:
        new = ["fresh servers"] if group.protects_new else []
        held: Mapping[str, Any] = {"servers": sorted(group.protected), "fresh": group.protects_new}
        yield AssessFinding(AssessCode.PROTECTED, group.name, held, f"protects {_named([*group.protected, *new])}")
    if group.suspended:
        said = f"has suspended {_named(group.suspended)}"
        yield AssessFinding(AssessCode.SUSPENDED, group.name, [*group.suspended], said)
    if group.least == group.most == 1:
        said = "has one server at least and at most"
        yield AssessFinding(AssessCode.SINGLE_SERVER, group.name, {"min": 1, "max": 1}, said)


_CHECKS: Final[tuple[Callable[[AssessedGroup], Iterator[AssessFinding]], ...]] = (
    *(_template, _image, _disks, _way_in, _alike, _secrets, _fixed, _boot, _health, _held),
)
