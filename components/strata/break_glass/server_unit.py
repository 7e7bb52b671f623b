"""A server that somebody is let into: how it is kept, and how it ends."""

from dataclasses import dataclass

from strata.break_glass.glass_driver import GlassDriver
from strata.break_glass.unit_refusals import refuse_below_floor, refuse_while_rolling
from strata.errors import RefusedError
from strata.rollout.break_glass_note import BreakGlass, GlassMode
from strata.rollout.record import ServerRelease
from strata.rollout.servers.driver import read_fleet
from strata.rollout.servers.views import GroupView, ServerView

__all__ = ["ServerUnit"]


@dataclass(frozen=True)
class ServerUnit:
    """One server of a group of the stack, see `GlassUnit`.

    Args:
        driver: AWS.
        stack: as people name it.
        service: its service.
        group: its group.
        server: the server.
        release: what its service is proven to run.
    """

    driver: GlassDriver
    stack: str
    service: str
    group: GroupView
    server: ServerView
    release: ServerRelease | None

    @property
    def id(self) -> str:
        """Its id."""
        return self.server.id

    @property
    def place(self) -> str:
        """Its group."""
        return self.group.name

    @property
    def kept(self) -> bool:
        """Whether its group keeps it."""
        return self.server.retained

    def mode(self, *, in_service: bool) -> GlassMode:
        return GlassMode.IN_SERVICE if in_service else GlassMode.STANDBY

    def refuse_to_hold(self, mode: GlassMode) -> None:
        server = self.server
        if mode is GlassMode.IN_SERVICE and not server.in_service:
            raise RefusedError(
                f"{self.id} of {self.service} is {server.lifecycle}, and only a server in service can stay so",
                fix="Leave --in-service out."
                if server.standby or server.retained
                else "Choose a server that is in service.",
            )
        if mode is GlassMode.IN_SERVICE:
            self._refuse_while_rolling()
        if mode is GlassMode.IN_SERVICE or server.standby or server.retained:
            return
        if not server.in_service:
            raise RefusedError(
                f"{self.id} of {self.service} is {server.lifecycle}, and AWS puts only servers in service into standby",
                fix="Wait until it is in service, or choose another server."
                if server.counts
                else "Choose another server: this one is on its way out.",
            )
        self._refuse_while_rolling()
        if "Launch" in self.group.suspended:
            raise RefusedError(
                f"the process Launch of group {self.place} is suspended: no fresh server would take the place of "
                f"{self.id}",
                fix=f"Run `{self.driver.command_line} autoscaling resume-processes --auto-scaling-group-name "
                f"{self.place} --scaling-processes Launch`, or add --in-service.",
            )
        self._refuse_below_floor(
            "taken out of service",
            "Wait for the others, or add --in-service, which takes no server out.",
        )

    def hold(self, note: BreakGlass) -> None:
        if note.mode is GlassMode.IN_SERVICE:
            if not self.server.protected:
                self.driver.protect(self.place, self.id)
        elif not (self.server.standby or self.server.retained):
            self.driver.enter_standby(self.place, self.id)

    def mark(self, note: BreakGlass) -> None:
        self.driver.taint(self.id, f"{note.at} {note.by}")

    def way_in(self) -> str:
        return f"{self.driver.command_line} ssm start-session --target {self.id}"

    def refuse_to_end(self) -> None:
        if self.server.in_service:
            self._refuse_below_floor(
                "ended",
                f"Wait for the others; where there is only this one, run `{self.driver.command_line} autoscaling "
                f"set-desired-capacity --auto-scaling-group-name {self.place} --desired-capacity "
                f"{self.group.desired + 1}` first.",
            )

    def end(self) -> None:
        # scale-in protection is none against a request by name (EC2 Auto Scaling)
        if not self.server.leaving:
            self.driver.terminate(self.id)

    def _refuse_while_rolling(self) -> None:
        newest = next(iter(self.driver.refreshes(self.place, most=1)), None)
        if newest is not None and newest.active:
            refuse_while_rolling(self.stack, self.service, f"counts on {self.id}")

    def _refuse_below_floor(self, what: str, fix: str) -> None:
        fleet = read_fleet(self.driver, self.group)
        # with an unhealthy one nothing is lost
        if self.id in fleet.healthy:
            refuse_below_floor(
                f"{self.id} must not be {what}",
                f"servers of {self.service}",
                "boots",
                others=len(fleet.healthy - {self.id}),
                desired=self.group.desired,
                fix=fix,
            )
