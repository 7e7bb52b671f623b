"""The policy rules name types and inputs that the provider has."""

import pytest

from strata.policy.rules import encryption, exposure, secrets, servers, tags
from strata.resources.protections.by_name import REFUSING_DELETION
from strata.resources.protections.by_type import TABLE
from strata_rehearsal.plugin.schema.source import class_text, getters, resource_index

GONE = {"aws:applicationloadbalancing/listener:Listener", "aws:elasticloadbalancingv2/listener:Listener"}
"""Older names of listeners, which programs written against earlier providers still have in their state."""

NAMED = {
    "imdsv2": servers._METADATA,
    "image-age": {token: key for token, key in servers._CREATED.items() if token.startswith("aws:")},
    "no-public-database": dict.fromkeys(exposure._DATABASES, "publiclyAccessible"),
    "controlled-protected": {
        token: row.path for token, rows in TABLE.items() for row in rows if row.path in REFUSING_DELETION
    },
}

TOKENS = {
    *encryption._TYPES,
    *exposure._INLINE,
    exposure._OLD_RULE,
    exposure._RULE,
    *(encryption._LISTENERS - GONE),
    *secrets._LAUNCHERS,
    *tags._ALWAYS,
}


def properties(token: str) -> set[str]:
    folder, file, name = resource_index()[token]
    return {camel for camel, *_ in getters(class_text(folder + file, name))}


@pytest.mark.parametrize("token", sorted(TOKENS))
def test_every_type_a_rule_names_exists(token: str):
    assert token in resource_index()


@pytest.mark.parametrize(
    "token,key", [(token, key) for table in NAMED.values() for token, key in sorted(table.items())]
)
def test_every_input_a_rule_reads_exists(token: str, key: str):
    assert key in properties(token)
