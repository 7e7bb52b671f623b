"""What a rehearsal needs besides Strata itself: the packages of the extra `rehearsal`."""

from importlib.util import find_spec
from typing import Final

from strata.errors import ToolchainError
from strata.rehearsal import INSTALL

__all__ = ["missing_packages", "require_packages"]

PACKAGES: Final = ("moto", "flask", "flask_cors", "werkzeug")
"""What the local AWS imports: moto, and its server, which moto alone does not bring."""


def missing_packages() -> list[str]:
    """Those that are not installed."""
    return [name for name in PACKAGES if find_spec(name) is None]


def require_packages() -> None:
    """Refuse to begin without them: setting up a toolchain takes minutes, and would be for nothing.

    Raises:
        ToolchainError: one is missing.
    """
    missing = missing_packages()
    if missing:
        raise ToolchainError(f"the packages of the local AWS are not installed: {', '.join(missing)}", fix=INSTALL)
