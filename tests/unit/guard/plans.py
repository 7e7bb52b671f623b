"""Plans as the engine prints them, in as few words as a test needs."""

import json
from dataclasses import replace
from typing import Any

from strata.guard.plan import Plan, read_plan
from strata.guard.terms import PlanTerms
from strata.settings.recorded_terms import TERMS_OUTPUT

__all__ = ["applied", "of_stack", "printed", "read", "record", "step", "urn"]

TYPES = {
    "bucket": "aws:s3/bucket:Bucket",
    "cache": "aws:elasticache/replicationGroup:ReplicationGroup",
    "database": "aws:rds/instance:Instance",
    "group": "aws:autoscaling/group:Group",
    "key": "aws:kms/key:Key",
    "listener": "aws:lb/listener:Listener",
    "parameter": "aws:ssm/parameter:Parameter",
    "rule": "aws:lb/listenerRule:ListenerRule",
    "target group": "aws:lb/targetGroup:TargetGroup",
    "template": "aws:ec2/launchTemplate:LaunchTemplate",
    "value": "aws:secretsmanager/secretVersion:SecretVersion",
    "vpc": "aws:ec2/vpc:Vpc",
}


def urn(kind: str, name: str, parent: str = "") -> str:
    """The URN of a resource in the stack prod of the project shop."""
    return f"urn:pulumi:prod::shop::{parent}{TYPES.get(kind, kind)}::{name}"


def step(
    op: str,
    kind: str,
    name: str = "main",
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    reasons: tuple[str, ...] = (),
    was: dict[str, Any] | None = None,
    becomes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One step of the engine.

    Args:
        op: the engine's word for it.
        kind: a key of `TYPES`, or a type token.
        name: the resource's name.
        old: its inputs before.
        new: its inputs after. Default: the same.
        outputs: what AWS said of it.
        reasons: properties that cannot be changed in place.
        was: further fields of the old state, such as `protect`.
        becomes: further fields of the new state. Default: the same.
    """
    before, after = old or {}, (old or {}) if new is None else new
    common = {"type": TYPES.get(kind, kind), "custom": True, "id": f"{name}-id"}
    made: dict[str, Any] = {"op": op, "urn": urn(kind, name), "detailedDiff": None}
    if op not in {"create", "import"}:
        made["oldState"] = {**common, "inputs": before, "outputs": {**before, **(outputs or {})}, **(was or {})}
    if op not in {"delete", "delete-replaced"}:
        made["newState"] = {**common, "inputs": after, **((was or {}) if becomes is None else becomes)}
    differs = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return {**made, "diffReasons": [*differs, *reasons], "replaceReasons": list(reasons)}


def printed(*steps: dict[str, Any], **more: Any) -> str:
    """What a preview with these steps prints."""
    return json.dumps({"config": {}, "steps": list(steps), "duration": 1, "changeSummary": {}, **more}, indent=4)


def of_stack(stack: str, text: str) -> str:
    """A printed plan as one of another stack."""
    return text.replace("urn:pulumi:prod::", f"urn:pulumi:{stack}::")


def read(*steps: dict[str, Any], **more: Any) -> Plan:
    """The plan with these steps."""
    return read_plan(printed(*steps, **more))


def record(terms: PlanTerms) -> dict[str, Any]:
    """The stack output that an `up` with these terms leaves."""
    allow = [
        {"resource": each.resource, "operation": each.operation.value, "reason": each.reason, "until": str(each.until)}
        for each in terms.allowances
    ]
    torn = terms.teardown and {"until": str(terms.teardown.until), "reason": terms.teardown.reason}
    return {"stage": terms.stage.value, "allow": allow, **({"teardown": torn} if torn else {})}


def applied(plan: Plan, terms: PlanTerms) -> Plan:
    """The plan of a stack to which these terms have been applied before."""
    own = step("same", "pulumi:pulumi:Stack", "shop-prod", outputs={TERMS_OUTPUT: record(terms)})
    own["oldState"]["custom"] = False
    return replace(plan, changes=(*plan.changes, *read(own).changes))
