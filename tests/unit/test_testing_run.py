"""What a failed program leaves behind in the test process of a user."""

import asyncio
import gc
import logging

import pulumi
import pulumi_aws as aws
import pytest

from strata import testing


def failing() -> None:
    def refuse(_: str) -> str:
        raise LookupError("no such image")

    first = pulumi.Output.from_input("a").apply(refuse)
    topic = aws.sns.Topic("orders", name=first)
    aws.sns.Topic("others", name=topic.name)
    pulumi.export("it", topic.arn)


def test_a_failed_program_is_not_reported_again_in_the_middle_of_a_later_test(caplog):
    with caplog.at_level(logging.ERROR, logger="asyncio"):
        with pytest.raises(LookupError, match="no such image"):
            testing.run(failing)
        gc.collect()
    assert not caplog.records


def test_an_error_that_nobody_raised_is_still_reported(caplog):
    def program() -> None:
        forgotten = asyncio.get_event_loop().create_future()
        forgotten.set_exception(LookupError("forgotten"))
        failing()

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        with pytest.raises(LookupError, match="no such image"):
            testing.run(program)
        gc.collect()
    (record,) = caplog.records
    assert "forgotten" in (record.exc_text or "")
