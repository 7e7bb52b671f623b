"""The permissions that the documentation asks for are those of the calls that the code makes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).resolve().parents[2]
STRATA = ROOT / "components" / "strata"
SHARED = ["aws/parameters.py", "rollout/aws_calls.py", "rollback/record_store.py", "images/verdicts.py"]
CALLERS = {
    "servers": [*SHARED, "images/allowed_images.py", "rollout/servers/driver.py"],
    "containers": [
        *SHARED,
        *("rollout/tasks/task_driver.py", "rollout/tasks/secret_lookup.py", "aws/kept_images.py", "aws/log_events.py"),
        "images/scan_reading.py",
    ],
}
HANDED_OVER = {
    "aws/kept_images.py": {"ecr"},
    "aws/log_events.py": {"logs"},
    "aws/parameters.py": {"ssm"},
    "images/allowed_images.py": {"ec2"},
    "images/scan_reading.py": {"ecr"},
    "rollout/tasks/secret_lookup.py": {"secretsmanager", "ssm", "kms"},
}
"""Modules that are given a client, and of which service."""
PREFIXES = {"elbv2": "elasticloadbalancing"}
"""The prefixes of IAM that are not the names of boto3."""
FREE = {"sts:GetCallerIdentity"}
"""Needs no permission (IAM)."""
PASSED_ON = {"iam:PassRole", "ecs:TagResource"}
"""Is asked of whoever hands a role to a service, or makes something with tags; no call of ours has that name."""


def calls(module: str) -> Iterator[str]:
    """The actions of IAM for the calls of a module."""
    tree = ast.parse((STRATA / module).read_text(encoding="utf-8"))
    made = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)]
    names: set[str] = set()
    services = set(HANDED_OVER.get(module, ()))
    for call in made:
        assert isinstance(call.func, ast.Attribute)
        (first, *_) = (*call.args, ast.Constant(value=None))
        text = str(first.value) if isinstance(first, ast.Constant) else ""
        services |= {text} if call.func.attr == "_client" else set()
        names.add(text if call.func.attr == "get_paginator" else call.func.attr)
    for service in services:
        client = boto3.client(service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        known = client.meta.method_to_api_mapping
        yield from (f"{PREFIXES.get(service, service)}:{known[name]}" for name in names & known.keys())


def asked_for() -> set[str]:
    """The actions that the page names."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = page.partition("### What the gate may do\n")[2].partition("\n### ")[0]
    return set(re.findall(r"`([a-z0-9]+:[A-Z][A-Za-z]+)`", section))


@pytest.mark.parametrize("kind", CALLERS)
def test_every_call_of_a_deployer_has_its_permission_on_the_page(kind: str) -> None:
    made = {action for module in CALLERS[kind] for action in calls(module)} - FREE
    assert len(made) > 10, "the calls are read from the code"
    assert made - asked_for() == set()


def test_no_permission_is_asked_for_that_no_call_needs() -> None:
    made = {action for modules in CALLERS.values() for module in modules for action in calls(module)}
    assert asked_for() - made == PASSED_ON


def test_every_module_that_calls_aws_in_a_rollout_is_read() -> None:
    callers = {
        str(each.relative_to(STRATA))
        for room in ("rollout", "rollback")
        for each in (STRATA / room).rglob("*.py")
        if "self._client(" in each.read_text(encoding="utf-8")
    }
    own = {"images/verdicts.py"}
    assert callers | own | HANDED_OVER.keys() == {module for modules in CALLERS.values() for module in modules}
