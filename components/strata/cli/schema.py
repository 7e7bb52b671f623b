"""`strata schema`."""

import json

import click

from strata.cli.options import json_option
from strata.cli.output import echo

__all__ = ["command"]


@click.command("schema", short_help="Print the JSON schema of stack files, for editors.")
@json_option
def command(*, as_json: bool) -> None:
    """Print the JSON schema of stack files, for editors.

    Save it and name it in the first line of a stack file: "# yaml-language-server: $schema=strata.schema.json".

    For example: strata schema > strata.schema.json
    """
    # The schema is JSON in any case; the option is there because every command has it.
    del as_json
    from strata.settings.schema import stack_file_schema

    # a document of its own, which editors read: nothing is put to it
    echo(json.dumps(stack_file_schema(), indent=2, ensure_ascii=False))
