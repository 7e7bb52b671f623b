"""What commands and `pulumi up` really ask of AWS is what docs/permissions.md allows to who runs them, and no more."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.contract.permissions.asked_resources import RESOURCES, resources_of
from tests.contract.permissions.recorder import Call
from tests.contract.permissions.runs import RUNS, WITHOUT_RUN

ROLES = "docs/permission_roles.py"
RUNS_FILE = "tests/contract/permissions/runs.py"


def allowed(table: Any, command: str) -> set[str]:
    return {each.action for each in table.roles.grants_of(command)} | set(table.free)


def by_caller(calls: list[Call]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in calls:
        found.setdefault(each.caller, set()).add(each.operation)
    return found


def test_every_call_is_allowed_to_who_makes_it(table: Any, calls: list[Call]):
    lacking = {(each.caller, each.operation) for each in calls if each.operation not in allowed(table, each.caller)}
    assert not lacking, "\n".join(
        f"`{command}` calls {operation}, which none of its parts allows. If it is meant to, add this line to one of "
        f"them, {', '.join(f'{each!r} in {table.places[each]}' for each in table.roles.COMMANDS[command])}, or to a "
        f"new one that COMMANDS in {ROLES} gives to it, and run `make docs`:\n"
        f'    Grant("{operation}", "what it is for"),'
        for command, operation in sorted(lacking)
    )


def test_every_row_is_used_by_a_call(table: Any, calls: list[Call]):
    asked = by_caller(calls)
    idle: list[str] = []
    for name, part in table.parts.items():
        users = [command for command, parts in table.roles.COMMANDS.items() if name in parts]
        used = set[str]().union(*(asked.get(each, set()) for each in users))
        idle += [
            f"no run of {', '.join(users) or 'any command'} calls {each.within or each.action}: remove the row "
            f"{each.action} of {name!r} in {table.places[name]}, or add to RUNS in {RUNS_FILE} what makes the call:\n"
            f'    Run("{users[0] if users else "a command"}", "the command line that needs it"),'
            for each in part.grants
            if (each.within or each.action) not in used
        ]
    assert not idle, "\n".join(idle)


def test_every_command_needs_something_of_each_of_its_parts(table: Any, calls: list[Call]):
    asked = by_caller(calls)
    idle = [
        f"`{command}` calls nothing of its part {part!r}: take that out of COMMANDS in {ROLES}, or add what does to "
        f"RUNS in {RUNS_FILE}"
        for command, parts in table.roles.COMMANDS.items()
        if command not in WITHOUT_RUN
        for part in parts
        if not asked.get(command, set()) & {each.action for each in table.parts[part].grants}
    ]
    assert not idle, "\n".join(idle)


def test_every_call_is_about_a_resource_that_its_row_names(table: Any, calls: list[Call]):
    wrong: set[str] = set()
    looked_at = 0
    for call in calls:
        rows = [each for each in table.roles.grants_of(call.caller) if each.action == call.operation]
        patterns = [pattern.replace("REPORTS-BUCKET", "reports") for each in rows for pattern in each.on]
        if "*" in patterns or not patterns:
            continue
        for arn in resources_of(call.operation, call.asked):
            looked_at += 1
            if not any(fnmatchcase(arn, pattern) for pattern in patterns):
                wrong.add(
                    f"`{call.caller}` calls {call.operation} on {arn}, and its rows name {patterns}: widen `on` of one"
                )
    assert looked_at > 100
    assert not wrong, "\n".join(sorted(wrong))


def test_a_metric_is_written_in_the_namespace_that_the_condition_names(calls: list[Call]):
    written = {each.asked["Namespace"] for each in calls if each.operation == "cloudwatch:PutMetricData"}
    assert written == {"Strata"}


def test_what_a_row_limits_can_be_looked_at(table: Any):
    limited = {
        each.action for part in table.parts.values() for each in part.grants if "*" not in each.on and not each.within
    }
    assert limited == set(RESOURCES), "say in RESOURCES of asked_resources.py which resources the call is about"


def test_every_command_that_asks_aws_is_run(table: Any):
    run = {each.command for each in RUNS} | {"pulumi up", "pulumi preview"}
    left = sorted(set(table.roles.COMMANDS) - run - set(WITHOUT_RUN))
    assert not left, "\n".join(
        f"{each!r} is in COMMANDS of {ROLES} and never run: add to RUNS in {RUNS_FILE}\n"
        f'    Run("{each}", "{each} servers"),'
        for each in left
    )
    assert sorted(run - set(table.roles.COMMANDS)) == [], f"RUNS names what is not in COMMANDS of {ROLES}"
    assert sorted(run & set(WITHOUT_RUN)) == [], "it is run: WITHOUT_RUN must not name it"


@pytest.mark.parametrize("command", sorted(WITHOUT_RUN))
def test_what_is_not_run_needs_nothing_of_its_own(table: Any, command: str):
    parts = table.roles.COMMANDS[command]
    assert parts in ((), table.roles.COMMANDS[table.roles.PREVIEW])
