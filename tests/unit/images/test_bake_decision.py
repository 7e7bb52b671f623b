"""Whether a version is built, continued, left alone or refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strata.errors import BusyError, RefusedError
from strata.images.baking.decision import Adopt, Baked, Start, decide
from strata.images.baking.execution import Execution, ExecutionState
from strata.images.baking.order import Order
from strata.images.pipeline_record import PipelineRecord

RECORD = PipelineRecord(
    name="web-image",
    app="web",
    pipeline="arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/web",
    recipe="1.2.3",
    base="ami-1",
    architecture="x86_64",
    region="eu-west-1",
    copies=("eu-central-1",),
    accounts=(),
    encrypted_by={},
    log_group="/strata/shop/dev/images/web-image",
)
WANTED = Order("web", "1.5.0", "new")


def execution(build: int, status: str, version: str = "1.5.0", order: str = "", **more) -> Execution:
    arn = f"arn:aws:imagebuilder:eu-west-1:123456789012:image/web/1.2.3/{build}"
    said: dict[str, Any] = {"created": f"2026-11-29T12:00:{build:02}Z", "recipe": RECORD.recipe, **more}
    return Execution(arn, status, version, order or f"order-{build}", **said)


def decided(*executions: Execution, known=None, last: Order | None = None):
    return decide(RECORD, WANTED, known=known, executions=executions, last=last)


def test_a_version_that_nobody_has_baked_is_started():
    assert decided() == Start(WANTED, written=False)


def test_a_version_that_is_being_built_is_continued_and_not_built_a_second_time():
    running = execution(2, "TESTING")
    assert decided(execution(1, "FAILED"), running) == Adopt(running)


def test_a_version_that_was_built_while_nobody_watched_is_taken_from_there():
    made = execution(1, "AVAILABLE")
    assert decided(made) == Adopt(made)


def test_what_was_refused_is_built_again():
    assert decided(execution(1, "AVAILABLE", refused="is not encrypted")) == Start(WANTED, written=False)


def test_an_order_whose_execution_was_never_started_is_used_again():
    left = Order("web", "1.5.0", "left")
    assert decided(last=left) == Start(left, written=True)
    assert decided(execution(1, "FAILED", order="left"), last=left) == Start(WANTED, written=False)
    assert decided(last=Order("web", "1.4.0", "left")) == Start(WANTED, written=False)


def test_another_version_waits():
    with pytest.raises(BusyError, match=r"bakes 1.4.0 now \(building\)"):
        decided(execution(1, "BUILDING", "1.4.0"))


def test_a_version_in_the_catalogue_is_left_as_it_is():
    assert decided(execution(1, "BUILDING", "1.6.0"), known=("ami-9", "1.2.3")) == Baked("ami-9")


def test_a_version_that_another_recipe_baked_is_never_baked_again():
    with pytest.raises(
        RefusedError, match=r"web 1\.5\.0 is ami-9, baked by recipe 9\.9\.9; the pipeline has 1\.2\.3 now"
    ):
        decided(known=("ami-9", "9.9.9"))


@pytest.mark.parametrize("status", ["BUILDING", "AVAILABLE"])
def test_what_another_recipe_builds_or_has_built_is_no_version_however_often_one_asks(status: str):
    other = execution(1, status, recipe="5.0.5")
    for _ in range(2):
        with pytest.raises(
            RefusedError, match=rf"\({status.lower()}\), baked by recipe 5\.0\.5; the pipeline has 1\.2\.3"
        ):
            decided(other)
    assert decided(execution(1, "FAILED", recipe="5.0.5")) == Start(WANTED, written=False)


STATUSES = ["PENDING", "BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE", "FAILED", "CANCELLED", "DELETED"]


@given(
    st.lists(
        st.tuples(st.sampled_from(STATUSES), st.sampled_from(["1.4.0", "1.5.0"]), st.sampled_from(["", "bad"])),
        max_size=6,
    ),
    st.sampled_from([None, Order("web", "1.5.0", "order-1"), Order("web", "1.5.0", "x"), Order("web", "1.4.0", "x")]),
)
def test_nothing_is_started_while_something_is_built_and_no_order_is_built_twice(found, last):
    executions = [execution(n, status, version, refused=refused) for n, (status, version, refused) in enumerate(found)]
    try:
        decision = decided(*executions, last=last)
    except BusyError:
        assert any(each.state is ExecutionState.RUNNING for each in executions)
        return
    if isinstance(decision, Start):
        assert not any(each.state is ExecutionState.RUNNING for each in executions)
        assert decision.order.id not in {each.order for each in executions}
    else:
        assert isinstance(decision, Adopt)
        assert decision.execution.version == WANTED.version


def test_an_order_is_read_as_it_was_written_and_anything_else_is_none():
    order = Order("web", "1.5.0+b", "0f1e", "abc")
    assert Order.parse(order.text) == order
    assert Order.parse("") is None
    assert Order.parse(order.text + "\nSTRATA_VERSION=$(reboot)") is None
    assert Order.parse("STRATA_APP=web") is None
