"""What people who know AWS, Docker or the other kind of service write, and the fix that is right for it."""

from pathlib import Path as FilePath
from typing import Any

import pytest

from strata.errors import SettingsError
from strata.problem import Path, Problem, shown
from strata.settings.load import load, load_file
from tests.unit.settings.stacks import REGION, changed, complete

WEB: Path = ("services", "web")
SHOP: Path = ("container_services", "shop")
IMAGE = f"registry.example.com/agent@sha256:{'a' * 64}"


def problem(changes: dict[Path, Any]) -> Problem:
    base = {**complete(), "container_images": {"shop": {}}, "container_services": {"shop": {}}}
    with pytest.raises(SettingsError) as caught:
        load(changed(base, changes), source="the test", region=REGION)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize(
    "line, words",
    [
        ("serve --port 8080", 'serve, --port, "8080"'),
        ("/bin/sh -c 'exec serve: now'", '/bin/sh, -c, "exec serve: now"'),
        ("serve yes .inf", 'serve, "yes", ".inf"'),
    ],
)
@pytest.mark.parametrize("place", [("command",), ("entry_point",)])
def test_a_command_in_one_line_is_taken_apart_as_a_shell_would(place: Path, line: str, words: str):
    assert problem({(*SHOP, *place): line}).fix == f"Write it as a list: [{words}]."


def test_a_command_that_no_shell_takes_apart_is_left_to_its_author():
    assert problem({(*SHOP, "command"): "serve 'all"}).fix == "Write it as a list of words: no shell takes it apart."


def test_one_path_in_place_of_a_list_is_no_command_line():
    assert problem({(*SHOP, "writable_paths"): "/a b"}).fix == 'Write it as a list: ["/a b"].'


def test_one_route_in_place_of_a_list_is_put_after_a_dash():
    assert problem({(*WEB, "routes"): {"priority": 1}}).fix.startswith("Write it as a list, each entry after a dash")


@pytest.mark.parametrize(
    "place, word, meant",
    [
        ((*SHOP, "rollout", "strategy"), "BLUE_GREEN", "blue-green"),
        ((*SHOP, "rollout", "strategy"), "CANARY", "canary"),
        ((*WEB, "rollout", "on_in_progress"), "Wait", "wait"),
        ((*WEB, "rollout", "alarms"), "IGNORE_ONCE", "ignore-once"),
    ],
)
def test_a_choice_in_the_spelling_of_aws_is_recognised(place: Path, word: str, meant: str):
    assert problem({place: word}).fix == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    "place, instead",
    [
        ((*SHOP, "rollout", "heartbeat_minutes"), "pause_minutes"),
        ((*SHOP, "rollout", "bake_seconds"), "bake_minutes"),
        ((*SHOP, "scaling", "requests_per_server"), "requests_per_task"),
        ((*WEB, "rollout", "pause_minutes"), "heartbeat_minutes"),
    ],
)
def test_a_setting_of_the_other_kind_of_service_leads_to_its_counterpart(place: Path, instead: str):
    assert problem({place: 5}).fix.startswith(f"Set {instead} instead: {place[-1]} is a setting of ")


def test_more_sidecars_than_a_task_can_have_are_counted():
    found = problem({(*SHOP, "sidecars"): {f"agent-{number}": {"image": IMAGE} for number in range(11)}})
    assert (shown(found.got), found.expected) == ("a mapping of 11", "a mapping of at most 9")
    assert found.fix == "Remove 2 of them."


@pytest.mark.parametrize(
    "image, proven, fix",
    [
        ("ami-01234567", "1.1.0 of this image", "Write the version back, 1.1.0, or promote the version"),
        (None, "1.1.0", "Promote the version"),
    ],
)
def test_a_pin_of_which_only_the_version_was_changed_is_not_called_another_image(
    image: str | None, proven: str, fix: str
):
    proof = {
        "stack": "shop/staging",
        "release": "1.1.0",
        "digest": "f" * 16,
        "image": image,
        "soaked": 86400,
        "by": "arn:aws:iam::123456789012:user/ann",
        "at": "2026-01-31T08:30:00Z",
    }
    found = problem({("images", "web"): {"version": "1.2.0", "id": "ami-01234567", "proof": proof}})
    assert found.path == ("images", "web", "proof", "release")
    assert found.expected == f"the pinned version, 1.2.0: what is proven is release {proven}"
    assert found.fix == f"{fix} with `strata image promote`, which writes pin and proof together."


@pytest.mark.parametrize("field, got", [("id", ["ami-01234567"]), ("proof", ["a"]), ("version", {"a": "b"})])
def test_what_other_settings_may_require_is_not_to_be_left_out(field: str, got: Any):
    found = problem({("images", "web", field): got})
    assert found.path == ("images", "web", field)
    assert "leave it out" not in found.fix


@pytest.mark.parametrize("written", ["yes", "off", "2024-01-31", "[a]", "some"])
def test_a_mapping_is_asked_for_where_one_belongs_and_not_a_text_in_quotes(tmp_path: FilePath, written: str):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(
        "config:\n  strata:stage: dev\n"
        f"  strata:images: {{web: {{version: a, id: ami-0123456789abcdef0, proof: {written}}}}}\n"
        "  strata:services: {web: {}}\n"
    )
    with pytest.raises(SettingsError) as caught:
        load_file(file)
    (found,) = caught.value.problems
    fix = "Write it as a mapping: below it, each on a line, stack, release, digest, soaked, by, at."
    assert (found.expected, found.fix) == ("a mapping", fix)


@pytest.mark.parametrize("written", [".nan", "-.inf", ".INF"])
def test_what_is_no_number_is_not_put_in_quotes_where_a_number_belongs(tmp_path: FilePath, written: str):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(
        "config:\n  strata:stage: dev\n  strata:images: {web: {version: a, id: ami-0123456789abcdef0}}\n"
        f"  strata:services: {{web: {{port: {written}, alarms: {{latency_p95_seconds: {written}}}}}}}\n"
    )
    with pytest.raises(SettingsError) as caught:
        load_file(file)
    assert [(shown(each.got), each.expected, each.fix) for each in caught.value.problems] == [
        (written, f"{what}: Pulumi cannot read it", "Write a number, or leave it out for its default.")
        for what in ("a whole number from 1 to 65535", "a number above 0 and at most 300")
    ]


@pytest.mark.parametrize(
    "command, fix",
    [
        (
            ["CMD-SHELL", "curl -f localhost || exit 1"],
            'Write [sh, -c, "curl -f localhost || exit 1"]; the image must have a shell.',
        ),
        (["curl -f localhost"], 'Write [sh, -c, "curl -f localhost"]; the image must have a shell.'),
        (["CMD", "curl", "localhost"], "Leave CMD out."),
        (["NONE"], "Leave the whole health check out."),
    ],
)
def test_a_health_check_as_ecs_writes_it_is_refused_before_no_task_becomes_healthy_by_it(command: list[str], fix: str):
    found = problem({(*SHOP, "container_health"): {"command": command}})
    assert found.path == (*SHOP, "container_health", "command", 0)
    assert found.fix == fix
    assert found.expected.startswith("the program to run: ")
