"""A service of containers in a story about rollouts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from strata.rollout.record import DIGEST_TAG
from strata.verdict_names import revoked_image_name
from strata_rehearsal.cloud.faults import Fault, FaultKind
from tests.integration.support.rolled import ENDLESS_SECONDS, Started, version_question
from tests.integration.support.task_observer import serving_groups
from tests.integration.support.trial import Trial

__all__ = ["STRATEGIES", "RolledTasks", "digest"]

STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": {},
    "blue-green": {"bake_minutes": 3},
    "linear": {"bake_minutes": 3, "linear_step_percent": 50, "linear_bake_minutes": 3},
    "canary": {"bake_minutes": 3, "canary_bake_minutes": 3},
}
"""With the settings that only they have, and quick."""
FOREIGN = "9.9.9"
"""The version of what a colleague deploys by hand: nothing that a program asks for."""
START_SECONDS = 30
"""From the start of a task until it runs."""
ACTIVE = ("PENDING", "IN_PROGRESS")


def digest(*names: str) -> str:
    """Of a container image that no builder has made: a registry other than ECR's has whatever is asked for."""
    return f"sha256:{''.join(names).encode().hex().ljust(64, '0')[-64:]}"


@dataclass
class RolledTasks:
    """Tasks, which Amazon ECS replaces by service deployment.

    Args:
        trial: its stack.
        name: the service's name.
        strategy: how they are replaced.
        desired: how many tasks it wants.
    """

    trial: Trial
    name: str
    strategy: str
    desired: int = 2

    DEPLOYER: ClassVar[str] = "tasks"
    SUCCEEDED: ClassVar[str] = "SUCCESSFUL"
    WENT_BACK: ClassVar[str] = "ROLLBACK_SUCCESSFUL"
    SUPERSEDED: ClassVar[str] = "ROLLBACK_SUCCESSFUL"
    NOT_LAUNCHED: ClassVar[FaultKind] = FaultKind.CANNOT_PULL

    @property
    def ceiling(self) -> int:
        return 2 * self.desired

    @property
    def shifts(self) -> bool:
        """Whether requests move from one target group to the other."""
        return self.strategy != "rolling"

    @property
    def goes_on(self) -> bool:
        return not self.shifts

    def describe(self, priority: int, *, held: bool, pause_minutes: int, verified: bool, **rollout: Any) -> None:
        whole: dict[str, Any] = {"strategy": self.strategy, "progress_deadline_seconds": 3600 if held else 300}
        if self.shifts:
            whole["pause_minutes"] = pause_minutes
        if verified:
            whole["verify"] = version_question(priority)
        if verified and self.shifts:
            whole["test_rule"] = {"priority": priority - 1}
        self.trial.extra.setdefault("strata:container_services", {})[self.name] = {
            "capacity": {"min": self.desired, "max": 2 * self.desired},
            "scaling": None,
            "drain_seconds": 20,
            "routes": [{"priority": priority, "paths": [f"/{priority}/*"]}],
            "rollout": {**whole, **STRATEGIES[self.strategy], **rollout},
        }
        self.trial.site.cloud.set_boot_seconds(self.name, ENDLESS_SECONDS if held else START_SECONDS)

    def pin(self, version: str) -> None:
        self.trial.extra.setdefault("trial:images", {})[self.name] = self._reference(version)

    def image(self, version: str) -> str:
        return digest(self.trial.stack, self.name, version)

    def spoil(self, version: str, kind: FaultKind, after: float | None = None) -> None:
        self.trial.site.cloud.add_fault(Fault(kind, image=self.image(version), after=after))

    def revoke(self, version: str, reason: str) -> None:
        name = revoked_image_name(self.image(version))
        assert name is not None
        self.trial.site.client("ssm").put_parameter(Name=name, Value=reason, Type="String")

    def let_start(self) -> None:
        self.trial.site.cloud.set_boot_seconds(self.name, START_SECONDS, waiting=True)

    def let_next_start(self) -> None:
        self.trial.site.cloud.set_boot_seconds(self.name, START_SECONDS)

    def start_foreign(self) -> None:
        definition = self._definition(self.launched_definition)
        main, *others = definition["containerDefinitions"]
        kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "requiresCompatibilities")
        made = self._ecs.register_task_definition(
            **{name: definition[name] for name in (*kept, "cpu", "memory", "runtimePlatform") if name in definition},
            containerDefinitions=[{**main, "image": self._reference(FOREIGN)}, *others],
            tags=[{"key": DIGEST_TAG, "value": "another"}],
        )["taskDefinition"]
        self._start_endless(taskDefinition=made["taskDefinitionArn"])

    def start_again(self) -> None:
        self._start_endless(forceNewDeployment=True)

    def start_back_to(self, version: str) -> None:
        family, _, newest = self.launched_definition.rpartition(":")
        for number in range(1, int(newest)):
            definition = self._definition(f"{family}:{number}")
            if definition["containerDefinitions"][0]["image"] == self._reference(version):
                self._start(taskDefinition=definition["taskDefinitionArn"])
                return
        raise AssertionError(f"no task definition before {self.launched_definition} launches {version}")

    def end_foreign(self) -> None:
        self._ecs.stop_service_deployment(serviceDeploymentArn=self.rollouts[0].id, stopType="ROLLBACK")

    @property
    def rollouts(self) -> list[Started]:
        *since, _ = self._shown["deployments"]
        found = [(each["serviceDeploymentArn"], each["status"]) for each in since]
        return [Started(arn, f"deployment {arn.rpartition('/')[2]}", how, how in ACTIVE) for arn, how in found]

    @property
    def recorded(self) -> str | None:
        found = self.trial.task_record(self.name)
        return found.image.version if found else None

    @property
    def launches(self) -> str:
        reference = self._definition(self.launched_definition)["containerDefinitions"][0]["image"]
        return str(reference).rpartition("@")[2]

    @property
    def running(self) -> Mapping[str, str]:
        return {each["id"]: each["digest"] for each in self.trial.tasks(self.name)}

    @property
    def serving(self) -> frozenset[str]:
        return frozenset(serving_groups(self.trial.site.client("elbv2"), self._described["loadBalancers"]))

    @property
    def launched_definition(self) -> str:
        """ARN of the task definition that new tasks run."""
        return str(self._described["taskDefinition"])

    @property
    def _described(self) -> Mapping[str, Any]:
        place = self._shown
        (found,) = self._ecs.describe_services(cluster=place["cluster"], services=[place["name"]])["services"]
        return found

    @property
    def _ecs(self) -> Any:
        return self.trial.site.client("ecs")

    @property
    def _shown(self) -> dict[str, Any]:
        return self.trial.container_service(self.name)

    def _definition(self, arn: str) -> dict[str, Any]:
        return self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]

    def _reference(self, version: str) -> str:
        return f"registry.example.com/{self.name}:{version}@{self.image(version)}"

    def _start(self, **change: Any) -> None:
        place = self._shown
        self._ecs.update_service(cluster=place["cluster"], service=place["name"], **change)

    def _start_endless(self, **change: Any) -> None:
        """Those tasks that are started now never run; those of a later deployment do."""
        cloud = self.trial.site.cloud
        cloud.set_boot_seconds(self.name, ENDLESS_SECONDS)
        self._start(**change)
        cloud.set_boot_seconds(self.name, START_SECONDS)
