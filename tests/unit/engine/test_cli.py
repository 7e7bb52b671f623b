import threading
from pathlib import Path

import pytest

from strata.engine.bootstrap import set_up as module
from strata.engine.bootstrap.set_up import ready_cli
from strata.engine.pulumi_cli import MINIMUM, PINNED, find_cli, version_text
from strata.errors import ToolchainError

PIN = version_text(PINNED)
OLDEST = version_text(MINIMUM)


@pytest.fixture
def ways(monkeypatch):
    """Replaces the ways to set a CLI up."""

    def replace(*pairs):
        monkeypatch.setattr(module, "WAYS", pairs)

    return replace


def impossible(root, version, progress):
    raise ToolchainError("the network is down")


@pytest.fixture
def possible(script):
    def way(root: Path, version, progress) -> None:
        script(root / "bin" / "pulumi", f"echo v{'.'.join(map(str, version))}")

    return way


def test_a_cli_on_path_that_is_new_enough_is_taken(cache, bin_folder, script, ways, sdk):
    ways()
    sdk(OLDEST)
    script(bin_folder / "pulumi", f"echo v{OLDEST}")
    found = ready_cli()
    assert (found.path, found.version, found.source) == (bin_folder / "pulumi", MINIMUM, "PATH")


def test_a_cli_newer_than_the_package_is_what_people_have_and_works(cache, bin_folder, script, ways, sdk):
    ways()
    sdk("3.250.0")
    script(bin_folder / "pulumi", "echo v3.999.1")
    assert ready_cli().version == (3, 999, 1)


def test_a_cli_on_path_that_is_too_old_for_any_package_is_passed_over_and_named(
    cache, bin_folder, script, ways, possible, sdk
):
    ways(("a way", possible))
    sdk(OLDEST)
    script(bin_folder / "pulumi", "echo v3.247.9")
    told: list[str] = []
    assert ready_cli(told.append).source == "a way"
    assert told == [f"not used: {bin_folder / 'pulumi'} is version 3.247.9, Strata needs {OLDEST} or newer"]


def test_a_package_newer_than_the_cli_is_told_with_what_it_needs(cache, bin_folder, script, ways, possible, sdk):
    ways(("a way", possible))
    sdk("3.272.0")
    script(bin_folder / "pulumi", "echo v3.271.9")
    told: list[str] = []
    assert ready_cli(told.append).source == "a way"
    (line,) = told
    assert line.startswith(f"not used: {bin_folder / 'pulumi'} is version 3.271.9")
    assert line.endswith("the Python package pulumi 3.272.0 needs that version or a newer one")


def test_an_earlier_set_up_that_is_newer_than_the_package_is_found_before_another_is_made(
    cache, bin_folder, script, ways, sdk
):
    ways(("no way", impossible))
    sdk("3.272.0")
    script(bin_folder / "pulumi", "echo v3.250.0")
    for version in ("3.260.0", "3.272.0", "3.274.1", "3.274.10", "new-3.999.0"):
        script(cache / "pulumi" / version / "bin" / "pulumi", "exit 1")
    (cache / "pulumi" / "3.280.0").mkdir()
    (cache / "pulumi" / "3.281.0.lock").touch()
    assert ready_cli().path == cache / "pulumi" / "3.274.10" / "bin" / "pulumi"


def test_nobody_is_told_there_is_no_cli_when_there_is_one_that_is_too_old(cache, bin_folder, script, ways, sdk):
    ways(("the installer", impossible))
    sdk("3.272.0")
    for version in ("3.248.0", "3.250.0"):
        script(cache / "pulumi" / version / "bin" / "pulumi", "exit 1")
    there = cache / "pulumi" / "3.250.0" / "bin" / "pulumi"
    told: list[str] = []
    with pytest.raises(ToolchainError) as error:
        ready_cli(told.append)
    assert f"no Pulumi CLI 3.272.0 or newer here (3.250.0 is at {there}), and {PIN} could" in error.value.message
    assert str(error.value.fix).endswith("and put it on PATH, or pip install pulumi==3.250.0.")
    assert told == [
        f"not used: {there} is version 3.250.0, the Python package pulumi 3.272.0 needs that version or a newer one"
    ]


def test_a_package_newer_than_the_pin_gets_a_cli_of_its_own_version(cache, bin_folder, ways, possible, sdk):
    ways(("a way", possible))
    sdk("3.999.0")
    assert ready_cli().version == (3, 999, 0)


def test_a_cli_on_path_that_is_broken_is_passed_over_and_named(cache, bin_folder, script):
    script(bin_folder / "pulumi", "exit 1")
    told: list[str] = []
    assert find_cli(told.append) is None
    assert told[0].startswith(f"not used: {bin_folder / 'pulumi'} does not answer")


def test_what_was_set_up_is_found_again_without_starting_it(cache, bin_folder, ways, possible):
    ways(("a way", possible))
    first = ready_cli()
    assert (first.source, first.path) == ("a way", cache / "pulumi" / PIN / "bin" / "pulumi")
    ways()
    first.path.write_text("#!/bin/sh\nexit 1\n")
    again = ready_cli()
    assert (again.path, again.version, again.source) == (first.path, PINNED, "cache")


def test_the_ways_are_tried_in_order_and_the_first_that_works_is_the_last(cache, bin_folder, ways, possible):
    ways(("first", impossible), ("second", possible), ("third", impossible))
    assert ready_cli().source == "second"


def test_when_no_way_works_every_reason_is_told_and_what_to_install(cache, bin_folder, ways, script):
    def wrong(root, version, progress):
        script(root / "bin" / "pulumi", "echo v1.2.3")

    ways(("the installer", impossible), ("modules", wrong))
    with pytest.raises(ToolchainError) as error:
        ready_cli()
    assert "  - the installer: the network is down\n  - modules: gave version 1.2.3" in error.value.message
    assert f"Install Pulumi {PIN}" in str(error.value.fix)


def test_a_set_up_that_fails_half_way_leaves_nothing_to_be_found(cache, bin_folder, ways, script):
    def half(root, version, progress):
        script(root / "bin" / "pulumi", f"echo v{PIN}")
        raise RuntimeError("out of power")

    ways(("half", half))
    with pytest.raises(RuntimeError, match="out of power"):
        ready_cli()
    assert find_cli() is None
    assert sorted(each.name for each in (cache / "pulumi").iterdir()) == [f"{PIN}.lock"]


def test_two_at_once_set_up_once(cache, bin_folder, ways, possible):
    began, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def slow(root, version, progress):
        done.append("set up")
        began.set()
        assert go_on.wait(30)
        possible(root, version, progress)

    ways(("slow", slow))
    sources: list[str] = []
    threads = [threading.Thread(target=lambda: sources.append(ready_cli().source)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert began.wait(30)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert (done, sorted(sources)) == (["set up"], ["cache", "slow"])


def test_a_language_host_beside_the_cli_is_seen_through_links(cache, bin_folder, script, tmp_path, sdk):
    sdk("3.250.0")
    real = script(tmp_path / "opt" / "pulumi", "echo v3.250.0")
    (bin_folder / "pulumi").symlink_to(real)
    assert ready_cli().has_language_host is False
    script(tmp_path / "opt" / "pulumi-language-python", "")
    assert ready_cli().has_language_host is True
