import pytest

from strata.clock import ScaledClock, SystemClock, clock_from_environment, parse_clock


def test_a_scaled_clock_runs_faster_from_its_anchor():
    wall = [1000.0]
    clock = ScaledClock(60, 1000.0, lambda: wall[0])
    assert clock.now() == 1000
    wall[0] = 1002
    assert clock.now() == 1120


async def test_a_scaled_clock_sleeps_shorter(monkeypatch: pytest.MonkeyPatch):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    await ScaledClock(60, 0).sleep(30)
    await ScaledClock(60, 0).sleep(-5)
    await SystemClock().sleep(3)
    assert slept == [0.5, 0.0, 3]


def test_the_variable_makes_the_same_clock_again():
    clock = ScaledClock(120.0, 1763640000.123456)
    assert parse_clock(clock.variable()) == clock
    assert clock_from_environment({"STRATA_CLOCK": clock.variable()}) == clock


@pytest.mark.parametrize("environment", [{}, {"STRATA_CLOCK": ""}])
def test_without_the_variable_time_is_real(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("time.time", lambda: 5.0)
    clock = clock_from_environment(environment)
    assert isinstance(clock, SystemClock)
    assert clock.now() == 5


@pytest.mark.parametrize("text", ["120", "fast@5", "120@", "0@5", "-1@5", "inf@5", "120@nan", "nan@1"])
def test_a_malformed_variable_is_an_error_that_shows_it(text: str):
    with pytest.raises(ValueError, match="STRATA_CLOCK must be"):
        parse_clock(text)
