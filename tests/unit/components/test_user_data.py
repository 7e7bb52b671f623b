"""The environment file, as systemd and a shell read it."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strata.components.service.template import environment_file, user_data
from strata.errors import UsageError


def test_values_are_sorted_so_that_order_changes_no_digest():
    assert environment_file({"B": "2", "A": "1"}) == environment_file({"A": "1", "B": "2"}) == 'A="1"\nB="2"\n'


@pytest.mark.parametrize("value", ['say "hi"', "$HOME", "`id`", "a\\b", "two\nlines", " spaces ", "#no comment", "'"])
def test_a_shell_reads_back_what_was_written(value):
    assert read_by_shell({"VALUE": value}) == value


@settings(max_examples=25)
@given(st.text(st.characters(min_codepoint=1, blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=40))
def test_a_shell_reads_back_any_text(value):
    assert read_by_shell({"VALUE": value}) == value


def read_by_shell(values: dict[str, str]) -> str:
    script = environment_file(values) + 'printf "%s" "$VALUE"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return done.stdout.decode()


def test_user_data_beyond_the_limit_is_refused():
    with pytest.raises(UsageError, match=r"service 'web': its environment makes \d+ bytes"):
        user_data("web", {"BIG": "x" * 12_400})
