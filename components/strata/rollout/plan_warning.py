"""A warning about a planned rollout, whatever it replaces."""

from dataclasses import dataclass

__all__ = ["LONG_SECONDS", "PlanWarning"]

LONG_SECONDS = 45 * 60
"""From here on a rollout is called long: credentials of a CI job commonly last an hour, and it does more than roll."""


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """Something to know before this rollout runs; the id is stable, so that it can be silenced."""

    id: str
    text: str
