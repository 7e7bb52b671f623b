"""moto stamps what it makes with real time; in a rehearsal everything is stamped with simulated time."""

import sys
from datetime import datetime

from moto.core import utils

from strata_rehearsal.cloud.patches import replace
from strata_rehearsal.cloud.state import current, in_use

__all__ = ["patch"]

_real = utils.utcnow


def _utcnow() -> datetime:
    return current().world.moment().replace(tzinfo=None) if in_use() else _real()


def patch() -> None:
    """Replace `utcnow` in every module of moto that took it by name; modules imported later take the replaced one."""
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is _real:
            replace(module, "utcnow", _utcnow)
