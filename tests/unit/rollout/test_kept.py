"""What a gate makes of its look at the record before that is registered: it never fails there, and keeps refusals."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from strata.errors import PreflightError
from strata.images.image_trust import ImageTerms
from strata.images.proof_note import ProofNote, proof_note_name
from strata.naming import revocation_name, veto_name
from strata.rollout import roll
from strata.rollout.gate import ReleaseGate
from strata.rollout.gated_service import DesiredRelease, KeptRecord
from strata.rollout.preflight_findings import PreflightFinding, refuse, warn
from strata.rollout.record import NOTHING_PROVEN, ImageRef, ServerRelease, TaskRelease, followed_by, read_release
from strata.settings.models import ImageProofSettings
from strata.verdict_names import revoked_image_name, vetoed_image_name
from tests.unit.rollout.stand_in import Clock, rollout

RECORD = "/strata/shop/prod/web/release"
ASKED = DesiredRelease("web-1", ImageRef("web", "1.5.0", "ami-0123456789abcdef0"), "d2", "lt-1", 2)
WANTED = ServerRelease(group="web-1", template="lt-1", template_version=2, image=ASKED.image, digest="d2")
EARLIER = replace(WANTED, template_version=1, image=ImageRef("web", "1.4.0", "ami-1"), digest="d1")

PROOF = ImageProofSettings(
    stack="shop/staging",
    release="1.5.0",
    digest="0123456789abcdef",
    image=ASKED.image.id,
    soaked=59,
    by="arn:aws:iam::123456789012:user/ann",
    at="2026-01-31T08:30:00Z",
)
NOTE = ProofNote(PROOF)
NOTED = proof_note_name("shop", "prod", ASKED.image.id) or "", NOTE.to_json()


@dataclass
class Fleet:
    """A deployer whose AWS is a few parameters, with the number of each version."""

    values: dict[str, tuple[str, int]] = field(default_factory=dict)
    answer: str | BaseException | None = None
    held: list[str] = field(default_factory=list)
    unheld: BaseException | None = None
    tidied: list[str] = field(default_factory=list)
    untidy: BaseException | None = None
    planned: list[Any] = field(default_factory=list)
    brings: str | BaseException = ""
    doubts: tuple[PreflightFinding, ...] = ()
    misnamed: tuple[PreflightFinding, ...] = ()
    newest: int | BaseException | None = None
    copied: list[Any] = field(default_factory=list)
    gone: tuple[int, ...] = ()
    judged: list[Any] = field(default_factory=list)

    @property
    def aws(self) -> Any:
        return self

    @property
    def driver(self) -> Any:
        def parameters(names: Any) -> dict[str, str]:
            return {name: self.values[name][0] for name in names if name in self.values}

        def history(name: str) -> list[str]:
            return list(parameters([name]).values())

        return SimpleNamespace(parameters=parameters, parameter_history=history)

    async def __call__(self, call: Any, *args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    async def recorded(self, name: str) -> tuple[str | None, int]:
        return self.values.get(name, (None, 0))

    async def judge(self, _spec: Any, image: ImageRef, _sidecars: Any, *, previews: bool) -> list[PreflightFinding]:
        self.judged.append((image, previews))
        return list(self.doubts)

    async def judge_name(self, *_: Any) -> list[PreflightFinding]:
        return list(self.misnamed)

    async def run_before_first(self, *_: Any, **__: Any) -> None:
        """Nothing runs before a rollout of servers."""

    async def made_newest(self, _service: str, release: Any) -> Any:
        if isinstance(self.newest, BaseException):
            raise self.newest
        self.copied.append(release)
        return replace(release, template_version=self.newest or release.template_version)

    async def is_there(self, release: Any) -> bool:
        return release.template_version not in self.gone

    async def brought_by(self, _desired: DesiredRelease) -> str:
        if isinstance(self.brings, BaseException):
            raise self.brings
        return self.brings

    async def kept_value(self, _spec: Any, _desired: DesiredRelease, _value: str | None) -> str | None:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def tidy(self, _spec: Any, fleet: str) -> None:
        if self.untidy is not None:
            raise self.untidy
        self.tidied.append(fleet)

    async def hold_again(self, _service: str, fleet: str) -> None:
        if self.unheld is not None:
            raise self.unheld
        self.held.append(fleet)

    async def plan(self, _spec: Any, recorded: Any, **_: Any) -> list[str]:
        self.planned.append(recorded)
        return []


@pytest.fixture
def fleet() -> Fleet:
    return Fleet({RECORD: (WANTED.to_json(), 3)})


@pytest.fixture
def gate(fleet: Fleet) -> ReleaseGate:
    session: Any = SimpleNamespace()
    made: Any = fleet
    return ReleaseGate(lambda *_: made, session=session, clock=Clock())


async def known(value: Any) -> Any:
    return value


def output(value: Any) -> Any:
    return SimpleNamespace(future=lambda: known(value))


@pytest.fixture
def gated() -> Any:
    return SimpleNamespace(
        service="web",
        component=None,
        spec=rollout().spec,
        record=RECORD,
        alarm_names=output(()),
        parameters=None,
        image=output(ASKED.image),
        digest=output("d2"),
        sidecars=None,
        url=None,
    )


def called(old: str | None, new: str) -> Any:
    """What the engine hands to the hook of a record."""
    return SimpleNamespace(old_inputs={"insecureValue": old} if old else None, new_inputs={"insecureValue": new})


@pytest.fixture
def rolled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """The rollouts that the gate carries out, each with the release it begins from."""
    found: list[tuple[Any, Any]] = []

    async def follow(_self: Any, wanted: Any, recorded: Any) -> None:
        found.append((wanted.release, recorded))

    monkeypatch.setattr(roll.Roll, "next", follow)
    return found


@pytest.mark.parametrize("error", [RuntimeError("no"), TimeoutError(), KeyboardInterrupt(), SystemExit()])
async def test_a_look_that_fails_leaves_the_decision_to_the_rollout(gate, gated, fleet, error):
    fleet.answer = error
    assert await gate.kept(gated, ASKED) == KeptRecord()


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt(), SystemExit(), asyncio.CancelledError()])
@pytest.mark.parametrize("work", ["unheld", "untidy"])
async def test_what_is_done_beside_the_look_never_ends_the_program(gate, gated, fleet, work, error):
    gated.spec = replace(gated.spec, protect=True)
    setattr(fleet, work, error)
    assert await gate.kept(gated, ASKED) == KeptRecord()


async def test_a_refusal_fails_the_hook_of_its_service(gate, gated, fleet):
    fleet.answer = PreflightError("web: the image is vetoed")
    assert (await gate.kept(gated, ASKED)).value is None
    with pytest.raises(PreflightError, match="the image is vetoed"):
        await gate._release(gated, called("{}", "{}"), first=False)


async def test_a_record_that_names_nothing_has_nothing_to_roll(gate, gated):
    await gate._release(gated, called(None, NOTHING_PROVEN), first=True)


@pytest.mark.parametrize("protect, looked", [(True, ["web-1"]), (False, [])])
async def test_only_a_protected_service_has_its_group_held(gate, gated, fleet, protect, looked):
    gated.spec = replace(gated.spec, protect=protect)
    assert await gate.kept(gated, ASKED) == KeptRecord()
    assert fleet.held == looked


@pytest.mark.parametrize("follows", [None, 2], ids=["plain", "following"])
async def test_a_record_of_what_is_asked_for_stays_as_it_is(gate, gated, fleet, follows):
    fleet.values[RECORD] = WANTED.to_json(follows), 3
    kept = await gate.kept(gated, ASKED)
    assert WANTED.to_json(kept.follows) == fleet.values[RECORD][0]


@pytest.mark.parametrize("believed", [None, 1, 3], ids=["plain", "following", "following the same"])
async def test_a_record_that_was_changed_without_the_engine_becomes_a_value_that_its_state_cannot_have(
    gate, gated, fleet, believed
):
    """Else the engine sees no difference, calls no hook, and `up` succeeds while another release runs."""
    fleet.values[RECORD] = EARLIER.to_json(), 4
    kept = await gate.kept(gated, ASKED)
    value = WANTED.to_json(kept.follows)
    assert value != WANTED.to_json(believed)
    assert (read_release(value), followed_by(value)) == (WANTED, 4)


async def test_a_rollout_begins_from_what_the_record_names_in_aws_and_not_in_the_state_of_the_engine(
    gate, gated, fleet, rolled
):
    fleet.values[RECORD] = EARLIER.to_json(), 4
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert rolled == [(WANTED, EARLIER)]


async def test_a_record_that_somebody_deleted_is_asked_for_again_and_proves_nothing(gate, gated, fleet, rolled):
    del fleet.values[RECORD]
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    assert value != WANTED.to_json()
    await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert rolled == [(WANTED, None)]


async def test_the_first_record_of_a_fleet_that_this_run_makes_follows_nothing(gate, gated, fleet):
    async def no_release(_record: str) -> None:
        return None

    del fleet.values[RECORD]
    fleet.release = no_release
    await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
    assert await gate.kept(gated, ASKED) == KeptRecord()


async def test_a_version_that_must_not_come_back_is_refused_also_where_the_engine_sees_no_difference(
    gate, gated, fleet, rolled
):
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), veto_name(RECORD, "1.5.0"): ("loses orders", 1)}
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    assert value != WANTED.to_json()
    with pytest.raises(PreflightError, match="loses orders"):
        await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert rolled == []


RENAMED = replace(WANTED, image=replace(WANTED.image, version="1.4.0"))
"""The same image, recorded by the name that it had before."""
FORBIDDEN = [
    revocation_name("web", "1.5.0"),
    veto_name(RECORD, "1.5.0"),
    str(revoked_image_name(ASKED.image.id)),
    str(vetoed_image_name(RECORD, ASKED.image.id)),
]


@pytest.mark.parametrize("forbidden", FORBIDDEN, ids=["revoked", "vetoed", "revoked-by-id", "vetoed-by-id"])
@pytest.mark.parametrize("recorded", [RENAMED, EARLIER, None], ids=["renamed", "another", "deleted"])
async def test_no_version_that_is_forbidden_is_recorded_whatever_the_record_names_now(
    gate, gated, fleet, rolled, forbidden, recorded
):
    """Of the same image under another name nothing is rolled, so that no preflight would look."""
    del fleet.values[RECORD]
    fleet.values[forbidden] = "loses orders", 1
    if recorded is not None:
        fleet.values[RECORD] = recorded.to_json(), 4
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    with pytest.raises(PreflightError, match="loses orders"):
        await gate._release(gated, called(recorded.to_json() if recorded else None, value), first=recorded is None)
    assert rolled == []


@pytest.mark.parametrize("recorded", [RENAMED, WANTED], ids=["renamed", "as before"])
async def test_what_runs_is_recorded_as_no_version_that_it_does_not_prove_to_be(gate, gated, fleet, rolled, recorded):
    fleet.values[RECORD] = recorded.to_json(), 4
    fleet.misnamed = (refuse("its watermark says web 1.4.0", "Pin it as that."),)
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    if recorded == WANTED:
        await gate._release(gated, called(recorded.to_json(), value), first=False)
        assert rolled == [(WANTED, WANTED)]
        return
    with pytest.raises(PreflightError, match=r"web 1\.5\.0 .* must not be recorded:\n.*its watermark says web 1\.4\.0"):
        await gate._release(gated, called(recorded.to_json(), value), first=False)
    assert rolled == []


async def test_what_the_record_names_stays_there_although_it_is_forbidden_since(gate, gated, fleet, rolled):
    """What runs goes on, and a cost tag makes another template version of it."""
    fleet.values |= dict.fromkeys(FORBIDDEN, ("loses orders", 1))
    newer = replace(WANTED, template_version=3)
    await gate.kept(gated, replace(ASKED, template_version=3))
    await gate._release(gated, called(WANTED.to_json(), newer.to_json()), first=False)
    assert rolled == [(newer, WANTED)]


async def test_a_sidecar_that_is_revoked_is_not_recorded_either(gate, gated, fleet, rolled):
    agent = ImageRef("agent", "7.1.0", "registry/agent@sha256:7")
    values: Any = {"service": "web-1", "task_definition": "web:2", "image": ASKED.image, "digest": "d2"}
    before, after = TaskRelease(**values), TaskRelease(**values, sidecars={"agent": agent})
    fleet.values |= {RECORD: (before.to_json(), 4), revocation_name("agent", "7.1.0"): ("leaks", 1)}
    await gate.kept(gated, replace(ASKED, sidecars={"agent": agent}))
    with pytest.raises(PreflightError, match=r"agent 7\.1\.0 .* is revoked: leaks"):
        await gate._release(gated, called(before.to_json(), after.to_json()), first=False)
    assert rolled == []


@pytest.mark.parametrize(
    "name", [revoked_image_name("agent@sha256:7"), vetoed_image_name(RECORD, "agent@sha256:7")], ids=["all", "service"]
)
async def test_what_is_forbidden_runs_no_more_beside_an_application_than_as_one(gate, gated, fleet, rolled, name):
    agent = ImageRef("agent", "7.1.0", "registry/agent@sha256:7")
    values: Any = {"service": "web-1", "task_definition": "web:2", "image": ASKED.image, "digest": "d2"}
    before, after = TaskRelease(**values), TaskRelease(**values, sidecars={"agent": agent})
    fleet.values |= {RECORD: (before.to_json(), 4), str(name): ('{"reason": "leaks", "called": ["shop 2.0.0"]}', 1)}
    await gate.kept(gated, replace(ASKED, sidecars={"agent": agent}))
    with pytest.raises(PreflightError, match=r"agent 7\.1\.0 .* as shop 2\.0\.0: leaks"):
        await gate._release(gated, called(before.to_json(), after.to_json()), first=False)
    assert rolled == []


async def test_what_is_pinned_by_another_name_is_looked_for_as_what_it_is_called_where_it_is_baked(
    gate, gated, fleet, rolled
):
    gated.spec = replace(gated.spec, terms=ImageTerms(app="shop"))
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), revocation_name("shop", "1.5.0"): ("loses orders", 1)}
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    with pytest.raises(PreflightError, match=r"web 1\.5\.0 .* is revoked: loses orders"):
        await gate._release(gated, called(EARLIER.to_json(), value), first=False)
    assert rolled == []


@pytest.mark.parametrize(
    "proven, refused",
    [
        (None, False),
        ({ASKED.image.id: PROOF}, False),
        ({"web 1.5.0": PROOF}, False),
        ({"ami-0fedcba9876543210": PROOF}, True),
    ],
    ids=["not required", "pinned", "pinned by version", "another"],
)
@pytest.mark.parametrize("first", [False, True])
async def test_where_a_proof_is_required_no_image_is_run_that_only_the_program_names(
    gate, gated, fleet, rolled, proven, refused, first
):
    async def no_release(_record: str) -> None:
        return None

    gated.spec = replace(gated.spec, terms=ImageTerms(proven=proven))
    fleet.values, fleet.release = {NOTED[0]: (NOTED[1], 1)}, no_release
    if not first:
        fleet.values[RECORD] = EARLIER.to_json(), 4

    async def up() -> None:
        if first:
            await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
            return
        value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
        await gate._release(gated, called(EARLIER.to_json(), value), first=False)

    if not refused:
        await up()
        return
    with pytest.raises(PreflightError) as raised:
        await up()
    assert "is none that the stack file pins with a proof" in str(raised.value)
    assert "Pin it by `strata image promote prod web --from OTHER`" in str(raised.value)
    assert raised.value.exit_code == 3
    assert rolled == []


@pytest.mark.parametrize("noted", [None, "", replace(NOTE, proof=PROOF.model_copy(update={"soaked": 58})).to_json()])
@pytest.mark.parametrize("first", [False, True])
async def test_a_proof_that_nobody_has_noted_so_starts_nothing(gate, gated, fleet, rolled, noted, first):
    async def no_release(_record: str) -> None:
        return None

    gated.spec = replace(gated.spec, terms=ImageTerms(proven={ASKED.image.id: PROOF}))
    fleet.values, fleet.release = {} if first else {RECORD: (EARLIER.to_json(), 4)}, no_release
    if noted is not None:
        fleet.values[NOTED[0]] = noted, 1

    async def up() -> None:
        if first:
            await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
            return
        value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
        await gate._release(gated, called(EARLIER.to_json(), value), first=False)

    with pytest.raises(PreflightError) as raised:
        await up()
    assert f"the proof of image {ASKED.image}" in str(raised.value)
    # where the image ran is for a note to say, and not for the proof in doubt
    assert f"strata image promote prod web --from {'staging' if noted else 'OTHER'}`" in str(raised.value)
    assert rolled == []


async def test_what_the_record_names_already_needs_no_proof_to_go_on(gate, gated, fleet, rolled):
    gated.spec = replace(gated.spec, terms=ImageTerms(proven={}))
    fleet.values[RECORD] = replace(WANTED, digest="d1").to_json(), 4
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    await gate._release(gated, called(replace(WANTED, digest="d1").to_json(), value), first=False)
    assert [wanted for wanted, _ in rolled] == [WANTED]


async def test_what_has_run_beside_an_image_only_is_not_proven_by_that(gate, gated, fleet, rolled):
    gated.spec = replace(gated.spec, terms=ImageTerms(proven={"sha256:5": PROOF}))
    agent = ImageRef("agent", "7.1.0", "registry/agent@sha256:7")
    values: Any = {"service": "web-1", "task_definition": "web:2"}
    shop = ImageRef("shop", "1.5.0", "registry/shop@sha256:5")
    before = TaskRelease(**values, image=shop, digest="d1", sidecars={"agent": agent})
    fleet.values[RECORD] = before.to_json(), 4
    value = TaskRelease(**values, image=agent, digest="d2").to_json(
        (await gate.kept(gated, replace(ASKED, image=agent))).follows
    )
    with pytest.raises(PreflightError, match=r"agent 7\.1\.0 .* is none that the stack file pins with a proof"):
        await gate._release(gated, called(before.to_json(), value), first=False)
    assert rolled == []


async def test_a_look_that_failed_is_no_way_past_a_verdict(gate, gated, fleet, rolled):
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), FORBIDDEN[0]: ("loses orders", 1)}
    fleet.answer = TimeoutError()
    await gate.kept(gated, ASKED)
    with pytest.raises(PreflightError, match="loses orders"):
        await gate._release(gated, called(EARLIER.to_json(), WANTED.to_json()), first=False)
    assert rolled == []


@pytest.mark.parametrize(
    "brings, words",
    [
        (
            "Refresh r-7 is still running",
            "Refresh r-7 is still running: `strata rollout rollback prod web --now` takes",
        ),
        ("", "Pin another version."),
        (EndpointConnectionError(endpoint_url="https://autoscaling"), "Pin another version."),
    ],
    ids=["running", "nothing", "unread"],
)
async def test_the_refusal_of_what_a_killed_up_has_left_running_names_the_way_out(
    gate, gated, fleet, monkeypatch, brings, words
):
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: warned.append(text))
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), FORBIDDEN[0]: ("loses orders", 1)}
    fleet.brings = brings
    await gate.kept(gated, ASKED)
    with pytest.raises(PreflightError) as refused:
        await gate._release(gated, called(EARLIER.to_json(), WANTED.to_json()), first=False)
    assert words in str(refused.value)
    assert ("--now" in str(refused.value)) == (brings == "Refresh r-7 is still running")
    unread = [each for each in warned if "is still running could not be read: AWS cannot be reached" in each]
    assert len(unread) == (not isinstance(brings, str))


async def test_a_mistake_of_the_gate_itself_is_not_taken_for_something_unread(gate, gated, fleet):
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), FORBIDDEN[0]: ("loses orders", 1)}
    fleet.brings = RuntimeError("a mistake")
    await gate.kept(gated, ASKED)
    with pytest.raises(RuntimeError, match="a mistake"):
        await gate._release(gated, called(EARLIER.to_json(), WANTED.to_json()), first=False)


async def test_nothing_is_to_be_taken_back_of_what_only_has_another_name(gate, gated, fleet):
    fleet.values |= {RECORD: (RENAMED.to_json(), 4), FORBIDDEN[0]: ("loses orders", 1)}
    fleet.brings = "The group launches it already"
    await gate.kept(gated, ASKED)
    with pytest.raises(PreflightError) as refused:
        await gate._release(gated, called(RENAMED.to_json(), WANTED.to_json()), first=False)
    assert "--now" not in str(refused.value)


async def test_no_fleet_is_made_of_a_version_that_is_forbidden(gate, gated, fleet, monkeypatch):
    async def no_release(_record: str) -> None:
        return None

    fleet.values = dict.fromkeys(FORBIDDEN[:1], ("loses orders", 1))
    fleet.release = no_release
    with pytest.raises(PreflightError, match=r"web: web 1\.5\.0 .* must not be launched:\n.*loses orders"):
        await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
    warned: list[str] = []
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: warned.append(text))
    await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
    assert any("`pulumi up` will refuse it" in each and "loses orders" in each for each in warned)


async def test_a_first_fleet_is_judged_as_a_preflight_does_since_nothing_is_rolled_for_it(
    gate, gated, fleet, monkeypatch
):
    async def no_release(_record: str) -> None:
        return None

    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: warned.append(text))
    fleet.values, fleet.release = {}, no_release
    fleet.doubts = (refuse("the scan found something critical", "Bake it again."), warn("not scanned", "Scan it."))
    with pytest.raises(PreflightError, match=r"must not be launched:\n.*something critical"):
        await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    await gate._guard_fleet(gated, SimpleNamespace(new_inputs={}))
    assert fleet.judged == [(ASKED.image, False), (ASKED.image, True)]
    said = "\n".join(warned)
    assert "web: `pulumi up` will refuse it: the scan found something critical" in said
    assert "web: not scanned" in said


async def test_what_is_refused_for_a_fleet_that_wants_nothing_is_refused_by_the_hook(gate, gated, fleet, rolled):
    fleet.values[RECORD] = EARLIER.to_json(), 4
    fleet.answer = PreflightError("web: the image is vetoed")
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    assert value != WANTED.to_json(), "else the engine would not call it"
    with pytest.raises(PreflightError, match="the image is vetoed"):
        await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert rolled == []


async def test_a_record_that_goes_on_as_it_is_has_nothing_to_roll(gate, gated, fleet, rolled):
    fleet.values[RECORD] = EARLIER.to_json(), 4
    fleet.answer = EARLIER.to_json()
    assert await gate.kept(gated, ASKED) == KeptRecord(EARLIER.to_json())
    await gate._release(gated, called(WANTED.to_json(), EARLIER.to_json()), first=False)
    assert rolled == [], "the fleet was set to launch what is asked for, and must not be set back"


NEWER = replace(WANTED, template_version=7)


async def test_what_comes_back_after_a_rollback_without_the_engine_is_made_the_newest_again(gate, gated, fleet, rolled):
    """Else a refresh finds the copy that the rollback has made, and makes yet another version."""
    fleet.values[RECORD], fleet.newest = (EARLIER.to_json(), 4), 7
    value = (await gate.kept(gated, ASKED)).written(WANTED)
    await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert (fleet.copied, rolled) == ([WANTED], [(NEWER, EARLIER)])

    # the engine's state still has the older one, whatever it does not compare with AWS
    fleet.values[RECORD] = value, 5
    again = await gate.kept(gated, ASKED)
    assert again.written(WANTED) == value
    assert fleet.copied == [WANTED], "once"
    assert again.written(NEWER) == value, "as a refresh finds it"


async def test_what_is_refused_is_not_made_the_newest(gate, gated, fleet):
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), FORBIDDEN[0]: ("loses orders", 1)}
    await gate.kept(gated, ASKED)
    assert fleet.copied == []


async def test_a_preview_makes_nothing_and_does_not_ask_what_it_does_not_know(gate, gated, fleet, monkeypatch):
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    unknown = replace(ASKED, template=None, template_version=None)
    fleet.values[RECORD] = NEWER.to_json(), 4
    assert (await gate.kept(gated, unknown)).written(WANTED) == NEWER.to_json()
    fleet.values[RECORD] = EARLIER.to_json(), 5
    assert (await gate.kept(gated, unknown)).written(WANTED) == WANTED.to_json(5)
    assert fleet.copied == []


async def test_a_recorded_template_version_that_was_deleted_is_written_over(gate, gated, fleet):
    fleet.values[RECORD], fleet.gone = (NEWER.to_json(), 4), (7,)
    assert (await gate.kept(gated, ASKED)).written(WANTED) == WANTED.to_json(4), "no value that the engine can have"


WRONG = {
    "image id": replace(WANTED, image=replace(WANTED.image, id="ami-9")),
    "image version": replace(WANTED, image=replace(WANTED.image, version="9.9.9")),
    "image name": replace(WANTED, image=replace(WANTED.image, name="shop")),
    "template": replace(WANTED, template="lt-9"),
    "template version": replace(WANTED, template_version=1),
    "group": replace(WANTED, group="web-9"),
    "digest": replace(WANTED, digest="d9"),
}


@pytest.mark.parametrize("field", WRONG)
@pytest.mark.parametrize("believed", [None, 3], ids=["never followed", "followed"])
async def test_a_record_of_which_one_field_was_edited_becomes_a_value_that_its_state_cannot_have(
    gate, gated, fleet, rolled, monkeypatch, field: str, believed: int | None
):
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.info", lambda text, **_: said.append(text))
    fleet.values[RECORD] = (WRONG[field].to_json(believed), 4)
    value = (await gate.kept(gated, ASKED)).written(WANTED)
    assert value not in {WANTED.to_json(believed), WRONG[field].to_json(believed)}
    assert (read_release(value), followed_by(value)) == (WANTED, 4)
    await gate._release(gated, called(WANTED.to_json(believed), value), first=False)
    assert rolled == [(WANTED, WRONG[field])]
    if field != "digest":
        assert any(f" as its {field}, and the engine's state " in each for each in said)


async def test_a_sidecar_of_which_only_the_record_says_another_image_is_written_again(gate, gated, fleet):
    app, log = ImageRef("web", "1.5.0", "one.example/web@sha256:1"), ImageRef("log", "1", "one.example/log@sha256:2")
    asked = DesiredRelease("arn:web", app, "d2", task_definition="arn:web:9", sidecars={"log": log})
    wanted: Any = asked.release
    wrong = replace(wanted, sidecars={"log": replace(log, id="one.example/log@sha256:3")})
    fleet.values[RECORD] = (wrong.to_json(), 4)
    value = (await gate.kept(gated, asked)).written(wanted)
    assert (read_release(value), followed_by(value)) == (wanted, 4)
    fleet.values[RECORD] = (wanted.to_json(), 5)
    assert (await gate.kept(gated, asked)).written(wanted) == wanted.to_json()


async def test_what_cannot_be_made_the_newest_is_rolled_all_the_same(gate, gated, fleet, monkeypatch):
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: warned.append(text))
    fleet.values[RECORD], fleet.newest = (EARLIER.to_json(), 4), RuntimeError("AccessDenied")
    assert (await gate.kept(gated, ASKED)).written(WANTED) == WANTED.to_json(4)
    assert [each.partition(": ")[2] for each in warned if "a refresh may find something newer" in each] == [
        f"a refresh may find something newer than {ASKED.image}: AccessDenied"
    ]


def test_a_release_is_launched_by_what_is_newer_of_its_own_kind_only():
    assert WANTED.launched_by(NEWER) == NEWER
    assert NEWER.launched_by(WANTED) == NEWER
    others = (None, replace(NEWER, template="lt-9"), replace(NEWER, digest="d9"))
    assert [WANTED.launched_by(each) for each in others] == [WANTED] * 3
    task = TaskRelease(service="web", task_definition="arn:web:9", image=ASKED.image, digest="d2")
    newer = task.by("arn:web:10")
    assert (task.launched_by(newer), newer.launched_by(task)) == (newer, newer)
    strange = (task.by("arn:other:10"), replace(newer, digest="d9"), task.by("web"), WANTED)
    assert [task.launched_by(each) for each in strange] == [task] * 4
    assert WANTED.launched_by(newer) == WANTED


async def test_a_preview_plans_from_what_the_record_names_in_aws(gate, gated, fleet, monkeypatch):
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    fleet.values |= {RECORD: (EARLIER.to_json(), 4), veto_name(RECORD, "1.5.0"): ("loses orders", 1)}
    warned: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, **_: warned.append(text))
    value = WANTED.to_json((await gate.kept(gated, ASKED)).follows)
    assert value != WANTED.to_json(), "a preview shows the change too"
    await gate._release(gated, called(WANTED.to_json(), value), first=False)
    assert fleet.planned == [EARLIER]
    assert any("`pulumi up` will refuse it" in each and "loses orders" in each for each in warned)


def test_what_a_record_follows_is_no_part_of_its_release():
    value = WANTED.to_json(7)
    assert json.loads(value)["follows"] == 7
    assert read_release(value) == WANTED
    assert [followed_by(each) for each in (value, WANTED.to_json(), None, "oops", "[]", '{"follows": "x"}')] == [
        7,
        *(None for _ in range(5)),
    ]
