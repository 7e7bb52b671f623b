"""How a machine image is baked: from which parent, by which steps, for whom."""

import re
from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field

from strata.aws.facts.architecture import architecture_of
from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule, unknown_retention
from strata.settings.models.service import DiskType

__all__ = ["ImageCopySettings", "ImageLifecycleSettings", "ImagePipelineSettings", "ImageVolumeSettings"]

File = Annotated[str, Field(pattern=patterns.PROJECT_FILE)]
"""A file of the project, from the program's folder."""
_MOVES: Final = frozenset({"x", "latest", "*"})
"""What makes Image Builder choose a parent when it builds."""


class ImageVolumeSettings(Settings):
    """The root volume of an image."""

    size_gib: int = Field(default=10, ge=1, le=16_384)
    """Size in GiB, at most 16384 (EBS), and not larger than `disk.size_gib` of the services. Default: 10."""
    type: DiskType = DiskType.GP3
    """Type of the volume. Default: gp3."""
    device_name: str = Field(default="/dev/xvda", pattern=patterns.DEVICE)
    """Where the parent has its root volume; a parent that is an AMI is asked. Default: /dev/xvda, as Amazon Linux."""


class ImageCopySettings(Settings):
    """A copy of every image in another region."""

    kms_key_arn: str | None = Field(default=None, pattern=patterns.KEY)
    """Key of that region which encrypts the copy. Default: AWS's own for EBS, which no other account can use."""


class ImageLifecycleSettings(Settings):
    """Which images Image Builder deletes, with their snapshots.

    It spares what was launched lately, and every image whose tag `strata:kept` is `true`, which the gate sets on the
    image of a release and of the one before it. Of older ones, keep what a service may go back to for longer than it
    takes to notice that it has to.
    """

    delete_after_days: int = by_stage(dev=30, staging=180, prod=365, ge=1, le=1000)
    """Days after which an image is deleted, at most 1000 (Image Builder)."""
    keep_images: int = Field(default=10, ge=1, le=10)
    """Newest images that stay however old they are, at most 10 (Image Builder). Default: 10."""
    spare_launched_days: int = by_stage(dev=30, staging=180, prod=365, ge=1, le=365)
    """Days for which an image stays after a server was last launched from it, at most 365 (Image Builder)."""


