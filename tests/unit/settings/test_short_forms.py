"""A text in place of a runtime value stands for the value alone."""

import pytest

from strata.errors import SettingsError
from strata.settings.explanation import explain
from strata.settings.load import load
from strata.settings.models import RuntimeValueSettings
from strata.settings.provenance import Origin
from strata.settings.validate import written_out


def config(**values):
    return {"stage": "staging", "runtime": {"web": {"values": values}}}


def test_a_text_is_a_value_that_needs_no_restart():
    loaded = load(config(BANNER="on", POOL={"value": "10", "restart": True}), source="the test")
    assert loaded.settings.runtime["web"].values == {
        "BANNER": RuntimeValueSettings(value="on"),
        "POOL": RuntimeValueSettings(value="10", restart=True),
    }


def test_a_value_written_for_short_is_known_to_come_from_the_file():
    loaded = load(config(BANNER="on"), source="the test", lines={("runtime", "web", "values", "BANNER"): 7})
    (value, restart) = explain(loaded, "runtime.web.values")
    assert (value.value, value.provenance.origin, value.provenance.line) == ("on", Origin.FILE, 7)
    assert restart.provenance.origin is Origin.DEFAULT


def test_a_number_is_told_to_be_put_in_quotes():
    with pytest.raises(SettingsError) as caught:
        load(config(POOL=10), source="the test")
    (problem,) = caught.value.problems
    assert problem.path == ("runtime", "web", "values", "POOL")
    assert problem.expected == "a mapping or a text"
    assert problem.fix == 'Put it in quotes: "10".'


@pytest.mark.parametrize("raw", [{}, {"runtime": "x"}, {"runtime": {"web": "x"}}, {"runtime": {"web": {"values": 5}}}])
def test_what_has_no_short_form_is_left_as_it_is(raw):
    assert written_out(raw) == raw
