"""Every command about a stack in which somebody has written over one release record, or one note of break-glass.

What is spoiled is said of its service, which fails closed. Of the others everything is said and done as before.
"""

import json
from typing import Any

import pytest

from strata.naming import break_glass_name, record_name
from tests.contract.command_leaves import LEAVES
from tests.contract.documents.schemas import problems_of
from tests.contract.documents.spoken import leaf_of
from tests.contract.faults.test_missing import OF_FILES
from tests.contract.permissions.account import Account

JUNK = "not mine to keep"
DIGEST = f"sha256:{'e' * 64}"
GONE, NOBODY = "i-0f3c51d29a7e84b61", "i-0f3c51d29a7e84b62"
ANOTHER = {
    "servers": (
        ("strata:images: {", "strata:images: {{ api: {{ version: 1.0.0, id: {image} }},"),
        ("strata:services: {", "strata:services: {{ api: {{ capacity: {{ min: 0, max: 1 }} }},"),
    ),
    "tasks": (
        ("strata:container_images: {", "strata:container_images: {{ api: {{ version: 1.0.0, digest: '{image}' }},"),
        ("strata:container_services:\n", "strata:container_services:\n    api: {{ capacity: {{ min: 0, max: 1 }} }}\n"),
    ),
}
"""What makes a second service, `api`, of the one that a stack of the account has."""
RECORD = "/api/release is not a release record: 'not mine to keep'"
OLD_RECORD = "/api/release is no release record: 'not mine to keep'"
NOTE = f"/api/break-glass/{NOBODY} is no note of break-glass"

SAID: dict[str, dict[str, tuple[int, str]]] = {
    "rollout status servers": {"record": (2, RECORD), "note": (0, NOTE)},
    "rollout status tasks": {"record": (2, RECORD)},
    "rollout status shop/servers": {"record": (2, RECORD), "note": (0, NOTE)},
    "rollout status servers web": {},
    "rollout plan servers": {"record": (2, RECORD)},
    "rollout plan tasks": {"record": (2, RECORD)},
    "rollout plan servers web": {},
    "rollout watch servers": {"record": (2, RECORD)},
    "rollout watch tasks": {"record": (2, RECORD)},
    "rollout history servers web": {},
    "rollout history servers api": {"record": (2, OLD_RECORD)},
    "rollout refresh servers web --dry-run": {},
    "rollout refresh servers api --dry-run": {"record": (3, OLD_RECORD)},
    "rollout rollback servers web --dry-run": {},
    "rollout rollback tasks web --dry-run": {},
    "drift servers": {"record": (5, "/api/release")},
    "drift tasks": {"record": (5, "/api/release")},
    "drift servers web": {},
    "audit servers": {"record": (0, OLD_RECORD), "note": (0, NOTE)},
    "audit tasks --strict": {"record": (4, OLD_RECORD), "note": (4, NOTE)},
    "image list servers": {"record": (2, RECORD)},
    "image list tasks": {"record": (2, RECORD)},
    "image list servers web": {},
    "image list tasks web": {},
    "image pin servers web 3.1.0 --dry-run": {},
    "image promote next web --from servers --dry-run": {},
    "image promote later web --from tasks --dry-run": {},
    "image promote next api --from servers --dry-run": {"record": (2, RECORD)},
    "image promote later api --from tasks --dry-run": {"record": (2, RECORD)},
    "image prune servers --min-age 1s": {"record": (3, RECORD)},
    "image prune tasks --min-age 1s": {"record": (3, RECORD)},
    "image revoke old 1.0.0 --reason bad --stack servers --dry-run": {"record": (0, RECORD)},
    "image revoke old 1.0.0 --reason bad --stack servers --disable --dry-run": {"record": (3, RECORD)},
    "image unrevoke old 1.0.0 --reason good --stack servers": {},
    "image unveto servers web 3.1.0": {},
    "break-glass list servers": {"note": (2, NOTE)},
    "break-glass open servers {standing} --reason hangs --dry-run": {},
    "break-glass open tasks {task} --reason hangs --dry-run": {},
    f"break-glass close servers {GONE} --no-change looked --dry-run": {},
    f"break-glass close servers {NOBODY} --no-change looked --dry-run": {"note": (2, NOTE)},
    "break-glass close servers --expired --dry-run": {"note": (2, NOTE)},
    "image status servers base": {},
    "image diff servers base 1.0.0 1.1.0": {},
    "image bake servers base 1.5.0 --dry-run": {},
    "image add servers base --manifest {manifest} --dry-run": {},
    "backup drill servers orders --dry-run": {},
    "assess servers": {},
    "doctor servers --aws": {},
}
"""What a command ends with, and what it says, where the record of `api` is spoiled, or a note of break-glass of it.

What is not here is as it was before: code, and every line.
"""
FAILS_CLOSED = {
    "rollout refresh servers api --dry-run": "what is to be started afresh is not known",
    "image promote next api --from servers --dry-run": "what it has proven is not known",
    "image promote later api --from tasks --dry-run": "what it has proven is not known",
    "image prune servers --min-age 1s": "what nobody needs is known only where all records can be read",
    "image prune tasks --min-age 1s": "what nobody needs is known only where all records can be read",
    "image revoke old 1.0.0 --reason bad --stack servers --disable --dry-run": "what cannot be read may hold it",
    f"break-glass close servers {NOBODY} --no-change looked --dry-run": "what is to be ended is not known",
}
"""What ends in an error because of what is spoiled, and why. Everything else shows or does what it can."""
SAID_OTHERWISE = ("fix: Check the names, the region and the account; ", "nothing there holds it")
"""What is true only where nothing is spoiled."""


