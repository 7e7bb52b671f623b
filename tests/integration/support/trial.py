"""One stack of a test: its stack file, the engine on it, and what the local AWS says of its services."""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from strata.engine.engine_run import EngineResult, EngineRun
from strata.engine.events import Event
from strata.naming import record_name
from strata.rollout.record import ServerRelease, TaskRelease, proven_by
from strata.rollout.servers.views import GroupView, RefreshView
from strata.rollout.verifying.balancer_request import LOAD_BALANCERS_VARIABLE
from strata_rehearsal.cloud.faults import Fault, FaultKind
from strata_rehearsal.cloud.machine_images import Image
from strata_rehearsal.run.aws_config import OWN_KEYS, aws_config, aws_environment
from strata_rehearsal.run.request import image_id
from strata_rehearsal.workspace.recovery import recover
from strata_rehearsal.workspace.stack_engine import StackEngine
from strata_rehearsal.workspace.workspace import ready_workspace
from tests.integration.support.history import History
from tests.integration.support.site import REGION, Site

__all__ = ["PROGRAMS", "Said", "Trial"]

PROGRAMS = Path(__file__).parents[1] / "programs"
PROJECT = "trial"
ACTIVE = {"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING"}
"""States of a task that takes a place."""


@dataclass
class Said:
    """Everything a run told, as it is told."""

    lines: list[str] = field(default_factory=list[str])
    changed: set[str] = field(default_factory=set[str])
    """Types of the resources that it changed, or would."""

    def console(self, line: str, /) -> None:
        self.lines.append(line)

    def event(self, event: Event, /) -> None:
        told = event.diagnostic
        if told is not None and told.message:
            self.lines.append(told.message)
        step = event.step
        if step is not None and step.operation not in ("same", "read", "refresh"):
            self.changed.add(step.type)

    def has(self, text: str) -> bool:
        return any(text in line for line in self.lines)


