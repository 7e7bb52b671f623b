import pytest

from strata.durations import duration_text


@pytest.mark.parametrize(
    "seconds,text",
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (7500, "2 h 5 min"),
        (1_209_600, "14 d"),
    ],
)
def test_durations_read_like_durations(seconds, text):
    assert duration_text(seconds) == text