class Spoiled:
    """A stack with a second service, and what somebody writes over of it.

    Args:
        account: has the stacks.
    """

    def __init__(self, account: Account) -> None:
        self._account, self._ssm = account, account.aws.ssm
        image = account.aws.ec2.register_image(
            Name="api-1.0.0",
            RootDeviceName="/dev/xvda",
            BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}],
        )["ImageId"]
        for stack in ("servers", "tasks", "next", "later"):
            kind = "servers" if stack in ("servers", "next") else "tasks"
            file = account.folder / f"Pulumi.{stack}.yaml"
            text = file.read_text()
            for before, after in ANOTHER[kind]:
                assert text.count(before) == 1
                text = text.replace(before, after.format(image=image if kind == "servers" else DIGEST))
            file.write_text(text)
        note = {
            "service": "web",
            "unit": GONE,
            "mode": "standby",
            "phase": "open",
            "reason": "hangs",
            "by": "arn:aws:iam::123456789012:user/ann",
            "at": "2020-01-31T08:00:00Z",
            "until": "2020-01-31T09:00:00Z",
            "no_change": "looked",
            "place": "web",
        }
        self._put(break_glass_name(record_name("shop", "servers", "web"), GONE), json.dumps(note))

    def run(self, line: str, *more: str) -> tuple[int, str]:
        return self._account.strata(line, *more)

    def document(self, line: str) -> dict[str, Any]:
        _, out, _ = self._account.told(line, "--json")
        return json.loads(out)

    def record(self) -> list[str]:
        names = [record_name("shop", stack, "api") for stack in ("servers", "tasks")]
        for each in names:
            self._put(each, JUNK)
        return names

    def note(self) -> list[str]:
        names = [break_glass_name(record_name("shop", stack, "api"), NOBODY) for stack in ("servers", "tasks")]
        for each in names:
            self._put(each, '{"phase": "open"}')
        return names

    def delete(self, names: list[str]) -> None:
        self._ssm.delete_parameters(Names=names)

    def _put(self, name: str, value: str) -> None:
        self._ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


@pytest.fixture(scope="module")
def stacks(account: Account) -> Spoiled:
    return Spoiled(account)


@pytest.mark.parametrize("kind", ["record", "note"])
@pytest.mark.parametrize("line", SAID)
def test_what_is_spoiled_is_said_of_its_service_and_keeps_nobody_from_the_others(stacks: Spoiled, line: str, kind: str):
    code, before = stacks.run(line)
    names = stacks.record() if kind == "record" else stacks.note()
    try:
        ended, said = stacks.run(line)
        document = stacks.document(line)
    finally:
        stacks.delete(names)
    assert "Traceback" not in said
    if kind not in SAID[line]:
        assert (ended, said) == (code, before)
        return
    wanted, words = SAID[line][kind]
    assert ended == wanted, said
    assert words in said, said
    failed = "error" in document
    assert failed is (line in FAILS_CLOSED)
    assert problems_of("error" if failed else leaf_of(line), document) == []
    if not failed:
        now = [" ".join(each.split()) for each in said.splitlines()]
        left = [each for each in map(str.split, before.splitlines()) if "api" not in " ".join(each)]
        lost = [line for each in left if (line := " ".join(each)) not in now and not line.startswith(SAID_OTHERWISE)]
        assert lost == [], "what is said of the others"


def test_every_command_that_asks_aws_is_tried():
    assert {leaf_of(line) for line in SAID} == {name for name, _ in LEAVES} - OF_FILES - {"schema", "init"}
