"""The engine is told of the same places as by the SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from pulumi.runtime import resource

from strata.engine import source_positions
from strata.engine.source_positions import write_positions_once

SDKS_TRACE = source_positions._sdk_stack_trace


@pytest.fixture
def ours(monkeypatch) -> Callable[[], Any]:
    monkeypatch.setattr(resource, "_get_stack_trace", SDKS_TRACE)
    write_positions_once()
    return resource._get_stack_trace


class Made:
    """Constructors within each other, as those of a resource are, that ask where they were called."""

    def __init__(self, depth: int, *asked: Callable[[], Any]) -> None:
        self.answers = Made(depth - 1, *asked).answers if depth > 1 else [each() for each in asked]


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 7])
def test_positions_are_those_of_the_sdk(ours, depth):
    theirs, found = Made(depth, SDKS_TRACE, ours).answers
    assert found == theirs
    assert bool(found.frames) is (depth >= 3)


def test_a_program_without_a_file_is_a_frame_without_a_position(ours):
    names: dict[str, Any] = {"Made": Made, "asked": (SDKS_TRACE, ours)}
    exec(compile("found = Made(3, *asked).answers", "<program>", "exec"), names)  # noqa: S102
    theirs, found = names["found"]
    assert found == theirs
    assert not found.frames[0].HasField("pc")


def test_the_innermost_place_is_the_line_that_makes_the_resource(ours):
    found = Made(3, ours).answers[0]
    assert found.frames[0].pc.uri.endswith("/test_source_positions.py")
