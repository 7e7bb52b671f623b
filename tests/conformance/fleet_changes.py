"""One change of every property that a maintained fleet sets besides, see `changes`."""

import json
from collections.abc import Mapping

from tests.conformance.changes import TAGS, Value, first_merged

__all__ = ["FLEET_CHANGES"]

OTHER_TARGET = {"key": "tag:aws:autoscaling:groupName", "values": ["other"]}


def _other_document(old: str) -> str:
    return json.dumps({**json.loads(old), "description": "Something else"})


def _without_restart(old: Mapping[str, Mapping[str, object]]) -> Mapping[str, object]:
    run = old["runCommandParameters"]
    return {"runCommandParameters": {**run, "parameters": [{"name": "Operation", "values": ["Scan"]}]}}


FLEET_CHANGES: Mapping[str, Mapping[str, Value]] = {
    "aws:ssm/association:Association": {
        "name": "other",
        "associationName": "other",
        "documentVersion": "7",
        "targets": [OTHER_TARGET],
        "maxConcurrency": "50%",
        "maxErrors": "2",
        "scheduleExpression": "cron(30 3 ? * MON *)",
        "applyOnlyAtCronInterval": True,
        **TAGS,
    },
    "aws:ssm/document:Document": {
        "name": "other",
        "content": _other_document,
        "documentType": "Automation",
        "documentFormat": "YAML",
        "targetType": "/AWS::SSM::ManagedInstance",
        **TAGS,
    },
    "aws:ssm/maintenanceWindow:MaintenanceWindow": {
        "name": "other",
        "schedule": "cron(0 5 ? * MON *)",
        "scheduleTimezone": "Europe/Paris",
        "duration": 6,
        "cutoff": 2,
        **TAGS,
    },
    "aws:ssm/maintenanceWindowTarget:MaintenanceWindowTarget": {
        "name": "other",
        "windowId": "mw-0aaaaaaaaaaaaaaa1",
        "resourceType": "RESOURCE_GROUP",
        "targets": [OTHER_TARGET],
    },
    "aws:ssm/maintenanceWindowTask:MaintenanceWindowTask": {
        "name": "other",
        "windowId": "mw-0aaaaaaaaaaaaaaa1",
        "taskType": "AUTOMATION",
        "taskArn": "AWS-RunPatchBaseline",
        "priority": 2,
        "maxConcurrency": "50%",
        "maxErrors": "2",
        "cutoffBehavior": "CANCEL_TASK",
        "targets": first_merged(values=["01234567-89ab-cdef-0123-456789abcdef"]),
        "taskInvocationParameters": _without_restart,
    },
    "aws:ssm/patchBaseline:PatchBaseline": {
        "name": "other",
        "description": "Something else",
        "operatingSystem": "AMAZON_LINUX_2",
        "approvalRules": first_merged(approveAfterDays=14),
        **TAGS,
    },
    "aws:ssm/patchGroup:PatchGroup": {"baselineId": "pb-0aaaaaaaaaaaaaaa1", "patchGroup": "other"},
}
"""By type token and property."""
