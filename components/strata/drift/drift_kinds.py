"""Every kind of difference there is, and what is left to AWS or to a person on purpose and is none (pure).

The tables on docs/drift.md are written from here.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from strata.rollout.messages import rolls_to_the_pin

__all__ = [
    "CLOSE",
    "DELEGATED",
    "ENABLE",
    "END_KEPT",
    "FORBIDDEN",
    "KINDS",
    "MAKE_AGAIN",
    "PIN_ANOTHER",
    "RECORD_RIGHT",
    "REFRESH",
    "REPLACE",
    "RESUME",
    "SEE_RUNNING",
    "SEE_STATUS",
    "Delegated",
    "DelegatedRow",
    "DriftKind",
    "DriftKindRow",
]

REFRESH: Final = "`pulumi up --refresh --stack STACK` sets it again"
REPLACE: Final = (
    "let the group replace it: `strata drift STACK SERVICE --heal`, or "
    "`aws autoscaling set-instance-health --health-status Unhealthy --instance-id ID`"
)
MAKE_AGAIN: Final = "`pulumi up --refresh --stack STACK` makes it again"
RESUME: Final = "`aws autoscaling resume-processes --auto-scaling-group-name GROUP` resumes what is suspended"
ENABLE: Final = "`aws ec2 enable-image --image-id ID` enables it again"
PIN_ANOTHER: Final = (
    "pin another version, `strata image list STACK` shows which there are, and `pulumi up --stack STACK` rolls to it"
)
FORBIDDEN: Final = (
    f"`strata rollout rollback STACK SERVICE` goes back to the newest release that may run, or {PIN_ANOTHER}"
)
RECORD_RIGHT: Final = (
    "`pulumi up --refresh --stack STACK` writes the record again, for what is pinned; `strata rollout history STACK "
    "SERVICE` shows what it named before"
)
SEE_STATUS: Final = "`strata rollout status STACK SERVICE` has the command that brings the release back"
SEE_RUNNING: Final = "`strata rollout status STACK SERVICE` shows what runs instead, and what brings the release back"
CLOSE: Final = (
    "end it: `strata break-glass close STACK ID`, with --fixed-in and the version that has what was done by hand, or "
    "with --no-change and why"
)

END_KEPT: Final = (
    "end it: `strata break-glass close STACK --expired`; where nothing is noted of it: "
    "`aws autoscaling terminate-instance-in-auto-scaling-group --instance-id ID --no-should-decrement-desired-capacity`"
)


class DriftKind(StrEnum):
    """In what something that runs is not what was released."""

    IMAGE = "image"
    TEMPLATE = "template"
    INSTANCE_TYPE = "instance-type"
    SECURITY_GROUPS = "security-groups"
    TAGS = "tags"
    OUTSIDE = "outside-group"
    AGE = "too-old"
    UNHEALTHY = "unhealthy"
    FAILING_TARGET = "failing-target"
    IMAGE_FORBIDDEN = "image-forbidden"
    IMAGE_GONE = "image-gone"
    SAVED_VERSION = "saved-version"
    GROUP_SETTINGS = "group-settings"
    TARGET_GROUPS = "target-groups"
    CERTIFICATE = "certificate"
    NO_SERVERS = "no-servers"
    NO_RECORD = "no-record"
    WRONG_RECORD = "wrong-record"
    NOTHING_RUNS = "nothing-runs"
    GROUP_GONE = "group-gone"
    TEMPLATE_GONE = "template-gone"
    GLASS_EXPIRED = "break-glass-expired"
    TAINTED = "tainted-in-service"
    KEPT = "kept-too-long"
    CONTENTS = "contents"
    TASK_DEFINITION = "task-definition"
    OUTSIDE_SERVICE = "outside-service"
    SERVICE_SETTINGS = "service-settings"
    TASK_COUNT = "task-count"
    NO_TASKS = "no-tasks"
    ROUTING = "routing"
    TEST_RULE = "test-rule"
    SERVICE_GONE = "service-gone"
    DEFINITION_GONE = "definition-gone"


class DriftKindRow(NamedTuple):
    """What is to be known of a kind.

    Args:
        means: what is different, as a sentence.
        remedy: what to do about it, as a clause.
        replaced: whether a fresh server or task in place of the one it is found on is as it was released. Default: no.
    """

    means: str
    remedy: str
    replaced: bool = False


KINDS: Final[Mapping[DriftKind, DriftKindRow]] = MappingProxyType(
    {
        DriftKind.IMAGE: DriftKindRow("A server runs another image than the release.", REPLACE, replaced=True),
        DriftKind.TEMPLATE: DriftKindRow(
            "A server was launched as something else than the release, by its digest: another template, or another "
            "content of it. A newer version of the template with the same digest is the release.",
            REPLACE,
            replaced=True,
        ),
        DriftKind.INSTANCE_TYPE: DriftKindRow(
            "A server is of another instance type than it was launched as.", REPLACE, replaced=True
        ),
        DriftKind.SECURITY_GROUPS: DriftKindRow(
            "A server has other security groups than it was launched with.", REPLACE, replaced=True
        ),
        DriftKind.TAGS: DriftKindRow(
            "A server or its group lacks a tag that it was made with, or has another value of it. Further tags are "
            "none of Strata's business.",
            f"{REPLACE}; of a group, {REFRESH}",
            replaced=True,
        ),
        DriftKind.OUTSIDE: DriftKindRow(
            "An instance has the tags of the service, and its group does not have it: it was launched or detached by "
            "hand, and no rollout replaces it.",
            "end it: `aws ec2 terminate-instances --instance-ids ID`; or take the tags of the service off it: "
            "`aws ec2 delete-tags --resources ID --tags Key=strata:service`",
        ),
        DriftKind.AGE: DriftKindRow(
            "A server is a day or more older than `max_instance_lifetime_days` allows.",
            "take its scale-in protection off: `aws autoscaling set-instance-protection --auto-scaling-group-name "
            f"GROUP --instance-ids ID --no-protected-from-scale-in`; {RESUME}; or {REPLACE}",
            replaced=True,
        ),
        DriftKind.UNHEALTHY: DriftKindRow(
            "A server is in service although Auto Scaling finds it unhealthy, or its instance does not run.",
            f"{RESUME}, so that it is replaced",
            replaced=True,
        ),
        DriftKind.FAILING_TARGET: DriftKindRow(
            "A server is in service, and a target group of its group gets no answer from it, or does not have it.",
            REPLACE,
            replaced=True,
        ),
        DriftKind.IMAGE_FORBIDDEN: DriftKindRow(
            "The image of the release is revoked, or vetoed for the service.",
            FORBIDDEN,
        ),
        DriftKind.IMAGE_GONE: DriftKindRow(
            "The image of the release is deregistered or disabled, or not shared with the account any more: the group "
            "can launch no server.",
            f"where it is disabled, {ENABLE}; where it is gone or not shared any more, {PIN_ANOTHER}",
        ),
        DriftKind.SAVED_VERSION: DriftKindRow(
            "The group would launch something else than the release.",
            SEE_STATUS,
        ),
        DriftKind.GROUP_SETTINGS: DriftKindRow(
            "The group is not as the stack file wants it: its least and most servers, who judges their health and from "
            "when on, how long they live, which go first, suspended processes. It was changed by hand, or the stack "
            "file was, and is not applied yet.",
            f"{REFRESH}; of processes, {RESUME}",
        ),
        DriftKind.TARGET_GROUPS: DriftKindRow(
            "The group has no target group although the service has routes, or one that was deleted.", REFRESH
        ),
        DriftKind.CERTIFICATE: DriftKindRow(
            "A certificate of the load balancer ends within 30 days, or has ended. ACM renews its own ones 60 days "
            "before: one that is found was imported, or ACM could not renew it.",
            "import a new one, or see in ACM why it is not renewed: "
            "`aws acm describe-certificate --certificate-arn ID`",
        ),
        DriftKind.NO_SERVERS: DriftKindRow(
            "The group wants no servers, and should have some.", "`pulumi up --refresh --stack STACK` starts them"
        ),
        DriftKind.NO_RECORD: DriftKindRow(
            "Nothing is recorded that the service is proven to run, or what is there is no release record.",
            "`pulumi up --refresh --stack STACK` waits for its servers and records what they run; "
            f"{rolls_to_the_pin()}",
        ),
        DriftKind.WRONG_RECORD: DriftKindRow(
            "The record names another image than its template version launches, or calls it what it is not: "
            "somebody has written over it.",
            RECORD_RIGHT,
        ),
        DriftKind.NOTHING_RUNS: DriftKindRow(
            "The record names a release that no healthy server runs, although servers are wanted.",
            SEE_RUNNING,
        ),
        DriftKind.GROUP_GONE: DriftKindRow("The group that the record names is not there.", MAKE_AGAIN),
        DriftKind.TEMPLATE_GONE: DriftKindRow(
            "The template version that the record names is not there, or launches another release, by its digest: "
            "nothing shows any more which server runs the release.",
            PIN_ANOTHER,
        ),
        DriftKind.GLASS_EXPIRED: DriftKindRow(
            "Somebody was let into a server for longer than it was to be.",
            f"{CLOSE}; the same command as before prolongs it",
        ),
        DriftKind.KEPT: DriftKindRow(
            "A group keeps a server out of service (`Terminating:Retained`) for longer than `rollout.keep_failed`, or "
            "nothing shows until when. It is paid for, and does not end by itself.",
            END_KEPT,
        ),
        DriftKind.CONTENTS: DriftKindRow(
            "With `--deep`: what is in a server is not what its image was baked with: a package, the kernel, a file "
            "below `/etc`, the system, or the version in its manifest.",
            REPLACE,
            replaced=True,
        ),
        DriftKind.TAINTED: DriftKindRow(
            "A server that somebody was let into serves again, or still: what was done by hand in it is released "
            "nowhere.",
            f"{CLOSE}; where nothing is noted of it, {REPLACE}",
        ),
    }
)
"""A row for each kind that servers and their groups have; those of tasks are in `task_drift_kinds.py`."""


class Delegated(StrEnum):
    """What of servers and groups changes on purpose without a release."""

    DESIRED = "desired-capacity"
    ROLLOUT = "rollout"
    LAUNCHING = "launching"
    LEAVING = "leaving"
    STANDBY = "standby"
    BREAK_GLASS = "break-glass"
    KEPT_FAILED = "kept-failed"
    RUN_ONCE = "run-once"
    BOOTING = "booting"
    NEWER_VERSION = "newer-version"
    SCHEDULE = "schedule"
    FURTHER_TAGS = "further-tags"
    LIFETIME = "lifetime"
    OVERRIDE = "override"


class DelegatedRow(NamedTuple):
    """Why it is no drift.

    Args:
        what: is left to somebody, as a noun phrase.
        whose: it is, as a sentence.
    """

    what: str
    whose: str

    @property
    def why(self) -> str:
        """`whose` as a clause."""
        return f"{self.whose[:1].lower()}{self.whose[1:].rstrip('.')}"


DELEGATED: Final[Mapping[Delegated, DelegatedRow]] = MappingProxyType(
    {
        Delegated.DESIRED: DelegatedRow(
            "how many servers there are, within the least and the most", "It belongs to scaling, and to people."
        ),
        Delegated.ROLLOUT: DelegatedRow(
            "servers of the release before and of the next one, while a rollout runs", "The gate decides about them."
        ),
        Delegated.LAUNCHING: DelegatedRow(
            "a server that is being launched", "Its health counts once it is in service; what it runs counts at once."
        ),
        Delegated.LEAVING: DelegatedRow("a server that drains or is being terminated", "It is on its way out."),
        Delegated.STANDBY: DelegatedRow("a server in standby", "Somebody has taken it out of service to look at it."),
        Delegated.BREAK_GLASS: DelegatedRow(
            "a server that somebody was let into, until break-glass is over", "Nobody but they decides about it."
        ),
        Delegated.KEPT_FAILED: DelegatedRow(
            "a server of a rollout that has failed, for the time of `rollout.keep_failed`",
            "It is kept for whoever looks into it.",
        ),
        Delegated.RUN_ONCE: DelegatedRow(
            "a server by itself that runs something once before a rollout (`rollout.before`), as long as it may",
            "The gate launched it, and ends it; one that a killed `up` has left is ended by the next one.",
        ),
        Delegated.BOOTING: DelegatedRow(
            "the health of a server within the grace period of its group", "It may still boot."
        ),
        Delegated.NEWER_VERSION: DelegatedRow(
            "a newer version of the launch template with the same digest", "A cost tag rolls no fleet."
        ),
        Delegated.SCHEDULE: DelegatedRow(
            "the least and the most servers that a schedule of the stack file sets", "The schedule decides."
        ),
        Delegated.FURTHER_TAGS: DelegatedRow("tags that Strata has not made", "They belong to whoever made them."),
        Delegated.OVERRIDE: DelegatedRow(
            "how long servers live, which go first and suspended processes, where the program overrides them",
            "The stack file does not know the program's value; the group's tag `strata:overridden` names them.",
        ),
        Delegated.LIFETIME: DelegatedRow(
            "a server in the first day after the end of its life", "Auto Scaling replaces them one after the other."
        ),
    }
)
"""A row for everything that is delegated; a test plants each and finds nothing."""
