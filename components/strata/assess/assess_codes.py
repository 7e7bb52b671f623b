"""Everything that keeps a group from being immutable, and what cannot be seen of one from outside (pure).

The tables on docs/migration.md are written from here, and a section of it is behind each row.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["ASSESS_CODES", "PAGE", "UNSEEN", "AssessCode", "AssessRow", "AssessSeverity", "UnseenRow"]

PAGE: Final = "docs/migration.md"


class AssessSeverity(StrEnum):
    """What a finding means for whoever wants to replace servers instead of changing them."""

    BLOCKS = "blocks"
    """Replacing a server loses something, fails, or brings another server than the one before."""
    ADVISES = "advises"
    """Servers can be replaced; what is found makes it slower or riskier, or shows that they were changed in place."""


class AssessCode(StrEnum):
    """What is found of a group."""

    NO_TEMPLATE = "no-launch-template"
    MIXED_INSTANCES = "mixed-instances"
    MUTABLE_VERSION = "mutable-version"
    IMAGE_ALIAS = "image-alias"
    KEPT_VOLUMES = "kept-volumes"
    DATA_VOLUMES = "data-volumes"
    INSTANCE_STORE = "instance-store"
    SINGLE_SERVER = "single-server"
    SSH_OPEN = "ssh-open"
    KEY_PAIR = "key-pair"
    MADE_BY_HAND = "made-by-hand"
    MIXED_IMAGES = "mixed-images"
    MIXED_VERSIONS = "mixed-versions"
    OLD_SERVERS = "old-servers"
    KEYS_AT_BOOT = "secret-at-boot"
    IMDS_V1 = "imds-v1"
    HOST_BOUND = "host-bound"
    FIXED_ADDRESS = "fixed-address"
    BOOT_INSTALLS = "boot-installs"
    BOOT_FETCHES = "boot-fetches"
    SLOW_BOOT = "slow-boot"
    HEALTH_NOT_ASKED = "health-not-asked"
    NO_LOAD_BALANCER = "no-load-balancer"
    NO_GRACE = "no-grace"
    PROTECTED = "scale-in-protection"
    SUSPENDED = "suspended-processes"


class AssessRow(NamedTuple):
    """What is to be known of a code.

    Args:
        severity: what it means for replacing servers.
        means: what is found, as a sentence.
        why: it matters, as a sentence.
        remedy: what to do about it, as a sentence.
        section: the part of `PAGE` about it, behind the #.
    """

    severity: AssessSeverity
    means: str
    why: str
    remedy: str
    section: str

    @property
    def page(self) -> str:
        """Where to read on."""
        return f"{PAGE}#{self.section}"


class UnseenRow(NamedTuple):
    """What nobody sees from outside of a server.

    Args:
        what: is not looked at, as a sentence.
        section: the part of `PAGE` about it, behind the #.
    """

    what: str
    section: str


_B, _A = AssessSeverity.BLOCKS, AssessSeverity.ADVISES
_TEMPLATE: Final = "a-numbered-template"
_DISK: Final = "state-on-disk"
_SSH: Final = "ssh-habits"
_BY_HAND: Final = "configuration-by-hand"
_SECRETS: Final = "secrets-on-disk"
_HOSTS: Final = "licences-and-addresses"
_BOOT: Final = "slow-boot"
_HEALTH: Final = "health"
_HELD: Final = "servers-that-are-held"

ASSESS_CODES: Final[Mapping[AssessCode, AssessRow]] = MappingProxyType(
    {
        AssessCode.NO_TEMPLATE: AssessRow(
            _B,
            "The group is made from a launch configuration, or from nothing that AWS reports.",
            "A rollout names a numbered version of a launch template; a launch configuration has none, and AWS makes "
            "no new ones in new accounts.",
            "Make a launch template of it; a service of Strata brings its own.",
            _TEMPLATE,
        ),
        AssessCode.MIXED_INSTANCES: AssessRow(
            _B,
            "The group chooses among instance types by a mixed instances policy.",
            "Strata rolls one launch template with one instance type, and refuses such a group.",
            "Build a service beside it instead of adopting it.",
            _TEMPLATE,
        ),
        AssessCode.MUTABLE_VERSION: AssessRow(
            _B,
            "The group launches `$Latest` or `$Default` of its launch template.",
            "Whoever makes a version changes what the next server is, without a rollout and without a way back.",
            "Name the version by its number.",
            _TEMPLATE,
        ),
        AssessCode.IMAGE_ALIAS: AssessRow(
            _B,
            "The template names its image by a parameter (`resolve:ssm:`).",
            "The same version launches another image as soon as somebody writes the parameter.",
            "Name the image by its id, as a pin does.",
            _TEMPLATE,
        ),
        AssessCode.KEPT_VOLUMES: AssessRow(
            _B,
            "Volumes stay behind when their server ends (`DeleteOnTermination` is false).",
            "Somebody wants what is on them, and the next server does not have it.",
            "Move the data to a database, a bucket or a file system, and let volumes end with their server.",
            _DISK,
        ),
        AssessCode.DATA_VOLUMES: AssessRow(
            _A,
            "Servers have volumes beside their root, which end with them.",
            "What is written there is lost with each server: right for scratch files, wrong for data.",
            "Look at what is on them, and move what must outlive a server.",
            _DISK,
        ),
        AssessCode.INSTANCE_STORE: AssessRow(
            _A,
            "The instance type has disks of its host.",
            "What is on them is lost whenever a server ends or its host fails.",
            "Keep only caches there, which a fresh server can fill again.",
            _DISK,
        ),
        AssessCode.SINGLE_SERVER: AssessRow(
            _A,
            "The group never has more than one server.",
            "Something that must run only once is often the reason, such as cron jobs or local state; and for the time "
            "of a replacement two servers run.",
            "Find out why, move cron jobs out, and let two servers run side by side.",
            "cron-jobs",
        ),
        AssessCode.SSH_OPEN: AssessRow(
            _B,
            "A security group lets in port 22 or 3389.",
            "Servers that people log in to are changed in place, and nothing replaced has those changes.",
            "Give access by Session Manager, and close the port.",
            _SSH,
        ),
        AssessCode.KEY_PAIR: AssessRow(
            _A,
            "Servers are launched with a key pair.",
            "Whoever has the key can log in for as long as the server lives, and nobody sees who it was.",
            "Launch without a key pair; Session Manager needs none.",
            _SSH,
        ),
        AssessCode.MADE_BY_HAND: AssessRow(
            _B,
            "Servers of the group were not launched from a launch template: they were made by hand and attached.",
            "Nothing describes what they are, so that no fresh server can be the same.",
            "Bake what they are into an image, and end them.",
            _BY_HAND,
        ),
        AssessCode.MIXED_IMAGES: AssessRow(
            _A,
            "Servers of the group run different images.",
            "Two answers to the same request may differ. While a rollout runs it is normal.",
            "Replace the older ones; roll every change to all of them.",
            _BY_HAND,
        ),
        AssessCode.MIXED_VERSIONS: AssessRow(
            _A,
            "Servers of the group were launched from different versions or templates.",
            "A change of the template has reached some of them only. While a rollout runs it is normal.",
            "Replace the older ones; roll every change to all of them.",
            _BY_HAND,
        ),
        AssessCode.OLD_SERVERS: AssessRow(
            _A,
            "Servers have run for longer than 30 days.",
            "The longer a server lives, the more was changed on it, and nobody has seen lately that a fresh one works.",
            "Replace them once now, and set a lifetime (`max_instance_lifetime_days`).",
            _BY_HAND,
        ),
        AssessCode.KEYS_AT_BOOT: AssessRow(
            _B,
            "The user data looks as if it held a secret.",
            "Every process on the server, and whoever may describe the template, can read it; a rotated secret needs "
            "new servers.",
            "Let servers read it from Secrets Manager, and rotate it.",
            _SECRETS,
        ),
        AssessCode.IMDS_V1: AssessRow(
            _A,
            "The metadata service answers without a token (IMDSv1).",
            "A forged request that a server makes for somebody is enough to take its credentials.",
            "Require tokens (`HttpTokens: required`); Strata's servers do.",
            _SECRETS,
        ),
        AssessCode.HOST_BOUND: AssessRow(
            _B,
            "Servers are bound to dedicated hosts or to a licence that AWS counts.",
            "A rollout needs room for more servers than there are, and hosts or licences for them.",
            "Have as many as the largest rollout needs, or a licence that is not counted by host.",
            _HOSTS,
        ),
        AssessCode.FIXED_ADDRESS: AssessRow(
            _B,
            "Servers have fixed addresses: an elastic IP, a private address of their own, or an interface that stays.",
            "Only one server can have it at a time, and a fresh one comes before the old one goes.",
            "Lead clients to a load balancer or a name, and the way out through a NAT gateway.",
            _HOSTS,
        ),
        AssessCode.BOOT_INSTALLS: AssessRow(
            _B,
            "The user data installs or upgrades packages.",
            "Two servers of the same version differ by what the repository had that day, and none boots while it is "
            "out of reach.",
            "Bake the packages into the image.",
            _BOOT,
        ),
        AssessCode.BOOT_FETCHES: AssessRow(
            _B,
            "The user data fetches software by a name that moves: a script from the web, a branch, an image's tag.",
            "Two servers of the same version run whatever was behind the name when they booted.",
            "Bake it into the image, or name it by digest.",
            _BOOT,
        ),
        AssessCode.SLOW_BOOT: AssessRow(
            _A,
            "The group waits for longer than 10 minutes until the health of a fresh server counts.",
            "Each batch of a rollout, and each way back from one, takes at least that long.",
            "Bake what servers do when they boot into the image, and lower the grace period.",
            _BOOT,
        ),
        AssessCode.HEALTH_NOT_ASKED: AssessRow(
            _B,
            "The group has target groups, and does not ask them for the health of its servers.",
            "A server that answers no request stays in service, and a rollout goes on over it.",
            "Set the health check type to ELB.",
            _HEALTH,
        ),
        AssessCode.NO_LOAD_BALANCER: AssessRow(
            _A,
            "The health of servers is only what EC2 sees of them.",
            "EC2 sees whether a server runs, not whether its application does. For a worker nothing else is asked.",
            "Put what answers requests behind a load balancer.",
            _HEALTH,
        ),
        AssessCode.NO_GRACE: AssessRow(
            _A,
            "Health checks of the load balancer count from the first second.",
            "A server that is still booting is found unhealthy and ended, again and again.",
            "Set a grace period as long as a server boots.",
            _HEALTH,
        ),
        AssessCode.PROTECTED: AssessRow(
            _B,
            "Servers are protected from scale-in.",
            "An instance refresh waits for them, leaves them as they are, or ends what they were protected for.",
            "Find out what they do that must not end, move it out, and take the protection off.",
            _HELD,
        ),
        AssessCode.SUSPENDED: AssessRow(
            _B,
            "Processes of the group are suspended.",
            "A rollout needs launching, terminating, health checks and the load balancer's registration.",
            "Find out why, and resume them: `aws autoscaling resume-processes`.",
            _HELD,
        ),
    }
)
"""A row for each code."""

UNSEEN: Final[Mapping[str, UnseenRow]] = MappingProxyType(
    {
        "files": UnseenRow("Data that the application writes to its root volume.", _DISK),
        "sessions": UnseenRow("Sessions that are kept in a server's memory.", "sessions"),
        "cron-jobs": UnseenRow("Cron jobs and timers that run on every server.", "cron-jobs"),
        "logs": UnseenRow("Whether logs leave the server, or are only on its disk.", "logs"),
        "hand-made-configuration": UnseenRow("What was changed on a server after it had booted.", _BY_HAND),
        "secret-files": UnseenRow("Secrets in files of the image or of a server.", _SECRETS),
        "scripts": UnseenRow("Scripts that somebody runs on one of the servers.", "one-off-scripts"),
        "licences": UnseenRow("Licences that know a host by its name or hardware.", _HOSTS),
    }
)
"""What cannot be seen from outside, by a name: no assessment says anything of it."""
