"""Why tasks stop, in the words of ECS.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

from dataclasses import dataclass

__all__ = [
    "StopReason",
    "container_check_failed",
    "crashed",
    "deleted",
    "finished",
    "no_address",
    "no_capacity",
    "no_log_group",
    "not_healthy_in_time",
    "not_pulled",
    "out_of_memory",
    "replaced",
    "stopped_by_user",
    "target_check_failed",
]

_FAILED = "TaskFailedToStart"
_EXITED = "EssentialContainerExited"
_SCHEDULER = "ServiceSchedulerInitiated"
_KILLED, _TERMINATED = 137, 143
"""Exit codes of a container that SIGKILL or SIGTERM ended."""


@dataclass(frozen=True)
class StopReason:
    """Why a task stops.

    Args:
        code: the task's `stopCode`.
        text: the task's `stoppedReason`.
        exit_code: the essential container's; None if it never ran.
        container: the essential container's `reason`.
        ended_by: name of the container that both are of. Default: the main one.
    """

    code: str
    text: str
    exit_code: int | None = None
    container: str | None = None
    ended_by: str | None = None


def not_pulled(container: str, image: str, detail: str) -> StopReason:
    """The image of a container cannot be pulled; which one, and whether it is essential, does not matter."""
    text = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
    return StopReason(_FAILED, text + detail, container=text + detail, ended_by=container)


def no_capacity() -> StopReason:
    """Fargate has no room."""
    text = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
    return StopReason(_FAILED, text)


def no_address(subnet: str) -> StopReason:
    """No subnet has an address left."""
    return StopReason(
        _FAILED,
        "Unexpected EC2 error while attempting to Create Network Interface in subnet "
        f"'{subnet}': InsufficientFreeAddressesInSubnet",
    )


def no_log_group() -> StopReason:
    """The log group of a container is not there."""
    return StopReason(
        _FAILED,
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        "to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit "
        "status 1",
    )


def crashed(container: str) -> StopReason:
    """A container ended by itself."""
    return StopReason(_EXITED, "Essential container in task exited", exit_code=1, ended_by=container)


def finished(container: str) -> StopReason:
    """A container has done what it was started for."""
    return StopReason(_EXITED, "Essential container in task exited", exit_code=0, ended_by=container)


def out_of_memory(container: str) -> StopReason:
    """A container needed more memory than it has."""
    text = "OutOfMemoryError: Container killed due to memory usage"
    return StopReason(
        _EXITED, "Essential container in task exited", exit_code=_KILLED, container=text, ended_by=container
    )


def not_healthy_in_time(container: str, awaited: str) -> StopReason:
    """A container was to start once another one is healthy, which that did not become within its `startTimeout`.

    https://github.com/aws/amazon-ecs-agent/pull/3218
    """
    text = (
        f"CannotStartContainerError: dependency graph: container ordering dependency [{awaited}] for target "
        f"[{container}] has timed out."
    )
    return StopReason(
        _EXITED, "Essential container in task exited", exit_code=_TERMINATED, container=text, ended_by=container
    )


def target_check_failed(arn: str) -> StopReason:
    """The load balancer found the task unhealthy."""
    return StopReason(_SCHEDULER, f"Task failed ELB health checks in (target-group {arn})", exit_code=0)


def container_check_failed() -> StopReason:
    """The container's own check failed."""
    return StopReason(_SCHEDULER, "Task failed container health checks", exit_code=0)


def replaced(deployment: str) -> StopReason:
    """The scheduler does not need the task any more."""
    return StopReason(_SCHEDULER, f"Scaling activity initiated by (deployment {deployment})", exit_code=0)


def deleted() -> StopReason:
    """The service is deleted."""
    return StopReason(_SCHEDULER, "The service was deleted.", exit_code=0)


def stopped_by_user(reason: str) -> StopReason:
    """StopTask was called."""
    return StopReason("UserInitiated", reason or "Task stopped by user", exit_code=0)
