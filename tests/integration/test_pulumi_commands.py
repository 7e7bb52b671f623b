"""The Pulumi commands that the documentation tells people to type are commands of the CLI that is set up."""

import re
import subprocess
from functools import cache

import pytest

from strata.engine.bootstrap.set_up import ready_cli
from tests.contract.pages.blocks import PAGES, all_blocks, inline_commands
from tests.contract.pages.commands import simple_commands


def commands() -> list[list[str]]:
    """Every `pulumi ...` of the pages, each once."""
    scripts = [block.text for block in all_blocks("", "yaml")] + [
        each for page in PAGES for each in inline_commands(page)
    ]
    found = {tuple(words) for script in scripts for words in simple_commands(_shell(script)) if words[:1] == ["pulumi"]}
    return [list(words) for words in sorted(found)]


def _shell(script: str) -> str:
    """Of a workflow only its steps."""
    steps = re.findall(r"^ *- run: (.*)$", script, re.MULTILINE)
    return "\n".join(steps) if steps else ("" if re.search(r"^\w[\w:]*: *", script, re.MULTILINE) else script)


@cache
def page_of_help(command: tuple[str, ...]) -> str:
    cli = ready_cli()
    done = subprocess.run(
        [str(cli.path), *command, "--help"], capture_output=True, text=True, check=False, timeout=120, env={"HOME": "/"}
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_pulumi_command_of_a_page_is_one(words: list[str]) -> None:
    verbs = [each for each in words[1:3] if re.fullmatch(r"[a-z]+", each)]
    command = tuple(verbs)
    if f"pulumi {' '.join(verbs)}" not in page_of_help(command):
        command = tuple(verbs[:1])
    told = page_of_help(command)
    assert f"pulumi {' '.join(command)}" in told, told
    flags = {each.partition("=")[0] for each in words if each.startswith("--")}
    assert [flag for flag in sorted(flags) if f"{flag} " not in told and f"{flag}\n" not in told] == []
