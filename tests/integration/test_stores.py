"""Buckets, file systems and backups on the local AWS by the real engine: what changes in place, and what cannot go."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.support import Trial

STORES: Mapping[str, Any] = {
    "strata:object_stores": {"uploads": {"lifecycle": {"noncurrent_days": 30}}},
    "strata:file_stores": {"shared": {"subnets": "private"}},
    "strata:backup": {"lock": "governance", "weekly": {"keep_days": 60}},
}


def deletions(trial: Trial) -> list[str]:
    """Every call since the last mark that deletes anything, refused or not."""
    calls = [event["action"] for event in trial.history.events if event["kind"] == "api"]
    return [action for action in calls if action.upper().startswith("DELETE")]


@pytest.fixture
def trial(new_trial) -> Trial:
    return new_trial({}, program="stores", extra=dict(STORES))


async def test_stores_change_in_place_and_none_of_them_goes_with_its_code(trial: Trial):
    created = await trial.up()
    assert created.ok, created.reason
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout

    trial.extra["strata:object_stores"] = {"uploads": {"lifecycle": {"noncurrent_days": 60}}}
    trial.extra["strata:file_stores"] = {"shared": {"subnets": "private", "ia_after_days": 7}}
    trial.extra["strata:backup"] = {"lock": "governance", "weekly": {"keep_days": 90}}
    changed = await trial.up()
    assert changed.ok, changed.reason
    told = changed.changes
    assert (told.created, told.updated, told.replaced, told.deleted) == (0, 3, 0, 0)
    (rule,) = trial.site.client("s3").get_bucket_lifecycle_configuration(Bucket=changed.outputs["uploads"])["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 60
    clean = await trial.unchanged()
    assert clean.ok, clean.stdout

    trial.extra["strata:object_stores"] = {"uploads": {"versioning": "suspended", "lifecycle": {"noncurrent_days": 60}}}
    weakened = await trial.preview()
    assert weakened.ok, weakened.reason
    assert (weakened.changes.updated, weakened.changes.replaced) == (1, 0)

    trial.extra["strata:object_stores"] = {"uploads": {"lifecycle": {"noncurrent_days": 60}}}
    trial.mark()
    trial.extra["trial:without"] = ["uploads", "shared", "backup"]
    refused = await trial.up("--continue-on-error")
    assert not refused.ok
    assert "protect" in refused.reason
    assert deletions(trial) == []
