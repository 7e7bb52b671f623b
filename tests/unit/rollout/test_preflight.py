"""What keeps a rollout from starting. Every check of the table has a case here; the last test walks it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import pytest
from botocore.exceptions import ClientError

from strata.images.image_origin import ImageOrigin
from strata.images.image_scan import ScanLimits
from strata.images.image_trust import ImageTerms
from strata.images.key_use import KeyUse
from strata.naming import revocation_name, veto_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.image_parameters import ImageParameters
from strata.rollout.record import ImageRef, ServerRelease
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.preferences import preferences_for
from strata.rollout.servers.preflight import CHECKS, PreflightSeverity, check
from strata.rollout.servers.preflight_facts import PreflightFacts
from strata.rollout.servers.refresh import Status
from strata.rollout.servers.rollout_plan import plan_rollout
from strata.rollout.servers.server_spec import ServerRollout, ServerSpec
from strata.rollout.servers.views import GroupView, ImageView, Launches, RefreshView, ServerView
from strata.settings.models import FindingSeverity, HealthSettings, RolloutSettings

RECORD = "/strata/shop/prod/web/release"
IMAGE = ImageRef("web", "1.5.0", "ami-0123456789abcdef0")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def rollout(*, alarms: tuple[str, ...] = (), recorded: bool = False, **settings: Any) -> ServerRollout:
    spec = ServerSpec(
        service="web",
        settings=RolloutSettings.model_validate(settings),
        health=HealthSettings(),
        boot_seconds=60,
        drain_seconds=60,
        record=RECORD,
        terms=ImageTerms(scan=ScanLimits(FindingSeverity.HIGH, 30)),
    )
    release = ServerRelease(group="web-1", template="lt-1", template_version=2, image=IMAGE, digest="d2")
    before = replace(release, template_version=1, digest="d1") if recorded else None
    return ServerRollout(spec=spec, release=release, alarms=alarms, recorded=before)


def servers(count: int, **changes: Any) -> tuple[ServerView, ...]:
    one = ServerView("", "InService", healthy=True, template_version="1", protected=False, zone="a", template="lt-1")
    return tuple(replace(one, id=f"i-{index}", **changes) for index in range(count))


def group(count: int = 4, **changes: Any) -> GroupView:
    whole = GroupView(
        name="web-1",
        arn="arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:u:autoScalingGroupName/web-1",
        desired=count,
        min=1,
        max=10,
        template="lt-1",
        saved_version="1",
        servers=servers(count),
        target_groups=(),
        subnets=("subnet-1",),
        suspended=(),
    )
    return replace(whole, **changes)


def refresh(status: Status, version: str | None = "2") -> RefreshView:
    return RefreshView("r-1", status, "alarm web-5xx", 40, 2, "lt-1", version, None, None)


def facts(wanted: ServerRollout, **changes: Any) -> PreflightFacts:
    live = changes.pop("group", group())
    whole = PreflightFacts(
        group=live,
        account="123456789012",
        region="eu-west-1",
        digests={"1": "d1", "2": "d2"},
        healthy=frozenset(each.id for each in live.servers),
        refreshes=(),
        image=ImageView(IMAGE.id, "available", "x86_64", "/dev/xvda"),
        instance_type="t3.small",
        architectures=("x86_64",),
        key_uses={},
        unread_keys=(),
        alarms=dict.fromkeys(wanted.alarms, ("OK", "")),
        free_addresses=100,
        kept=ImageParameters(),
        plan=plan_rollout(live.desired, preferences_for(wanted.spec), boot_seconds=60, drain_seconds=60),
        launched_image=IMAGE.id,
        launched_digest="d2",
    )
    return replace(whole, **changes)


def refusals(wanted: ServerRollout, **changes: Any) -> list[str]:
    return [each.text for each in check(wanted, facts(wanted, **changes)) if each.severity is PreflightSeverity.REFUSE]


def warnings(wanted: ServerRollout, **changes: Any) -> list[str]:
    return [each.text for each in check(wanted, facts(wanted, **changes)) if each.severity is PreflightSeverity.WARN]


def test_nothing_is_found_when_all_is_well() -> None:
    wanted = rollout(alarms=("web-5xx",))
    assert check(wanted, facts(wanted)) == []


REFUSED: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "another account": ("_identity", {"account": "999999999999"}, "reach account 999999999999"),
    "another region": ("_identity", {"region": "us-east-1"}, "in us-east-1"),
    "a mixed instances policy": (
        "_rollable",
        {"group": group(launches=Launches.MIXED)},
        "from a mixed instances policy",
    ),
    "instance types by attributes": (
        "_rollable",
        {"group": group(launches=Launches.BY_ATTRIBUTES)},
        "that chooses instance types by attributes",
    ),
    "a launch configuration": (
        "_rollable",
        {"group": group(launches=Launches.CONFIGURATION, template=None, saved_version=None)},
        "from a launch configuration",
    ),
    "a group on another template than its release": (
        "_rollable",
        {"group": group(template="lt-other")},
        "launches from template lt-other, not from lt-1 of its release",
    ),
    "a template that launches another image than the record would name": (
        "_template",
        {"launched_image": "ami-00000000000000bad"},
        "launches image ami-00000000000000bad, but the record would name web 1.5.0",
    ),
    "a template that tags its servers as another release": (
        "_template",
        {"launched_digest": "other"},
        "as release other, but the record would name d2",
    ),
    "a template without an instance type": ("_template", {"instance_type": ""}, "names no instance type"),
    "a suspended process": ("_processes", {"group": group(suspended=("Launch",))}, "processes Launch are suspended"),
    "$Latest": ("_saved_version", {"group": group(saved_version="$Latest")}, "template version $Latest, not a number"),
    "no image": ("_image", {"image": None}, "does not exist, or is not shared"),
    "an image that Allowed AMIs may hide": (
        "_image",
        {"image": None, "hidden": True},
        "the Allowed AMIs of account 123456789012 are enabled and do not let it through",
    ),
    "an image without a scan, where one is required": (
        "_trust",
        {"image": ImageView(IMAGE.id, "available", "x86_64", "/dev/xvda", origin=ImageOrigin(IMAGE.id))},
        "has no result of a scan for vulnerabilities: expected one, by strata:promotion.worst_finding",
    ),
    "a pending image": ("_image", {"image": ImageView(IMAGE.id, "pending", "x86_64", "/dev/xvda")}, "is pending"),
    "an instance type that does not exist": (
        "_instance_type",
        {"architectures": None, "instance_type": "t9.small"},
        "there is no instance type t9.small in eu-west-1",
    ),
    "a disk smaller than the image": (
        "_disk",
        {"image": ImageView(IMAGE.id, "available", "x86_64", "/dev/xvda", root_gib=30), "disk_gib": 20},
        "needs a root volume of 30 GiB, the template asks for one of 20",
    ),
    "an image of another architecture": (
        "_image",
        {"image": ImageView(IMAGE.id, "available", "arm64", "/dev/xvda")},
        "built for arm64, but t3.small runs x86_64",
    ),
    "an image without a root device": (
        "_image",
        {"image": ImageView(IMAGE.id, "available", "x86_64", "")},
        "has no root device",
    ),
    "a revoked image": (
        "_verdicts",
        {"kept": ImageParameters({revocation_name("web", "1.5.0"): "CVE"})},
        "is revoked: CVE",
    ),
    "a vetoed version": (
        "_verdicts",
        {"kept": ImageParameters({veto_name(RECORD, "1.5.0"): "slow"})},
        "is vetoed for this service",
    ),
    "a key without a grant": ("_key_grants", {"key_uses": {KEY: KeyUse(allowed=False)}}, f"no right to use {KEY}"),
    "a deleted target group": ("_gone", {"gone": ("arn:tg",)}, "target group arn:tg, in which its servers are found"),
    "too few addresses": ("_addresses", {"free_addresses": 1}, "needs 2 more addresses, but the subnets have 1 left"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_rollout_is_refused_for(case: str) -> None:
    _, changes, text = REFUSED[case]
    found = refusals(rollout(recorded=True), **changes)
    assert len(found) == 1
    assert text in found[0]


def test_a_rollout_that_would_meet_only_protected_servers_is_refused_since_nothing_could_prove_it() -> None:
    live = group(servers=servers(4, protected=True))
    assert refusals(rollout(scale_in_protected="ignore"), group=live) == [
        f"all 4 servers are protected from scale-in and would be left alone: no server would run {IMAGE}"
    ]
    assert refusals(rollout(scale_in_protected="replace"), group=live) == []
    mixed = group(servers=(*servers(3, protected=True), *servers(1)))
    assert refusals(rollout(scale_in_protected="ignore"), group=mixed) == []


def test_an_adopted_group_may_launch_from_a_template_of_its_own() -> None:
    assert refusals(rollout(), group=group(template="lt-other")) == []


def test_only_a_number_can_be_rolled_back_to_also_where_nothing_is_rolled_back() -> None:
    live = group(saved_version="$Latest")
    assert "template version $Latest, not a number" in refusals(rollout(auto_rollback=False), group=live)[0]


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_not_ok_refuses_and_names_the_way_out(state: str) -> None:
    wanted = rollout(alarms=("web-5xx",))
    found = check(wanted, facts(wanted, alarms={"web-5xx": (state, "threshold crossed")}))
    assert f"alarm web-5xx is {state} (threshold crossed)" in found[0].text
    assert "rollout.alarms: ignore-once" in found[0].fix


def test_an_alarm_that_does_not_exist_refuses() -> None:
    assert "web-5xx is missing" in refusals(rollout(alarms=("web-5xx",)), alarms={})[0]


def test_an_alarm_that_has_missed_the_heartbeat_refuses_also_when_alarms_are_ignored() -> None:
    settings = RolloutSettings.model_validate({"alarms": "ignore-once", "heartbeat_minutes": 5})
    wanted = replace(rollout(), spec=replace(rollout().spec, settings=settings))
    name = wanted.spec.heartbeat or ""
    wanted = replace(wanted, alarms=(name,))
    (found,) = refusals(wanted, alarms={name: ("ALARM", "")})
    assert found.startswith(f"alarm {name} is ALARM although the gate has sent its heartbeat")
    assert refusals(wanted, alarms={name: ("OK", "")}) == []
    assert refusals(replace(wanted, alarms=()), alarms={name: ("ALARM", "")}) == [], "no rollout waits for it"


@pytest.mark.parametrize("gate", ["off", "ignore-once"])
def test_a_firing_alarm_refuses_nothing_when_alarms_do_not_gate(gate: str) -> None:
    spec = rollout().spec
    wanted = replace(
        rollout(), spec=replace(spec, settings=RolloutSettings.model_validate({"alarms": gate})), alarms=("web-5xx",)
    )
    assert refusals(wanted, alarms={"web-5xx": ("ALARM", "")}) == []


def test_a_floor_that_cannot_be_held_refuses() -> None:
    found = refusals(rollout(min_healthy_percent=90, max_healthy_percent=100), group=group(1))
    assert found == ["a floor of 1 healthy servers cannot be held with 1: the rollout would drop to 0"]


def test_an_accepted_outage_does_not() -> None:
    assert refusals(rollout(min_healthy_percent=0, max_healthy_percent=100), group=group(1)) == []


def test_a_sick_fleet_is_a_warning_because_the_rollout_may_be_the_cure() -> None:
    assert warnings(rollout(), healthy=frozenset({"i-0"})) == [
        "only 1 of 4 servers are healthy now, under the floor of 4"
    ]


@pytest.mark.parametrize(
    "change,setting,said,text",
    [
        ({"lifecycle": "Standby"}, "standby", "ignore", "will be left alone"),
        ({"lifecycle": "Standby"}, "standby", "replace", "will be replaced"),
        ({"protected": True}, "scale_in_protected", "ignore", "will be left alone"),
        ({"protected": True}, "scale_in_protected", "replace", "will be replaced"),
    ],
)
def test_servers_out_of_reach_are_named(change: dict[str, Any], setting: str, said: str, text: str) -> None:
    live = group(servers=(*servers(3), *(replace(each, id="i-odd") for each in servers(1, **change))))
    found = [each for each in warnings(rollout(**dict[str, Any]({setting: said})), group=live) if "i-odd" in each]
    assert len(found) == 1
    assert text in found[0]


def opened(unit: str, until: str, mode: GlassMode = GlassMode.IN_SERVICE) -> BreakGlass:
    return BreakGlass(
        service="web",
        unit=unit,
        mode=mode,
        phase=GlassPhase.OPEN,
        reason="the queue hangs",
        by="arn:aws:iam::123456789012:user/ann",
        at="2026-11-28T18:00:00Z",
        until=until,
    )


@pytest.mark.parametrize(
    "change,settings",
    [({"lifecycle": "Standby"}, {"standby": "replace"}), ({"protected": True}, {"scale_in_protected": "replace"})],
)
def test_break_glass_is_left_alone_and_said_whatever_the_settings_say(
    change: dict[str, Any], settings: dict[str, Any]
) -> None:
    odd = tuple(replace(each, id=f"i-odd{each.id[-1]}") for each in servers(2, **change))
    note, now = opened("i-odd0", "2026-11-28T20:00:00Z"), datetime(2026, 11, 28, 19, tzinfo=UTC).timestamp()
    wanted = rollout(**settings)
    found = facts(wanted, group=group(servers=(*servers(3), *odd)), glass={"i-odd0": note}, now=now)
    said = [each.text for each in check(wanted, found)]
    assert any("i-odd1" in each and "will be left alone beside those of break-glass" in each for each in said)
    (line,) = [each for each in said if "i-odd0" in each]
    assert line == (
        "i-odd0 is left alone: break-glass opened by arn:aws:iam::123456789012:user/ann at 2026-11-28T18:00:00Z until "
        "2026-11-28T20:00:00Z: the queue hangs"
    )
    sent = preferences_for(
        wanted.spec, keeps_standby=found.keeps_standby, keeps_protected=found.keeps_protected
    ).to_api()
    assert sent["StandbyInstances" if "lifecycle" in change else "ScaleInProtectedInstances"] == "Ignore"


def test_break_glass_that_is_over_is_treated_as_the_settings_say_and_said() -> None:
    odd = tuple(replace(each, id="i-odd") for each in servers(1, protected=True))
    note, now = opened("i-odd", "2026-11-28T20:00:00Z"), datetime(2026, 11, 28, 21, tzinfo=UTC).timestamp()
    wanted = rollout()
    found = facts(wanted, group=group(servers=(*servers(3), *odd)), glass={"i-odd": note}, now=now)
    assert not found.keeps_protected
    over, replaced = sorted(each.text for each in check(wanted, found))[::-1]
    assert over.startswith("i-odd is tainted: break-glass opened by")
    assert "expired at 2026-11-28T20:00:00Z" in over
    assert replaced == "1 server is scale in protected and will be replaced: i-odd"


def test_notes_that_could_not_all_be_read_are_said() -> None:
    said = "whether somebody was let into a server that is in service again could not be read"
    assert warnings(rollout(), glass_whole=False) == [said]


def test_a_fleet_of_nothing_but_break_glass_proves_nothing() -> None:
    note = opened("i-0", "2026-11-28T20:00:00Z")
    (found,) = refusals(rollout(), group=group(1, servers=servers(1, protected=True)), glass={"i-0": note})
    assert found.startswith("the only server is protected from scale-in and would be left alone")
    held = facts(rollout(), group=group(1, servers=servers(1, protected=True)), glass={"i-0": note})
    assert "`strata break-glass list prod` shows all" in str([each.fix for each in check(rollout(), held)])


def test_unread_keys_are_a_warning() -> None:
    assert "could not be read" in warnings(rollout(), unread_keys=("arn:key",))[0]


def test_a_policy_of_a_key_that_cannot_be_judged_is_a_warning_and_one_that_lets_too_little_says_what_it_lacks() -> None:
    (said,) = warnings(rollout(), key_uses={KEY: KeyUse(allowed=None, unjudged=("CreateGrant",))})
    assert f"whether Auto Scaling may use {KEY}" in said
    assert "could not be judged: its policy lets it CreateGrant under conditions" in said
    (said,) = refusals(rollout(), key_uses={KEY: KeyUse(allowed=False, lacking=("CreateGrant", "Decrypt"))})
    assert said.endswith(": its grants and policy do not let it CreateGrant, Decrypt")
    assert check(rollout(), facts(rollout(), key_uses={KEY: KeyUse(allowed=True)})) == []


def test_a_release_that_failed_before_is_refused_when_retry_is_never() -> None:
    found = refusals(rollout(retry="never"), refreshes=(refresh(Status.ROLLBACK_SUCCESSFUL),))
    assert found == ["1.5.0 was tried before and ended RollbackSuccessful: alarm web-5xx"]


@pytest.mark.parametrize(
    "past",
    [
        (refresh(Status.SUCCESSFUL),),
        (refresh(Status.FAILED, "1"),),
        (refresh(Status.SUCCESSFUL, "1"), refresh(Status.FAILED)),
    ],
)
def test_only_the_newest_refresh_of_this_very_release_counts_as_tried(past: tuple[RefreshView, ...]) -> None:
    assert refusals(rollout(retry="never"), refreshes=past) == []


def test_all_findings_come_at_once_and_refusals_come_first() -> None:
    wanted = rollout(alarms=("web-5xx",), retry="never")
    found = check(
        wanted,
        facts(
            wanted,
            account="999999999999",
            group=group(suspended=("Launch", "Terminate"), saved_version="$Default"),
            image=None,
            alarms={"web-5xx": ("ALARM", "")},
            healthy=frozenset(),
            free_addresses=0,
        ),
    )
    severities = [each.severity for each in found]
    assert severities.count(PreflightSeverity.REFUSE) == 6
    assert severities == sorted(severities, key=lambda each: each is not PreflightSeverity.REFUSE)
    assert all(each.fix.endswith(".") for each in found)


def test_every_check_has_a_case() -> None:
    elsewhere = {"_alarms", "_floor", "_heartbeat", "_provable", "_break_glass", "_sick", "_out_of_reach", "_retry"}
    assert {rule.__name__ for rule in CHECKS} == {name for name, _, _ in REFUSED.values()} | elsewhere


def test_an_instance_type_that_ec2_does_not_know_is_a_finding_and_no_crash() -> None:
    client = MagicMock()
    refusal = {
        "Error": {"Code": "InvalidInstanceType", "Message": "The following supplied instance types do not exist"}
    }
    client.describe_instance_types.side_effect = ClientError(refusal, "DescribeInstanceTypes")
    assert Driver(lambda _: client).architectures("t9.small") is None
    client.describe_instance_types.side_effect = ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "x")
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        Driver(lambda _: client).architectures("t3.small")


def test_the_disk_of_the_template_is_compared_with_the_images_own() -> None:
    found = {
        "ImageId": IMAGE.id,
        "RootDeviceName": "/dev/xvda",
        "BlockDeviceMappings": [
            {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 500}},
            {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}},
        ],
    }
    assert ImageView.from_api(found).root_gib == 30
    wanted = rollout()
    same = facts(wanted, image=ImageView(IMAGE.id, "available", "x86_64", "/dev/xvda", root_gib=30), disk_gib=30)
    assert check(wanted, same) == []
