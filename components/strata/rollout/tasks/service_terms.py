"""What a service of Amazon ECS is to be by its settings: what a program makes, and what a check of it compares (pure).

The desired count is not among it: how many tasks there are belongs to scaling and to people.
"""

from dataclasses import dataclass
from typing import Final

from strata.rollout.tasks.deployment import DeploymentConfiguration
from strata.rollout.tasks.listener_rule import RuleTerms
from strata.rollout.tasks.task_spec import wanted_configuration
from strata.settings.models import AlarmGate, ContainerServiceSettings

__all__ = ["PROPAGATED_TAGS", "ServiceTerms"]

PROPAGATED_TAGS: Final = "TASK_DEFINITION"
"""Whose tags a task gets: by those of its task definition it is known as of a release."""


@dataclass(frozen=True, kw_only=True)
class ServiceTerms:
    """A service of Amazon ECS as the settings want it.

    Args:
        configuration: how its deployments proceed; neither alarms nor hooks are in it.
        alarms_enabled: whether alarms stop a deployment.
        alarms_roll_back: whether they take it back.
        least: tasks at least.
        most: tasks at most.
        platform_version: version of Fargate's platform.
        execute_command: whether people may open a shell in its containers.
        grace_seconds: seconds after the start of a task in which what a load balancer says of it does not count.
        behind_load_balancer: whether a load balancer brings requests.
        test_rule: the listener rule of test requests; None for none.
    """

    configuration: DeploymentConfiguration
    alarms_enabled: bool
    alarms_roll_back: bool
    least: int
    most: int
    platform_version: str
    execute_command: bool
    grace_seconds: int
    behind_load_balancer: bool
    test_rule: RuleTerms | None

    @classmethod
    def of_service(cls, settings: ContainerServiceSettings) -> "ServiceTerms":
        """What the settings of a service want.

        Args:
            settings: its settings.
        """
        routed, rollout = bool(settings.routes), settings.rollout
        watched = routed and rollout.alarms is not AlarmGate.OFF
        return cls(
            configuration=wanted_configuration(settings),
            alarms_enabled=watched,
            alarms_roll_back=watched and rollout.goes_back,
            least=settings.capacity.min,
            most=settings.capacity.max,
            platform_version=settings.platform_version,
            execute_command=settings.execute_command,
            grace_seconds=settings.boot_seconds if routed else 0,
            behind_load_balancer=routed,
            test_rule=RuleTerms.of_test_rule(settings),
        )
