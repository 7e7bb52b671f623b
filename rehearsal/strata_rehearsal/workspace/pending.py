"""What a killed engine was doing, and how its state is mended without it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["IDENTIFIED_BY", "PendingOperation", "described", "mended", "pending_operations", "read_created"]

IDENTIFIED_BY = {
    "aws:autoscaling/group:Group": "name",
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "name",
    "aws:iam/instanceProfile:InstanceProfile": "name",
    "aws:iam/role:Role": "name",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:ssm/parameter:Parameter": "name",
}
"""Types whose provider id is one of their inputs: what a killed engine was creating of them can be found again."""


@dataclass(frozen=True)
class PendingOperation:
    """An operation that was under way when its engine died.

    Attributes:
        kind: `creating`, `updating`, `deleting`, `reading` or `importing`.
        resource: the resource as it was to become, in the form of the state.
    """

    kind: str
    resource: Mapping[str, Any]

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return str(self.resource.get("urn", ""))

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


def pending_operations(deployment: Mapping[str, Any]) -> list[PendingOperation]:
    """The operations that were under way when the state was written last."""
    found = deployment.get("pending_operations") or []
    return [PendingOperation(str(each.get("type", "")), each.get("resource") or {}) for each in found]


def read_created(file: Path) -> dict[str, str]:
    """The ids a plugin noted as soon as it knew them, by URN: one JSON object `{"urn": ..., "id": ...}` a line.

    A last line that was cut short by a kill is left out.
    """
    if not file.is_file():
        return {}
    whole = file.read_text().rpartition("\n")[0]
    notes = [json.loads(line) for line in whole.splitlines() if line]
    return {str(note["urn"]): str(note["id"]) for note in notes}


def mended(deployment: Mapping[str, Any], created: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Close every operation that was under way.

    A creation whose id is known becomes a resource, to be looked at: it may have come to be or not. One whose id is not
    known is forgotten, as is one that was to replace a resource that is still there; the next `up` makes another.

    Args:
        deployment: the deployment as the engine exports it.
        created: ids by URN, from `read_created`.

    Returns:
        The deployment without open operations, and the URNs to look at before anyone relies on them.
    """
    resources: list[Mapping[str, Any]] = list(deployment.get("resources") or [])
    known = {str(each.get("urn", "")) for each in resources}
    open_operations = pending_operations(deployment)
    for operation in open_operations:
        identity = created.get(operation.urn) or _identity(operation.resource)
        if operation.kind == "creating" and operation.urn not in known and identity:
            resources.append({**operation.resource, "id": identity, "outputs": operation.resource.get("inputs") or {}})
            known.add(operation.urn)
    doubtful = sorted({operation.urn for operation in open_operations} & known)
    return {**deployment, "resources": resources, "pending_operations": []}, doubtful


def _identity(resource: Mapping[str, Any]) -> str | None:
    value = (resource.get("inputs") or {}).get(IDENTIFIED_BY.get(str(resource.get("type", "")), ""))
    return value if isinstance(value, str) and value else None


def described(operations: Sequence[PendingOperation], named: int = 3) -> str:
    """The operations in a few words: a wide stack can have dozens, and only the first `named` are named."""
    words = [f"{operation.kind} {operation.name}" for operation in operations]
    rest = len(words) - named
    return ", ".join([*words[:named], f"{rest} more"] if rest > 0 else words)
