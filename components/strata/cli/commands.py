"""The table of commands: a row each, imported when it is run."""

from importlib import import_module
from types import MappingProxyType
from typing import Final, NamedTuple

import click

from strata.rehearsal import require_rehearsal

__all__ = ["COMMANDS", "Entry", "Root", "command_of"]


class Entry(NamedTuple):
    """Where a command lives.

    Args:
        module: has the click command as `command`. None: the rehearsal's own, which may not be installed.
        summary: one line for `strata --help`, the same as the command's own.
    """

    module: str | None
    summary: str


COMMANDS: Final = MappingProxyType(
    {
        "assess": Entry("strata.cli.assess", "Show what keeps a group of servers from being immutable."),
        "audit": Entry("strata.cli.audit", "Show what happened to a stack in a period, and who did it."),
        "backup": Entry("strata.cli.backup", "Show that backups can be restored."),
        "break-glass": Entry(
            "strata.cli.break_glass", "Let somebody into a running server or task, and keep what was done there apart."
        ),
        "doctor": Entry("strata.cli.doctor", "Check that this machine and the stack file are ready."),
        "drift": Entry("strata.cli.drift", "Show what runs beside what was released."),
        "explain": Entry("strata.cli.explain", "Show every setting of a stack, its value, and where it comes from."),
        "guard": Entry("strata.cli.guard", "Refuse a plan that would lose what must be kept."),
        "image": Entry("strata.cli.image", "Show which images a stack runs, and pin, promote or revoke them."),
        "init": Entry("strata.cli.init", "Create a project: program, stack files, test and pipeline."),
        "rehearse": Entry(None, "Apply a stack to a local AWS with the real engine."),
        "rollout": Entry("strata.cli.rollout", "Show what a rollout will do, follow it, and go back from it."),
        "schema": Entry("strata.cli.schema", "Print the JSON schema of stack files, for editors."),
        "spectrum": Entry("strata.cli.spectrum", "Show how mutable each part of a stack is, and what protects it."),
    }
)
"""Every command by name."""


def command_of(name: str) -> click.Command:
    """Import a command.

    Args:
        name: a name of the table.

    Raises:
        KeyError: there is no such command.
        ToolchainError: it comes with the extra `rehearsal`, which is not installed.
    """
    module = COMMANDS[name].module
    found = require_rehearsal().command() if module is None else import_module(module).command
    if not isinstance(found, click.Command):
        raise TypeError(f"the command {name} is {type(found).__name__}, not a click command")
    return found


class Root(click.Group):
    """The command `strata`, whose subcommands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return command_of(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from strata.problem import nearest

            near = nearest(args[0], COMMANDS)
            meant = f"Did you mean {near}?" if near else f"There are {', '.join(sorted(COMMANDS))}."
            raise click.UsageError(f"no command {args[0]!r}. {meant}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])
