"""What is asked about services: reading, looking, rolling, going back. A part of `permission_table.py`."""

from collections.abc import Mapping
from typing import Final

from permission_grant import (
    ALL,
    DEPLOYMENTS,
    GROUPS,
    IMAGES,
    INSTANCES,
    KEYS,
    LAUNCHED,
    MACHINES,
    OURS,
    PARAMETERS,
    REPOSITORIES,
    ROLES,
    SECRETS,
    SERVICES,
    SHELL,
    TASKS,
    Grant,
    Part,
    passed_to,
)

__all__ = ["SERVICE_PARTS"]

READ = "the records, the notes, the vetoes, the catalogue"
REVOKED = "what is revoked by id or digest: an image may be a copy or a part of it; without it a warning"
HEALTH = "which servers or tasks are healthy behind a load balancer"
ALARMS = "the state of the alarms that gate a rollout"

RUN_ONCE_SERVERS: Final = {"Null": {"aws:ResourceTag/strata:run-once": "false"}}
"""Only servers that were launched to run something once."""
FORGOTTEN_NOTES: Final = Grant(
    "ssm:DeleteParameter",
    "notes of releases that the record no longer knows, once there are more than a hundred; without it a warning",
    ("arn:aws:ssm:*:*:parameter/strata/*/once/*",),
)

