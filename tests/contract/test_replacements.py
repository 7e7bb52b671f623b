"""What the rehearsal's plugin replaces is what the real provider replaces.

`tests/data/replacements.json` has the provider's own answers, see `tests/data/replacements.py` for how it was asked.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from strata_rehearsal.plugin import recorded
from strata_rehearsal.plugin.recorded import KNOWN
from strata_rehearsal.plugin.schema import resource_schema
from strata_rehearsal.plugin.types import ROWS

ANSWERS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "replacements.json").read_text(encoding="utf-8")
)["types"]
ALWAYS = {"region", "namePrefix"}
"""The plugin replaces for them whatever the type: the first came with 6.x, the second is half of a name."""

CONDITIONAL = {
    "aws:ec2/instance:Instance": {
        "enablePrimaryIpv6": "only when it is switched off",
        "ephemeralBlockDevices": "only when one is added",
        "privateDnsNameOptions": "only when they are added",
    },
    "aws:ec2/vpc:Vpc": {"instanceTenancy": "only from default to dedicated"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "engine": "only from valkey back to redis",
        "engineVersion": "only to a lower one",
    },
    "aws:ssm/parameter:Parameter": {"tier": "only from Advanced back to Standard"},
    **dict.fromkeys(
        (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Egress", "Ingress")),
        dict.fromkeys(
            ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"),
            "only when the rule moves to another kind of source",
        ),
    ),
}
"""What the provider replaces for in some cases; the plugin, which knows properties and no cases, updates."""

BEYOND: dict[str, dict[str, str]] = {}
"""What the plugin replaces for beyond the answers, by type and property, and why."""


def replaced_by_plugin(token: str) -> set[str]:
    row = ROWS.get(token)
    return set(row.replace.split()) if row else set(recorded.replaces(token)) - ALWAYS


def covered(path: str, by: set[str]) -> bool:
    """Whether a path, one it lies in or all that lies in it is among the others."""
    return any(path == each or path.startswith(f"{each}.") or each.startswith(f"{path}.") for each in by)


def everything(token: str) -> set[str]:
    """All that may be in the plugin's table: what replaces, always or in some case, and what is not known."""
    found = ANSWERS[token]
    newer = {name for name, what in found["newer"].items() if what.startswith("replaces")}
    return {*found["replaces"], *found["sometimes"], *found["unseen"], *newer}


known = pytest.mark.parametrize("token", sorted({*ROWS, *KNOWN} & ANSWERS.keys()))


@pytest.mark.parametrize("token", sorted({*ROWS, *KNOWN}))
def test_the_provider_was_asked_about_every_type_the_plugin_knows(token: str) -> None:
    assert token in ANSWERS, "run python -m tests.data.replacements, or do so for this type alone"


@known
def test_the_plugin_replaces_for_all_that_the_provider_replaces_for(token: str) -> None:
    newer = {name for name, what in ANSWERS[token]["newer"].items() if what.startswith("replaces: only")}
    wanted = {*ANSWERS[token]["replaces"], *ANSWERS[token]["sometimes"], *newer}
    missing = {path for path in wanted if not covered(path, replaced_by_plugin(token) | ALWAYS)}
    assert not missing - CONDITIONAL.get(token, {}).keys(), f"the provider replaces {token} for them"


@known
def test_the_plugin_replaces_for_nothing_else(token: str) -> None:
    beyond = {path for path in replaced_by_plugin(token) if not covered(path, everything(token))}
    assert not beyond - BEYOND.get(token, {}).keys(), f"the provider updates {token} for them in place"


def test_every_exception_is_still_one() -> None:
    assert [
        (token, name)
        for token, names in CONDITIONAL.items()
        for name in names
        if name not in ANSWERS[token]["sometimes"] or covered(name, replaced_by_plugin(token))
    ] == []
    assert [
        (token, name)
        for token, names in BEYOND.items()
        for name in names
        if name not in replaced_by_plugin(token) or covered(name, everything(token))
    ] == []


@pytest.mark.parametrize("token", sorted(ANSWERS))
def test_every_answer_names_properties_of_the_type(token: str) -> None:
    found, inputs = ANSWERS[token], resource_schema(token).inputs
    named = {path.partition(".")[0] for path in (*found["replaces"], *found["sometimes"], *found["newer"])}
    assert named <= inputs.keys()


def test_the_answers_say_what_everybody_knows_of_a_database() -> None:
    found = ANSWERS["aws:rds/instance:Instance"]
    assert {"engine", "username", "storageEncrypted", "kmsKeyId", "snapshotIdentifier"} <= {*found["replaces"]}
    assert not {"instanceClass", "allocatedStorage", "engineVersion", "multiAz"} & {*found["replaces"]}
