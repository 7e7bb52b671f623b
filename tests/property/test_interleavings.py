"""Whatever is promoted, rolled back, revoked, let back in and applied, in whatever order, and whoever dies over it.

No stack starts a version after the step that forbade it, every record names what runs, and nothing is claimed that AWS
does not show. Two stacks of one project, each with servers and containers, on the local AWS in this process.
"""

from collections import Counter
from types import SimpleNamespace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.property.interleaved.checked_steps import CheckedSteps
from tests.property.interleaved.mortal_client import Death
from tests.property.interleaved.two_stacks import API, SERVICES, STACKS, VERSIONS, WEB
from tests.unit.rehearsal.cloud.conftest import clients

__all__ = ["clients"]

STEPS = 10
A_FLOCK = 5
"""Interleavings of one test, so that several processes can share them."""

STACK = st.sampled_from(STACKS)
SERVICE = st.sampled_from(SERVICES)
VERSION = st.sampled_from(VERSIONS)
SOONER = st.builds(Death, at=st.integers(0, 8), changing=st.just(value=True), after=st.booleans())
LATER = st.builds(Death, at=st.integers(0, 90), changing=st.just(value=False), after=st.booleans())
DEATH = st.one_of(st.none(), SOONER, LATER)
SELDOM = st.one_of(st.none(), st.none(), st.none(), SOONER)
WHICH = st.integers(0, 9)


