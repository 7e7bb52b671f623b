"""The versions of Pulumi that are pinned fit each other, and what the library declares is what it needs."""

from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from strata.rehearsal.toolchain.cli_version import MINIMUM, PINNED, parse_version, version_text

ROOT = Path(__file__).parents[2]


def pinned_sdk() -> str:
    """The Python package's version in requirements.txt."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("pulumi=="))


def test_the_pinned_cli_is_no_older_than_the_pinned_package_and_that_is_no_older_than_the_minimum():
    assert PINNED >= parse_version(pinned_sdk()) >= MINIMUM


def test_the_library_asks_for_no_package_older_than_the_oldest_cli():
    needed = (Requirement(each) for each in metadata.requires("pulumi-strata") or ())
    pulumi = next(each for each in needed if each.name == "pulumi")
    oldest = version_text(MINIMUM)
    assert pulumi.specifier.contains(oldest)
    assert f">={oldest.removesuffix('.0')}" in str(pulumi.specifier)
