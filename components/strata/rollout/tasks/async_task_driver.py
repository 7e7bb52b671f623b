"""The AWS calls of a rollout of tasks as async methods: `await aws.deployments(service)`."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from strata.errors import RolloutError
from strata.rollout.aws_calls import Certain, Once, Repeatable
from strata.rollout.run_once.once_parameters import AsyncOnceParameters
from strata.rollout.tasks.task_driver import TaskDriver
from strata.rollout.tasks.task_views import ContainerServiceView

__all__ = ["AsyncTaskDriver"]


class AsyncTaskDriver(AsyncOnceParameters):
    """`TaskDriver`, awaited."""

    driver: TaskDriver

    service = Certain(TaskDriver.service)
    deployments = Repeatable(TaskDriver.deployments)
    save = Repeatable(TaskDriver.update)
    configure = Repeatable(TaskDriver.configure)
    last_success = Repeatable(TaskDriver.last_success)
    deployment = Certain(TaskDriver.deployment)
    deployment_if_listed = Repeatable(TaskDriver.deployment)
    revision = Certain(TaskDriver.revision)
    definition = Certain(TaskDriver.definition)
    tasks = Repeatable(TaskDriver.tasks)
    stopped_tasks = Once(TaskDriver.tasks)
    healthy_addresses = Repeatable(TaskDriver.healthy_addresses)
    log_lines = Once(TaskDriver.log_lines)
    routing = Repeatable(TaskDriver.routing)
    lead = Repeatable(TaskDriver.lead)
    ways = Repeatable(TaskDriver.ways)
    secret_keys = Repeatable(TaskDriver.secret_keys)
    refused_actions = Repeatable(TaskDriver.refused_actions)
    caller_if_answered = Once(TaskDriver.caller)
    newest_definition = Repeatable(TaskDriver.newest_definition)
    # one registered twice, because an answer was lost, is one revision more
    copy_definition = Repeatable(TaskDriver.copy_definition)
    every_deployment = Repeatable(TaskDriver.every_deployment)
    definition_if_listed = Once(TaskDriver.definition)
    keep_images = Once(TaskDriver.keep_images)

    # by the token of its note AWS tells a repeated request from a new one
    begin_once = Repeatable(TaskDriver.begin_once)
    once_task = Certain(TaskDriver.once_task)
    running_once = Repeatable(TaskDriver.running_once)
    end_once = Repeatable(TaskDriver.end_once)

    async def present_service(self, service: str) -> ContainerServiceView:
        """The service of that ARN, which must be there.

        Raises:
            RolloutError: it is gone.
        """
        found = await self.service(service)
        if found is None:
            raise RolloutError(
                f"service {service} is not there any more", fix="Run `pulumi refresh`, then `pulumi up`."
            )
        return found

    async def start(
        self, service: str, parameters: Mapping[str, Any], *, begun: Callable[[], Awaitable[str | None]]
    ) -> str | None:
        """Send parameters that start a deployment; gives its ARN if a lost answer made it known already.

        Args:
            service: ARN of the service.
            parameters: what to send.
            begun: ARN of the deployment that a request whose answer was lost has started; None if it has not.
        """

        def send() -> str:
            self.driver.update(service, parameters)
            return ""

        return await self.looked_up(send, begun) or None

    async def stop(self, deployment: str, *, stopped: Callable[[], Awaitable[bool | None]]) -> bool:
        """Ask AWS to take a deployment back.

        Args:
            deployment: its ARN.
            stopped: whether a request whose answer was lost was accepted; None if it was not.
        """
        return await self.looked_up(partial(self._accept, self.driver.stop, deployment), stopped)

    async def answer_hook(self, deployment: str, hook: str, *, answered: Callable[[], Awaitable[bool | None]]) -> bool:
        """Let a deployment that waits at a PAUSE hook continue.

        Args:
            deployment: its ARN.
            hook: id of the hook.
            answered: whether a request whose answer was lost was accepted; None if it was not.
        """
        return await self.looked_up(partial(self._accept, self.driver.answer_hook, deployment, hook), answered)

    @staticmethod
    def _accept(call: Callable[..., None], *args: str) -> bool:
        call(*args)
        return True
