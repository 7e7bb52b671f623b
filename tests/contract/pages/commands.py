"""Whether a command on a page can be typed as it stands: parsed by what would parse it, never run."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from strata.cli.run import root
from tests.contract.pages.blocks import ROOT

# Not ours to check: what they do with their arguments, only they know.
_FOREIGN = frozenset({"cd", "curl", "docker", "echo", "gh", "git", "jq", "packer", "pip", "pulumi", "pytest", "sed"})

_AWS_OWN = frozenset({"max-items", "output", "query", "region"})
"""Options of AWS's command line itself."""

_SUBSTITUTION = re.compile(r"\$\((?P<inner>[^()]*)\)")


def simple_commands(script: str) -> Iterator[list[str]]:
    """The commands of a script, word by word, those inside $(...) too."""
    for line in script.replace("\\\n", " ").splitlines():
        for inner in _SUBSTITUTION.finditer(line):
            yield from simple_commands(inner["inner"])
        words: list[str] = []
        lexer = shlex.shlex(_SUBSTITUTION.sub("SUBSTITUTED", line), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        for word in [*lexer, ";"]:
            if set(word) <= set(";|&()"):
                if words:
                    yield _without_assignments(words)
                words = []
            else:
                words.append(word)


def _without_assignments(words: list[str]) -> list[str]:
    start = next((index for index, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words))
    found = words[start:]
    # a redirection is the shell's, not the command's
    cut = next((index for index, word in enumerate(found) if word in {">", ">>", "<"}), len(found))
    return found[:cut]


def problem(words: list[str], *, mention: bool = False) -> str | None:
    """Why a command cannot be typed as it stands; None if it can.

    Args:
        words: the command.
        mention: whether it is only named, as `strata guard` in a sentence, so that arguments may be missing.
    """
    if not words:
        return None
    name, arguments = Path(words[0]).name, words[1:]
    match name:
        case "strata":
            return _strata(arguments, mention=mention)
        case "make":
            return _make(arguments)
        case "aws":
            return _aws(arguments)
        case "python":
            return _python(arguments)
        case _:
            return None if name in _FOREIGN else f"nobody knows {name!r}"


def _strata(arguments: list[str], *, mention: bool) -> str | None:
    command, path = root, "strata"
    context = click.Context(command, info_name=path)
    while isinstance(command, click.Group):
        if not arguments:
            return None
        if arguments[0].startswith("-"):
            break
        found = command.get_command(context, arguments[0])
        if found is None:
            return f"{path} has no command {arguments[0]!r}"
        command, path, arguments = found, f"{path} {arguments[0]}", arguments[1:]
        context = click.Context(command, info_name=path, parent=context)
    try:
        command.make_context(path, list(arguments))
    except click.exceptions.Exit:
        return None
    except click.MissingParameter as error:
        return None if mention else f"{path}: {error.format_message()}"
    except click.ClickException as error:
        return f"{path}: {error.format_message()}"
    return None


def _make(arguments: list[str]) -> str | None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) *[:?]?=", text, re.MULTILINE))
    for each in arguments:
        name, given, _ = each.partition("=")
        if name not in (variables if given else targets):
            return f"the Makefile has no {name}"
    return None


def _python(arguments: list[str]) -> str | None:
    if arguments[:1] == ["-m"]:
        known = importlib.util.find_spec(arguments[1].partition(".")[0]) and importlib.util.find_spec(arguments[1])
        return None if known or arguments[1] == "venv" else f"there is no module {arguments[1]}"
    return None if (ROOT / arguments[0]).is_file() else f"there is no file {arguments[0]}"


def _aws(arguments: list[str]) -> str | None:
    """The operation and its options, by botocore's own description of the service."""
    import botocore.session
    from botocore import xform_name
    from botocore.exceptions import UnknownServiceError

    while arguments[:1] and arguments[0] in {"--endpoint-url", "--region", "--profile"}:
        arguments = arguments[2:]
    service, operation, *rest = arguments
    try:
        model: Any = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return f"AWS has no service {service!r}"
    names = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in names:
        return f"{service} has no operation {operation!r}"
    shape = model.operation_model(names[operation]).input_shape
    members = {xform_name(each, "-") for each in (shape.members if shape else {})}
    flags = {each.removeprefix("--") for each in rest if each.startswith("--")}
    unknown = {each for each in flags if each.removeprefix("no-") not in members} - _AWS_OWN
    return f"{service} {operation} has no option {', '.join(sorted(unknown))}" if unknown else None
