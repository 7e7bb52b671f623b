"""What changes servers in place, as part of the program of every type."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws


def server_changes(group: aws.autoscaling.Group, tags: Mapping[str, str], delay: int) -> None:
    """A document, and the association that applies it to the servers of a group.

    Args:
        group: whose servers are changed.
        tags: those of whatever has tags.
        delay: what changes with the rest.
    """
    step = {"name": "run", "action": "aws:runShellScript", "inputs": {"runCommand": [f"sleep {delay}"]}}
    document = aws.ssm.Document(
        "changes",
        document_type="Command",
        content=json.dumps({"schemaVersion": "2.2", "description": "Waits", "mainSteps": [step]}),
        tags=dict(tags),
    )
    aws.ssm.Association(
        "changes",
        name=document.name,
        association_name="changes",
        document_version=document.latest_version,
        targets=[{"key": "tag:aws:autoscaling:groupName", "values": [group.name]}],
        max_concurrency="25%",
        max_errors="0",
        schedule_expression="cron(0 3 ? * SUN *)",
        apply_only_at_cron_interval=delay > 0,
        tags=dict(tags),
    )
    pulumi.export("document_version", document.latest_version)
