"""The chart of a rollout."""

from xml.etree import ElementTree as ET

from strata.rehearsal.run.chart import chart
from strata.rehearsal.run.timeline import Sample, Timeline

SVG = "{http://www.w3.org/2000/svg}"
SAMPLES = (Sample(0, 4, 4, 0, 4), Sample(60, 4, 4, 2, 4), Sample(200, 4, 2, 4, 6), Sample(300, 4, 0, 4, 4))


def timeline(service: str = "web", samples: tuple[Sample, ...] = SAMPLES) -> Timeline:
    return Timeline(service, "1.4.2", "1.5.0", samples, floor=4, ceiling=6)


def test_every_rollout_has_a_panel_with_its_bounds() -> None:
    root = ET.fromstring(chart([timeline("web"), timeline("api")]))  # noqa: S314  made one line above
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert len(root.findall(f"{SVG}g")) == 2
    assert texts.count("floor 4") == texts.count("ceiling 6") == 2
    assert "web: 1.4.2 to 1.5.0, lowest healthy 4" in texts


def test_the_chart_needs_nothing_from_elsewhere() -> None:
    text = chart([timeline()])
    assert "href" not in text
    assert "<script" not in text


def test_a_name_cannot_break_out_of_the_chart() -> None:
    ET.fromstring(chart([timeline("<script>&")]))  # noqa: S314  made here


def test_a_rollout_without_samples_can_be_drawn() -> None:
    ET.fromstring(chart([timeline(samples=())]))  # noqa: S314  made here


def test_a_timeline_knows_its_extremes() -> None:
    assert (timeline().lowest_healthy, timeline().highest_total, timeline().seconds) == (4, 6, 300)
