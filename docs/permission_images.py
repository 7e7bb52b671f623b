"""What is asked about images: promoting, revoking, baking, removing. A part of `permission_table.py`."""

from collections.abc import Mapping
from typing import Final

from permission_grant import (
    EVERY_PARAMETER,
    IMAGES,
    KEYS,
    MACHINES,
    PARAMETERS,
    REPOSITORIES,
    SERVICES,
    SNAPSHOTS,
    Grant,
    Part,
    through,
)

__all__ = ["IMAGE_PARTS"]

IMAGE_PARTS: Final[Mapping[str, Part]] = {
    "read images": Part(
        "Reading the images that there are",
        (
            Grant("ssm:GetParametersByPath", "the catalogue, and the vetoes", PARAMETERS),
            Grant("ec2:DescribeImages", "machine images by name, version and id"),
            Grant("ecr:DescribeImages", "container images by version", REPOSITORIES),
            Grant("ecr:BatchGetImage", "whether a container image is there", REPOSITORIES),
        ),
    ),
    "read scans": Part(
        "Reading what scans found",
        (Grant("ecr:DescribeImageScanFindings", "of container images that are pinned or recorded", REPOSITORIES),),
    ),
    "read names": Part(
        "Reading what releases call an image",
        (
            Grant("ssm:GetParametersByPath", "the records of all stacks, for a digest without a tag", EVERY_PARAMETER),
            Grant("ssm:GetParameterHistory", "what the records of the stack named before", PARAMETERS),
        ),
    ),
    "read tags": Part(
        "Reading what tags call a container image",
        (
            Grant(
                "ecr:DescribeImages",
                "of a recorded image, where no gate has noted its version; without it the record is believed",
                REPOSITORIES,
            ),
        ),
    ),
    "promote": Part(
        "Promoting",
        (
            Grant("ec2:DescribeSnapshots", "the keys of an encrypted image"),
            Grant("kms:DescribeKey", "whether such a key can be used, and is AWS's own, which cannot be shared", KEYS),
            Grant("kms:ListGrants", "whether Auto Scaling may use it; without it a line that nobody could ask", KEYS),
            Grant("kms:GetKeyPolicy", "the same; of a key that another account uses, whether it may", KEYS),
            Grant("ec2:GetAllowedImagesSettings", "into another account: why the image is not found there"),
            Grant("ec2:DescribeImageAttribute", "the same: whether it is shared with it"),
            Grant("ecr:DescribeImageScanFindings", "what scans found, where there are limits", REPOSITORIES),
            Grant("ssm:PutParameter", "the note of the proof, and the version in a catalogue that lacks it", IMAGES),
        ),
    ),
    "protect a pin": Part(
        "Protecting what is pinned",
        (
            Grant("ec2:CreateTags", "the mark of the protection; without either a note", MACHINES),
            Grant("ec2:EnableImageDeregistrationProtection", "the machine image that is pinned", MACHINES),
        ),
    ),
    "lift a veto": Part(
        "Lifting a veto",
        (
            Grant("ssm:GetParametersByPath", "the vetoes of the service", PARAMETERS),
            Grant("ssm:DeleteParameter", "the veto, of the version and of its image", PARAMETERS),
            Grant("ssm:PutParameter", "the veto of an image that is vetoed as another version, too", PARAMETERS),
        ),
    ),
    "find holders": Part(
        "Finding who holds an image",
        (
            Grant("ssm:GetParametersByPath", "the records that name it, of all stacks", EVERY_PARAMETER),
            Grant("autoscaling:DescribeAutoScalingGroups", "groups that would launch it"),
            Grant("ec2:DescribeLaunchTemplateVersions", "the same"),
            Grant("ec2:DescribeInstances", "servers that run it"),
            Grant("ecs:ListClusters", "tasks that run it"),
            Grant("ecs:ListTasks", "the same"),
            Grant("ecs:DescribeTasks", "the same", ("arn:aws:ecs:*:*:task/*",)),
            Grant("ec2:DescribeImageReferences", "launch templates, parameters and recipes that name it"),
            Grant("ec2:DescribeImageAttribute", "accounts that it is shared with"),
        ),
    ),
    "revoke": Part(
        "Revoking",
        (
            Grant("ssm:PutParameter", "the revocation", IMAGES),
            Grant("ec2:DisableImage", "with `--disable`", MACHINES),
            Grant(
                "ec2:DisableImageDeregistrationProtection",
                "with `--disable`: what a gate has protected, so that it can be deregistered",
                MACHINES,
            ),
        ),
    ),
    "lift a revocation": Part(
        "Lifting a revocation",
        (
            Grant("ec2:DescribeImages", "the images that were disabled with it"),
            Grant("ec2:EnableImage", "the same", MACHINES),
            Grant("ec2:CreateTags", "the mark of their protection", MACHINES),
            Grant("ec2:EnableImageDeregistrationProtection", "what was protected before; without it a note", MACHINES),
            Grant("ssm:PutParameter", "who lifted it, and why", IMAGES),
            Grant("ssm:GetParametersByPath", "what is revoked with it by id or digest", IMAGES),
            Grant("ssm:DeleteParameter", "the revocation", IMAGES),
        ),
    ),
    "find needs": Part(
        "Finding who needs an image",
        (
            Grant("ssm:GetParameterHistory", "releases that may be gone back to", PARAMETERS),
            Grant("autoscaling:DescribeLaunchConfigurations", "launch configurations that would launch it"),
            Grant("ec2:DescribeSnapshots", "its snapshots, and those that are left of others"),
            Grant("ecs:ListServices", "services that would start it"),
            Grant("ecs:DescribeServices", "the same", SERVICES),
            Grant("ecs:DescribeTaskDefinition", "the same"),
            Grant("ecr:GetRepositoryPolicy", "accounts that pull from its repository", REPOSITORIES),
        ),
    ),
    "prune": Part(
        "Removing what nobody needs",
        (
            Grant("ec2:CreateTags", "snapshots, before their image goes: an interrupted run finds them", SNAPSHOTS),
            Grant("ec2:DisableImageDeregistrationProtection", "what a gate has protected", MACHINES),
            Grant("ec2:DeregisterImage", "the image", MACHINES),
            Grant("ec2:DeleteSnapshot", "its snapshots", SNAPSHOTS),
            Grant("ecr:BatchDeleteImage", "container images", REPOSITORIES),
            Grant("ssm:DeleteParameter", "the version in the catalogue", IMAGES),
        ),
    ),
    "look at builds": Part(
        "Looking at builds",
        (
            Grant(
                "imagebuilder:ListImagePipelineImages",
                "the executions of a pipeline",
                ("arn:aws:imagebuilder:*:*:image-pipeline/*",),
            ),
            Grant("imagebuilder:GetImage", "one execution, and where it failed", ("arn:aws:imagebuilder:*:*:image/*",)),
            Grant("logs:GetLogEvents", "the end of the log of one that failed"),
        ),
    ),
    "find pipelines": Part(
        "Finding pipelines",
        (Grant("ssm:GetParametersByPath", "without a name: the pipelines of the stack", PARAMETERS),),
    ),
    "look at parents": Part(
        "Looking for newer parents",
        (
            Grant("ec2:DescribeImages", "of a parent that is an AMI: it, and those of its series"),
            Grant("imagebuilder:ListImages", "of one of Image Builder: its versions"),
            Grant(
                "imagebuilder:ListImageBuildVersions",
                "the same: the builds of a version",
                ("arn:aws:imagebuilder:*:*:image/*",),
            ),
        ),
    ),
    "bake": Part(
        "Baking",
        (
            Grant("kms:DescribeKey", "whether the keys of the pipeline can be used, before a build", KEYS),
            Grant("kms:GetKeyPolicy", "whether its accounts can use them; without either a warning", KEYS),
            Grant(
                "imagebuilder:StartImagePipelineExecution",
                "the build",
                ("arn:aws:imagebuilder:*:*:image-pipeline/*",),
            ),
            Grant(
                "imagebuilder:TagResource",
                "the tags of an execution, and the note on one whose images are refused",
                ("arn:aws:imagebuilder:*:*:image/*",),
            ),
        ),
    ),
    "note what was baked": Part(
        "Checking and noting what was baked",
        (
            Grant("ssm:PutParameter", "the order of a build, and the version in the catalogue", PARAMETERS),
            Grant("ssm:GetParametersByPath", "whether the catalogue has an image as another version", IMAGES),
            Grant("ssm:DeleteParameter", "what was noted in one region where another has another image", IMAGES),
            Grant("ec2:DescribeImages", "the images of a build, in each region"),
            Grant("ec2:DescribeSnapshots", "whether they are encrypted by the right key"),
            Grant("ec2:DescribeImageAttribute", "whether they are shared with the right accounts"),
            Grant("ec2:AttachImageWatermark", "the version, on images; without it a line that there is none", MACHINES),
            Grant("ec2:CreateTags", "the version, on images and snapshots", (*MACHINES, *SNAPSHOTS)),
        ),
    ),
    "keep reports": Part(
        "Keeping what is in an image of Packer",
        (
            Grant("s3:PutObject", "the manifest and the bill of materials", ("arn:aws:s3:::REPORTS-BUCKET/*",)),
            Grant(
                "kms:GenerateDataKey",
                "the key of the bucket, if it has one of its own",
                KEYS,
                through("s3"),
                within="s3:PutObject",
            ),
        ),
    ),
    "read reports": Part(
        "Reading what is in an image",
        (
            Grant("s3:GetObject", "the manifest and the bill of materials", ("arn:aws:s3:::REPORTS-BUCKET/*",)),
            Grant(
                "s3:ListBucket",
                "without it S3 answers for a report that is not there as if it were forbidden",
                ("arn:aws:s3:::REPORTS-BUCKET",),
                within="s3:GetObject",
            ),
            Grant(
                "kms:Decrypt",
                "the key of the bucket, if it has one of its own",
                KEYS,
                through("s3"),
                within="s3:GetObject",
            ),
        ),
    ),
}