SERVICE_PARTS: Final[Mapping[str, Part]] = {
    "read parameters": Part(
        "Reading what Strata has kept",
        (Grant("ssm:GetParameters", READ, PARAMETERS),),
    ),
    "read history": Part(
        "Reading the releases of a service",
        (
            Grant("ssm:GetParameterHistory", "the releases before this one: the versions of the record", PARAMETERS),
            Grant("ssm:GetParametersByPath", "the vetoes of a service", PARAMETERS),
            Grant(
                "ec2:DescribeInstances",
                "a server on which something runs once, and whose end nobody has noted; without it the end is unknown",
            ),
        ),
    ),
    "look for a way back": Part(
        "Coming back to what was there before",
        (
            Grant(
                "ssm:GetParameterHistory",
                "while a freeze window is open, whether a release has run before; and whether the proof of a pin was "
                "noted before the newest one; without it either is refused, or a warning",
                PARAMETERS,
            ),
        ),
    ),
    "look at what ran once": Part(
        "Before a service is rolled out",
        (
            Grant(
                "ssm:GetParametersByPath",
                "whether a release can run after what ran once since; without it a warning",
                PARAMETERS,
            ),
            Grant("ssm:GetParameterHistory", "the same: when its image was released", PARAMETERS),
        ),
    ),
    "look at servers": Part(
        "Looking at servers",
        (
            Grant("autoscaling:DescribeAutoScalingGroups", "the servers of a service, and what its group launches"),
            Grant("autoscaling:DescribeInstanceRefreshes", "how rollouts go and went"),
            Grant("autoscaling:DescribeScalingActivities", "why servers do not come, such as a type that is sold out"),
            Grant("ec2:DescribeLaunchTemplateVersions", "which release a server was launched as"),
            Grant("elasticloadbalancing:DescribeTargetHealth", HEALTH),
            Grant("cloudwatch:DescribeAlarms", ALARMS),
        ),
    ),
    "look for drift": Part(
        "Looking for drift",
        (
            Grant("ec2:DescribeInstances", "tags, types, security groups and ages of servers, and those of no group"),
            Grant("ec2:DescribeImages", "whether the image of a release is still there"),
            Grant("elasticloadbalancing:DescribeTargetGroups", "which load balancer leads to a service"),
            Grant("elasticloadbalancing:DescribeListeners", "its certificates"),
            Grant("acm:DescribeCertificate", "when they end", ("arn:aws:acm:*:*:certificate/*",)),
        ),
    ),
    "assess": Part(
        "Assessing groups",
        (
            Grant("autoscaling:DescribeAutoScalingGroups", "the groups, and what they launch"),
            Grant("autoscaling:DescribeLaunchConfigurations", "what a group launches that has no launch template"),
            Grant("ec2:DescribeLaunchTemplateVersions", "user data, image, disks and key pair of the others"),
            Grant("ec2:DescribeInstances", "ages, images, disks, key pairs and metadata options of servers"),
            Grant("ec2:DescribeSecurityGroups", "whether port 22 or 3389 is open"),
            Grant("ec2:DescribeAddresses", "elastic addresses of servers"),
            Grant("ec2:DescribeInstanceTypes", "whether instance types have disks of their host"),
        ),
    ),
    "look for drift of tasks": Part(
        "Looking for drift of tasks",
        (Grant("ecr:DescribeImages", "whether the images of a release are still in their repositories", REPOSITORIES),),
    ),
    "notify of drift": Part(
        "Notifying of drift",
        (Grant("sns:Publish", "a summary to the topic of `--notify`, where something differs"),),
    ),
    "replace servers": Part(
        "Replacing single servers",
        (Grant("autoscaling:SetInstanceHealth", "a server that its group is to replace by a fresh one", GROUPS, OURS),),
    ),
    "replace tasks": Part(
        "Replacing single tasks",
        (Grant("ecs:StopTask", "a task in whose place its service starts a fresh one", TASKS),),
    ),
    "look at tasks": Part(
        "Looking at tasks",
        (
            Grant("ecs:ListClusters", "the service by its tags, while no record names one that is there"),
            Grant("ecs:ListServices", "the same"),
            Grant("ecs:DescribeServices", "the service, and what it launches", SERVICES),
            Grant("ecs:ListServiceDeployments", "how rollouts go and went", SERVICES),
            Grant("ecs:DescribeServiceDeployments", "the same", DEPLOYMENTS),
            Grant(
                "ecs:DescribeServiceRevisions",
                "what a deployment brings",
                ("arn:aws:ecs:*:*:service-revision/*",),
            ),
            Grant("ecs:DescribeTaskDefinition", "which release a task was started as"),
            Grant("ecs:ListTasks", "the tasks of a service"),
            Grant("ecs:DescribeTasks", "the same", TASKS),
            Grant("elasticloadbalancing:DescribeTargetHealth", HEALTH),
            Grant("elasticloadbalancing:DescribeRules", "where requests are led to"),
            Grant("cloudwatch:DescribeAlarms", ALARMS),
        ),
    ),
    "look at images": Part(
        "Looking at pinned images",
        (
            Grant("ec2:DescribeImages", "whether it proves what it is, and what its last scan found; else a warning"),
            Grant(
                "ecr:DescribeImageScanFindings",
                "what scans found, where there are limits; else a warning",
                REPOSITORIES,
            ),
            Grant("ecr:BatchGetImage", "whether one is there; the platforms of an index; else a warning", REPOSITORIES),
            Grant("ssm:GetParametersByPath", REVOKED, IMAGES),
        ),
    ),
    "roll servers": Part(
        "Rolling servers",
        (
            Grant("ec2:DescribeImages", "preflight: the image is there and fits; which images are spared"),
            Grant(
                "ec2:GetAllowedImagesSettings", "preflight: why an image is not found; without it only that it is not"
            ),
            Grant(
                "ssm:GetParametersByPath", "servers of break-glass that serve again; without it a warning", PARAMETERS
            ),
            Grant("ec2:DescribeInstances", "whether one of them has ended; without it a warning"),
            Grant("ec2:DescribeInstanceTypes", "preflight: the image is for the servers' processors"),
            Grant(
                "ec2:DescribeSubnets", "preflight: addresses are free for the surge; subnets of a network that exists"
            ),
            Grant("ssm:GetParametersByPath", f"preflight: {REVOKED}", IMAGES),
            Grant("ec2:DescribeSnapshots", "preflight: the keys of an encrypted image"),
            Grant("kms:ListGrants", "preflight: Auto Scaling may use such a key; without it a warning", KEYS),
            Grant("kms:GetKeyPolicy", "the same", KEYS),
            Grant("kms:DescribeKey", "the same: AWS's own key needs no grant", KEYS),
            Grant(
                "ec2:GetConsoleOutput",
                "the console of a server that never got healthy; without it the error names what refused it",
            ),
            Grant("autoscaling:StartInstanceRefresh", "the rollout", GROUPS, OURS),
            Grant("autoscaling:RollbackInstanceRefresh", "a rollout that is taken back", GROUPS, OURS),
            Grant("autoscaling:CancelInstanceRefresh", "the same, without `auto_rollback`", GROUPS, OURS),
            Grant(
                "autoscaling:PutLifecycleHook",
                "with `rollout.keep_failed`: servers of a rollout that goes back wait; without it none is kept",
                GROUPS,
                OURS,
            ),
            Grant("autoscaling:CompleteLifecycleAction", "the same: one of them is kept", GROUPS, OURS),
            Grant("autoscaling:DeleteLifecycleHook", "the same: the others go on", GROUPS, OURS),
            Grant("autoscaling:DescribeLifecycleHooks", "the same: what a gate that died has left"),
            Grant(
                "autoscaling:TerminateInstanceInAutoScalingGroup",
                "the same: one that was kept is ended when it is over, or another one is kept",
                GROUPS,
                OURS,
            ),
            Grant(
                "autoscaling:UpdateAutoScalingGroup",
                "the version that a group launches, and its deletion protection, for which the provider has no input",
                GROUPS,
                OURS,
            ),
            Grant(
                "ec2:RunInstances",
                "Auto Scaling launches with the rights of whoever names a launch template",
                within="autoscaling:StartInstanceRefresh",
            ),
            Grant(
                "iam:PassRole",
                "the role that the launch template gives to servers",
                ROLES,
                passed_to("ec2"),
                within="autoscaling:StartInstanceRefresh",
            ),
            Grant(
                "ec2:CreateTags",
                "the tags that it gives them",
                LAUNCHED,
                {"StringEquals": {"ec2:CreateAction": "RunInstances"}},
                within="autoscaling:StartInstanceRefresh",
            ),
            Grant("ec2:CreateTags", "the tags that keep the images of a release; without it a warning", MACHINES),
            Grant("ec2:EnableImageDeregistrationProtection", "the images of a release; without it a warning", MACHINES),
            Grant(
                "cloudwatch:PutMetricData",
                "the heartbeat (`heartbeat_minutes`), without which no rollout starts",
                ALL,
                {"StringEquals": {"cloudwatch:namespace": "Strata"}},
            ),
            Grant("ssm:PutParameter", "the note of a rollout; without it a warning", PARAMETERS),
            Grant("sns:Publish", "messages to `notify_topic_arn`; without it a warning"),
        ),
    ),
    "roll tasks": Part(
        "Rolling tasks",
        (
            Grant(
                "ec2:DescribeSubnets", "preflight: addresses are free for the surge; subnets of a network that exists"
            ),
            Grant("ec2:DescribeRouteTables", "preflight: a way to the registry; without it a warning"),
            Grant("ec2:DescribeVpcEndpoints", "the same"),
            Grant("ecr:BatchGetImage", "preflight: the image is there; the manifest of one that is kept", REPOSITORIES),
            Grant("ssm:GetParametersByPath", f"preflight: {REVOKED}", IMAGES),
            Grant("ecr:DescribeImageScanFindings", "preflight: what scans found; without it a warning", REPOSITORIES),
            Grant(
                "iam:SimulatePrincipalPolicy",
                "preflight: the execution role may pull, log and read its secrets; without it a warning",
                ROLES,
            ),
            Grant("secretsmanager:DescribeSecret", "preflight: the keys of secrets; without it a warning", SECRETS),
            Grant("ssm:DescribeParameters", "the same"),
            Grant("kms:DescribeKey", "the same", KEYS),
            Grant("ecs:UpdateService", "the rollout", SERVICES, OURS),
            Grant("ecs:StopServiceDeployment", "a rollout that is taken back", DEPLOYMENTS),
            Grant(
                "ecs:ContinueServiceDeployment", "the next step of a deployment that waits for its gate", DEPLOYMENTS
            ),
            Grant(
                "iam:PassRole",
                "the role by which ECS moves requests",
                ROLES,
                passed_to("ecs"),
                within="ecs:UpdateService",
            ),
            Grant("elasticloadbalancing:ModifyRule", "a service that gets another listener rule"),
            Grant("logs:GetLogEvents", "the log of a task that failed; without it the error names what refused it"),
            Grant("ecr:ListImages", "which images are kept already; without it a warning", REPOSITORIES),
            Grant("ecr:PutImage", "one more tag on an image, which keeps it; without it a warning", REPOSITORIES),
            Grant(
                "ecr:BatchDeleteImage",
                "removing such a tag, never the last one of an image; without it a warning",
                REPOSITORIES,
            ),
            Grant("ssm:PutParameter", "the note of a rollout; without it a warning", PARAMETERS),
            Grant("sns:Publish", "messages to `notify_topic_arn`; without it a warning"),
        ),
    ),
    "run once on a server": Part(
        "Running something once before a rollout: servers",
        (
            Grant("ec2:RunInstances", "the server by itself on which it runs (`rollout.before`)"),
            Grant(
                "iam:PassRole",
                "the role that the launch template gives to it",
                ROLES,
                passed_to("ec2"),
                within="ec2:RunInstances",
            ),
            Grant(
                "ec2:CreateTags",
                "its tags",
                LAUNCHED,
                {"StringEquals": {"ec2:CreateAction": "RunInstances"}},
                within="ec2:RunInstances",
            ),
            Grant("ssm:SendCommand", "the command, on no other server", INSTANCES, RUN_ONCE_SERVERS),
            Grant("ssm:SendCommand", "the same: what runs a script", SHELL),
            Grant("ssm:GetCommandInvocation", "how it has ended"),
            Grant("ssm:ListCommands", "the same, of a server that has ended meanwhile"),
            Grant("ec2:TerminateInstances", "that server; without it a warning", INSTANCES, RUN_ONCE_SERVERS),
            Grant("ssm:PutParameter", "the note of it, without which it does not run", PARAMETERS),
            FORGOTTEN_NOTES,
        ),
    ),
    "run once": Part(
        "Running something once before a rollout: tasks",
        (
            Grant(
                "ecs:RunTask",
                "what a service runs once for each release (`rollout.before`)",
                ("arn:aws:ecs:*:*:task-definition/*",),
                OURS,
            ),
            Grant(
                "ecs:TagResource",
                "the tags of that task",
                TASKS,
                {"StringEquals": {"ecs:CreateAction": "RunTask"}},
                within="ecs:RunTask",
            ),
            Grant("iam:PassRole", "its roles", ROLES, passed_to("ecs-tasks"), within="ecs:RunTask"),
            Grant("ecs:StopTask", "one that does not end in time", TASKS),
            Grant("ssm:PutParameter", "the note of it, without which it does not run", PARAMETERS),
            FORGOTTEN_NOTES,
        ),
    ),
    "newest of servers": Part(
        "Making a release the newest one: servers",
        (
            Grant(
                "ec2:CreateLaunchTemplateVersion",
                "a copy of the version that is rolled to, which a refresh finds as the newest one",
                ("arn:aws:ec2:*:*:launch-template/*",),
                OURS,
            ),
        ),
    ),
    "newest of tasks": Part(
        "Making a release the newest one: tasks",
        (
            Grant("ecs:RegisterTaskDefinition", "a copy of the task definition that is rolled to, likewise"),
            Grant(
                "ecs:TagResource",
                "the tags of that copy",
                ("arn:aws:ecs:*:*:task-definition/*",),
                {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
                within="ecs:RegisterTaskDefinition",
            ),
            Grant(
                "iam:PassRole",
                "the roles of the task",
                ROLES,
                passed_to("ecs-tasks"),
                within="ecs:RegisterTaskDefinition",
            ),
        ),
    ),
    "roll back": Part(
        "Noting a rollback",
        (
            Grant("ec2:DescribeImages", "the image to go back to is there"),
            Grant("ecr:BatchGetImage", "the same for containers", REPOSITORIES),
            Grant(
                "ssm:PutParameter",
                "the veto of what is left, notes of the rollback and of its proof, with `--now` the record",
                PARAMETERS,
            ),
        ),
    ),
}
