"""The script by which a server compares itself with what its image was baked with."""

from importlib.resources import files
from typing import Final

__all__ = ["COMPARISON_MARK", "comparison_script"]

COMPARISON_MARK: Final = "# strata: compares this server with what its image was baked with, and changes nothing"
"""The first line of the script."""
_FINDS_PYTHON: Final = "python=$(command -v python3 || echo /usr/libexec/platform-python)"
_IMPORT: Final = "from strata.images.recipe.inside.describe import config, kernel, packages, system\n"
_RUNS: Final = '\n\nif __name__ == "__main__":\n'


def comparison_script() -> str:
    """The script, for any shell: what the bake describes an image with, and what compares a server with that.

    What goes to standard error is left out: Systems Manager would count it among the characters that it shows.
    """
    describe, _, _ = _inside("describe.py").partition(_RUNS)
    compare = _inside("compare.py")
    if _IMPORT not in compare or len(describe) == len(_inside("describe.py")):
        raise AssertionError("compare.py does not begin where describe.py ends")
    program = f"{describe}\n{compare.replace(_IMPORT, '')}"
    return f"{COMPARISON_MARK}\n{_FINDS_PYTHON}\n\"$python\" -I - 2> /dev/null <<'COMPARE'\n{program}COMPARE\n"


def _inside(name: str) -> str:
    return (files("strata.images.recipe") / "inside" / name).read_text("utf-8")
