"""How the servers of a service are rolled."""

from dataclasses import dataclass
from typing import TypeAlias

from strata.durations import duration_text
from strata.images.image_trust import ImageTerms
from strata.naming import heartbeat_name
from strata.rollout.record import ServerRelease
from strata.rollout.spec import RolloutOf, RolloutSpec
from strata.settings.models import FreezeSettings, HealthSettings, RolloutSettings, ServiceSettings
from strata.settings.models.verify import asked_host

__all__ = ["STATUS_CHECK_SECONDS", "ServerRollout", "ServerSpec", "warm_up_seconds"]

STATUS_CHECK_SECONDS = 120
"""Seconds until EC2 has found out a sick server: it checks once a minute, and one failed check may be chance."""


def warm_up_seconds(boot_seconds: int, health: HealthSettings, *, behind_load_balancer: bool) -> int:
    """Seconds until a server in service counts: boot, and the checks that would have found a bad one by then."""
    checks = health.unhealthy_threshold * health.interval_seconds if behind_load_balancer else STATUS_CHECK_SECONDS
    return boot_seconds + checks


@dataclass(frozen=True, kw_only=True)
class ServerSpec(RolloutSpec):
    """How a service is rolled whose servers an instance refresh replaces."""

    settings: RolloutSettings
    health: HealthSettings
    behind_load_balancer: bool = True
    """Whether a load balancer judges its health; EC2 does for a worker."""

    @classmethod
    def of_service(
        cls,
        name: str,
        settings: ServiceSettings,
        *,
        record: str,
        terms: ImageTerms | None = None,
        freezes: tuple[FreezeSettings, ...] = (),
    ) -> "ServerSpec":
        """How a service of a stack file is rolled.

        Args:
            name: the service's name.
            settings: its part of the stack file.
            record: name of the SSM parameter that holds its release.
            terms: what is required of a new image. Default: nothing, as on the way back.
            freezes: when no other release is brought. Default: never, as on the way back.
        """
        return cls(
            service=name,
            settings=settings.rollout,
            health=settings.health,
            boot_seconds=settings.boot_seconds,
            drain_seconds=settings.drain_seconds,
            record=record,
            terms=terms,
            freezes=freezes,
            topic=settings.notify_topic_arn,
            behind_load_balancer=bool(settings.routes),
            protect=settings.protect,
            least=settings.least,
            before=settings.rollout.before,
            host=asked_host(settings.rollout.verify, settings.routes),
        )

    @property
    def warm_up_seconds(self) -> int:
        return warm_up_seconds(self.boot_seconds, self.health, behind_load_balancer=self.behind_load_balancer)

    @property
    def heartbeat(self) -> str | None:
        """The alarm that takes a rollout back when its gate is gone; None where it is to go on without one."""
        return None if self.settings.heartbeat_minutes is None else heartbeat_name(self.record)

    @property
    def verified_when(self) -> str:
        return f"once every server is replaced, in its {duration_text(self.settings.bake_seconds)} of baking"

    @property
    def pause_seconds(self) -> int:
        return self.settings.checkpoint_delay_seconds if self.settings.checkpoint_percentages else 0

    @property
    def checkpoints(self) -> tuple[int, ...]:
        return self.settings.checkpoint_percentages


ServerRollout: TypeAlias = RolloutOf[ServerSpec, ServerRelease]
"""One rollout of servers to carry out."""
