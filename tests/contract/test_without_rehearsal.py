"""The library works where the rehearsal is not installed."""

import subprocess
import sys

import pytest

from strata import rehearsal
from strata.errors import ToolchainError

WITHOUT = """
import pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"strata_rehearsal", "moto", "flask", "werkzeug"}:
            raise ModuleNotFoundError(f"no module named {name}", name=name)

sys.meta_path.insert(0, Refuse())
import strata, strata.testing
made = [getattr(strata, name) for name in strata.__all__]
modules = [each.name for each in pkgutil.walk_packages(strata.__path__, "strata.") if "__main__" not in each.name]
for name in modules:
    __import__(name)
print(len(made), len(modules))
"""


def test_every_module_and_every_public_name_can_be_had() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names, modules = map(int, done.stdout.split())
    assert names > 50
    assert modules > 200


def test_what_needs_it_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "GROUP", "strata.nothing")
    rehearsal.find_rehearsal.cache_clear()
    try:
        assert rehearsal.find_rehearsal() is None
        with pytest.raises(ToolchainError, match="pulumi-strata-rehearsal") as refused:
            rehearsal.require_rehearsal()
    finally:
        rehearsal.find_rehearsal.cache_clear()
    assert refused.value.fix == "Install them with pip install 'pulumi-strata[rehearsal]'."
