"""The versions of Pulumi that are pinned fit each other, and what the library declares is what it needs."""

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from strata.engine.pulumi_cli import MINIMUM, PINNED, parse_version
from tests.toolchain_pairs import PAIRS

ROOT = Path(__file__).parents[2]


def pinned_sdk() -> str:
    """The Python package's version in requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("pulumi=="))


def test_the_pinned_cli_is_no_older_than_the_pinned_package_and_that_is_no_older_than_the_minimum():
    assert PINNED >= parse_version(pinned_sdk()) >= MINIMUM


def test_the_oldest_package_that_the_library_allows_is_one_that_is_tried():
    needed = (Requirement(each) for each in metadata.requires("pulumi-strata") or ())
    pulumi = next(each for each in needed if each.name == "pulumi")
    (oldest,) = [each.version for each in pulumi.specifier if each.operator == ">="]
    assert parse_version(f"{oldest}.0") == min(parse_version(pair.package) for pair in PAIRS)


def test_the_oldest_the_pinned_and_a_package_older_than_its_cli_are_tried():
    tried = {(parse_version(pair.package), parse_version(pair.cli)) for pair in PAIRS}
    assert min(cli for _, cli in tried) == MINIMUM
    assert (parse_version(pinned_sdk()), PINNED) in tried
    assert max(cli for _, cli in tried) >= PINNED
