"""What must not stand in the open, wherever a stack file has texts by name."""

from collections.abc import Iterator, Mapping

from strata.problem import SECRET, Path
from strata.secret_scan import looks_secret
from strata.settings.rules.facts import Conflict

__all__ = ["leaks"]


def leaks(at: Path, texts: Mapping[str, str], readers: str) -> Iterator[Conflict]:
    """A conflict for every text that looks like a secret; it never quotes the text.

    Args:
        at: where the texts are.
        texts: by name.
        readers: who could read them, to follow "and".
    """
    for key, text in texts.items():
        if why := looks_secret(key, text):
            yield Conflict(
                (*at, key),
                SECRET,
                expected=f"nothing secret: {why}, and {readers}",
                fix="Make it one of strata:secrets and let the service read that; its ARN may stand here.",
            )
