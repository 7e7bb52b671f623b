"""A task that somebody is let into: how it is kept, and how it ends."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.break_glass.glass_task_driver import GlassTaskDriver
from strata.break_glass.unit_refusals import refuse_below_floor, refuse_while_rolling
from strata.clock import Clock, parse_moment
from strata.errors import RefusedError, UsageError
from strata.rollout.break_glass_note import BreakGlass, GlassMode
from strata.rollout.record import TaskRelease
from strata.rollout.tasks.task_driver import place_of

__all__ = ["TaskUnit"]


@dataclass(frozen=True)
class TaskUnit:
    """One task of a service of the stack, see `GlassUnit`.

    Args:
        driver: AWS.
        clock: time.
        stack: as people name it.
        service: its service.
        described: the task in AWS's words.
        release: what its service is proven to run.
    """

    driver: GlassTaskDriver
    clock: Clock
    stack: str
    service: str
    described: Mapping[str, Any]
    release: TaskRelease

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.described["taskArn"]).rpartition("/")[2]

    @property
    def place(self) -> str:
        """ARN of its service."""
        return self.release.service

    @property
    def kept(self) -> bool:
        """Never: ECS keeps no task that runs."""
        return False

    def mode(self, *, in_service: bool) -> GlassMode:
        if in_service:
            raise UsageError(
                f"--in-service is given, and {self.id} is a task, which always stays in service",
                fix="Leave --in-service out.",
            )
        return GlassMode.TASK

    def refuse_to_hold(self, mode: GlassMode) -> None:
        del mode  # there is one only
        if self.described["lastStatus"] != "RUNNING":
            raise RefusedError(
                f"task {self.id} of {self.service} is {self.described['lastStatus']}, and only one that runs can be "
                "looked into",
                fix="Choose a task that is RUNNING.",
            )
        if not self.described.get("enableExecuteCommand"):
            raise RefusedError(
                f"task {self.id} was started without a way in: {self.service} has `execute_command: false`",
                fix=f"Set `strata:container_services.{self.service}.execute_command: true` and run `pulumi up`: tasks "
                "that are started from then on have it.",
            )
        newest = next(iter(self.driver.deployments(self.place, most=1)), None)
        if newest is not None and newest.active:
            refuse_while_rolling(self.stack, self.service, f"would wait for {self.id}")

    def hold(self, note: BreakGlass) -> None:
        left = parse_moment(note.until).timestamp() - self.clock.now()
        self.driver.protect_task(self.place, self.id, max(1, math.ceil(left / 60)))

    def mark(self, note: BreakGlass) -> None:
        self.driver.taint_task(str(self.described["taskArn"]), f"{note.at} {note.by}")

    def way_in(self) -> str:
        cluster, _ = place_of(self.place)
        return (
            f"{self.driver.command_line} ecs execute-command --cluster {cluster} --task {self.id} --container "
            f"{self.service} --interactive --command /bin/sh"
        )

    def refuse_to_end(self) -> None:
        service = self.driver.service(self.place)
        if service is None:
            return
        serving = [self.driver.healthy_addresses(groups) for groups in service.target_groups]
        healthy = {
            each.id
            for each in self.driver.tasks(self.place)
            if each.status == "RUNNING"
            and each.health != "UNHEALTHY"
            and all(each.addresses & addresses for addresses in serving)
        }
        if self.id in healthy:
            cluster, name = place_of(self.place)
            refuse_below_floor(
                f"task {self.id} must not be stopped",
                f"tasks of {self.service}",
                "starts",
                others=len(healthy - {self.id}),
                desired=service.desired,
                fix=f"Wait for the others; where there is only this one, run `{self.driver.command_line} ecs "
                f"update-service --cluster {cluster} --service {name} --desired-count {service.desired + 1}` first.",
            )

    def end(self) -> None:
        if self.described.get("desiredStatus") != "STOPPED":
            self.driver.stop_task(self.place, self.id, "strata break-glass close: a tainted task never serves again")
