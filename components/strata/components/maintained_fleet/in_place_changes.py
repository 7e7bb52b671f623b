"""What changes the servers of a maintained fleet: a document of Systems Manager, and the association with them."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.aws.policy_documents import policy
from strata.components.base import Component
from strata.components.maintained_fleet.before_script import before_digest, before_script, before_seconds
from strata.components.maintained_fleet.server_scripts import healthy_script, play_script
from strata.components.service.permissions import Identity
from strata.naming import record_name
from strata.rollout.once_note import once_name, once_path
from strata.settings.models import FleetChangeSettings, MaintainedFleetSettings, PlaybookSettings, WindowSettings
from strata.spectrum import Mutability

__all__ = [
    "GROUP_TARGET",
    "association_cron",
    "document_content",
    "healthy_document",
    "in_place_changes",
    "may_fetch",
    "may_note",
]

GROUP_TARGET = "tag:aws:autoscaling:groupName"
"""How Systems Manager finds the servers of a group: Auto Scaling tags each of them, and nobody can take that off."""
_SPARE_SECONDS = 60
"""A step is ended by Systems Manager only where its own deadline did not end it."""


def may_fetch(fleet: Component, playbook: PlaybookSettings, identity: Identity) -> list[pulumi.Resource]:
    """The permission to fetch the archive; a public repository needs none.

    Args:
        fleet: the fleet.
        playbook: its playbook.
        identity: its servers' role.
    """
    if playbook.archive is None:
        return []
    bucket, _, key = playbook.archive.removeprefix("s3://").partition("/")
    at = pulumi.Output.concat("arn:", fleet.partition.partition, ":s3:::", bucket)
    return [
        _granted(
            *(fleet, identity, "playbook"),
            {"Action": "s3:GetObject", "Resource": pulumi.Output.concat(at, "/", key)},
            # the agent asks whether the path is a folder
            {"Action": "s3:ListBucket", "Resource": at, "Condition": {"StringLike": {"s3:prefix": [f"{key}*"]}}},
        )
    ]


def may_note(fleet: Component, playbook: PlaybookSettings, identity: Identity) -> list[pulumi.Resource]:
    """The permission to make, to end and to read the notes of what runs once, where anything does.

    Args:
        fleet: the fleet.
        playbook: its playbook.
        identity: its servers' role.
    """
    if playbook.before is None:
        return []
    notes = f":ssm:*:*:parameter{once_path(_no_record(fleet))}/*"
    at = pulumi.Output.concat("arn:", fleet.partition.partition, notes)
    statement = {"Action": ["ssm:GetParameter", "ssm:PutParameter"], "Resource": at}
    return [_granted(fleet, identity, "before", statement)]


def _granted(
    fleet: Component, identity: Identity, purpose: str, *statements: Mapping[str, Any]
) -> "aws.iam.RolePolicy":
    """A policy of the servers' role: the child PURPOSE_policy."""
    return fleet.child(aws.iam.RolePolicy, f"{purpose}_policy", Mutability.REPLACED, suffix=purpose, tagged=False)(
        role=identity.role.id, policy=policy(*statements)
    )


def in_place_changes(fleet: Component, settings: MaintainedFleetSettings, group: "aws.autoscaling.Group") -> None:
    """The document, and the association of one numbered version of it with the servers of the group.

    AWS's own AWS-ApplyAnsiblePlaybooks ends with the playbook, so that the next servers are begun while the first ones
    are still restarting; it compares nothing with a hash, and installs whatever Ansible there is that day.

    Args:
        fleet: the fleet.
        settings: its settings.
        group: its group.
    """
    region = aws.get_region_output(opts=fleet.lookups).region
    content = pulumi.Output.all(region, fleet.partition.dns_suffix).apply(
        lambda found: document_content(fleet, settings, region=found[0], suffix=found[1])
    )
    document = fleet.child(
        aws.ssm.Document,
        "document",
        Mutability.VERSIONED,
        suffix="playbook",
    )(
        document_type="Command",
        document_format="JSON",
        target_type="/AWS::EC2::Instance",
        content=content.apply(lambda found: json.dumps(found, indent=1, sort_keys=True)),
    )
    changes = settings.changes
    fleet.child(
        aws.ssm.Association,
        "association",
        Mutability.REPLACED,
        suffix="playbook",
    )(
        name=document.name,
        association_name=fleet.child_name("playbook"),
        # a number: a new version reaches servers because the program says so
        document_version=document.latest_version,
        targets=[{"key": GROUP_TARGET, "values": [group.name]}],
        max_concurrency=f"{changes.at_a_time_percent}%",
        max_errors=str(changes.max_errors),
        **_when(changes),
    )


