"""An answer was lost where a call is refused that was made again after it had been carried out."""

from typing import Any

import pytest

from tests.conformance.lost_answers import lost_answers

ADD = {"kind": "api", "service": "ec2", "action": "AuthorizeSecurityGroupIngress", "caller": "provider"}
RULE = {"GroupId": "sg-1", "IpPermissions.1.ToPort": "80"}
DUPLICATE = {"attempt": 2, "error": "InvalidPermission.Duplicate"}


def call(parameters: dict[str, str], **more: Any) -> dict[str, Any]:
    return {**ADD, "parameters": parameters, **more}


def test_a_call_that_was_carried_out_and_refused_the_second_time_had_its_answer_lost():
    events = [call(RULE), {"kind": "state", "subject": "server"}, call(RULE, **DUPLICATE)]
    assert lost_answers(events) == ["AuthorizeSecurityGroupIngress, attempt 2: InvalidPermission.Duplicate"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([], id="nothing"),
        pytest.param([call(RULE), call(RULE, error="InvalidPermission.Duplicate")], id="made twice by the program"),
        pytest.param([call(RULE, error="InternalFailure"), call(RULE, **DUPLICATE)], id="the local AWS failed"),
        pytest.param([call(RULE), call({**RULE, "GroupId": "sg-2"}, **DUPLICATE)], id="another call"),
        pytest.param([call(RULE), call(RULE, attempt=2)], id="not refused"),
    ],
)
def test_nothing_else_is_taken_for_a_lost_answer(events: list[dict[str, Any]]):
    assert lost_answers(events) == []