class Interleaving(RuleBasedStateMachine):
    """Steps in any order."""

    clients: ClassVar[SimpleNamespace]
    ended: ClassVar[Counter[tuple[str, int | None]]]

    def __init__(self) -> None:
        super().__init__()
        self.steps = CheckedSteps(self.clients)

    def teardown(self) -> None:
        for each in self.steps.said:
            note(each)
        self.ended.update(self.steps.ended)
        self.steps.end()

    @initialize(service=SERVICE, version=st.sampled_from(VERSIONS[2:]), bad=st.booleans())
    def one_version_may_be_bad(self, service: str, version: str, bad: bool) -> None:
        if bad:
            self.steps.spoil(service, version)

    @rule(service=SERVICE, version=VERSION, death=DEATH)
    def release_in_staging(self, service: str, version: str, death: Death | None) -> None:
        if self.steps.pin(service, version):
            self.steps.up("staging", death=death)

    @rule(service=SERVICE, older=st.booleans(), death=DEATH)
    def release_in_prod(self, service: str, older: bool, death: Death | None) -> None:
        if self.steps.promote(service, older=older):
            self.steps.up("prod", death=death)

    @rule(service=SERVICE, version=VERSION, death=SOONER, promoted=st.booleans())
    def die_while_pinning(self, service: str, version: str, death: Death, promoted: bool) -> None:
        if promoted:
            self.steps.promote(service, death=death)
        else:
            self.steps.pin(service, version, death=death)

    @rule(service=SERVICE, version=VERSION, which=WHICH, death=DEATH, kept=st.booleans())
    def release_without_a_promotion(
        self, service: str, version: str, which: int, death: Death | None, kept: bool
    ) -> None:
        self.steps.pin_by_hand(service, version)
        self.steps.up("prod", death=death)
        if not kept:
            self.steps.check_out("prod", which)

    @rule(stack=STACK, refresh=st.booleans(), death=DEATH)
    def up(self, stack: str, refresh: bool, death: Death | None) -> None:
        self.steps.up(stack, refresh=refresh, death=death)

    @rule(service=SERVICE, version=VERSION, at=st.integers(0, 120), vetoed=st.booleans())
    def release_what_is_forbidden_meanwhile(self, service: str, version: str, at: int, vetoed: bool) -> None:
        if self.steps.pin(service, version):
            self.steps.up_meanwhile("staging", service, version, at=at, vetoed=vetoed)

    @rule(stack=STACK, service=SERVICE, to=st.none() | VERSION, death=DEATH)
    def roll_back_by_pin(self, stack: str, service: str, to: str | None, death: Death | None) -> None:
        self.steps.roll_back(stack, service, to=to, death=death)

    @rule(stack=STACK, service=SERVICE, to=st.none() | VERSION, death=DEATH, nowhere=st.booleans())
    def roll_back_now(self, stack: str, service: str, to: str | None, death: Death | None, nowhere: bool) -> None:
        self.steps.roll_back(stack, service, to=to, now=True, nowhere=nowhere, death=death)

    @precondition(lambda self: self.steps.last is not None)
    @rule()
    def roll_back_again(self) -> None:
        self.steps.roll_back_again()

    @rule(stack=STACK, service=SERVICE, which=WHICH, death=SELDOM)
    def revoke(self, stack: str, service: str, which: int, death: Death | None) -> None:
        near = self.steps.near(stack, service)
        self.steps.revoke(stack, service, near[which % len(near)], death)

    @precondition(lambda self: self.steps.vetoed())
    @rule(which=WHICH, death=SELDOM)
    def let_back_in(self, which: int, death: Death | None) -> None:
        known = self.steps.vetoed()
        self.steps.let_back_in(*known[which % len(known)], death)

    @rule(stack=STACK, which=WHICH)
    def go_on_with_an_old_checkout(self, stack: str, which: int) -> None:
        self.steps.check_out(stack, which)

    @precondition(lambda self: any(each.rolling for each in self.steps.seen.values()))
    @rule(seconds=st.sampled_from([45, 200, 3000]))
    def let_time_pass(self, seconds: int) -> None:
        self.steps.wait(seconds)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Flocks of interleavings: as many as `--seeds` says, or the one of `--seed`."""
    if "flock" in metafunc.fixturenames:
        count, only = (metafunc.config.getoption(each) for each in ("seeds", "seed"))
        flocks = range(-(-int(count or 0) // A_FLOCK))
        metafunc.parametrize("flock", flocks if only is None else [int(str(only)) // A_FLOCK])


def test_no_interleaving_runs_what_was_forbidden_or_makes_a_record_false(clients: SimpleNamespace, flock: int):
    class Flock(Interleaving):
        """Of one test: a seed is kept by the class."""

    Flock.clients, Flock.ended = clients, Counter()
    run_state_machine_as_test(
        seed(flock)(Flock),
        settings=settings(
            max_examples=A_FLOCK,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=(
                HealthCheck.too_slow,
                HealthCheck.data_too_large,
                HealthCheck.filter_too_much,
                HealthCheck.large_base_example,
            ),
        ),
    )
    assert sum(Flock.ended.values()) > A_FLOCK, "something was done"


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("at", range(10, 75, 15))
def test_whenever_an_image_is_forbidden_while_it_is_rolled_out_it_does_not_stay(
    clients: SimpleNamespace, service: str, at: int
):
    steps = CheckedSteps(clients)
    try:
        before, released = "1.1.0", "1.2.0"
        assert steps.pin(service, released)
        meanwhile = steps.up_meanwhile("staging", service, released, at=at, vetoed=at % 2 == 0)
        after = steps.seen["staging", service]
        assert meanwhile.seen
        assert (after.recorded, after.runs, after.forbidden) == (before, {before}, {released})
    finally:
        steps.end()


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_killed_up_has_brought_is_left_by_a_rollback_through_aws_and_nothing_else(
    clients: SimpleNamespace, service: str
):
    steps = CheckedSteps(clients)
    try:
        before, released = "1.1.0", "1.2.0"
        assert steps.pin(service, released)
        assert not steps.up("staging", death=Death(2, changing=True, after=True))
        steps.wait(3000)
        brought = steps.seen["staging", service]
        assert brought.runs_only(released)
        assert brought.recorded == before
        assert steps.roll_back("staging", service, now=True)
        back = steps.seen["staging", service]
        assert back.runs_only(before)
        assert back.forbidden == {released}
    finally:
        steps.end()


@pytest.mark.parametrize("service", SERVICES)
def test_an_up_says_that_a_killed_rollback_still_brings_something_else(clients: SimpleNamespace, service: str):
    steps = CheckedSteps(clients)
    try:
        # killed right after AWS has begun it: the record names what is left, which is what the stack file pins
        begun = {WEB: 5, API: 6}[service]
        assert not steps.roll_back("prod", service, now=True, death=Death(begun, changing=True, after=True))
        left = steps.seen["prod", service]
        assert (left.recorded, left.pinned, left.rolling) == ("1.1.0", "1.1.0", "1.0.0")
        # without a difference to the engine's state no gate is called; with one it refuses
        ended = steps.up("prod")
        assert ended or "of another release is running" in steps.said[-1]
        assert f"{service}: not the release {service} 1.1.0" in steps.said[-1]
        assert "and brings something else; `strata rollout watch" in steps.said[-1]
    finally:
        steps.end()


@pytest.mark.parametrize("service", SERVICES)
def test_an_up_of_what_nobody_has_promoted_is_refused_until_somebody_promotes_it(
    clients: SimpleNamespace, service: str
):
    steps = CheckedSteps(clients)
    try:
        before, released = "1.1.0", "1.2.0"
        steps.pin_by_hand(service, released)
        assert not steps.up("prod")
        assert "and nothing in AWS confirms it" in steps.said[-1]
        refused = steps.seen["prod", service]
        assert (refused.recorded, refused.runs, refused.rolling) == (before, {before}, None)
        assert steps.pin(service, released)
        assert steps.up("staging")
        assert steps.promote(service)
        assert steps.seen["prod", service].confirmed
        assert steps.up("prod")
        assert steps.seen["prod", service].runs_only(released)
    finally:
        steps.end()
