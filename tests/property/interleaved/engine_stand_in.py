"""What `pulumi up` does with the services of a stack, without an engine: it runs the library's own gate.

As in the engine, a hook runs only where the value of the record differs from the state, a failed hook leaves record
and state alone, and what a killed run has made is not in the state.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.runtime.config import CONFIG

from strata.errors import BusyError, RefusedError, RolloutError, StrataError
from strata.exit_code import ExitCode
from strata.images.image_trust import ImageTerms
from strata.naming import record_name
from strata.project.stack_file import read_stack
from strata.rollout import gate as gates
from strata.rollout.gate import ReleaseGate
from strata.rollout.gated_service import DesiredRelease
from strata.rollout.record import ServerRelease, TaskRelease, read_release
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.tasks.task_spec import TaskSpec
from strata.rollout.wiring import DEPLOYERS
from strata.settings.load import load_stack
from strata.settings.models import ImageProofSettings
from strata.settings.proven_images import images_with_proof
from tests.property.interleaved.mortal_client import Killed
from tests.property.interleaved.two_stacks import API, PROJECT, SERVICES, STACKS, WEB, TwoStacks, read_yaml
from tests.unit.rollout.stand_in import Memory

__all__ = ["POLL_SECONDS", "StandIn"]

POLL_SECONDS = 30.0


@dataclass
class State:
    """What the engine knows of one service.

    Args:
        record: value of its record.
        version: what its newest launch template version or task definition launches.
        made: the number or the ARN of that.
    """

    record: str
    version: str
    made: int | str


@dataclass
class StandIn:
    """The engine of both stacks.

    Args:
        world: the stacks.
        session: what gates call AWS with.
    """

    world: TwoStacks
    session: Any
    warned: list[str] = field(default_factory=list[str])
    """What the gates of the last `up` warned of."""
    states: dict[tuple[str, str], State] = field(default_factory=dict[tuple[str, str], State])

    def __post_init__(self) -> None:
        for stack in STACKS:
            for service in SERVICES:
                self.states[stack, service] = State("", "", 0)
                self.refresh(stack, service)

    def refresh(self, stack: str, service: str) -> None:
        """Compare the state with AWS, as `--refresh` does."""
        name = self.world.record(stack, service)
        value = self.world.aws.ssm.get_parameters(Names=[name])["Parameters"][0]["Value"]
        self.states[stack, service] = State(value, *self.world.newest(stack, service))

    async def up(self, stack: str, *, refresh: bool = False) -> None:
        """Apply a stack; every service is tried.

        Raises:
            StrataError: it failed, as `rollback.pulumi_up` raises what the gates have noted.
        """
        settings = load_stack(read_stack(self.world.folder, stack)).settings
        self.warned = []
        proven = self._proven(stack)
        failed: list[StrataError] = []
        for service in SERVICES:
            if refresh:
                self.refresh(stack, service)
            pin = settings.images[WEB].version if service == WEB else settings.container_images[API].version
            part: Any = settings.services[WEB] if service == WEB else settings.container_services[API]
            terms = ImageTerms.of(settings.promotion, settings.images[WEB] if service == WEB else None)
            try:
                await self._apply(stack, service, str(pin), part, replace(terms, proven=proven))
            except StrataError as error:
                failed.append(error)
            if self.world.way.dead:
                raise Killed
        if failed:
            kinds: dict[ExitCode, type[StrataError]] = {ExitCode.BUSY: BusyError, ExitCode.REFUSED: RefusedError}
            codes = {each.exit_code for each in failed}
            kind = kinds.get(failed[0].exit_code, RolloutError) if len(codes) == 1 else RolloutError
            raise kind("; ".join(each.message for each in failed))

    def _proven(self, stack: str) -> Mapping[str, ImageProofSettings] | None:
        """What a program finds proven in the configuration that the engine hands it."""
        said = read_yaml(self.world.file(stack).read_text())["config"]
        handed = {key: value if isinstance(value, str) else json.dumps(value) for key, value in said.items()}
        before = CONFIG.set(handed)
        try:
            return images_with_proof()
        finally:
            CONFIG.reset(before)

    async def _apply(self, stack: str, service: str, version: str, settings: Any, terms: ImageTerms) -> None:
        world, state = self.world, self.states[stack, service]
        if state.version != version:
            new = world.new_template_version if service == WEB else world.new_definition
            # what a killed run has made is not in the state
            made = new(stack, version)
            state.version, state.made = version, made
        release = world.release(stack, service, version, state.made)
        gated = self._gated(stack, service, settings, terms)
        console = Memory()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(gates, "PulumiConsole", lambda _component: console)
            gate = ReleaseGate(
                DEPLOYERS["servers" if service == WEB else "tasks"],
                session=self.session,
                clock=world.aws.clock,
                poll_seconds=POLL_SECONDS,
            )
            parts: dict[str, Any] = {}
            if isinstance(release, ServerRelease):
                parts = {"template": release.template, "template_version": release.template_version}
            if isinstance(release, TaskRelease):
                parts = {"task_definition": release.task_definition}
            desired = DesiredRelease(fleet=release.fleet, image=release.image, digest=release.digest, **parts)
            kept = await gate.kept(gated, desired)
            value = kept.written(release)
            self.warned += [f"{service}: {each}" for each in console.warned]
            if value != state.record:
                args: Any = SimpleNamespace(
                    old_inputs={"insecureValue": state.record}, new_inputs={"insecureValue": value}
                )
                await gate._release(gated, args, first=False)
                assert read_release(value), "nothing else is ever written"
                world.aws.ssm.put_parameter(
                    Name=world.record(stack, service), Value=value, Type="String", Overwrite=True
                )
                state.record = value

    def _gated(self, stack: str, service: str, settings: Any, terms: ImageTerms) -> Any:
        record = record_name(PROJECT, stack, service)
        kind = ServerSpec if service == WEB else TaskSpec
        return SimpleNamespace(
            service=service,
            component=None,
            spec=kind.of_service(service, settings, record=record, terms=terms),
            record=record,
            alarm_names=SimpleNamespace(future=_known(())),
            parameters=None,
            url=None,
        )


def _known(value: Any) -> Callable[[], Awaitable[Any]]:
    async def future() -> Any:
        return value

    return future
