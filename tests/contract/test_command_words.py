"""A command that a message names is in backquotes: so it can be pasted, and so that --local is put to it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from strata.cli.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (ROOT / "components" / "strata", ROOT / "rehearsal" / "strata_rehearsal")
NO_MESSAGES = {
    ("break_glass/task_unit.py", "strata break-glass close: a tainted"): "why a task was stopped, which AWS keeps",
    ("healing/healed_tasks.py", "strata drift --heal: it is not"): "why a task was stopped, which AWS keeps",
    ("drift/acceptance_file.py", "strata drift STACK SERVICE --record"): "a comment at the head of a file",
    ("guard/plan.py", "pulumi preview --json"): "a command alone, which JSON has so and messages put into backquotes",
    ("images/recipe/packer_template.py", "strata image add sets app_version"): "a comment in a template",
}
"""What looks like a command in a message and is none, with the reason, by file and beginning."""
ENGINE = ("cancel", "config", "destroy", "import", "plugin", "preview", "refresh", "stack", "state", "up")
NAMED = re.compile(
    rf"(?<![\w./-])(strata (?:{'|'.join(map(re.escape, COMMANDS))})\b.*|pulumi (?:{'|'.join(ENGINE)})\b.*"
    # an operation of AWS has a verb and a noun
    r"|aws [a-z][a-z0-9-]+ (?:[a-z]+-[a-z-]+|\{).*)",
    re.DOTALL,
)


def modules() -> list[tuple[str, Path]]:
    """The modules of the library and of the rehearsal, by what they are called in their packages."""
    found = [(str(path.relative_to(room)), path) for room in ROOMS for path in sorted(room.rglob("*.py"))]
    assert {name.partition("/")[0] for name, _ in found} >= {"cli", "rollout", "run", "workspace"}
    return found


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


def test_a_message_names_a_command_in_backquotes():
    seen: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for name, path in modules():
        for command in unquoted(path.read_text(encoding="utf-8")):
            allowed = [each for each in NO_MESSAGES if each[0] == name and command.startswith(each[1])]
            seen.update(allowed)
            if not allowed:
                wrong.append(f"{name}: {command[:60]}")
    assert wrong == []
    assert seen == set(NO_MESSAGES), "what is allowed and is not there any more"


def test_a_command_without_backquotes_is_noticed():
    source = (
        '"""strata drift prod"""\nfix = f"Wait: strata rollout watch {stack}."\nother = "Run `strata drift prod`."\n'
    )
    assert unquoted(source) == ["strata rollout watch {stack}."]
    assert unquoted('fix = f"Run pulumi up, and `aws x y`."') == ["pulumi up, and ."]
    assert unquoted('fix = f"Run aws ec2 enable-image --image-id {id}."') == ["aws ec2 enable-image --image-id {id}."]


PRINTS = {
    "cli/output.py": "it is what prints",
    "cli/run.py": "an error of a command whose context is gone; what --local says otherwise was said by then",
}
"""Who may print without looking at `--local`, with the reason."""
SIGNED = re.compile(r"(?:warning|note): ")
SIGNS = {
    ("cli/output.py", "warning"): "the one that prints it",
    ("cli/output.py", "note"): "the one that prints it",
    ("cli/drift_lines.py", "note"): "what no drift sees, whatever it finds",
    ("drift/drift_notice.py", "note"): "the same, in a message",
    ("rollout/tasks/deployment_plan.py", "warning"): "a line of a plan, whose document has its warnings",
    ("rollout/service_plan.py", "warning"): "a line of a plan, whose document has its warnings",
    ("rollout/servers/rollout_plan.py", "warning"): "a line of a plan, whose document has its warnings",
}
"""What begins like a warning and is in a document otherwise, with the reason, by file."""


def test_what_a_command_prints_asks_the_local_aws_where_it_was_asked():
    looked = [name for name, _ in modules() if name.startswith("cli/")]
    wrong = [
        name
        for name, path in modules()
        if name.startswith("cli/") and name not in PRINTS and "click.echo" in path.read_text(encoding="utf-8")
    ]
    assert len(looked) > len(PRINTS)
    assert wrong == [], "print by strata.cli.output.echo, which knows of --local"


def test_a_warning_is_printed_by_what_puts_it_into_the_document_too():
    found: set[tuple[str, str]] = set()
    for name, path in modules():
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            if sign := SIGNED.match(text.lstrip()):
                found.add((name, sign[0].partition(":")[0]))
    assert found == set(SIGNS), "print by print_warning, print_note or caution of the library"
