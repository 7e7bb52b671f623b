"""What a stack file may say, and settings for programs and tests that have no stack file.

from strata import Network, Stage
from strata.settings import NetworkSettings, for_stage

network = Network("main", for_stage(NetworkSettings, Stage.PROD, {"zones": 3}))
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strata.settings.load import for_stage as for_stage
    from strata.settings.models import *  # noqa: F403


def __getattr__(name: str) -> object:
    """`for_stage` and every model, looked up when asked for: the modules of this package import one another."""
    if name == "for_stage":
        from strata.settings import load as home
    elif name[:1].isupper():
        from strata.settings import models as home
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(home, name)
