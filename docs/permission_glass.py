"""What letting somebody, or a command, into a server or a task needs. A part of `permission_table.py`."""

from collections.abc import Mapping
from typing import Final

from permission_grant import GROUPS, INSTANCES, OURS, PARAMETERS, SHELL, TASKS, Grant, Part

__all__ = ["GLASS_PARTS"]

GLASS_PARTS: Final[Mapping[str, Part]] = {
    "read break-glass": Part(
        "Reading who was let into what",
        (Grant("ssm:GetParametersByPath", "the notes of break-glass, open and closed", PARAMETERS),),
    ),
    "look at break-glass": Part(
        "Looking at what somebody was let into",
        (Grant("ec2:DescribeInstances", "whether it runs although no group has it; without it the list shows that"),),
    ),
    "look into servers": Part(
        "Letting servers compare themselves with their images",
        (
            Grant("ssm:DescribeInstanceInformation", "which servers Session Manager reaches"),
            Grant("ssm:SendCommand", "the command, of a document that lets its caller run anything", SHELL),
            Grant("ssm:SendCommand", "the servers of a service, by its tags", INSTANCES, OURS),
            Grant("ssm:ListCommands", "whether it has ended"),
            Grant("ssm:ListCommandInvocations", "what each server has printed"),
        ),
    ),
    "open break-glass": Part(
        "Letting somebody into a server or a task",
        (
            Grant("autoscaling:DescribeAutoScalingInstances", "which group has it"),
            Grant("autoscaling:EnterStandby", "it leaves service, and a fresh one takes its place", GROUPS, OURS),
            Grant("autoscaling:SetInstanceProtection", "with `--in-service` it stays, protected", GROUPS, OURS),
            Grant("ec2:CreateTags", "it is marked as tainted", INSTANCES, OURS),
            Grant("ecs:DescribeTasks", "the task, and whether there is a way into it", TASKS),
            Grant("ecs:UpdateTaskProtection", "neither scale-in nor a deployment stops it", TASKS, OURS),
            Grant("ecs:TagResource", "it is marked as tainted", TASKS, OURS),
            Grant("ssm:PutParameter", "who was let in, why, and until when", PARAMETERS),
        ),
    ),
    "close break-glass": Part(
        "Ending what somebody was let into",
        (
            Grant("autoscaling:DescribeAutoScalingInstances", "which group has it"),
            Grant("ec2:DescribeInstances", "whether it runs although no group has it"),
            Grant("autoscaling:TerminateInstanceInAutoScalingGroup", "its group ends it", GROUPS, OURS),
            Grant("ecs:StopTask", "a task is stopped, and its service starts another one", TASKS, OURS),
            Grant("ssm:PutParameter", "who closed it, and which version has the fix", PARAMETERS),
        ),
    ),
}
