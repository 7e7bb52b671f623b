"""Settings that a program writes are held to their own rules, in the words a stack file gets."""

from collections.abc import Callable
from typing import Any, get_args

import pytest

from strata.errors import SettingsError, UsageError
from strata.problem import Path
from strata.settings.load import for_stage
from strata.settings.models import (
    CapacitySettings,
    CertificateSettings,
    DatabaseSettings,
    DatabaseStorageSettings,
    ImageSettings,
    IngressSettings,
    RolloutSettings,
    ServiceSettings,
    Settings,
    StackSettings,
)
from strata.settings.models.base import every_model
from strata.settings.models.rule import rules_in
from strata.settings.parts import named_part
from strata.settings.validate import written_out
from strata.stage import Stage
from tests.unit.settings.stacks import changed, complete
from tests.unit.settings.test_rules import BROKEN, ORDERS, Changes, problems

OWN = {rule.id for rule in rules_in(*every_model())}
BY_STACK = {"checkpoints-delay"}
"""What a default of the stack may put right: prod has checkpoints from ten servers."""

ELSEWHERE: set[tuple[str, Path]] = {
    ("bucket-name", ("object_stores", "sthree-data")),
    ("database-database", ("databases", "table", "database")),
    ("database-database", ("databases", "sys", "database")),
    ("database-backups", (*ORDERS, "backup_retention_days")),
    ("database-blue-green", (*ORDERS, "blue_green_update")),
}
"""Findings of rules that look at one part, where what is wrong is its name, or that the file has a replica of it."""

CASES = [
    (rule, changes, path)
    for rule, cases in BROKEN.items()
    for changes, path in cases
    if rule in OWN - BY_STACK and path[0] != "tags" and (rule, path) not in ELSEWHERE
]


def model_at(path: Path) -> type[Settings]:
    annotation = StackSettings.model_fields[str(path[0])].annotation
    kinds = (annotation, *get_args(annotation))
    return next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Settings))


@pytest.mark.parametrize(
    "rule,changes,path", CASES, ids=[f"{rule}-{index}" for index, (rule, _, _) in enumerate(CASES)]
)
def test_what_a_stack_file_may_not_say_of_one_part_a_program_may_not_either(rule: str, changes: Changes, path: Path):
    found = [problem for problem in problems(changes) if (problem.rule, problem.path) == (rule, path)]
    values: Any = written_out(changed(complete(), changes))[str(path[0])]
    named = named_part(str(path[0])) or path[0] == "freezes"
    with pytest.raises(UsageError) as caught:
        model_at(path)(**(values[path[1]] if named else values))
    below = ".".join(map(str, path[2 if named else 1 :]))
    for problem in found:
        where = f"{below}: " if below else ""
        assert f"{where}got {problem.as_json()['got']}, expected {problem.expected}" in str(caught.value)
        assert problem.fix in str(caught.value.fix)


def test_most_rules_look_at_one_part():
    assert len(OWN) > len(set(BROKEN) - OWN)


def test_it_is_one_sentence_whichever_way_a_part_is_written():
    with pytest.raises(UsageError, match="CapacitySettings: max: got 2, expected at least min, which is 5") as caught:
        ServiceSettings(capacity=CapacitySettings(min=5, max=2))
    assert caught.value.fix == "Raise max or lower min."
    nested: dict[str, Any] = {"capacity": {"min": 5, "max": 2}}
    with pytest.raises(UsageError, match=r"ServiceSettings: capacity\.max: got 2, expected at least min, which is 5"):
        ServiceSettings(**nested)


def test_everything_is_said_at_once():
    with pytest.raises(UsageError) as caught:
        DatabaseSettings(
            version="16", username="user", storage=DatabaseStorageSettings(), maintenance_window="sun:02:30-sun:03:30"
        )
    assert "username: got" in str(caught.value)
    assert "maintenance_window: got" in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: IngressSettings(internal=True),
        lambda: RolloutSettings(checkpoint_delay_seconds=60),
        lambda: RolloutSettings(min_healthy_percent=40),
        lambda: ServiceSettings(rollout=RolloutSettings(min_healthy_percent=40)),
    ],
)
def test_what_the_stage_or_the_stack_may_put_right_is_left_to_them(make: Callable[[], Settings]):
    assert make()


def test_and_they_do_or_say_so():
    rollout = {"rollout": RolloutSettings(min_healthy_percent=40)}
    assert for_stage(ServiceSettings, Stage.PROD, rollout).rollout.max_healthy_percent == 125
    with pytest.raises(SettingsError, match="at most 140"):
        for_stage(ServiceSettings, Stage.STAGING, rollout)


@pytest.mark.parametrize("make", [CertificateSettings, ImageSettings, lambda: RolloutSettings(min_healthy_percent=20)])
def test_what_no_stage_puts_right_is_refused(make: Callable[[], Settings]):
    with pytest.raises(UsageError, match="expected"):
        make()
