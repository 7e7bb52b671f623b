"""What a record is to say of which one field was edited by hand, by what its launcher and its fleet launch."""

from dataclasses import replace

import pytest

from strata.rollout.record import ImageRef, Release, ServerRelease, TaskRelease
from strata.rollout.true_records import Launcher, describe_false, true_release

GOOD, BAD = "ami-0a", "ami-0b"
SERVERS = ServerRelease(
    image=ImageRef("web", "1.1.0", GOOD), digest="d2", group="web-1", template="lt-1", template_version=2
)
LOG = ImageRef("log", "1", "one.example/log@sha256:2")
TASKS = TaskRelease(
    image=ImageRef("web", "1.1.0", "one.example/web@sha256:1"),
    digest="d2",
    service="arn:web",
    task_definition="arn:task-definition/web:2",
    sidecars={"log": LOG},
)
OLDER = {
    "servers": Launcher(replace(SERVERS, template_version=1), "d1", (BAD,)),
    "tasks": Launcher(TASKS.by("arn:task-definition/web:1"), "d1", ("one.example/web@sha256:9", LOG.id)),
}
RIGHT = {"servers": SERVERS, "tasks": TASKS}
CASES: list[tuple[str, Release, str]] = [
    ("servers", replace(SERVERS, image=replace(SERVERS.image, id=BAD)), "but the record names web 1.1.0 (ami-0b)"),
    (
        "servers",
        replace(SERVERS, template_version=1),
        "names version 1 of template lt-1, but version 2 of template lt-1",
    ),
    ("servers", replace(SERVERS, digest="d9"), "names release d9, but version 2 of template lt-1, which it names"),
    (
        "tasks",
        replace(TASKS, image=replace(TASKS.image, id="one.example/web@sha256:9")),
        "but the record names web 1.1",
    ),
    ("tasks", replace(TASKS, sidecars={"log": replace(LOG, id="one.example/log@sha256:8")}), "record names log 1 (one"),
    ("tasks", TASKS.by("arn:task-definition/web:1"), "names task definition web:1, but task definition web:2 runs"),
    ("tasks", replace(TASKS, digest="d9"), "names release d9, but task definition web:2, which it names and which"),
]


def launched(kind: str) -> Launcher:
    """What runs: what the record named before somebody wrote over it."""
    right = RIGHT[kind]
    return Launcher(right, right.digest, tuple(each.id for each in right.images))


def named_by(kind: str, recorded: Release) -> Launcher:
    """What is launched by what a record names."""
    return OLDER[kind] if _launcher(recorded) == _launcher(OLDER[kind].by) else launched(kind)


def _launcher(release: Release) -> str | int:
    if isinstance(release, TaskRelease):
        return release.task_definition
    assert isinstance(release, ServerRelease)
    return release.template_version


@pytest.mark.parametrize("kind, recorded, said", CASES)
def test_one_field_that_was_edited_is_what_runs(kind: str, recorded: Release, said: str):
    true = true_release(recorded, named_by(kind, recorded), launched(kind))
    assert true == RIGHT[kind]
    assert said in describe_false(recorded, true)


@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_true_stays_and_nothing_is_said_of_it(kind: str):
    right = RIGHT[kind]
    for running in (launched(kind), OLDER[kind], None):
        assert true_release(right, launched(kind), running) == right
    assert describe_false(right, right) == ""


@pytest.mark.parametrize("kind", RIGHT)
def test_of_what_is_not_there_any_more_and_of_two_false_fields_nobody_knows(kind: str):
    right = RIGHT[kind]
    assert true_release(right, None, launched(kind)) == right, "a copy with its tag need not launch the same"
    both = replace(right, digest="d9", image=replace(right.image, id="other"))
    assert true_release(both, launched(kind), launched(kind)) == both
    by_older = OLDER[kind].by
    mixed = replace(by_older, digest="d1")
    assert mixed.image == right.image
    assert true_release(mixed, OLDER[kind], launched(kind)) == mixed, "its image is what runs, as another release"
