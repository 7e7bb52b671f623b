"""The error of a failed rollout ends with what a server that never got healthy showed on its console."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strata.errors import RolloutError
from strata.rollout.servers.driver import Driver
from strata.rollout.servers.server_console import CONSOLE_LINES, readable_lines
from tests.unit.rehearsal.cloud.conftest import Aws, aws, bare, clients
from tests.unit.rollout.stand_in import RELEASE, Refused, Stage, roll_back, rollout, servers

__all__ = ["aws", "bare", "clients"]

OLD = replace(RELEASE, template_version=1, digest="d1")


def starts(*states: str) -> Callable[[Any], None]:
    """At a look the group has a server of the new release for each of these."""

    def look(aws: Any) -> None:
        made = zip(servers(len(states), "2"), states, strict=True)
        aws.become(servers=(*(replace(each, healthy=state == "well") for each, state in made), *servers(3, "1")))

    return look


async def failed(stage: Stage, *looks: Any) -> str:
    stage.aws.polls = [*looks, roll_back]
    with pytest.raises(RolloutError) as error:
        await stage.roll.next(rollout(), OLD)
    return error.value.message


async def test_it_is_that_of_a_server_which_never_got_healthy() -> None:
    stage = Stage()
    stage.aws.consoles = {"i-2-0": ("fine",), "i-2-1": ("web: no such file", "web: exited with 1")}
    said = await failed(stage, starts("well", "sick"))
    assert said.endswith(
        "\n  the last lines on the console of i-2-1, which never got healthy:"
        "\n    web: no such file\n    web: exited with 1"
    )


async def test_one_that_got_healthy_later_is_none_of_them() -> None:
    stage = Stage()
    stage.aws.consoles = {"i-2-0": ("slow",), "i-2-1": ("fine",)}
    assert "console" not in await failed(stage, starts("sick", "well"), starts("well", "well"))


async def test_one_without_a_console_is_passed_over_and_where_none_has_one_nothing_is_said() -> None:
    stage = Stage()
    stage.aws.consoles = {"i-2-1": ("panic",)}
    assert await failed(stage, starts("sick", "sick")) == (await failed(Stage(), starts("sick", "sick"))) + (
        "\n  the last lines on the console of i-2-1, which never got healthy:\n    panic"
    )


async def test_a_console_that_may_not_be_read_is_said_and_hides_nothing() -> None:
    stage = Stage()
    stage.aws.consoles = None
    said = await failed(stage, starts("sick"))
    assert "was rolled back: alarm web-5xx is in ALARM" in said
    assert said.endswith("the console of i-2-0 could not be read (UnauthorizedOperation)")


def test_what_a_terminal_would_obey_is_not_passed_on() -> None:
    assert readable_lines("\x1b[32m[ OK ]\x1b[0m Started web\r\n\r\n\x07bell\x00\x1b]0;title\r\nlast\n") == (
        "[ OK ] Started web",
        "bell0;title",
        "last",
    )
    many = readable_lines("\n".join(f"line {number}" for number in range(50)))
    assert (len(many), many[-1]) == (CONSOLE_LINES, "line 49")
    assert len(readable_lines("x" * 5000)[0]) == 200


def test_the_newest_console_is_read_and_that_of_an_older_kind_of_server_too(aws: Aws) -> None:
    server = aws.ec2.run_instances(ImageId="ami-0000000000000001", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    driver = Driver(lambda service: getattr(aws, service))
    (line, *_) = driver.console_lines(server)
    assert server in line
    assert driver.console_lines("i-00000000000000000") == ()
    asked: list[bool] = []

    class Xen:
        def get_console_output(self, *, InstanceId: str, Latest: bool = False) -> dict[str, str]:  # noqa: N803
            asked.append(Latest)
            if Latest:
                raise Refused("UnsupportedOperation")
            return {"Output": f"{InstanceId} booted"}

    assert Driver(lambda _service: Xen()).console_lines("i-1") == ("i-1 booted",)
    assert asked == [True, False]
