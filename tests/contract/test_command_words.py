"""A command that a message names is in backquotes: so it can be pasted, and so that --local is put to it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from strata.cli.commands import COMMANDS

LIBRARY = Path(__file__).resolve().parents[2] / "components" / "strata"
NO_MESSAGES = {
    ("break_glass/task_unit.py", "break-glass close: a tainted"): "why a task was stopped, which AWS keeps",
    ("healing/healed_tasks.py", "drift --heal: it is not"): "why a task was stopped, which AWS keeps",
    ("drift/acceptance_file.py", "drift STACK SERVICE --record"): "a comment at the head of a file",
    ("images/recipe/packer_template.py", "image add sets app_version"): "a comment in a template",
    ("cli/image_status.py", "rehearse {opened.stack}"): "a command alone, which its user puts into backquotes",
    ("rollout/break_glass_note.py", "break-glass close {stack}"): "a command alone, which its users print alone",
    ("rollout/tasks/passed_image.py", "rollout rollback {"): "a command alone, which is put into backquotes",
}
"""What looks like a command in a message and is none, with the reason, by file and beginning."""
NAMED = re.compile(rf"\bstrata ((?:{'|'.join(map(re.escape, COMMANDS))})\b.*)", re.DOTALL)


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module but its docstrings; what an f-string puts in stands there as its source."""
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part != node
    }
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(map(_source, node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner | alone:
            yield node.value


def _source(part: ast.expr) -> str:
    if isinstance(part, ast.FormattedValue):
        return f"{{{ast.unparse(part.value)}}}"
    return str(part.value) if isinstance(part, ast.Constant) else ""


def unquoted(source: str) -> list[str]:
    """The commands of a module that its texts name outside of backquotes, each with what follows it."""
    outside = (re.sub(r"`[^`]*`", "", text) for text in texts(ast.parse(source)))
    return [found[1] for text in outside if (found := NAMED.search(text))]


def test_a_message_names_a_command_of_strata_in_backquotes():
    seen: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for path in sorted(LIBRARY.rglob("*.py")):
        name = str(path.relative_to(LIBRARY))
        for command in unquoted(path.read_text(encoding="utf-8")):
            allowed = [each for each in NO_MESSAGES if each[0] == name and command.startswith(each[1])]
            seen.update(allowed)
            if not allowed:
                wrong.append(f"{name}: strata {command[:60]}")
    assert wrong == []
    assert seen == set(NO_MESSAGES), "what is allowed and is not there any more"


def test_a_command_without_backquotes_is_noticed():
    source = (
        '"""strata drift prod"""\nfix = f"Wait: strata rollout watch {stack}."\nother = "Run `strata drift prod`."\n'
    )
    assert unquoted(source) == ["rollout watch {stack}."]
