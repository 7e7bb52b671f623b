"""What a command says to run next where it is about the local AWS: a rehearsal, and what asks that with --local."""

import re
from collections.abc import Callable
from typing import Any, Final

import click

from strata.drift.fix_names import with_local

__all__ = ["as_rehearsed", "in_local_words", "of_the_local_aws"]

_ENGINE: Final = re.compile(
    # one of them, or the two after each other; what has further options is another command
    r"`?pulumi (?P<first>up|refresh)(?P<refresh> --refresh)?(?: --stack (?P<stack>[\w./-]*\w))?`?(?! --)"
    r"(?P<then>, then `pulumi up`)?"
    # which stack a message names after its command
    r"(?: in (?P<named>[\w./-]*\w)(?=[:,;]|\.(?:\s|$)))?"
)
_ALWAYS: Final = "strata.cli.local_words"
"""Key of what says that the command that runs needs no --local."""
_STRATA: Final = re.compile(r"`strata (?P<rest>[^`]+)`")


def as_rehearsed(text: str, stack: str, knows_local: Callable[[list[str]], bool] = lambda _words: False) -> str:
    """A text with what does in a rehearsal what the engine does with the real stack.

    To forget all that was rehearsed would take from other stacks what they have in the same local AWS.

    Args:
        text: what was to be said.
        stack: the stack that was asked about.
        knows_local: whether a command of Strata, by its words, can be given `--local`. Default: none can.
    """

    def engine(found: re.Match[str]) -> str:
        name = (found["stack"] or found["named"] or stack).rpartition("/")[2]
        refreshes = found["refresh"] or found["first"] == "refresh"
        return f"`strata rehearse {name}{' --refresh' if refreshes else ''}`"

    def strata(found: re.Match[str]) -> str:
        words = found["rest"].split()
        return f"`strata {with_local(found['rest'])}`" if knows_local(words) else found[0]

    return _STRATA.sub(strata, _ENGINE.sub(engine, text))


def of_the_local_aws() -> None:
    """Say of the command that runs that it is about the local AWS, although it has no --local."""
    click.get_current_context().meta[_ALWAYS] = True


def in_local_words(said: Any) -> Any:
    """A text or a document of the command that runs: as it is, but for a command that asks the local AWS.

    Args:
        said: a text, or what JSON is made of.
    """
    context = click.get_current_context(silent=True)
    if context is None or not (context.params.get("local") or context.meta.get(_ALWAYS)):
        return said
    stack, root = str(context.params.get("stack") or "STACK"), context.find_root()

    def knows_local(words: list[str]) -> bool:
        command: click.Command | None = root.command
        for word in words:
            if not isinstance(command, click.Group):
                break
            command = command.get_command(root, word)
        return command is not None and any(each.name == "local" for each in command.params)

    return _through(said, lambda text: as_rehearsed(text, stack, knows_local))


def _through(said: Any, change: Callable[[str], str]) -> Any:
    """A document with each of its texts changed."""
    if isinstance(said, str):
        return change(said)
    if isinstance(said, dict):
        return {key: _through(value, change) for key, value in said.items()}
    return [_through(each, change) for each in said] if isinstance(said, list | tuple) else said