@dataclass
class Trial:
    """A stack with a name, images and faults of its own in the shared local AWS.

    Args:
        site: where it is applied.
        stack: its name.
        services: what its stack file says under `strata:services`.
        versions: the image version each service is told to run.
        program: folder below `programs`.
        extra: further keys of the stack file.
    """

    site: Site
    stack: str
    services: dict[str, dict[str, Any]]
    versions: dict[str, str] = field(default_factory=dict[str, str])
    program: str = "fleet"
    stage: str = "staging"
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    boot_seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Simulated seconds the servers of a service take to boot. Default: the local AWS's, 60."""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    endpoint: str | None = None
    """Where the program and its plugin look for AWS. Default: the local AWS itself."""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    """What they get on top of the engine's environment."""
    began: int = 0

    def __post_init__(self) -> None:
        self.versions = {**dict.fromkeys(self.services, "1.0.0"), **self.versions}
        self.mark()

    # images and faults

    def app(self, service: str) -> str:
        """The tag `app` of the service's image: no two stacks share one."""
        return f"{service}-{self.stack}"

    def image(self, service: str, version: str | None = None) -> str:
        """Id of the service's image."""
        return image_id(self.app(service), version or self.versions[service])

    def break_image(self, service: str, version: str, kind: FaultKind, after: float | None = None) -> None:
        """Let servers of an image suffer from a fault from now on."""
        self.site.cloud.add_fault(Fault(kind, image=self.image(service, version), after=after))

    def mend_image(self, service: str, version: str) -> None:
        """Lift the faults of an image; its servers recover."""
        self.site.cloud.clear_faults(image=self.image(service, version))

    def pin(self, services: Iterable[str], version: str) -> None:
        """Tell several services to run an image version from now on."""
        self.versions |= dict.fromkeys(services, version)

    # the engine

    @property
    def folder(self) -> Path:
        """The project's own folder."""
        return self.site.folder / "projects" / self.stack

    def engine(self, **versions: str) -> StackEngine:
        """The engine on the stack as it is described now.

        Args:
            versions: image versions to run from now on, by service.
        """
        self.versions |= versions
        self._add_images()
        self._write()
        workspace = ready_workspace(
            self.site.home,
            self.folder,
            self.stack,
            config=aws_config(self.endpoint or self.site.cloud.endpoint, REGION),
            without=OWN_KEYS,
        )
        environment = {
            "STRATA_CLOCK": self.site.cloud.clock.variable(),
            LOAD_BALANCERS_VARIABLE: self.site.cloud.endpoint,
            **aws_environment(self.endpoint or self.site.cloud.endpoint, REGION),
            # the engine's own call, which is not under test and must get through
            "AWS_ENDPOINT_URL_KMS": self.site.cloud.endpoint,
            # what encrypts its secrets is in the state, and not in a stack file that is written before each run
            "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
            **self.environment,
        }
        return StackEngine(self.site.cli, self.site.home, workspace, environment=environment)

    async def start_up(self, said: Said | None = None, *arguments: str, **versions: str) -> EngineRun:
        """Begin to apply the stack; for a test that interrupts or kills it."""
        engine = await self._stack_made(**versions)
        await recover(engine)
        return await engine.start("up", arguments, listener=said)

    async def up(self, *arguments: str, said: Said | None = None, **versions: str) -> EngineResult:
        """Apply the stack, after clearing up what a killed run left."""
        engine = await self._stack_made(**versions)
        await recover(engine)
        return await engine.up(*arguments, listener=said)

    async def preview(self, *arguments: str, said: Said | None = None, **versions: str) -> EngineResult:
        """What an `up` would do."""
        engine = await self._stack_made(**versions)
        return await engine.preview(*arguments, listener=said)

    async def _stack_made(self, **versions: str) -> StackEngine:
        """The engine on a stack that is there: the first of a site is made by the engine, the others are like it."""
        engine = self.engine(**versions)
        file = engine.state.file
        if file.exists():
            return engine
        made = self.site.new_stack
        if made is None:
            await engine.create_stack()
            made = self.site.new_stack = json.loads(file.read_text())
            # what it says of the secrets is no longer so
            shutil.rmtree(engine.workspace.folder)
        latest = {**made["checkpoint"]["latest"], "secrets_providers": self.site.secrets_provider}
        whole = {**made["checkpoint"], "stack": f"organization/{PROJECT}/{self.stack}", "latest": latest}
        file.write_text(json.dumps({**made, "checkpoint": whole}))
        return self.engine()

    async def destroy(self) -> EngineResult:
        """Delete everything the stack made."""
        return await self.engine().destroy()

    async def unchanged(self) -> EngineResult:
        """`pulumi preview --refresh --expect-no-changes`."""
        return await self.preview("--refresh", "--expect-no-changes")

    # what the local AWS says

    def mark(self) -> None:
        """From now on `history` begins here."""
        self.began = self.site.cloud.admin("state")["events"]

    @property
    def history(self) -> History:
        """What happened since the last mark, of all stacks."""
        return History.since(self.site.cloud, self.began)

    def record(self, service: str) -> ServerRelease | None:
        """What the service is proven to run."""
        name = record_name(PROJECT, self.stack, service)
        return proven_by(ServerRelease, self.site.driver.parameters([name]).get(name))

    def recorded(self, service: str) -> str | None:
        """The image version its record names."""
        found = self.record(service)
        return found.image.version if found else None

    def task_record(self, service: str) -> TaskRelease | None:
        """What the container service is proven to run."""
        name = record_name(PROJECT, self.stack, service)
        return proven_by(TaskRelease, self.site.driver.parameters([name]).get(name))

    def container_service(self, service: str) -> dict[str, Any]:
        """A container service with its tasks and deployments, as the local AWS shows them in one look."""
        tags = {"strata:stack": self.stack, "strata:service": service}
        (found,) = (each for each in self.site.cloud.state()["services"] if tags.items() <= each["tags"].items())
        return found

    def tasks(self, service: str) -> list[dict[str, Any]]:
        """The tasks of a container service that run or are about to."""
        return [each for each in self.container_service(service)["tasks"] if each["state"] in ACTIVE]

    def task_digests(self, service: str) -> set[str]:
        """Digests of the images that the tasks of a container service run."""
        return {each["digest"] for each in self.tasks(service)}

    def runs_in_tasks(self, service: str, version: str, digest: str) -> None:
        """The record and every task of a container service agree on the version.

        Args:
            service: the service.
            version: its version.
            digest: of its image.
        """
        record = self.task_record(service)
        assert record is not None
        assert record.image.version == version
        assert self.task_digests(service) == {digest}

    def group(self, service: str) -> GroupView:
        """The service's group; there must be exactly one."""
        tags = {"strata:stack": self.stack, "strata:service": service}
        (found,) = self.site.driver.groups_tagged(tags)
        return found

    def refreshes(self, service: str) -> list[RefreshView]:
        """The group's refreshes, newest first."""
        return self.site.driver.refreshes(self.group(service).name)

    def running(self, service: str) -> dict[str, str]:
        """Image id by server, for the servers that are in service."""
        wanted = {each.id for each in self.group(service).servers if each.in_service}
        if not wanted:
            return {}
        found = self.site.client("ec2").describe_instances(InstanceIds=sorted(wanted))["Reservations"]
        return {each["InstanceId"]: each["ImageId"] for part in found for each in part["Instances"]}

    def runs_only(self, service: str, version: str) -> bool:
        """Whether every server in service runs that version, and there are as many as wanted."""
        running = self.running(service)
        return set(running.values()) <= {self.image(service, version)} and len(running) == self.group(service).desired

    def saved_image(self, service: str) -> str:
        """Id of the image that the group launches from now on."""
        group = self.group(service)
        assert group.template
        assert group.saved_version
        return str(self.site.driver.template_data(group.template, group.saved_version)["ImageId"])

    def is_live(self, service: str, version: str) -> None:
        """Record, group and every server agree on the version."""
        assert self.recorded(service) == version
        assert self.saved_image(service) == self.image(service, version), "the group launches another image"
        assert self.runs_only(service, version), f"not every server runs {version}: {self.running(service)}"

    def alarms(self, service: str) -> list[str]:
        """Names of the alarms that gate the service."""
        groups = self.group(service).target_groups
        suffixes = {arn.rsplit(":", 1)[-1] for arn in groups}
        pages = self.site.client("cloudwatch").get_paginator("describe_alarms").paginate()
        return sorted(
            alarm["AlarmName"]
            for page in pages
            for alarm in page["MetricAlarms"]
            if any(suffix in json.dumps(alarm, default=str) for suffix in suffixes)
        )

    # files

    def _add_images(self) -> None:
        self.site.cloud.add_images(
            Image(self.app(service), version, self.image(service, version), boot_seconds=self.boot_seconds.get(service))
            for service, version in self.versions.items()
        )

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        program = {"name": PROJECT, "runtime": "python", "main": str(PROGRAMS / self.program)}
        settings: Mapping[str, Any] = {
            "aws:region": REGION,
            "strata:stage": self.stage,
            "strata:tags": self.tags,
            # images are pinned by the test, and no other stack has proven them
            "strata:promotion": {"require_proof": False},
            "strata:images": {
                service: {"version": version, "id": self.image(service), "app": self.app(service)}
                for service, version in self.versions.items()
            },
            "strata:services": self.services,
            "trial:network": dict(self.site.network),
            **self.extra,
        }
        for name, content in (("Pulumi.yaml", program), (f"Pulumi.{self.stack}.yaml", {"config": settings})):
            # in one step: a command of the test may be reading it
            new = self.folder / f"{name}.new"
            with new.open("w") as stream:
                YAML(typ="safe").dump(content, stream)
            new.replace(self.folder / name)
