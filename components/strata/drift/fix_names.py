"""What stands in the commands of a fix in place of STACK, GROUP and the like, so that each can be pasted (pure)."""

import re
from collections.abc import Mapping
from shlex import quote
from typing import Final

__all__ = ["AWS", "LOCAL", "filled", "with_local"]

AWS: Final = "aws"
"""AWS's command line as it reaches the AWS that was looked at."""
LOCAL: Final = "local"
"""There, with any value, where that is the local AWS of a rehearsal."""
_REHEARSED: Final = (
    # to forget all that was rehearsed would take from other stacks what they have in the same local AWS
    ("`pulumi up --refresh --stack STACK`", "`strata rehearse STACK --refresh`"),
    ("`pulumi up --stack STACK`", "`strata rehearse STACK`"),
)
"""What does in a rehearsal what the engine does with the real stack."""
_OF_A_REHEARSAL: Final = "rehearse "
_NEEDS: Final[Mapping[tuple[str, ...], tuple[str, ...]]] = {("rollout", "rollback"): ("--now", "--dry-run")}
"""What a command with --local asks for besides: the first, unless it has one of them."""
_COMMAND: Final = re.compile(r"`([^`]+)`")
_NAME: Final = re.compile(r"\b[A-Z]{2,}\b")


def filled(fix: str, names: Mapping[str, str]) -> str:
    """A fix with its names in its commands, which are those in backquotes.

    Args:
        fix: as a table has it.
        names: what stands in place of what.
    """
    if LOCAL in names:
        for real, rehearsed in _REHEARSED:
            fix = fix.replace(real, rehearsed)
    return _COMMAND.sub(lambda found: f"`{_command(found[1], names)}`", fix)


def with_local(rest: str) -> str:
    """A command of Strata as it asks the local AWS; one that does already is left as it is.

    Args:
        rest: what follows `strata`.
    """
    words = rest.split()
    if "--local" in words:
        return rest
    wanted = _NEEDS.get(tuple(words[:2]), ())
    more = f" {wanted[0]}" if wanted and not set(wanted) & set(words) else ""
    return f"{rest}{more} --local"


def _command(text: str, names: Mapping[str, str]) -> str:
    program, _, rest = text.partition(" ")
    rest = _NAME.sub(lambda found: quote(names[found[0]]) if found[0] in names else found[0], rest)
    if program == "strata" and LOCAL in names and not rest.startswith(_OF_A_REHEARSAL):
        return f"{program} {with_local(rest)}"
    return f"{names.get(AWS, program) if program == AWS else program} {rest}"
