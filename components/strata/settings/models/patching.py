"""How packages of a maintained fleet are kept up to date: what is approved, when it is installed, and the restart."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from pydantic import Field

from strata.settings.models.base import Settings
from strata.settings.models.playbook import WindowSettings
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.time_zone import find_unknown_zone

__all__ = ["PatchedSystem", "PatchingSettings"]


class PatchedSystem(StrEnum):
    """The operating system that a patch baseline is for."""

    AMAZON_LINUX_2023 = "AMAZON_LINUX_2023"
    """Amazon Linux 2023."""
    AMAZON_LINUX_2 = "AMAZON_LINUX_2"
    """Amazon Linux 2."""
    REDHAT = "REDHAT_ENTERPRISE_LINUX"
    """Red Hat Enterprise Linux."""
    UBUNTU = "UBUNTU"
    """Ubuntu Server."""


_WITHOUT_DELAY: Final = frozenset({PatchedSystem.UBUNTU})
"""Systems whose repositories have no dates of release, so that nothing can be approved some days later (SSM)."""


class PatchingSettings(Settings):
    """What Patch Manager installs, and when. Limits: CreateMaintenanceWindow and CreatePatchBaseline."""

    system: PatchedSystem = PatchedSystem.AMAZON_LINUX_2023
    """The operating system of the image. Default: AMAZON_LINUX_2023."""
    security_only: bool = True
    """False installs corrections of other errors too. Default: true."""
    approve_after_days: int | None = Field(default=None, ge=0, le=360)
    """Days after its release from which on a patch is installed; none where the system knows no days. Default: 7, and
    none for Ubuntu."""
    window: WindowSettings = Field(examples=[{"at": "03:00", "day": "sun"}])
    """When installing begins."""
    time_zone: str = "UTC"
    """IANA time zone of the window. Default: UTC."""
    duration_hours: int = Field(default=4, ge=1, le=24)
    """Hours that the window is open, 1 to 24. Default: 4."""
    cutoff_hours: int = Field(default=1, ge=0, le=23)
    """Hours before its end from which on no further server is begun. Default: 1."""
    reboot: bool = True
    """Whether a server restarts where a patch asks for it; otherwise some patches do not count before the next restart.
    Default: true."""

    @property
    def approval_days(self) -> int | None:
        """After how many days a patch is approved; None where that cannot be said."""
        if self.approve_after_days is None and self.system not in _WITHOUT_DELAY:
            return 7
        return self.approve_after_days

    @rule("patching-zone", "The time zone of a patch window exists.")
    def _zone(self) -> Iterator[Conflict]:
        yield from find_unknown_zone(self.time_zone)

    @rule("patching-cutoff", "A patch window is open for longer than its cutoff.")
    def _cutoff(self) -> Iterator[Conflict]:
        if self.cutoff_hours >= self.duration_hours:
            yield Conflict(
                ("cutoff_hours",),
                self.cutoff_hours,
                expected=f"less than duration_hours, which is {self.duration_hours}: no server would be begun",
                fix="Lower it, or raise duration_hours.",
                reads=(("duration_hours",),),
            )

    @rule("patching-days", "Days are counted where the system has dates of release.")
    def _days(self) -> Iterator[Conflict]:
        if self.approve_after_days is not None and self.system in _WITHOUT_DELAY:
            yield Conflict(
                ("approve_after_days",),
                self.approve_after_days,
                expected=f"nothing for {self.system}: its repositories have no dates of release (Patch Manager)",
                fix="Leave it out.",
                reads=(("system",),),
            )