class ImagePipelineSettings(Settings):
    """How an image is baked by EC2 Image Builder. `strata image bake` starts it; no `up` waits for it."""

    app: str | None = Field(default=None, pattern=patterns.APP)
    """Value of the image's `app` tag. Default: the name of the pipeline."""
    parent: str = Field(pattern=patterns.TEXT, examples=["ami-0123456789abcdef0"])
    """The image it is baked from: an AMI, or the ARN of an Image Builder image with version and build."""
    parent_owners: tuple[Annotated[str, Field(pattern=patterns.ACCOUNT)], ...] = Field(
        default=("self", "amazon"), min_length=1
    )
    """Accounts whose images may be the parent. Default: this account, and Amazon."""
    instance_types: tuple[Annotated[str, Field(pattern=patterns.INSTANCE_TYPE)], ...] = Field(
        default=("t3.small",), min_length=1
    )
    """Types of the servers that build and test, the first one that is available; they have the image's architecture.
    Default: t3.small."""
    artifact: str | None = Field(default=None, pattern=patterns.ARTIFACT)
    """The application in S3, with {version} in its key, which the build downloads. Default: the steps fetch it."""
    packages: File | None = None
    """Lock of packages: a file of lines name=version, the only packages that are installed. Default: none are."""
    provision: tuple[File, ...] = ()
    """Shell steps that install and configure, in this order, as root. Default: none."""
    playbook: File | None = Field(default=None)
    """Ansible playbook, run after the steps; its folder goes along. The lock names the version of ansible. Default:
    none."""
    baseline: bool = True
    """Whether the build hardens by a subset of the CIS benchmark, before the steps of `harden`. Default: true."""
    harden: tuple[File, ...] = ()
    """Shell steps that harden what was provisioned, after the baseline. Default: none."""
    verify: tuple[File, ...] = Field(min_length=1, examples=[["verify.sh"]])
    """Shell steps that check the application on the server that builds: without success there is no image."""
    test: tuple[File, ...] = ()
    """Shell steps that check a server that was launched from the image. Default: only what Strata checks itself."""
    reports: str | None = Field(default=None, pattern=patterns.REPORTS)
    """Folder in S3 that gets the manifest and the bill of materials of every version, below app and version. Default:
    they are in the image only."""
    volume: ImageVolumeSettings = ImageVolumeSettings.model_construct()
    """The root volume."""
    kms_key_arn: str | None = Field(default=None, pattern=patterns.KEY)
    """Key that encrypts the image. Default: AWS's own for EBS, which no other account can use."""
    customer_key: bool = by_stage(dev=False, staging=False, prod=True)
    """Whether a pipeline without a key of your own is refused, here and in each region of `copies`."""
    accounts: tuple[Annotated[str, Field(pattern=patterns.ACCOUNT_NUMBER)], ...] = ()
    """Accounts that may launch the image. Default: none."""
    copies: dict[Annotated[str, Field(pattern=patterns.REGION)], ImageCopySettings] = Field(default={})
    """Other regions that get a copy. Default: none."""
    test_minutes: int = Field(default=60, ge=60, le=1440)
    """Minutes after which a test has failed, 60 to 1440 (Image Builder). Default: 60."""
    scan: bool = False
    """Inspector looks for known vulnerabilities; the account must have it switched on. Default: false."""
    lifecycle: ImageLifecycleSettings | None = ImageLifecycleSettings.model_construct()
    """Which images are deleted; null for none. Default: old ones that nothing uses."""
    log_retention_days: int = by_stage(dev=7, staging=30, prod=90)
    """Days that the logs of builds are kept, one of the values CloudWatch Logs accepts."""
    tags: dict[str, str] = Field(default={})
    """Further tags for pipeline and images, besides the stack's. Default: none."""
    protect: bool = by_stage(dev=False, staging=False, prod=True)
    """Pulumi refuses to delete or replace its roles, and leaves them in AWS should it have to."""

    @rule("image-parent", "The parent of an image is pinned.")
    def _pinned_parent(self) -> Iterator[Conflict]:
        if why := _unpinned(self.parent):
            yield Conflict(
                ("parent",),
                self.parent,
                expected=f"an AMI, or an ARN of Image Builder with version and build, such as 2026.11.28/1: {why}",
                fix="Write the id or the version you have tested; a newer parent is a change that is reviewed.",
            )

    @rule("image-parent-owner", "The parent of an image is of an account that may have it.")
    def _allowed_parent(self) -> Iterator[Conflict]:
        if not re.fullmatch(patterns.BUILDER_IMAGE, self.parent):
            return
        account = self.parent.split(":")[4]
        owner = "amazon" if account == "aws" else account
        # Which account is this one nobody knows here.
        if owner not in self.parent_owners and not (owner.isdecimal() and "self" in self.parent_owners):
            yield Conflict(
                ("parent",),
                self.parent,
                expected=f"an image of {', '.join(self.parent_owners)}: {owner} is none of parent_owners",
                fix=f"Add {owner} to parent_owners, or use another parent.",
                reads=(("parent_owners",),),
            )

    @rule("image-architecture", "The servers that bake an image have one architecture.")
    def _architecture(self) -> Iterator[Conflict]:
        first = architecture_of(self.instance_types[0])
        for index, each in enumerate(self.instance_types):
            if architecture_of(each) is not first:
                yield Conflict(
                    ("instance_types", index),
                    each,
                    expected=f"a type for {first}, like {self.instance_types[0]}: an image has one architecture",
                    fix="Use types of one architecture, and a pipeline for each.",
                )

    @rule("image-shared-key", "An image that is shared has a key that can be shared.")
    def _shared_key(self) -> Iterator[Conflict]:
        for path in self._without_key() if self.accounts else ():
            yield Conflict(
                path,
                None,
                expected="the ARN of a key: the AWS managed one of EBS cannot be shared with other accounts",
                fix="Name a customer key whose policy lets these accounts use it, or leave accounts out.",
                reads=(("accounts",),),
            )

    @rule("image-customer-key", "An image of prod is encrypted by a key of its owner.")
    def _customer_key(self) -> Iterator[Conflict]:
        # that of a shared image is asked for above
        for path in self._without_key() if self.customer_key and not self.accounts else ():
            yield Conflict(
                path,
                None,
                expected="the ARN of a key, since customer_key is true: the use of AWS's own cannot be revoked",
                fix="Name a key of that region that AWSServiceRoleForImageBuilder may use, or set customer_key: false.",
                reads=(("customer_key",),),
            )

    def _without_key(self) -> Iterator[tuple[str, ...]]:
        """Where a key could be named, and is not."""
        if self.kms_key_arn is None:
            yield ("kms_key_arn",)
        for region, copy in self.copies.items():
            if copy.kms_key_arn is None:
                yield ("copies", region, "kms_key_arn")

    @rule("image-playbook-folder", "A playbook has a folder of its own.")
    def _playbook(self) -> Iterator[Conflict]:
        if self.playbook is not None and "/" not in self.playbook:
            yield Conflict(
                ("playbook",),
                self.playbook,
                expected="a path with a folder, such as ansible/site.yml: the whole folder is sent to the build",
                fix="Move the playbook, its roles and its files to a folder of their own.",
            )

    @rule("image-playbook-lock", "A playbook runs by a version of Ansible from the lock.")
    def _ansible(self) -> Iterator[Conflict]:
        if self.playbook is not None and self.packages is None:
            yield Conflict(
                ("packages",),
                self.packages,
                expected="a lock that names ansible-core: a playbook does not run without it",
                fix="Write a file of lines name=version, and name it here.",
                reads=(("playbook",),),
            )

    @rule("retention", "CloudWatch Logs knows the retention.")
    def _retention(self) -> Iterator[Conflict]:
        yield from unknown_retention("log_retention_days", self.log_retention_days)


def _unpinned(parent: str) -> str | None:
    """Why a parent is none that stays the same; None for one that does."""
    if re.fullmatch(patterns.AMI_ID, parent) or re.fullmatch(patterns.BUILDER_IMAGE, parent):
        return None
    if parent.startswith(("ssm:", "resolve:ssm:", "/")):
        return "a parameter may hold another image tomorrow"
    if parent.startswith("arn:") and set(re.split("[./]", parent)) & _MOVES:
        return "a wildcard is resolved when an image is built, so one recipe would bake different images"
    if parent.startswith("arn:") and re.fullmatch(patterns.BUILDER_IMAGE, f"{parent}/1"):
        return "of a version without a build the newest build is taken"
    return "nothing else stays the same"