def _when(changes: FleetChangeSettings) -> dict[str, Any]:
    if changes.window is None:
        return {}
    return {
        "schedule_expression": association_cron(changes.window),
        "apply_only_at_cron_interval": changes.only_in_window,
    }


def association_cron(window: WindowSettings) -> str:
    """A window as State Manager writes it, in UTC, which is the only time it knows.

    Args:
        window: when.
    """
    hour, minute = (int(part) for part in window.at.split(":"))
    days = "* * ?" if window.day is None else f"? * {window.day.value.upper()}"
    return f"cron({minute} {hour} {days} *)"


def document_content(
    fleet: Component, settings: MaintainedFleetSettings, *, region: str, suffix: str
) -> dict[str, Any]:
    """The document: fetch, compare and play, and wait until the server is healthy again.

    It has no parameters, so that one version of it is one change, and nothing is put into a script from outside.

    Args:
        fleet: the fleet.
        settings: its settings.
        region: where it is.
        suffix: of AWS's host names there.
    """
    playbook = settings.playbook
    fetch = {"sourceType": "GitHub", "sourceInfo": _commit(playbook)}
    if playbook.archive is not None:
        path = playbook.archive.removeprefix("s3://")
        fetch = {"sourceType": "S3", "sourceInfo": json.dumps({"path": f"https://s3.{region}.{suffix}/{path}"})}
    return {
        "schemaVersion": "2.2",
        "description": f"Applies {playbook.file} of {playbook.content} and waits until the server is healthy",
        "mainSteps": [
            {"name": "fetch", "action": "aws:downloadContent", "onFailure": "exit", "inputs": fetch},
            *_before_step(fleet, playbook, region),
            _step("play", play_script(playbook), playbook.timeout_seconds),
            _healthy_step(settings),
        ],
    }


def _before_step(fleet: Component, playbook: PlaybookSettings, region: str) -> list[dict[str, Any]]:
    before = playbook.before
    if before is None:
        return []
    note = once_name(_no_record(fleet), before.name, before_digest(playbook, before))
    return [_step("before", before_script(playbook, before, note=note, region=region), before_seconds(before))]


def _no_record(fleet: Component) -> str:
    """The name that its release record would have, beside which the notes of a service are."""
    return record_name(pulumi.get_project(), pulumi.get_stack(), fleet.pulumi_resource_name)


def healthy_document(fleet: Component, settings: MaintainedFleetSettings) -> "aws.ssm.Document | None":
    """The document that only waits for a server's health, where something else than a playbook changes servers.

    Args:
        fleet: the fleet.
        settings: its settings.
    """
    if settings.patching is None:
        return None
    content = {
        "schemaVersion": "2.2",
        "description": "Waits until the server is healthy",
        "mainSteps": [_healthy_step(settings)],
    }
    return fleet.child(aws.ssm.Document, "healthy_document", Mutability.VERSIONED, suffix="healthy")(
        document_type="Command",
        document_format="JSON",
        target_type="/AWS::EC2::Instance",
        content=json.dumps(content, indent=1, sort_keys=True),
    )


def _healthy_step(settings: MaintainedFleetSettings) -> dict[str, Any]:
    within = settings.changes.healthy_within_seconds
    return _step("healthy", healthy_script(settings), within + _SPARE_SECONDS + settings.health.interval_seconds)


def _commit(playbook: PlaybookSettings) -> str:
    owner, _, repository = str(playbook.repository).partition("/")
    return json.dumps(
        {"owner": owner, "repository": repository, "path": "", "getOptions": f"commitID:{playbook.commit}"}
    )


def _step(name: str, script: str, seconds: int) -> dict[str, Any]:
    return {
        "name": name,
        "action": "aws:runShellScript",
        # without it, the steps after a failed one run as well
        "onFailure": "exit",
        "inputs": {"timeoutSeconds": str(seconds), "runCommand": script.split("\n")},
    }
