import threading

import pytest

from strata.engine.progress import announced, silent


def test_what_is_quick_says_nothing():
    told: list[str] = []
    with announced(told.append, "counting", after=3600):
        pass
    assert told == []


def test_what_is_slow_says_what_it_does_how_long_it_goes_on_and_when_it_is_done():
    told: list[str] = []
    twice = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        if len(told) >= 2:
            twice.set()

    with announced(tell, "counting", after=0, every=0.01):
        assert twice.wait(30)
    assert told[0] == "counting ..."
    assert told[1] == "counting ... 0 s"
    assert told[-1] == "counting: done in 0 s"


def test_what_fails_leaves_the_word_to_its_error():
    told: list[str] = []
    spoken = threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        spoken.set()

    def fail() -> None:
        with announced(tell, "counting", after=0):
            assert spoken.wait(30)
            raise ValueError("lost count")

    with pytest.raises(ValueError, match="lost count"):
        fail()
    assert told == ["counting ..."]


def test_silence_takes_anything():
    assert silent("anything") is None
