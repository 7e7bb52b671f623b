"""Every command that can be run: what the tables of the command line are complete against."""

import click

from strata.cli.commands import COMMANDS, command_of

__all__ = ["LEAVES", "options_of"]


def commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """A command, or those below it where it is a group."""
    if isinstance(command, click.Group):
        return [leaf for verb, below in command.commands.items() for leaf in commands(below, f"{name} {verb}")]
    return [(name, command)]


LEAVES = [leaf for name in COMMANDS for leaf in commands(command_of(name), name)]


def options_of(command: click.Command) -> set[str]:
    """What a command can be given, as it is typed."""
    return {option for parameter in command.params for option in parameter.opts}
