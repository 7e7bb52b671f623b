"""The table of permissions has every call that the code can make, every command, and what the documentation shows."""

import json
import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import click
import pytest

from strata.cli.commands import COMMANDS, command_of
from tests.contract.permissions.calls_in_code import SERVICES, calls_in_code, clients_made, nobodys_calls
from tests.contract.test_docs import ROOT, script

LONGEST_POLICY = 6144
"""Characters of a managed policy, without white space (IAM)."""


@pytest.fixture(scope="module")
def docs() -> Iterator[Any]:
    """The modules of docs/ that hold the table, and the page that is made of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "docs"))
        page: Any = script("permission_page")
        table: Any = sys.modules["permission_table"]
        yield SimpleNamespace(page=page, roles=sys.modules["permission_roles"], parts=table.PARTS, free=table.FREE)


@pytest.fixture(scope="module")
def in_code() -> dict[str, list[str]]:
    """Where each action is called."""
    return calls_in_code()


def test_every_call_in_the_code_is_in_the_table(docs: Any, in_code: dict[str, list[str]]) -> None:
    allowed = {each.action for part in docs.parts.values() for each in part.grants} | set(docs.free)
    assert len(in_code) > 60, "the calls are read from the code"
    missing = [
        f"{places[0]} calls {action}, which no part of the table has. Add the line to the part of the commands that "
        f"make the call, in docs/permission_services.py, _images.py or _data.py, and run `make docs`:\n"
        f'    Grant("{action}", "what it is for"),'
        for action, places in sorted(in_code.items())
        if action not in allowed
    ]
    assert not missing, "\n".join(missing)


def test_no_row_is_of_a_call_that_the_code_does_not_make(docs: Any, in_code: dict[str, list[str]]) -> None:
    rows = {each.action for part in docs.parts.values() for each in part.grants if not each.within}
    assert sorted(rows - in_code.keys()) == [], "remove it, or say with `within` in which call AWS asks for it"


def test_what_is_asked_for_within_a_call_is_in_the_part_of_the_call(docs: Any) -> None:
    for name, part in docs.parts.items():
        own = {each.action for each in part.grants if not each.within}
        assert {each.within for each in part.grants if each.within} <= own, name


def test_every_client_is_of_a_service_that_is_read() -> None:
    made = clients_made()
    assert len(made) > 10, "the clients are read from the code"
    unread = {name: services - set(SERVICES) for name, services in made.items() if services - set(SERVICES)}
    assert unread == {}, "write its name into SERVICES of tests/contract/permissions/calls_in_code.py"


def test_no_module_calls_a_client_whose_service_is_not_known() -> None:
    unknown = nobodys_calls()
    assert not unknown, "\n".join(unknown)


def commands(command: click.Command, name: str) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield name
        return
    for each in command.commands.values():
        yield from commands(each, f"{name} {each.name}")


def test_every_command_has_its_parts(docs: Any) -> None:
    there = {each for name in COMMANDS for each in commands(command_of(name), name)}
    assert len(there) > 20
    listed = {each.partition(" --")[0] for each in docs.roles.COMMANDS if not each.startswith("pulumi")}
    missing = "\n".join(f'    "{each}": (),' for each in sorted(there - listed))
    assert not missing, (
        "add to COMMANDS in docs/permission_roles.py what these do, as parts of docs/permission_table.py, and the "
        f"commands to the ROLES whose people run them:\n{missing}"
    )
    assert sorted(listed - there) == [], "no command has that name: take it out of COMMANDS and ROLES"


def test_every_command_is_run_by_some_role(docs: Any) -> None:
    run = {each for role in docs.roles.ROLES.values() for each in role.commands}
    assert sorted(set(docs.roles.COMMANDS) ^ run) == [], "add it to ROLES in docs/permission_roles.py"


def test_roles_differ_as_their_names_say(docs: Any) -> None:
    actions = {
        name: {each.action for each in docs.roles.grants_of(*role.commands)} for name, role in docs.roles.ROLES.items()
    }
    reading = re.compile(r"\w+:(Describe|Get|List|BatchGet)|kms:Decrypt$")
    assert [each for each in actions["reader"] if not reading.match(each)] == []
    assert not {"autoscaling:StartInstanceRefresh", "ecs:UpdateService"} & (actions["promoter"] | actions["baker"])
    assert "autoscaling:StartInstanceRefresh" in actions["deployer"] & actions["on-call"]
    assert [name for name in actions if "rds:DeleteDBInstance" in actions[name]] == ["on-call"]


def test_the_page_is_fresh(docs: Any) -> None:
    there = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    assert there == docs.page.page(), "docs/permissions.md is stale: run `make docs`"


def test_the_policies_on_the_page_are_those_of_the_roles_and_short_enough(docs: Any) -> None:
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    shown = [json.loads(each) for each in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    assert shown == [docs.roles.policy_of(role) for role in docs.roles.ROLES.values()]
    for name, policy in zip(docs.roles.ROLES, shown, strict=True):
        length = len(json.dumps(policy, separators=(",", ":")))
        assert length <= LONGEST_POLICY, f"the policy of {name} has {length} characters"


def test_no_other_page_has_a_table_of_permissions(docs: Any) -> None:
    actions = {each.action for part in docs.parts.values() for each in part.grants}
    for page in [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]:
        if page.name == "permissions.md":
            continue
        named = [
            line
            for line in page.read_text(encoding="utf-8").splitlines()
            if line.startswith("|") and len(actions & set(re.findall(r"`([a-z0-9]+:[A-Z][A-Za-z]+)`", line))) > 2
        ]
        assert not named, f"{page.name}: link to permissions.md in place of a list: {named[0]}"
