"""Every command about a service that runs, and whose release record somebody has deleted."""

from collections.abc import Iterator

import pytest

from strata.naming import note_name, record_name
from strata.rollout.note import Note, Phase
from strata.rollout.record import ImageRef
from tests.contract.permissions.account import Account

NEVER = ("never released", "ever released", "first deployment")
SERVERS, TASKS = ("servers in service and launches image ami-", "running tasks and launches image ")
GONE = "there is no release record, although its last rollout, to web 1.1.0 (one), is noted as succeeded"
NEEDED = "`pulumi up --refresh` waits for its"
PINNED = "it rolls to what is pinned: first pin "
LINES = {
    "rollout history servers web": (2, (SERVERS, NEEDED)),
    "rollout history tasks web": (0, (TASKS, NEEDED)),
    "rollout refresh servers web --dry-run": (2, (SERVERS, NEEDED)),
    "rollout refresh tasks web --dry-run": (2, (TASKS, NEEDED)),
    "rollout rollback servers web --now --dry-run": (2, (SERVERS, NEEDED)),
    "rollout rollback tasks web --now --dry-run": (2, (TASKS, NEEDED)),
    "rollout rollback servers web --dry-run": (2, (SERVERS, NEEDED)),
    "rollout status servers": (5, (NEEDED,)),
    "rollout status tasks": (5, (NEEDED,)),
    "rollout plan servers": (0, ("no release is proven", NEEDED)),
    "rollout plan tasks": (0, ("no release is proven", NEEDED)),
    "audit servers": (0, (f"Missing: web: {GONE}",)),
    "audit tasks": (0, (f"Missing: web: {GONE}",)),
    "drift servers": (5, ("/web/release is not there",)),
    "drift tasks": (5, ("/web/release is not there",)),
    "image promote next web --from servers --dry-run": (
        3,
        ("there is no release record of web", GONE.partition("although ")[2]),
    ),
    "image promote later web --from tasks --dry-run": (
        3,
        ("there is no release record of web", GONE.partition("although ")[2]),
    ),
}
"""What is run, what it ends with, and what it then says."""


@pytest.fixture(scope="module")
def deleted(account: Account) -> Iterator[Account]:
    ssm = account.aws.ssm
    names = [record_name("shop", stack, "web") for stack in ("servers", "tasks")]
    held = {each["Name"]: each["Value"] for each in ssm.get_parameters(Names=names)["Parameters"]}
    assert set(held) == set(names)
    ssm.delete_parameters(Names=names)
    note = Note(ImageRef("web", "1.1.0", "one"), "d1", "r-1", "2026-11-28T12:00:00+00:00", Phase.SUCCEEDED)
    for each in names:
        ssm.put_parameter(Name=note_name(each), Value=note.to_json(), Type="String", Overwrite=True)
    yield account
    for name, value in held.items():
        ssm.put_parameter(Name=name, Value=value, Type="String")


@pytest.mark.parametrize("line", LINES)
def test_what_runs_without_its_record_is_not_called_never_released(deleted: Account, line: str):
    code, out, err = deleted.told(line)
    wanted, words = LINES[line]
    assert code == wanted, out + err
    assert "Traceback" not in err
    said = " ".join((out + err).split())
    for each in words:
        assert " ".join(each.split()) in said, said
    if "although" in said:
        assert "last rollout, to web 1.1.0 (one)" in said
    assert [each for each in NEVER if each in said] == [], said
    if "pulumi up --refresh" in said:
        assert PINNED in said, said
