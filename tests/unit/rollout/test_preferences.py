"""AWS's preferences of an instance refresh, and the bounds that follow from them."""

import pytest

from strata.rollout.servers.preferences import (
    InvalidPreferences,
    Preferences,
    ProtectedInstances,
    StandbyInstances,
    batch_size,
    ceiling,
    floor,
    lowest,
)

EVERYTHING = Preferences(
    min_healthy_percent=95,
    max_healthy_percent=120,
    instance_warmup_seconds=75,
    checkpoint_percentages=(10, 50, 100),
    checkpoint_delay_seconds=300,
    bake_seconds=600,
    skip_matching=True,
    auto_rollback=True,
    scale_in_protected=ProtectedInstances.REFRESH,
    standby=StandbyInstances.IGNORE,
    alarms=("web-5xx", "web-p95"),
)


def within(lower, upper):
    return Preferences(min_healthy_percent=lower, max_healthy_percent=upper)


def test_preferences_survive_the_way_to_the_api_and_back():
    assert Preferences.from_api(EVERYTHING.to_api()) == EVERYTHING
    assert Preferences.from_api(Preferences().to_api()) == Preferences()


def test_the_api_gets_its_own_field_names_and_plain_values():
    assert EVERYTHING.to_api() == {
        "MinHealthyPercentage": 95,
        "MaxHealthyPercentage": 120,
        "InstanceWarmup": 75,
        "CheckpointPercentages": [10, 50, 100],
        "CheckpointDelay": 300,
        "BakeTime": 600,
        "SkipMatching": True,
        "AutoRollback": True,
        "ScaleInProtectedInstances": "Refresh",
        "StandbyInstances": "Ignore",
        "AlarmSpecification": {"Alarms": ["web-5xx", "web-p95"]},
    }


def test_a_field_that_aws_refuses_without_its_partner_is_left_out():
    assert not {"CheckpointDelay", "CheckpointPercentages", "AlarmSpecification"} & set(Preferences().to_api())


def test_absent_fields_mean_what_the_group_says():
    policy = Preferences(min_healthy_percent=50, max_healthy_percent=150, instance_warmup_seconds=90)
    assert Preferences.from_api({"SkipMatching": True}, defaults=policy) == Preferences(
        min_healthy_percent=50, max_healthy_percent=150, instance_warmup_seconds=90, skip_matching=True
    )


@pytest.mark.parametrize(
    "values",
    [
        {"MinHealthyPercentage": -1},
        {"MinHealthyPercentage": 101},
        {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 99},
        {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 201},
        {"MinHealthyPercentage": 49, "MaxHealthyPercentage": 150},
        {"MaxHealthyPercentage": 150},
        {"InstanceWarmup": -1},
        {"CheckpointPercentages": [0, 100]},
        {"CheckpointPercentages": [101]},
        {"CheckpointPercentages": [50, 20]},
        {"CheckpointPercentages": [50, 50]},
        {"CheckpointPercentages": [50], "CheckpointDelay": -1},
        {"CheckpointPercentages": [50], "CheckpointDelay": 172_801},
        {"CheckpointDelay": 60},
        {"BakeTime": -1},
        {"BakeTime": 172_801},
        {"ScaleInProtectedInstances": "Terminate"},
        {"StandbyInstances": "Refresh"},
        {"AlarmSpecification": {"Alarms": [f"alarm-{number}" for number in range(11)]}},
    ],
)
def test_what_aws_refuses_is_refused_with_the_name_of_its_field(values):
    with pytest.raises(InvalidPreferences) as refusal:
        Preferences.from_api(values)
    assert any(field in refusal.value.problems[0] for field in values)


@pytest.mark.parametrize(
    "values",
    [
        {"MinHealthyPercentage": 0},
        {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200},
        {"MinHealthyPercentage": 50, "MaxHealthyPercentage": 150},
        {"CheckpointPercentages": [1, 100], "CheckpointDelay": 172_800},
        {"CheckpointPercentages": [50], "CheckpointDelay": 0},
        {"BakeTime": 172_800},
    ],
)
def test_the_ends_of_each_range_are_allowed(values):
    assert set(values) <= set(Preferences.from_api(values).to_api())


def test_every_finding_is_reported_at_once():
    with pytest.raises(InvalidPreferences) as refusal:
        Preferences(instance_warmup_seconds=-1, bake_seconds=-1, checkpoint_percentages=(2, 1))
    assert len(refusal.value.problems) == 3


@pytest.mark.parametrize(
    "desired,lower,upper,at_least,at_most,batch",
    [
        (10, 90, 100, 9, 10, 1),
        (10, 80, 100, 8, 10, 2),
        (10, 100, 100, 10, 11, 1),
        (10, 0, 100, 0, 10, 10),
        (4, 50, 150, 2, 6, 4),
        (10, 100, 110, 10, 11, 1),
        (1, 90, 100, 1, 1, 1),
        (3, 67, 100, 3, 3, 1),
        (8, 100, 125, 8, 10, 2),
        (0, 100, 100, 0, 0, 1),
        (200, 99, 101, 198, 202, 4),
    ],
)
def test_floor_ceiling_and_batch_follow_from_the_percentages(desired, lower, upper, at_least, at_most, batch):
    preferences = within(lower, upper)
    assert floor(desired, preferences) == at_least
    assert ceiling(desired, preferences) == at_most
    assert batch_size(desired, preferences) == batch


def test_the_floor_is_lowered_only_where_rounding_leaves_no_room():
    assert lowest(1, within(90, 100)) == 0
    assert lowest(3, within(67, 100)) == 2
    assert lowest(3, within(67, 134)) == 3
    assert lowest(1, within(100, 100)) == 1
    assert lowest(10, within(90, 100)) == 9
    assert lowest(0, within(90, 100)) == 0
