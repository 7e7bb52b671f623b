"""What the kinds of drift mean where tasks run a service, and what of tasks changes on purpose (pure).

The tables on docs/drift.md are written from here. A kind that servers have too means the same; see `drift_kinds.py`.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from strata.drift.drift_kinds import (
    CLOSE,
    FORBIDDEN,
    MAKE_AGAIN,
    PIN_ANOTHER,
    RECORD_RIGHT,
    REFRESH,
    SEE_RUNNING,
    SEE_STATUS,
    DelegatedRow,
    DriftKind,
    DriftKindRow,
)
from strata.rollout.messages import rolls_to_the_pin

__all__ = ["TASK_DELEGATED", "TASK_KINDS", "TaskDelegated"]

STOP: Final = (
    "stop it, and the service starts another one: `strata drift STACK SERVICE --heal`, or "
    "`aws ecs stop-task --cluster CLUSTER --task ID`"
)
START: Final = "`aws ecs update-service --cluster CLUSTER --service NAME --desired-count COUNT`"

TASK_KINDS: Final[Mapping[DriftKind, DriftKindRow]] = MappingProxyType(
    {
        DriftKind.IMAGE: DriftKindRow(
            "A container of a task, the application or a sidecar, runs another image than the release, by its digest.",
            f"where the service launches the release, {STOP}; where it does not, {SEE_STATUS}",
            replaced=True,
        ),
        DriftKind.TASK_DEFINITION: DriftKindRow(
            "A task was started as something else than the release, by its digest: from another task definition, or "
            "with another network, platform version or load balancer than the release was proven with. A newer task "
            "definition with the same digest and content is the release.",
            f"where the service launches the release, {STOP}; where it does not, {SEE_STATUS}",
            replaced=True,
        ),
        DriftKind.OUTSIDE_SERVICE: DriftKindRow(
            "A task in the cluster of the service is of its family of task definitions or has its tags, and the "
            "service did not start it: somebody ran it by hand, and no rollout replaces it.",
            "end it: `aws ecs stop-task --cluster CLUSTER --task ID`",
        ),
        DriftKind.UNHEALTHY: DriftKindRow(
            "A task runs although a health check of its containers fails.", STOP, replaced=True
        ),
        DriftKind.FAILING_TARGET: DriftKindRow(
            "A task runs, and the target group in which its service has it gets no answer from it, or does not have "
            "it.",
            STOP,
            replaced=True,
        ),
        DriftKind.IMAGE_FORBIDDEN: DriftKindRow(
            "The image of the release is revoked or vetoed for the service, or that of a sidecar is revoked.",
            FORBIDDEN,
        ),
        DriftKind.IMAGE_GONE: DriftKindRow(
            "The image of the release or of a sidecar is not in its repository any more: no further task can start.",
            f"push it again, or {PIN_ANOTHER}",
        ),
        DriftKind.SAVED_VERSION: DriftKindRow("The service would launch something else than the release.", SEE_STATUS),
        DriftKind.SERVICE_SETTINGS: DriftKindRow(
            "The service is not as the stack file wants it: how it is deployed, its circuit breaker and alarms, from "
            "when on health counts, its platform version, whether people may open a shell in it, whose tags its tasks "
            "get. It was changed by hand, or the stack file was, and is not applied yet.",
            REFRESH,
        ),
        DriftKind.TAGS: DriftKindRow(
            "The service lacks a tag by which it is found while no record names it, or has another value of it.",
            REFRESH,
        ),
        DriftKind.TASK_COUNT: DriftKindRow(
            "The service wants fewer tasks than `capacity.min` or more than `capacity.max`: somebody has set that by "
            "hand, for scaling keeps within them.",
            f"{START} brings it back within them",
        ),
        DriftKind.NO_TASKS: DriftKindRow(
            "The service wants no task, and should have some.",
            f"{START} starts them",
        ),
        DriftKind.TARGET_GROUPS: DriftKindRow(
            "The service has no target group although it has routes, or one of its target groups was deleted.",
            f"{MAKE_AGAIN}, and deploys the service to it",
        ),
        DriftKind.ROUTING: DriftKindRow(
            "A listener rule of the service was deleted, or leads requests to where none of its tasks is healthy.",
            "`strata rollout status STACK SERVICE` has the command that leads them there; of a rule that is gone, "
            f"{MAKE_AGAIN}",
        ),
        DriftKind.TEST_RULE: DriftKindRow(
            "The listener rule of test requests, by which a release is verified, was deleted, has another priority or "
            "other conditions than the stack file wants, or leads elsewhere than to the tasks. It was changed by hand, "
            "or the stack file was, and is not applied yet.",
            "`pulumi up --refresh --stack STACK` sets it again, or makes it again and deploys the service to it; "
            "one that leads elsewhere has the command that leads it back",
        ),
        DriftKind.NO_RECORD: DriftKindRow(
            "Nothing is recorded that the service is proven to run, or what is there is no release record.",
            f"`pulumi up --refresh --stack STACK` waits for its tasks and records what they run; {rolls_to_the_pin()}",
        ),
        DriftKind.WRONG_RECORD: DriftKindRow(
            "The record names another image than its task definition launches, or calls it what it is not: "
            "somebody has written over it.",
            RECORD_RIGHT,
        ),
        DriftKind.NOTHING_RUNS: DriftKindRow(
            "The record names a release that no healthy task runs, although tasks are wanted.",
            SEE_RUNNING,
        ),
        DriftKind.SERVICE_GONE: DriftKindRow(
            "The service of Amazon ECS that the record names is not there, or is being deleted.",
            MAKE_AGAIN,
        ),
        DriftKind.DEFINITION_GONE: DriftKindRow(
            "The task definition that the record names was deregistered or deleted: AWS deploys it to no service any "
            "more, and nothing goes back to it.",
            PIN_ANOTHER,
        ),
        DriftKind.GLASS_EXPIRED: DriftKindRow(
            "Somebody was let into a task for longer than it was to be.",
            f"{CLOSE}; the same command as before prolongs it",
        ),
        DriftKind.TAINTED: DriftKindRow(
            "A task that somebody was let into still runs, and nothing open is noted of it.",
            STOP,
            replaced=True,
        ),
    }
)
"""A row for each kind that tasks and their services have."""


class TaskDelegated(StrEnum):
    """What of tasks and their services changes on purpose without a release."""

    DESIRED = "desired-count"
    ROLLOUT = "deployment"
    STARTING = "starting"
    LEAVING = "leaving"
    BREAK_GLASS = "break-glass"
    BOOTING = "booting"
    WEIGHTS = "weights"
    HOOKS = "hooks"
    COPY = "copied-definition"
    RUN_ONCE = "run-once"
    OTHER_TASKS = "other-tasks"
    FURTHER_TAGS = "further-tags"
    OTHER_REGISTRY = "other-registry"


TASK_DELEGATED: Final[Mapping[TaskDelegated, DelegatedRow]] = MappingProxyType(
    {
        TaskDelegated.DESIRED: DelegatedRow(
            "how many tasks a service wants, within `capacity.min` and `capacity.max`",
            "It belongs to scaling, and to people.",
        ),
        TaskDelegated.ROLLOUT: DelegatedRow(
            "tasks of the release before and of the next one, their health, and what the service launches, while a "
            "deployment is in progress or its gate still watches",
            "The gate decides about them.",
        ),
        TaskDelegated.STARTING: DelegatedRow(
            "a task that is being started",
            "Its health counts once it runs; what it was started as counts at once.",
        ),
        TaskDelegated.LEAVING: DelegatedRow("a task that drains or is being stopped", "It is on its way out."),
        TaskDelegated.BREAK_GLASS: DelegatedRow(
            "a task that somebody was let into, until break-glass is over", "Nobody but they decides about it."
        ),
        TaskDelegated.BOOTING: DelegatedRow(
            "the health of a task behind a load balancer within the grace period of its service", "It may still boot."
        ),
        TaskDelegated.WEIGHTS: DelegatedRow(
            "the weights of the two target groups, and which of them serves, as long as tasks are healthy there",
            "ECS moves the requests with every deployment.",
        ),
        TaskDelegated.HOOKS: DelegatedRow(
            "the hooks at which a deployment waits",
            "The gate sets them for its own deployment, and takes them off again.",
        ),
        TaskDelegated.COPY: DelegatedRow(
            "another task definition with the same digest and content",
            "A cost tag rolls no service, and a rollback copies what it goes back to.",
        ),
        TaskDelegated.RUN_ONCE: DelegatedRow(
            "a task that runs once before a rollout (`rollout.before`), as long as it runs",
            "The gate started it by itself, and waits for its end or stops it.",
        ),
        TaskDelegated.OTHER_TASKS: DelegatedRow(
            "tasks in the same cluster of another family and without the tags of the service",
            "They belong to whoever started them.",
        ),
        TaskDelegated.FURTHER_TAGS: DelegatedRow("tags that Strata has not made", "They belong to whoever made them."),
        TaskDelegated.OTHER_REGISTRY: DelegatedRow(
            "an image in a registry that is not ECR's, or in another region",
            "Only ECR of the region of the stack can be asked whether it is there.",
        ),
    }
)
"""A row for everything that is delegated; a test plants each and finds nothing."""
