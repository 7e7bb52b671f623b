"""Whether what runs is what the record names, and what brings the recorded release back where it is not (pure).

Everything that reports what is live uses it. `up` repairs no fleet: where the record is what the program asks for,
there is nothing for it to do. A fleet that was changed by hand goes back by hand, and whoever reads that it is not the
release should not have to work out how.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from strata.rollout.messages import describe_none_wanted, how_to_record
from strata.rollout.note import Note
from strata.rollout.proven_names import RECORD_AGAIN
from strata.rollout.record import ServerRelease
from strata.rollout.recorded_images import describe_other, way_and_record
from strata.rollout.recorded_status import RecordedStatus
from strata.rollout.registered_targets import describe_gone_group
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.true_servers import launched_as, true_servers
from strata.rollout.servers.views import FleetView, GroupView, ServerView

__all__ = ["HOW_TO_START", "ServiceStatus", "how_to_restore", "read_status"]

HOW_TO_START = "`pulumi up --refresh` starts them"
"""It sets the least number of servers again, and EC2 Auto Scaling raises the desired one to it."""


@dataclass(frozen=True)
class ServiceStatus(RecordedStatus[ServerRelease]):
    """A service's record beside what its group is.

    Args:
        fleet: its group and the healthy servers; None when there is no group.
        digests: release digest by version of the recorded release's template, as far as the group uses them.
        gone: target groups of its group that somebody has deleted.
        held: ids of servers that break-glass holds: whatever they run, nobody brings the release back to them.
        launched_image: the image of the template version that the record is to name; None where that is not there.
    """

    fleet: FleetView | None
    digests: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    gone: tuple[str, ...] = ()
    held: frozenset[str] = frozenset()
    launched_image: str | None = None

    @property
    def misnamed(self) -> str:
        """That the record names another image than its template version launches, as a clause; empty where not."""
        recorded = self.recorded
        if recorded is None or self.launched_image is None or self.lost:
            return ""
        version = f"version {recorded.template_version} of template {recorded.template}, which the record names,"
        return describe_other(version, recorded, (self.launched_image,))

    @property
    def lost(self) -> bool:
        """Whether the template version that the record names is not there to compare servers with."""
        true = self.true
        return true is not None and self.digests.get(str(true.template_version)) != true.digest

    @property
    def foreign(self) -> bool:
        """Whether a server that takes a place, or the group for its next one, is of another release."""
        if self.fleet is None or self.recorded is None:
            return False
        group = self.fleet.group
        return bool(self.others) or not self.of_release(group.template, group.saved_version)

    @property
    def others(self) -> tuple[ServerView, ...]:
        """Servers of another release that take a place, except for those that break-glass holds."""
        return tuple(
            each
            for each in self._placed()
            if each.id not in self.held and not self.of_release(each.template, each.template_version)
        )

    @property
    def running(self) -> Mapping[str, int]:
        """Servers that take a place, by what they run: an image version, or a template version."""
        if self.fleet is None:
            return {}
        return Counter(self.called(each.template, each.template_version) for each in self._placed())

    @property
    def missing(self) -> bool:
        """Whether the group wants no server, and should have some by its settings."""
        return self.fleet is not None and self.fleet.group.empty and self.least > 0

    def differences(self) -> Iterator[str]:
        recorded, fleet = self.recorded, self.fleet
        yield from self.spoiled
        if fleet is None:
            if recorded is not None:
                yield f"group {recorded.group} of the release is gone"
            return
        if recorded is None:
            yield from self._no_proof(fleet.group)
            yield from self._gone()
            yield from self._none_wanted()
            return
        if fleet.group.name != recorded.group:
            yield f"group {fleet.group.name} is not the release's, which is {recorded.group}"
        if self.lost:
            yield (
                f"version {recorded.template_version} of template {recorded.template}, which the record names, is not "
                "there or launches something else, so nothing shows what runs the release"
            )
        yield from filter(None, (self.wrong,))
        others = Counter(self.called(each.template, each.template_version) for each in self.others)
        for what, count in sorted(others.items()):
            yield f"{_servers(count)} on {what}"
        if not self.of_release(fleet.group.template, fleet.group.saved_version):
            what = self.called(fleet.group.template, fleet.group.saved_version)
            yield f"the group launches {what}{', not proven: no server ran it' if self.unproven else ''}"
        if not self.lost and fleet.group.desired and not any(self._proves(each) for each in fleet.group.servers):
            yield f"no healthy server runs {recorded.image.version}"
        yield from self._gone()
        yield from self._none_wanted()

    def _gone(self) -> Iterator[str]:
        yield from (describe_gone_group(each, "servers") for each in self.gone)

    def _none_wanted(self) -> Iterator[str]:
        if self.missing:
            yield describe_none_wanted("group", "server", self.least)

    def _no_proof(self, group: GroupView) -> Iterator[str]:
        if self.unreadable:
            return
        what = self.called(group.template, group.saved_version)
        if group.empty:
            yield f"no release is proven: no server ran {what}"
        else:
            yield f"no release is proven; the group launches {what}"

    def _placed(self) -> list[ServerView]:
        return [each for each in self.fleet.group.servers if each.counts] if self.fleet else []

    def _proves(self, server: ServerView) -> bool:
        healthy = self.fleet is not None and server.id in self.fleet.healthy
        return healthy and self.of_release(server.template, server.template_version)

    def _digest(self, template: str | None, version: str | None) -> str | None:
        ours = self.true.template if self.true else self.fleet.group.template if self.fleet else None
        return self.digests.get(version or "") if template and template == ours else None

    def of_release(self, template: str | None, version: str | None) -> bool:
        """Whether a version of a launch template launches the recorded release, by its digest."""
        return self.true is not None and self._digest(template, version) == self.true.digest

    def called(self, template: str | None, version: str | None) -> str:
        """What a version of a launch template launches, by name: an image version, or the template version."""
        digest, note, true = self._digest(template, version), self.note, self.true
        released = true is not None and digest == true.digest
        if self.recorded is not None and released and not self.misnamed:
            return self.recorded.image.version
        noted = note is not None and digest is not None and digest == note.digest
        if note is not None and noted and not (released and note.image.id != self.launched_image):
            return note.image.version
        if true is not None and template not in (None, true.template):
            return f"version {version or 'unknown'} of template {template}"
        return f"template version {version or 'unknown'}"


def read_status(
    driver: Driver, recorded: ServerRelease | None, fleet: FleetView, note: Note | None, least: int
) -> ServiceStatus:
    """Put a record beside a fleet.

    Args:
        driver: AWS, for the digests of the template versions in use.
        recorded: the release that is proven.
        fleet: the group and its healthy servers.
        note: what the last gate left.
        least: how many servers the service has at least by its settings.
    """
    group = fleet.group
    digests, image = _releases(driver, recorded, group)
    truth = recorded
    if recorded is not None:
        truth = true_servers(driver, recorded, group, launched_as(recorded, digests, image))
        if (truth.template, truth.template_version) != (recorded.template, recorded.template_version):
            digests, image = _releases(driver, truth, group)
    # a server counts that every target group finds healthy, so that one which is gone shows
    short = len(fleet.healthy) < group.desired
    gone = driver.gone_target_groups(group.target_groups) if short else ()
    return ServiceStatus(
        recorded,
        fleet,
        digests,
        note=note,
        command_line=driver.command_line,
        least=least,
        gone=gone,
        launched_image=image,
        truth=truth,
    )


def _releases(
    driver: Driver, release: ServerRelease | None, group: GroupView
) -> tuple[Mapping[str, str | None], str | None]:
    """The digests of the template versions in use, and the image of that of a release."""
    ours = release.template if release else group.template
    versions = set(group.versions_of(ours)) | ({str(release.template_version)} if release else set())
    if ours and group.template == ours and (group.saved_version or "").isdigit():
        versions.add(str(group.saved_version))
    model = release.template_version if release else None
    return driver.releases(ours, versions, model=model) if ours else ({}, None)


def _servers(count: int) -> str:
    return f"{count} server{'' if count == 1 else 's'}"


PREFERENCES = {
    "MinHealthyPercentage": 100,
    "MaxHealthyPercentage": 200,
    "SkipMatching": True,
    "ScaleInProtectedInstances": "Ignore",
    "StandbyInstances": "Ignore",
}
"""New servers come first, those of the release stay, and what somebody holds for a reason is not touched: by default
AWS waits for such servers, for an hour, and then fails (EC2 Auto Scaling, RefreshPreferences). A server of another
release that is protected from scale-in is replaced too, where break-glass holds no other one: EC2 has one preference
for all of them."""


def how_to_restore(status: ServiceStatus) -> str:
    """What brings the recorded release back, or a record where there is none; empty where all is true.

    Args:
        status: the record beside what the group is, while no rollout is running.
    """
    recorded, fleet = status.true, status.fleet
    if next(status.differences(), None) is None:
        return RECORD_AGAIN if status.renamed is not None else ""
    more = f"; {HOW_TO_START}" if status.missing else ""
    if fleet is not None and status.gone:
        return "`pulumi up --refresh` makes what is gone again, and sends the servers requests by it"
    if recorded is None:
        way = how_to_record(
            *("servers", "group", status.forbidden.place),
            unwritten=status.unwritten,
            unreadable=bool(status.unreadable),
            runs=None if status.missing else "",
        )
        return f"{way}{more}"
    instead = status.forbidden.way_on(*status.versions)
    if instead or fleet is None or fleet.group.name != recorded.group:
        return instead or f"to bring {recorded.image.version} back: `pulumi up --refresh` makes its group again"
    if status.lost:
        return (
            "a deleted template version does not come back: `pulumi up --refresh` writes the record again for what is "
            "pinned, and rolls to that where something else runs; or pin another image and run `pulumi up`"
        )
    way = f"{_changed(status, recorded, fleet)}{more if status.foreign else ''}"
    return way_and_record(way if status.foreign or status.missing else "", status.wrong) or way


def _changed(status: ServiceStatus, recorded: ServerRelease, fleet: FleetView) -> str:
    name = status.called(recorded.template, str(recorded.template_version))
    if status.unproven and fleet.group.empty:
        return f"`pulumi up` proves it once the group has servers; to bring {name} back, pin it and run `pulumi up`"
    if status.missing and not status.foreign:
        return f"to have servers again: {HOW_TO_START}"
    if status.foreign:
        return f"{_unprotect(status, recorded)}to bring {name} back: {_command(status, recorded, fleet)}"
    return (
        f"nothing else runs: find out why (`{status.command_line} autoscaling describe-scaling-activities "
        f"--auto-scaling-group-name {recorded.group}`), or pin an image that works and run `pulumi up`"
    )


def _unprotect(status: ServiceStatus, recorded: ServerRelease) -> str:
    """What comes first where a refresh has to leave protected servers alone for the sake of others."""
    if not _keeps_protected(status):
        return ""
    stuck = " ".join(each.id for each in status.others if each.protected)
    if not stuck:
        return ""
    return (
        f"beside break-glass no server that is protected from scale-in is replaced, so first: {status.command_line} "
        f"autoscaling set-instance-protection --auto-scaling-group-name {recorded.group} --no-protected-from-scale-in "
        f"--instance-ids {stuck}; "
    )


def _keeps_protected(status: ServiceStatus) -> bool:
    servers = status.fleet.group.servers if status.fleet else ()
    return any(each.protected and each.id in status.held for each in servers)


def _command(status: ServiceStatus, recorded: ServerRelease, fleet: FleetView) -> str:
    """What makes the group launch the recorded template version, and replaces the servers that are of another."""
    aws = status.command_line
    stuck = any(each.protected for each in status.others) and not _keeps_protected(status)
    preferences = {**PREFERENCES, **({"ScaleInProtectedInstances": "Refresh"} if stuck else {})}
    template = {"LaunchTemplateId": recorded.template, "Version": str(recorded.template_version)}
    if fleet.group.empty:
        return (
            f"{aws} autoscaling update-auto-scaling-group --auto-scaling-group-name {recorded.group} "
            f"--launch-template {_quoted(template)}"
        )
    return (
        f"{aws} autoscaling start-instance-refresh --auto-scaling-group-name {recorded.group} "
        f"--desired-configuration {_quoted({'LaunchTemplate': template})} --preferences {_quoted(preferences)}"
    )


def _quoted(value: object) -> str:
    return f"'{json.dumps(value, separators=(',', ':'))}'"
