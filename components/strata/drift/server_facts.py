"""Everything that is known of the servers of a service when it is compared with its release (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from strata.drift.contents.server_contents import ServerContents
from strata.drift.glass_drift import held_by
from strata.drift.running_instance import RunningInstance
from strata.drift.served_certificate import ServedCertificate
from strata.images.image_finder import FoundVersion
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.registered_targets import RegisteredTargets
from strata.rollout.servers.group_terms import OVERRIDABLE, GroupTerms
from strata.rollout.servers.live_servers import LiveServers
from strata.rollout.servers.views import GroupView, ServerView
from strata.tags import OVERRIDDEN_TAG, TAINTED_TAG

__all__ = ["ServerFacts"]


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """One service whose servers are compared, at one moment.

    Args:
        live: the service as `strata rollout status` sees it.
        terms: what its group is to be by its settings.
        own_tags: the tags by which its servers are found.
        now: epoch seconds.
        versions: what template versions launch, by template and version, as far as they are in use.
        instances: its instances by id; None where they could not be read.
        targets: what is in each target group of its group, None for one that is gone; those that were read.
        image: the image of the release; None where the account does not see it.
        image_read: whether the image was asked for.
        certificates: those of the listeners that lead to its target groups; where several services share one, only the
            first of them has it.
        again: the group once more, after everything else; None where nothing had to be confirmed.
        glass: what is noted of servers that somebody was let into, or that are kept, by their ids, as long as it is
            open.
        glass_read: whether that was read.
        contents: what servers say of what is in them, by their ids, or why nothing is known of one; None where they
            were not asked.
    """

    live: LiveServers
    terms: GroupTerms
    own_tags: Mapping[str, str]
    now: float
    versions: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])
    instances: Mapping[str, RunningInstance] | None = None
    targets: Mapping[str, RegisteredTargets | None] = field(default_factory=dict[str, RegisteredTargets | None])
    image: FoundVersion | None = None
    image_read: bool = False
    certificates: tuple[ServedCertificate, ...] = ()
    again: GroupView | None = None
    glass: Mapping[str, BreakGlass] = field(default_factory=dict[str, BreakGlass])
    glass_read: bool = False
    contents: Mapping[str, ServerContents | str] | None = None

    @property
    def service(self) -> str:
        """Its name."""
        return self.live.service

    @property
    def group(self) -> GroupView | None:
        """Its group; None when there is none."""
        return self.live.group

    @property
    def overridden(self) -> frozenset[str]:
        """What of the group its program overrides, by AWS's names."""
        said = self.group.tags.get(OVERRIDDEN_TAG, "") if self.group else ""
        return frozenset(said.split()) & frozenset(OVERRIDABLE.values())

    @property
    def lifetime_seconds(self) -> int:
        """How old servers may become; 0 for no limit."""
        if self.group is not None and "MaxInstanceLifetime" in self.overridden:
            return int(self.group.terms.get("MaxInstanceLifetime") or 0)
        return self.terms.lifetime_seconds

    @cached_property
    def serving(self) -> tuple[ServerView, ...]:
        """Its servers in service, those that were in service in both looks where there were two."""
        if self.group is None:
            return ()
        found = tuple(each for each in self.group.servers if each.in_service)
        if self.again is None:
            return found
        still = {each.id for each in self.again.servers if each.in_service}
        return tuple(each for each in found if each.id in still)

    @cached_property
    def tainted(self) -> dict[str, str]:
        """What the mark of each instance says that somebody was let into, by its id."""
        marked = {each.id: each.tags.get(TAINTED_TAG) for each in (self.instances or {}).values()}
        return {each: said for each, said in marked.items() if said}

    @cached_property
    def in_service(self) -> frozenset[str]:
        """Ids of its servers in service, see `serving`."""
        return frozenset(each.id for each in self.serving)

    @cached_property
    def held(self) -> dict[str, BreakGlass]:
        """Servers that break-glass holds, by their ids."""
        return held_by(self.glass, self.in_service, self.now)

    @property
    def asked_inside(self) -> frozenset[str]:
        """Ids of its servers whose contents count: those in service that nobody was let into."""
        return self.in_service - self.held.keys()

    @cached_property
    def members(self) -> frozenset[str]:
        """Ids of all servers of the group, whatever they do, in either look."""
        looks = [each for each in (self.group, self.again) if each is not None]
        return frozenset(server.id for look in looks for server in look.servers)

    def launched(self, server: ServerView) -> Mapping[str, Any] | None:
        """What the template version of a server launches; None where that is not known."""
        return self.versions.get((server.template or "", server.template_version or ""))
