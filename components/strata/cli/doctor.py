"""`strata doctor STACK`."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from strata.cli.options import cwd_option, json_option, stack_argument, strict_option
from strata.cli.output import echo, print_json, styled
from strata.exit_code import ExitCode

if TYPE_CHECKING:
    from strata.doctor import Finding

__all__ = ["command"]

_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor", short_help="Check that this machine and the stack file are ready.")
@stack_argument
@click.option("--aws", "reach_aws", is_flag=True, help="Also ask AWS for the identity that the stack would use.")
@cwd_option
@json_option
@strict_option
def command(stack: str, cwd: Path, *, reach_aws: bool, as_json: bool, strict: bool) -> int:
    """Check that this machine and the stack file are ready.

    Nothing is changed or downloaded. Without --aws the network is not used. For example: strata doctor prod --aws
    """
    from strata.doctor import examine
    from strata.project.location import locate

    found: list[Finding] = []
    project, stack = locate(cwd, stack)
    for finding in examine(project, stack, reach_aws=reach_aws):
        found.append(finding)
        if not as_json:
            _print(finding)
    code = _code(found, strict=strict)
    if as_json:
        print_json({"stack": stack, "ready": code is ExitCode.OK, "checks": [finding.as_json() for finding in found]})
    return code


def _print(finding: "Finding") -> None:
    mark = styled(f"{finding.health:<4}", fg=_COLOURS[finding.health])
    echo(f"{mark}  {finding.check:<10}  {finding.said}")
    for problem in finding.problems:
        echo("\n".join(f"      {line}" for line in str(problem).splitlines()))
    if finding.fix:
        echo(f"      fix: {finding.fix}")


def _code(found: "list[Finding]", *, strict: bool) -> ExitCode:
    """Bad input if the stack file is bad, failed if anything else is, warnings if `--strict` is given."""
    failed = [finding for finding in found if finding.health == "fail"]
    if any(finding.check == "stack file" for finding in failed):
        return ExitCode.BAD_INPUT
    if failed:
        return ExitCode.FAILED
    return ExitCode.WARNINGS if strict and any(finding.health == "warn" for finding in found) else ExitCode.OK
