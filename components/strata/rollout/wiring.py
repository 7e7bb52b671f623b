"""Which deployer a gate rolls by: the one place that joins the two.

What only a running gate needs is imported when it runs: programs that import a service in unit tests run none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from strata.resource_hooks import Console, hooks_work
from strata.rollout.gate import POLL_SECONDS, DeployerFactory, ReleaseGate
from strata.rollout.gated_service import Gate, NoGate

if TYPE_CHECKING:
    import boto3

    from strata.aws.clients import Clients
    from strata.aws.outage import Patience
    from strata.clock import Clock
    from strata.rollout.servers.server_deployer import ServerDeployer
    from strata.rollout.tasks.task_deployer import TaskDeployer

__all__ = ["DEPLOYERS", "default_gate", "default_task_gate", "server_gate", "task_gate"]


def default_gate(session: "boto3.Session | None" = None) -> Gate:
    """The gate a service uses unless it is given another: a real one, or none under Pulumi's mocks.

    Args:
        session: what to call AWS with, for a service on an explicit provider.
    """
    return server_gate(session=session) if hooks_work() else NoGate()


def default_task_gate(session: "boto3.Session | None" = None) -> Gate:
    """The gate a container service uses unless it is given another: a real one, or none under Pulumi's mocks.

    Args:
        session: what to call AWS with, for a service on an explicit provider.
    """
    return task_gate(session=session) if hooks_work() else NoGate()


def server_gate(
    *, session: "boto3.Session | None" = None, clock: "Clock | None" = None, poll_seconds: float = POLL_SECONDS
) -> ReleaseGate:
    """A gate that rolls servers by instance refresh.

    Args:
        session: what to call AWS with. Default: built from the configuration of the default provider (`aws:*`).
        clock: time and sleep. Default: the system's.
        poll_seconds: pause between two looks at AWS. Default: 15.
    """
    return ReleaseGate(DEPLOYERS["servers"], session=session, clock=clock, poll_seconds=poll_seconds)


def task_gate(
    *, session: "boto3.Session | None" = None, clock: "Clock | None" = None, poll_seconds: float = POLL_SECONDS
) -> ReleaseGate:
    """A gate that rolls the tasks of a container service by service deployment.

    Args:
        session: what to call AWS with. Default: built from the configuration of the default provider (`aws:*`).
        clock: time and sleep. Default: the system's.
        poll_seconds: pause between two looks at AWS. Default: 15.
    """
    return ReleaseGate(DEPLOYERS["tasks"], session=session, clock=clock, poll_seconds=poll_seconds)


def _server_deployer(
    clients: "Clients", patience: "Patience | None", clock: "Clock", console: Console, poll_seconds: float
) -> "ServerDeployer":
    from strata.rollout.servers.async_driver import AsyncDriver
    from strata.rollout.servers.driver import Driver
    from strata.rollout.servers.server_deployer import ServerDeployer

    return ServerDeployer(AsyncDriver(Driver(clients), clients.renew, patience), clock, console, poll_seconds)


def _task_deployer(
    clients: "Clients", patience: "Patience | None", clock: "Clock", console: Console, poll_seconds: float
) -> "TaskDeployer":
    from strata.rollout.tasks.async_task_driver import AsyncTaskDriver
    from strata.rollout.tasks.task_deployer import TaskDeployer
    from strata.rollout.tasks.task_driver import TaskDriver

    return TaskDeployer(AsyncTaskDriver(TaskDriver(clients), clients.renew, patience), clock, console, poll_seconds)


DEPLOYERS: Final[Mapping[str, DeployerFactory]] = {"servers": _server_deployer, "tasks": _task_deployer}
"""All there are, by what they replace."""
