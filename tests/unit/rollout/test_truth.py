"""What runs beside what the record names, as `strata rollout status` and `plan` say it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from strata.cli.run import run
from strata.images.image_origin import ImageOrigin
from strata.naming import catalogue_name, note_name, revocation_name, rollback_name, veto_name
from strata.rollout import stack_services
from strata.rollout.aws_calls import BaseDriver
from strata.rollout.begun_rollback import BegunRollback
from strata.rollout.image_verdicts import find_refusals
from strata.rollout.note import Note, Phase
from strata.rollout.record import NOTHING_PROVEN, ImageRef, Release
from strata.rollout.servers.live_servers import look_at_servers
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.server_plan import pinned_image
from strata.rollout.servers.views import ImageView
from strata.rollout.stack_services import StackServices
from strata.settings.models import (
    CapacitySettings,
    FindingSeverity,
    ImageSettings,
    PromotionSettings,
    ServiceSettings,
)
from strata.verdict_names import revoked_image_name, vetoed_image_name
from tests.unit.rollout.stand_in import IMAGE, RELEASE, Aws, Clock, Refused, running, servers

NAME = "/strata/shop/prod/web/release"
LIVE = replace(RELEASE, template_version=1, digest="d1")
LATER = replace(IMAGE, version="1.6.0")

Capture = pytest.CaptureFixture[str]


class Cloud(Aws):
    """An AWS in memory with a record."""

    def release(self, record: str) -> Release | None:
        from strata.rollout.record import proven

        value = self.kept.get(record)
        return proven(value) if value is not None else None

    def groups_tagged(self, tags: Any) -> list[Any]:
        return [self.live] if self.live else []


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(kept={NAME: LIVE.to_json()})


def deviations(cloud: Cloud) -> tuple[str, ...]:
    driver: Any = cloud
    (found,) = look_at_servers(driver, "shop", "prod", {"web": 0})
    return found.deviations


Change = Callable[[Cloud], None]


def note(phase: Phase, refresh: str | None, reason: str = "", digest: str = "d2") -> Note:
    return Note(LATER, digest, refresh, "2026-11-28T12:00:00+00:00", phase, reason, 540, ("web-5xx",))


DEVIATIONS: dict[str, tuple[Change, tuple[str, ...]]] = {
    "nothing": (lambda _: None, ()),
    "a fleet at zero of the recorded release": (lambda aws: aws.become(desired=0, servers=()), ()),
    "a fleet changed by hand": (
        lambda aws: aws.become(servers=servers(4, "2"), saved_version="2"),
        (
            "4 servers on template version 2",
            "the group launches template version 2",
            "no healthy server runs 1.5.0",
        ),
    ),
    "one server of another release": (
        lambda aws: aws.become(servers=(*servers(3, "1"), *servers(1, "2"))),
        ("1 server on template version 2",),
    ),
    "the same number of another template": (
        lambda aws: aws.become(servers=(*servers(3, "1"), *servers(1, "1", template="lt-theirs"))),
        ("1 server on version 1 of template lt-theirs",),
    ),
    "a group told to launch something else": (
        lambda aws: aws.become(saved_version="3"),
        ("the group launches template version 3",),
    ),
    "a release that nobody is healthy on": (
        lambda aws: aws.become(servers=servers(4, "1", healthy=False)),
        ("no healthy server runs 1.5.0",),
    ),
    "a release launched over nothing": (
        lambda aws: (
            aws.become(desired=0, servers=(), saved_version="2"),
            aws.kept.update({note_name(NAME): note(Phase.NOT_PROVEN, None).to_json()}),
        )[0],
        ("the group launches 1.6.0, not proven: no server ran it",),
    ),
    "and the servers it brought": (
        lambda aws: (
            aws.become(servers=servers(4, "2"), saved_version="2"),
            aws.kept.update({note_name(NAME): note(Phase.NOT_PROVEN, None).to_json()}),
        )[0],
        (
            "4 servers on 1.6.0",
            "the group launches 1.6.0, not proven: no server ran it",
            "no healthy server runs 1.5.0",
        ),
    ),
    "a service that has never run": (
        lambda aws: (aws.become(desired=0, servers=()), aws.kept.update({NAME: NOTHING_PROVEN}))[0],
        ("no release is proven: no server ran template version 1",),
    ),
    "servers without a record": (
        lambda aws: aws.kept.clear(),
        ("no release is proven; the group launches template version 1",),
    ),
    "a target group that is gone": (
        lambda aws: (aws.become(target_groups=("arn:tg",)), setattr(aws, "gone", ("arn:tg",)))[0],
        ("no healthy server runs 1.5.0", "target group arn:tg, in which its servers are found, is gone"),
    ),
    "a group that is gone": (lambda aws: setattr(aws, "live", None), ("group web-1 of the release is gone",)),
    "a record of another group": (
        lambda aws: aws.kept.update({NAME: replace(LIVE, group="web-0").to_json()}),
        ("group web-1 is not the release's, which is web-0",),
    ),
    "a version that the template does not have": (
        lambda aws: aws.become(servers=(*servers(3, "1"), *servers(1, "99"))),
        ("1 server on template version 99",),
    ),
}


@pytest.mark.parametrize("case", DEVIATIONS)
def test_status_is_right_about(cloud: Cloud, case: str):
    change, expected = DEVIATIONS[case]
    change(cloud)
    assert deviations(cloud) == expected


@pytest.fixture
def project(tmp_path: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    driver: Any = cloud
    asked = StackServices(
        project="shop",
        stack="prod",
        services={"web": ServiceSettings(capacity=CapacitySettings(min=0))},
        images={"web": ImageSettings(version="1.6.0", id="ami-0123456789abcdef1")},
        driver=driver,
        clock=Clock(),
    )
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: asked)
    return tmp_path


def strata(project: Path, verb: str) -> int:
    return run(["rollout", verb, "prod", "-C", str(project)])


@pytest.mark.parametrize("case", DEVIATIONS)
def test_status_ends_with_5_exactly_when_what_runs_is_not_the_record(project: Path, cloud: Cloud, case: str):
    change, expected = DEVIATIONS[case]
    change(cloud)
    assert strata(project, "status") == (5 if expected else 0)


def test_a_finished_refresh_by_hand_is_not_green(project: Path, cloud: Cloud, capsys: Capture):
    cloud.become(servers=servers(4, "2"), saved_version="2")
    cloud.history = [running("r-9", "2", Status.SUCCESSFUL)]
    assert strata(project, "status") == 5
    said = capsys.readouterr().out
    assert "web: not the release: 4 servers on template version 2" in said
    assert "rollout to template version 2 Successful" in said


def test_a_running_rollout_shows_target_since_when_progress_trouble_and_alarm(
    project: Path, cloud: Cloud, capsys: Capture
):
    begun = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
    cloud.history = [replace(running("r-1", "2"), started=begun, percentage=50)]
    cloud.kept[note_name(NAME)] = note(Phase.ROLLING, "r-1").to_json()
    cloud.trouble = "Launching a new EC2 instance: InsufficientInstanceCapacity"
    cloud.alarms = {"web-5xx": ("ALARM", "threshold crossed")}
    assert strata(project, "status") == 6
    said = " ".join(capsys.readouterr().out.split())
    assert "rollout to 1.6.0 InProgress 50 % since 2026-11-28 12:00 UTC" in said
    assert "last trouble: Launching a new EC2 instance: InsufficientInstanceCapacity" in said
    assert "alarm web-5xx is ALARM" in said


def test_after_a_rollback_status_says_why_the_gate_asked_for_it(project: Path, cloud: Cloud, capsys: Capture):
    cloud.history = [running("r-1", "2", Status.ROLLBACK_SUCCESSFUL)]
    cloud.history = [replace(cloud.history[0], reason="Rollback requested by a user")]
    cloud.kept[note_name(NAME)] = note(Phase.FAILED, "r-1", "3 healthy, under the floor of 4").to_json()
    assert strata(project, "status") == 0
    said = capsys.readouterr().out
    assert "3 healthy, under the floor of 4" in said
    assert "a user" not in said


def test_the_reason_of_one_rollout_is_not_given_for_the_next(project: Path, cloud: Cloud, capsys: Capture):
    cloud.history = [replace(running("r-2", "3", Status.CANCELLED), reason="cancelled by somebody")]
    cloud.kept[note_name(NAME)] = note(Phase.FAILED, "r-1", "3 healthy, under the floor of 4").to_json()
    strata(project, "status")
    said = capsys.readouterr().out
    assert "cancelled by somebody" in said
    assert "under the floor" not in said


def test_a_plan_says_that_a_rollout_is_running_and_when_the_gate_gives_up(project: Path, cloud: Cloud, capsys: Capture):
    cloud.history = [replace(running("r-1", "2"), started=datetime(2026, 11, 28, 12, 0, tzinfo=UTC), percentage=50)]
    cloud.kept[note_name(NAME)] = note(Phase.ROLLING, "r-1").to_json()
    assert strata(project, "plan") == 0
    said = capsys.readouterr().out
    assert "a rollout to 1.6.0 is running since 2026-11-28 12:00 UTC: InProgress 50 %" in said
    assert "the gate stops it earlier: under the floor for two polls, or" in said


def test_a_plan_for_a_group_at_zero_promises_no_rollout(project: Path, cloud: Cloud, capsys: Capture):
    cloud.become(desired=0, servers=())
    assert strata(project, "plan") == 0
    assert "launches 1.6.0 from the next scale-out on; 1.5.0 stays the release" in capsys.readouterr().out


PINNED = ImageRef("web", "1.6.0", "ami-0123456789abcdef1")
STRICT = PromotionSettings(require_proof=True, worst_finding=FindingSeverity.HIGH, max_scan_age_days=30)


def test_a_plan_shows_what_a_preflight_would_find_of_proofs_and_scans(
    project: Path, cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    origin = ImageOrigin(PINNED.id)
    monkeypatch.setattr(cloud, "image", lambda each: ImageView(each, "available", "x86_64", "/dev/xvda", origin=origin))
    assert strata(project, "plan") == 0, "nothing is required of it"
    capsys.readouterr()
    asked = stack_services.services_of_stack(project, "prod", None, local=False)
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: replace(asked, promotion=STRICT))
    assert strata(project, "plan") == 3
    said = capsys.readouterr().out
    assert f"  up refuses to roll it out: strata:images.web.id is {PINNED.id}, which is in no catalogue of" in said
    assert f"  up refuses to roll it out: image {PINNED} has no result of a scan for vulnerabilities" in said
    # what somebody goes back to is only warned of, as by the preflight
    cloud.kept[rollback_name(NAME)] = BegunRollback("d3", "1.7.0", "d2", "1.6.0", "then").to_json()
    assert strata(project, "plan") == 0
    assert f"  warning: image {PINNED} has no result of a scan" in capsys.readouterr().out


@pytest.mark.parametrize("version", [PINNED.version, IMAGE.version], ids=["another release", "what runs already"])
def test_a_plan_refuses_a_pinned_machine_image_that_is_gone_also_where_it_runs_already(
    project: Path, cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch, version: str
):
    pin = ImageSettings(version=version, id=PINNED.id if version == PINNED.version else IMAGE.id)
    asked = stack_services.services_of_stack(project, "prod", None, local=False)
    pinned = replace(asked, images={"web": pin})
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: pinned)
    assert strata(project, "plan") == 0, "it is there"
    capsys.readouterr()
    monkeypatch.setattr(cloud, "image", lambda _: None)
    assert strata(project, "plan") == 3
    gone = f"  up refuses to roll it out: image web {version} ({pin.id}) does not exist, is not shared with account"
    assert gone in capsys.readouterr().out


def test_a_plan_goes_on_without_permissions_and_names_what_was_not_checked(
    project: Path, cloud: Cloud, capsys: Capture, monkeypatch: pytest.MonkeyPatch
):
    def denied(*_: Any) -> Any:
        raise Refused("UnauthorizedOperation")

    asked = stack_services.services_of_stack(project, "prod", None, local=False)
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: replace(asked, promotion=STRICT))
    monkeypatch.setattr(cloud, "image", denied)
    assert strata(project, "plan") == 0
    said = capsys.readouterr().out
    assert f"whether image {PINNED} proves what it is, and what its last scan found, was not checked" in said

    pins = {"web": ImageSettings(version="1.6.0")}
    unknown = replace(asked, promotion=STRICT, images=pins)
    monkeypatch.setattr(stack_services, "services_of_stack", lambda *_, **__: unknown)
    assert strata(project, "plan") == 0
    assert "was not checked: AWS looks up which image that is" in capsys.readouterr().out


FORBIDDEN = [
    (veto_name(NAME, "1.6.0"), "is vetoed for this service: loses orders"),
    (revocation_name("web", "1.6.0"), "is revoked: loses orders"),
]


@pytest.mark.parametrize("parameter,said", FORBIDDEN)
@pytest.mark.parametrize("case", ["a first deployment", "a rollout", "a group at zero"])
def test_a_plan_refuses_a_pin_that_up_would_refuse_and_shows_the_reason(
    project: Path, cloud: Cloud, capsys: Capture, case: str, parameter: str, said: str
):
    if case == "a first deployment":
        cloud.kept.clear()
    if case == "a group at zero":
        cloud.become(desired=0, servers=())
    cloud.kept[parameter] = "loses orders"
    assert strata(project, "plan") == 3
    refusal = f"image web 1.6.0 (ami-0123456789abcdef1) {said}"
    assert f"  up refuses to roll it out: {refusal}\n  fix: Pin another version." in capsys.readouterr().out
    assert run(["rollout", "plan", "prod", "-C", str(project), "--json", "--strict"]) == 3
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    assert [each["reason"] for each in plan["refusals"]] == [refusal]


def test_a_plan_does_not_refuse_for_what_forbids_another_version_or_another_service(
    project: Path, cloud: Cloud, capsys: Capture
):
    others = (revocation_name("web", "1.5.0"), revocation_name("api", "1.6.0"), veto_name(NAME, "1.5.0"))
    cloud.kept |= dict.fromkeys(others, "loses orders")
    assert strata(project, "plan") == 0
    assert "refuses" not in capsys.readouterr().out


def test_a_plan_asks_once_for_what_forbids_an_image_and_not_at_all_for_one_that_aws_looks_up():
    asked: list[list[str]] = []

    def parameters(names: list[str]) -> dict[str, str]:
        asked.append(names)
        return {}

    driver: Any = SimpleNamespace(parameters=parameters)
    settings = ServiceSettings()
    for pin in (
        ImageSettings(version="1.6.0", id=IMAGE.id),
        ImageSettings(version="1.6.0"),
        ImageSettings(parameter="/images/web"),
    ):
        assert find_refusals(driver, NAME, pinned_image("web", settings, pin)) == ()
    revoked, vetoed = revocation_name("web", "1.6.0"), veto_name(NAME, "1.6.0")
    by_id = [revoked_image_name(IMAGE.id), vetoed_image_name(NAME, IMAGE.id)]
    assert asked == [sorted([catalogue_name("web", "1.6.0"), revoked, vetoed, *map(str, by_id)]), [revoked, vetoed]]


def test_a_service_with_nine_sidecars_is_asked_about_although_a_call_names_ten_parameters_at_most():
    calls: list[list[str]] = []

    class Ssm:
        def get_parameters(self, Names: list[str]) -> dict[str, Any]:  # noqa: N803  as boto3 has it
            calls.append(Names)
            return {"Parameters": [{"Name": each, "Value": "leaks"} for each in Names if "agent-8" in each]}

    sidecars = [replace(IMAGE, name=f"agent-{number}") for number in range(9)]
    (refusal,) = find_refusals(BaseDriver(lambda _: Ssm()), NAME, IMAGE, sidecars)
    assert "image agent-8 1.5.0" in refusal.text
    assert [len(each) for each in calls] == [10, 4]
