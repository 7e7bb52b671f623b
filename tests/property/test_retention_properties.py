"""Whatever the rules say: the same rules take nothing away, fewer rules neither, and nothing is taken away unseen."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strata.resources.protections.retention import more_images_expire, sooner_deleted, sooner_expired

days = st.integers(1, 3650)
filters = st.fixed_dictionaries(
    {},
    optional={
        "prefix": st.sampled_from(["", "tmp/", "tmp/old/", "logs/"]),
        "tag": st.sampled_from([{"key": "a", "value": "b"}, {"key": "a", "value": "c"}]),
    },
)
old_versions = st.fixed_dictionaries(
    {"noncurrentDays": days}, optional={"newerNoncurrentVersions": st.integers(1, 100)}
)
rule = st.fixed_dictionaries(
    {"status": st.sampled_from(["Enabled", "Disabled"]), "filter": filters},
    optional={
        "expiration": st.one_of(st.builds(dict, days=days), st.just({"expiredObjectDeleteMarker": True})),
        "noncurrentVersionExpiration": old_versions,
        "transitions": st.just([{"days": 30, "storageClass": "GLACIER"}]),
    },
)
lifecycles = st.dictionaries(st.sampled_from("abcd"), rule).map(
    lambda found: [{"id": name, **each} for name, each in found.items()]
)
"""Rules of a bucket's lifecycle, as a program says them."""


def deletes(each: dict[str, Any]) -> bool:
    """Whether a rule deletes objects or their versions."""
    return each["status"] == "Enabled" and (
        "days" in each.get("expiration", {}) or "noncurrentVersionExpiration" in each
    )


@given(lifecycles)
def test_the_same_lifecycle_takes_nothing_away(rules: list[dict[str, Any]]):
    assert not sooner_expired(rules, rules)
    assert not sooner_expired(rules, list(reversed(rules)))


@given(lifecycles, st.data())
def test_fewer_rules_take_nothing_away_and_more_do_if_they_delete(rules: list[dict[str, Any]], data: st.DataObject):
    kept = data.draw(st.lists(st.sampled_from(rules), unique_by=lambda each: each["id"]) if rules else st.just([]))
    gone = [each for each in rules if each not in kept]
    assert not sooner_expired(rules, kept)
    assert sooner_expired(kept, rules) is any(deletes(each) for each in gone)


@given(lifecycles, lifecycles)
def test_what_changes_one_way_without_a_loss_and_back_without_a_loss_deletes_the_same(
    one: list[dict[str, Any]], other: list[dict[str, Any]]
):
    if not sooner_expired(one, other) and not sooner_expired(other, one):
        assert {each["id"] for each in one if deletes(each)} == {each["id"] for each in other if deletes(each)}


@given(st.dictionaries(st.sampled_from("abcd"), st.one_of(st.none(), days)))
def test_the_same_backup_plan_takes_nothing_away_and_one_without_rules_does(kept: dict[str, int | None]):
    rules = [
        {"ruleName": name, **({"lifecycle": {"deleteAfter": after}} if after else {})} for name, after in kept.items()
    ]
    assert not sooner_deleted(rules, rules)
    assert sooner_deleted(rules, []) is bool(rules)


@given(st.lists(st.builds(dict, rulePriority=st.integers(1, 9), countNumber=days)))
def test_the_same_registry_takes_nothing_away_and_the_first_rule_does(rules: list[dict[str, int]]):
    policy = json.dumps({"rules": rules})
    assert not more_images_expire(policy, policy)
    assert more_images_expire(None, policy) is bool(rules)
    assert not more_images_expire(policy, json.dumps({"rules": []}))
