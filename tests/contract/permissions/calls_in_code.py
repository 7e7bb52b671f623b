"""Which calls of AWS the library can make, read from its code: every one, whether a run has made it or not."""

import ast
import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import botocore.session
from botocore import xform_name

__all__ = ["HANDED_OVER", "SERVICES", "calls_in_code", "clients_made", "nobodys_calls"]

STRATA: Final = Path(__file__).resolve().parents[3] / "components" / "strata"
SERVICES: Final = (
    *("acm", "autoscaling", "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "iam", "imagebuilder", "inspector2", "kms"),
    *("logs", "rds", "s3", "secretsmanager", "sns", "ssm", "sts"),
)
"""Those that Strata asks, as boto3 names them."""
HANDED_OVER: Final[Mapping[str, tuple[str, ...]]] = {
    "aws/kept_images.py": ("ecr",),
    "aws/log_events.py": ("logs",),
    "aws/session.py": ("sts",),
    "components/secret.py": ("secretsmanager",),
    "drift/task_drift_driver.py": ("ecr",),
    "images/allowed_images.py": ("ec2",),
    "images/image_finder.py": ("ecr",),
    "images/image_origin.py": ("ec2",),
    "images/scan_reading.py": ("ecr",),
    "pruning/removal.py": ("ecr",),
    "pruning/repository_policy.py": ("ecr",),
    "pruning/stored_images.py": ("ecr",),
    "rollout/tasks/secret_lookup.py": ("secretsmanager", "ssm", "kms"),
}
"""Modules that are given a client, and of which service."""
NO_CALLS: Final = {
    "get_component": "botocore's own session",
    "get_object": "Pulumi's configuration",
    "execute_command": "a setting",
}
"""Names of calls that also are something else, in modules that have no client of the service."""
PREFIXES: Final = {"elbv2": "elasticloadbalancing"}
"""The prefixes of IAM that are not the names of boto3."""


@functools.cache
def _modules() -> dict[str, ast.Module]:
    paths = sorted(each for each in STRATA.rglob("*.py") if "testing" not in each.relative_to(STRATA).parts)
    return {each.relative_to(STRATA).as_posix(): ast.parse(each.read_text(encoding="utf-8")) for each in paths}


@functools.cache
def _operations() -> dict[str, dict[str, str]]:
    """By service, the actions of IAM by boto3's names of the calls."""
    session: Any = botocore.session.get_session()
    return {
        service: {
            xform_name(operation): f"{PREFIXES.get(service, service)}:{operation}"
            for operation in session.get_service_model(service).operation_names
        }
        for service in SERVICES
    }


@functools.cache
def _known_services() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_available_services())


def _named(node: ast.AST) -> Iterator[str]:
    """The services that stand in an expression, such as `self._clients.in_region(region)("ec2")`."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value in _known_services():
            yield each.value


def _makes_client(call: ast.Call) -> bool:
    """Whether a call gives a client, by the names that the library has for what does."""
    called = ast.unparse(call.func).lower()
    return called.endswith(("client", "clients", "_call")) or "client" in called.partition("(")[0]


@functools.cache
def clients_made() -> dict[str, set[str]]:
    """The services of which each module makes clients."""
    made: dict[str, set[str]] = {}
    for name, tree in _modules().items():
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and each.args and _makes_client(each)]
        found = {service for each in calls for service in _named(each.args[0])}
        if found:
            made[name] = found
    return made


def _variables(tree: ast.AST) -> Mapping[str, set[str]]:
    """The variables of a module that hold clients, with their services."""
    held: defaultdict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = [*zip(target.elts, value.elts, strict=True)]
            else:
                pairs = [(target, value)]
            for left, right in pairs:
                if isinstance(left, ast.Name) and isinstance(right, ast.Call):
                    held[left.id] |= set(_named(right))
    return held


def _asked(tree: ast.AST) -> Iterator[tuple[str, int, set[str]]]:
    """What may be a call, with its line and the services that stand beside it; none where it is not known whose."""
    held = _variables(tree)

    def beside(node: ast.AST) -> set[str]:
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return {*_named(node)}.union(*(held.get(each, set()) for each in names))

    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr, node.lineno, beside(node.value)
        elif isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant):
            # a call that not every version of boto3 has is made by a name that is a constant
            yield str(node.value.value), node.lineno, set()
        elif isinstance(node, ast.Call):
            words = [each for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            whose = beside(node.func).union(*(_named(each) for each in words))
            yield from ((str(each.value), each.lineno, whose) for each in words)


def _services_of(name: str) -> Iterable[str]:
    return {*clients_made().get(name, ()), *HANDED_OVER.get(name, ())} & set(SERVICES)


def calls_in_code() -> dict[str, list[str]]:
    """Where each action is called: in which file, and in which line."""
    found: dict[str, list[str]] = {}
    for name, tree in _modules().items():
        services = _services_of(name)
        for word, line, beside in _asked(tree) if services else ():
            for service in beside & set(SERVICES) or services:
                if word in _operations()[service]:
                    found.setdefault(_operations()[service][word], []).append(f"components/strata/{name}:{line}")
    return found


def nobodys_calls() -> list[str]:
    """What is called as AWS is, in modules that have no client of which that is a call."""
    whose = {word: service for service, words in _operations().items() for word in words if "_" in word}
    own = {
        node.name
        for tree in _modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    wanted = whose.keys() - own - NO_CALLS.keys()
    found: list[str] = []
    for name, tree in _modules().items():
        services = _services_of(name)
        found += [
            f"components/strata/{name}:{node.lineno} calls {node.attr}, and has no client that has it: add to "
            f'HANDED_OVER in calls_in_code.py\n    "{name}": ("{whose[node.attr]}",),'
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in wanted
            and not any(node.attr in _operations()[each] for each in services)
        ]
    return found
