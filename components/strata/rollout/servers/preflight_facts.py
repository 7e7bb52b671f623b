"""What AWS reports when a rollout is about to start; read-only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from strata.images.key_use import KeyUse
from strata.rollout.break_glass_note import BreakGlass
from strata.rollout.denials import is_denied
from strata.rollout.image_parameters import ImageParameters, image_parameters_of
from strata.rollout.preflight_findings import PreflightFinding
from strata.rollout.run_once.passed_image import look_for_passed
from strata.rollout.servers.async_driver import AsyncDriver
from strata.rollout.servers.copied_machines import find_revoked_copies
from strata.rollout.servers.machine_trust import TrustedMachine, revoked_sources
from strata.rollout.servers.rollout_plan import RolloutPlan
from strata.rollout.servers.server_plan import plan_of_spec
from strata.rollout.servers.server_spec import ServerRollout
from strata.rollout.servers.views import FleetView, GroupView, ImageView, RefreshView

__all__ = ["PreflightFacts", "gather"]


@dataclass(frozen=True)
class PreflightFacts:
    """What AWS reported when a rollout was about to start."""

    group: GroupView
    account: str
    region: str
    digests: Mapping[str, str | None]
    """Release digest by template version, for the versions the fleet runs and those recent refreshes wanted."""
    healthy: frozenset[str]
    """Servers that are in service and healthy, also by the load balancer where there is one."""
    refreshes: tuple[RefreshView, ...]
    image: ImageView | None
    instance_type: str
    architectures: tuple[str, ...] | None
    """What the instance type runs; None where the region has no such type."""
    key_uses: Mapping[str, KeyUse]
    """Whether Auto Scaling may use the keys of the image."""
    unread_keys: tuple[str, ...]
    """Keys whose grants could not be read."""
    alarms: Mapping[str, tuple[str, str]]
    free_addresses: int
    kept: ImageParameters
    """Revocation, veto and catalogue entry of the image, and what the record says of it."""
    plan: RolloutPlan
    launched_image: str
    """Image id in the template version that is to be rolled to."""
    launched_digest: str | None
    """Release digest that version tags its servers with."""
    disk_gib: int = 0
    """Size of the root volume that the template asks for; 0 for that of the image."""
    gone: tuple[str, ...] = ()
    """Target groups of the group that somebody has deleted."""
    hidden: bool = False
    """Whether the account's Allowed AMIs may be what hides an image that is not found."""
    now: float = 0.0
    """Epoch seconds."""
    copied: tuple[PreflightFinding, ...] = ()
    """That the image is a copy of one that is revoked."""
    passed: tuple[PreflightFinding, ...] = ()
    """That it cannot run after what ran once since."""
    revoked: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why images that it was made of are revoked, by id, where it is doubted what it is."""
    glass: Mapping[str, BreakGlass] = field(default_factory=dict[str, BreakGlass])
    """What is noted of servers that somebody was let into, by their ids, as long as it is open."""
    glass_whole: bool = True
    """Whether all notes were read, and not only those of servers in standby or protected from scale-in."""

    @property
    def held(self) -> Mapping[str, BreakGlass]:
        """What of it is not over: a rollout leaves those servers alone, whatever its settings are."""
        return {
            unit: note for unit, note in self.glass.items() if note.holds(self.now) and not note.came_back(self.serving)
        }

    @property
    def serving(self) -> frozenset[str]:
        """Ids of the servers in service, whatever their health."""
        return frozenset(each.id for each in self.group.servers if each.in_service)

    @property
    def keeps_standby(self) -> bool:
        """Whether a server in standby is held."""
        return any(each.standby and each.id in self.held for each in self.group.servers)

    @property
    def keeps_protected(self) -> bool:
        """Whether a server that is protected from scale-in is held."""
        return any(each.protected and each.id in self.held for each in self.group.servers)


async def gather(
    aws: AsyncDriver, rollout: ServerRollout, fleet: FleetView, refreshes: tuple[RefreshView, ...], *, now: float
) -> PreflightFacts:
    """Ask AWS all the checks need; read-only. One call at a time, so that an outage repeats one and not all.

    Args:
        aws: AWS.
        rollout: the rollout.
        fleet: the group and its healthy servers.
        refreshes: its newest refreshes.
        now: epoch seconds.
    """
    group, release = fleet.group, rollout.release
    wanted = str(release.template_version)
    account, region = await aws.caller()
    data = await aws.template_data(release.template, wanted)
    image = await aws.image(release.image.id)
    uses, unread = await _keys(aws, image, account)
    versions = (
        {wanted}
        | group.versions_of(release.template)
        | {refresh.version for refresh in refreshes if refresh.version and refresh.template == release.template}
    )
    digests = await aws.release_digests(release.template, versions, model=release.template_version)
    kept = await image_parameters_of(aws, rollout)
    machine = TrustedMachine(release.image, image, account, rollout.spec.terms, kept, now=now)
    glass = await aws(aws.driver.open_glass, rollout.spec.record, [each.id for each in group.servers if each.apart])
    instance_type = data.get("InstanceType", "")
    return PreflightFacts(
        group=group,
        account=account,
        region=region,
        digests=digests,
        healthy=fleet.healthy,
        refreshes=refreshes,
        image=image,
        instance_type=instance_type,
        architectures=await aws.architectures(instance_type) if instance_type else (),
        key_uses=uses,
        unread_keys=unread,
        alarms=await aws.alarm_states(rollout.alarms),
        free_addresses=await aws.free_addresses(group.subnets),
        kept=kept,
        plan=plan_of_spec(rollout.spec, group.desired),
        launched_image=data.get("ImageId", ""),
        launched_digest=digests.get(wanted),
        disk_gib=_disk(data, image),
        gone=await aws.gone_target_groups(group.target_groups),
        hidden=image is None and await aws.hides_images(),
        now=now,
        glass=glass.notes,
        glass_whole=glass.whole,
        copied=await aws(find_revoked_copies, aws.driver, release.image),
        passed=await aws(look_for_passed, aws.driver, rollout.spec.record, release.image, release.digest),
        revoked=await aws(revoked_sources, aws.driver, machine),
    )


def _disk(data: Mapping[str, Any], image: ImageView | None) -> int:
    volumes = {each.get("DeviceName"): each.get("Ebs") or {} for each in data.get("BlockDeviceMappings") or ()}
    return int(volumes.get(image.root_device, {}).get("VolumeSize") or 0) if image else 0


async def _keys(aws: AsyncDriver, image: ImageView | None, account: str) -> tuple[dict[str, KeyUse], tuple[str, ...]]:
    uses: dict[str, KeyUse] = {}
    unread: list[str] = []
    for key in await aws.image_keys(image) if image else ():
        try:
            uses[key] = await aws.auto_scaling_may_use(key, account)
        except Exception as error:
            if not is_denied(error):
                raise
            unread.append(key)
    return uses, tuple(unread)
