"""An image that is vetoed or revoked while a gate watches its rollout: it does not stay, and is never recorded."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.naming import break_glass_name, note_name, revocation_name, rollback_name, veto_name
from strata.rollout.break_glass_note import BreakGlass, GlassMode, GlassPhase
from strata.rollout.forbidden_watch import LOOK_SECONDS
from strata.rollout.servers.refresh import Status
from strata.verdict_names import revoked_image_name, vetoed_image_name
from tests.unit.rollout.stand_in import (
    IMAGE,
    POLL_SECONDS,
    RELEASE,
    Aws,
    Refused,
    Stage,
    roll_back,
    rollout,
    running,
    servers,
    succeed,
)

RECORD = "/strata/shop/prod/web/release"
OLD = replace(RELEASE, template_version=1, digest="d1", image=replace(IMAGE, version="1.4.0", id="ami-0aa"))
VERDICT = json.dumps({"reason": "loses orders", "by": "arn:aws:iam::1:user/ann", "at": "2026-11-30T03:00:00Z"})
NOON = "2026-11-30T12:00:00Z"
SAID = r"loses orders \(arn:aws:iam::1:user/ann, 2026-11-30T03:00:00Z\)"
NAMES = {
    "revoked": revocation_name("web", "1.5.0"),
    "revoked by id": revoked_image_name(IMAGE.id) or "",
    "vetoed": veto_name(RECORD, "1.5.0"),
    "vetoed by id": vetoed_image_name(RECORD, IMAGE.id) or "",
}


def nothing(_aws: Aws) -> None:
    """Time passes."""


def forbids(name: str, then: Callable[[Aws], None] = nothing) -> Callable[[Aws], None]:
    """Somebody forbids the image at a look."""

    def happens(aws: Aws) -> None:
        aws.kept[name] = VERDICT
        then(aws)

    return happens


def back(aws: Aws) -> None:
    """Every server runs version 1 again, and AWS says so."""
    aws.become(servers=servers(4, "1"), saved_version="1")
    aws.turn(Status.SUCCESSFUL, percentage=100)


def fails(aws: Aws) -> None:
    """The servers of version 1 do not become healthy."""
    aws.turn(Status.FAILED, percentage=30)


def asked(stage: Stage) -> list[float]:
    """When the gate asked whether the image is forbidden."""
    found: list[float] = []
    known, began = stage.aws.parameters, stage.clock.now()

    def parameters(names: Iterable[str]) -> dict[str, str]:
        if NAMES["revoked"] in names and rollback_name(RECORD) in names:
            found.append(stage.clock.now() - began)
        return known(names)

    stage.aws.parameters = parameters
    return found


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_what_is_forbidden_while_it_rolls_is_taken_back(name: str):
    stage = Stage()
    stage.aws.polls = [nothing, forbids(name), *[nothing] * 4, roll_back]
    with pytest.raises(
        RolloutError, match=rf"the rollout to web 1.5.0 .* was rolled back: image web 1.5.0 .* is .*: {SAID}"
    ) as error:
        await stage.roll.next(rollout(), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start", "roll back"]
    assert error.value.fix is not None
    assert "the record still names the release before" in error.value.fix
    (said,) = stage.console.warned
    assert said.startswith("web: stopping the rollout: image web 1.5.0")
    assert "loses orders" in json.loads(stage.aws.kept[note_name(RECORD)])["reason"]


async def test_it_is_asked_at_once_then_every_minute_and_before_the_record_is_put():
    stage = Stage()
    stage.aws.polls = [nothing] * 10 + [succeed]
    found = asked(stage)
    await stage.roll.next(rollout(), OLD)
    # the preflight has asked before
    assert found == [0, 0, LOOK_SECONDS, 2 * LOOK_SECONDS, 10 * POLL_SECONDS]


async def test_what_is_adopted_is_asked_about_too_and_taken_back():
    stage = Stage(Aws(history=[running("r-7", "2")], polls=[forbids(NAMES["revoked"]), roll_back]))
    with pytest.raises(RolloutError, match=f"was rolled back: .* is revoked: {SAID}"):
        await stage.roll.next(rollout(), OLD)
    assert [call[0] for call in stage.aws.calls] == ["roll back"]


async def test_what_aws_cannot_take_back_is_cancelled():
    stage = Stage()
    stage.aws.polls = [forbids(NAMES["revoked"])]
    with pytest.raises(RolloutError, match=f"was cancelled; the fleet is mixed: .* is revoked: {SAID}"):
        await stage.roll.next(rollout(auto_rollback=False), OLD)
    assert [call[0] for call in stage.aws.calls] == ["start", "cancel"]


async def test_what_is_forbidden_when_it_has_just_succeeded_is_left_again_and_not_recorded():
    stage = Stage()
    stage.aws.polls = [nothing, forbids(NAMES["revoked"], succeed), back]
    with pytest.raises(
        RolloutError, match=rf"web 1.5.0 .* is not proven: .* is revoked: {SAID}; the gate has gone back to web 1.4.0"
    ) as error:
        await stage.roll.next(rollout(bake_seconds=600, checkpoint_percentages=[50, 100]), OLD)
    assert stage.aws.did("start") == [(2,), (1,)]
    returning = stage.aws.started[1]
    assert (returning.bake_seconds, returning.checkpoint_percentages, returning.auto_rollback) == (0, (), False)
    assert "strata rollout rollback prod web --now" in str(error.value)
    assert json.loads(stage.aws.kept[note_name(RECORD)])["phase"] == "failed"
    assert stage.aws.live is not None
    assert stage.aws.live.saved_version == "1"


async def test_a_way_back_that_failed_is_not_called_one():
    stage = Stage()
    stage.aws.polls = [nothing, forbids(NAMES["revoked"], succeed), fails]
    with pytest.raises(
        RolloutError, match=r"the gate started refresh r-\S+ back to web 1\.4\.0 .*, and it ended Failed"
    ) as error:
        await stage.roll.next(rollout(), OLD)
    assert "has gone back" not in str(error.value)


async def test_the_way_back_leaves_alone_a_server_that_somebody_was_let_into():
    held = replace(servers(5, "1")[4], lifecycle="Standby")
    glass = BreakGlass("web", held.id, GlassMode.STANDBY, GlassPhase.OPEN, "looks", "ann", NOON, NOON)
    stage = Stage()
    stage.aws.become(servers=(*servers(4, "1"), held))
    stage.aws.kept[break_glass_name(RECORD, held.id)] = json.dumps(asdict(glass))

    def at_last(aws: Aws) -> None:
        succeed(aws)
        aws.become(servers=(*servers(4, "2"), held))

    stage.aws.polls = [nothing, forbids(NAMES["revoked"], at_last), back]
    with pytest.raises(RolloutError, match="the gate has gone back to web"):
        await stage.roll.next(rollout(standby="replace"), OLD)
    assert [each.standby.value for each in stage.aws.started] == ["Ignore", "Ignore"]


@pytest.mark.parametrize(
    "settings, happens, said",
    [
        ({"auto_rollback": False}, nothing, "`rollout.auto_rollback` is off"),
        ({}, lambda aws: aws.kept.update({revocation_name("web", "1.4.0"): "also bad"}), "also bad"),
        ({}, lambda aws: aws.kept.update({rollback_name(RECORD): "{}"}), "a rollback that was begun meanwhile"),
        ({}, lambda aws: aws.digests.pop("1"), "template version 1, which launches web 1.4.0 .*, was deleted"),
        ({}, lambda aws: aws.refusals.update(start="AccessDenied"), "could not be taken back: .*AccessDenied"),
        ({}, lambda aws: aws.refusals.update(start="InstanceRefreshInProgress"), "another refresh began"),
    ],
)
async def test_where_nothing_goes_back_the_error_says_why(settings: Any, happens: Callable[[Aws], Any], said: str):
    def at_last(aws: Aws) -> None:
        succeed(aws)
        happens(aws)

    stage = Stage()
    stage.aws.polls = [nothing, forbids(NAMES["revoked"], at_last)]
    with pytest.raises(RolloutError, match=f"is not proven: .* is revoked: {SAID}; .*{said}.*; the record still"):
        await stage.roll.next(rollout(**settings), OLD)
    assert stage.aws.did("start") == [(2,)]


async def test_a_first_release_that_is_forbidden_while_its_servers_boot_is_not_recorded():
    stage = Stage()
    stage.aws.become(saved_version="2", servers=servers(4, "2"))
    stage.aws.kept[NAMES["vetoed"]] = VERDICT
    with pytest.raises(RolloutError, match=f"is not proven: .*{SAID}; there is no release before it to go back to"):
        await stage.roll.first(rollout())
    assert stage.aws.calls == []


async def test_what_everything_runs_already_is_not_recorded_once_it_is_forbidden():
    stage = Stage(Aws(polls=[back]))
    stage.aws.become(saved_version="2", servers=servers(4, "2"))
    stage.aws.kept[NAMES["revoked"]] = VERDICT
    with pytest.raises(RolloutError, match=r"the gate has gone back to web 1\.4\.0"):
        await stage.roll.next(rollout(), OLD)
    assert stage.aws.did("start") == [(1,)]


async def test_what_the_record_names_already_is_not_asked_about():
    stage = Stage()
    stage.aws.become(saved_version="2", servers=servers(4, "2"))
    stage.aws.kept[NAMES["revoked"]] = VERDICT
    found = asked(stage)
    await stage.roll.next(rollout(), RELEASE)
    assert found == []


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
async def test_what_cannot_be_read_fails_no_rollout_and_is_said_once(code: str):
    stage = Stage()
    stage.aws.polls = [nothing] * 10 + [succeed]
    known, reads = stage.aws.parameters, iter(range(9))

    def parameters(names: Iterable[str]) -> dict[str, str]:
        if rollback_name(RECORD) in names and next(reads) > 0:
            raise Refused(code)
        return known(names)

    stage.aws.parameters = parameters
    await stage.roll.next(rollout(), OLD)
    (said,) = stage.console.warned
    assert "whether web 1.5.0 (ami-0123456789abcdef0) was vetoed or revoked since its rollout began could not" in said
    assert code in said
    assert next(reads) == 5, "it was asked again all the same"


async def test_what_can_be_read_again_is_heeded():
    stage = Stage()
    stage.aws.kept = {}
    stage.aws.polls = [nothing, forbids(NAMES["revoked"]), *[nothing] * 8, roll_back]
    known, reads = stage.aws.parameters, iter(range(9))

    def parameters(names: Iterable[str]) -> dict[str, str]:
        if rollback_name(RECORD) in names and next(reads) == 2:
            raise Refused("ThrottlingException")
        return known(names)

    stage.aws.parameters = parameters
    with pytest.raises(RolloutError, match=f"was rolled back: .*{SAID}"):
        await stage.roll.next(rollout(), OLD)
