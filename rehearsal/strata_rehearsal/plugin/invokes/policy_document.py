"""IAM policy documents put together from statements, as the provider spells them."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from strata.errors import RehearsalError
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties

__all__ = ["FUNCTIONS"]

VERSION = "2012-10-17"
"""The policy language's version when the program names none."""

_LISTS = {"actions": "Action", "notActions": "NotAction", "resources": "Resource", "notResources": "NotResource"}


def _document(_cloud: AwsConnection, arguments: Properties) -> Properties:
    merged: dict[str, Any] = {}
    for text in [arguments.get("sourceJson"), *(arguments.get("sourcePolicyDocuments") or [])]:
        merged = _merge(merged, text, overrides=False)
    own: dict[str, Any] = {"Version": arguments.get("version") or VERSION}
    if arguments.get("policyId"):
        own["Id"] = arguments["policyId"]
    statements = [_statement(each) for each in arguments.get("statements") or []]
    merged = _merge(merged, json.dumps({**own, "Statement": statements}), overrides=False)
    for text in [*(arguments.get("overridePolicyDocuments") or []), arguments.get("overrideJson")]:
        merged = _merge(merged, text, overrides=True)
    pretty, small = json.dumps(merged, indent=2), json.dumps(merged, separators=(",", ":"))
    return {**arguments, "id": str(zlib.crc32(small.encode())), "json": pretty, "minifiedJson": small}


def _merge(base: dict[str, Any], text: str | None, *, overrides: bool) -> dict[str, Any]:
    """Statements with one Sid are one statement: the overriding document's, else it is an error."""
    if not text:
        return base
    more = json.loads(text)
    given = more.get("Statement") or []
    statements = list(base.get("Statement") or [])
    for statement in given if isinstance(given, list) else [given]:
        sid = statement.get("Sid")
        index = next((i for i, each in enumerate(statements) if sid and each.get("Sid") == sid), None)
        if index is None:
            statements.append(statement)
        elif overrides:
            statements[index] = statement
        else:
            raise RehearsalError(
                f"two policy statements have the Sid {sid!r}", fix="Give each statement a Sid of its own."
            )
    return {**base, **more, "Statement": statements}


def _statement(block: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": block["sid"]} if block.get("sid") else {}
    statement["Effect"] = block.get("effect") or "Allow"
    for name, member in _LISTS.items():
        if block.get(name):
            statement[member] = _one_or_many(block[name])
    for name, member in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if block.get(name):
            statement[member] = _principals(block[name])
    if block.get("conditions"):
        conditions: dict[str, dict[str, Any]] = {}
        for each in block["conditions"]:
            conditions.setdefault(each["test"], {})[each["variable"]] = _one_or_many(each["values"], ordered=True)
        statement["Condition"] = conditions
    return statement


def _principals(blocks: list[Mapping[str, Any]]) -> Any:
    """The provider writes "everyone" as a bare star."""
    if any(block["type"] == "*" and "*" in block["identifiers"] for block in blocks):
        return "*"
    merged: dict[str, list[str]] = {}
    for block in blocks:
        merged.setdefault(block["type"], []).extend(block["identifiers"])
    return {kind: _one_or_many(identifiers) for kind, identifiers in merged.items()}


def _one_or_many(values: list[str], *, ordered: bool = False) -> Any:
    """A single value is written without a list; several are sorted as the provider does, in reverse order."""
    if len(values) == 1:
        return values[0]
    return list(values) if ordered else sorted(values, reverse=True)


FUNCTIONS = {"aws:iam/getPolicyDocument:getPolicyDocument": _document}
