"""Writes the tables of the documentation from the code, between their markers.

`python docs/tables.py` rewrites them; the contract tests fail when they are stale.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from strata.assess.assess_codes import ASSESS_CODES, UNSEEN
from strata.cli.commands import COMMANDS
from strata.drift.drift_kinds import DELEGATED, KINDS, DelegatedRow, DriftKind, DriftKindRow
from strata.drift.task_drift_kinds import TASK_DELEGATED, TASK_KINDS
from strata.exit_code import ExitCode
from strata.policy.rules import RULES
from strata.settings.defaults import EACH, STAGE_TABLE
from strata.settings.schema import stack_file_schema
from strata.spectrum import Fact, Mutability, Operation, verdict
from strata.stage import Stage
from strata_rehearsal.cloud.faults import FaultKind

ROOT = Path(__file__).resolve().parent.parent
FILES = (
    "README.md",
    "docs/settings.md",
    "docs/policies.md",
    "docs/pitfalls.md",
    "docs/drift.md",
    "docs/migration.md",
    "docs/documents/README.md",
)

Table = list[list[str]]


def render(table: Table) -> str:
    """Rows as a Markdown table, the first one its head."""
    head, *rows = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in table]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def commands() -> str:
    """Every command with its summary."""
    return render([["command", "does"], *([f"`strata {name}`", entry.summary] for name, entry in COMMANDS.items())])


def documents() -> str:
    """Every schema of what `--json` prints."""
    schemas = {path: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "docs/documents").glob("*.json")}
    rows = [[f"[{each['title']}]({path.name})", each["description"]] for path, each in sorted(schemas.items())]
    return render([["document of", "what it does"], *rows])


def exit_codes() -> str:
    """Every exit code."""
    return render([["code", "means"], *([str(code.value), text] for code, text in _documented(ExitCode))])


def faults() -> str:
    """Every fault a rehearsal can put in."""
    return render([["fault", "what happens"], *([f"`{kind.value}`", text] for kind, text in _documented(FaultKind))])


def drift_kinds() -> str:
    """Every kind of drift of servers."""
    return _kinds(KINDS)


def task_drift_kinds() -> str:
    """Every kind of drift of tasks."""
    return _kinds(TASK_KINDS)


def _kinds(kinds: Mapping[DriftKind, DriftKindRow]) -> str:
    rows = [
        [f"`{kind.value}`", row.means, "yes" if row.replaced else "no", f"{row.remedy[:1].upper()}{row.remedy[1:]}."]
        for kind, row in kinds.items()
    ]
    return render([["kind", "what is different", "replacement heals it", "what to do"], *rows])


def delegated() -> str:
    """Everything of servers that is left to somebody on purpose."""
    return _delegated(DELEGATED.values())


def delegated_tasks() -> str:
    """Everything of tasks that is left to somebody on purpose."""
    return _delegated(TASK_DELEGATED.values())


def _delegated(rows: Iterable[DelegatedRow]) -> str:
    return render([["what", "why it is no drift"], *([row.what, row.whose] for row in rows)])


def assess_codes() -> str:
    """Everything that keeps a group from being immutable, what blocks first."""
    rows = [
        [f"[`{code.value}`](#{row.section})", row.severity.value, row.means, row.why, row.remedy]
        for code, row in sorted(ASSESS_CODES.items(), key=lambda each: each[1].severity.value, reverse=True)
    ]
    return render([["finding", "severity", "what is found", "why it matters", "what to do"], *rows])


def assess_unseen() -> str:
    """Everything that an assessment does not look at."""
    rows = [[f"[`{name}`](#{row.section})", row.what] for name, row in UNSEEN.items()]
    return render([["what", "not looked at"], *rows])


def spectrum() -> str:
    """Every class of mutability, with what a plan may do to it in prod, and what changes that."""
    operations = [each for each in Operation if each is not Operation.SAME]
    rows = [
        [f"`{kind.value}`", text, *(_verdicts(kind, each) for each in operations)]
        for kind, text in _documented(Mutability)
    ]
    return render([["class", "what it is", *(each.value for each in operations)], *rows])


_UNDER: Mapping[Fact, str] = {
    Fact.SERVING: "for a group, a target group in use, or an ECS service that runs tasks",
    Fact.OLD_KEPT: "if AWS keeps the old version",
    Fact.SOURCE_PROTECTED: "if its source is protected",
    Fact.WEAKENS: "if it weakens protection",
    Fact.CARRIES_VALUE: "if it carries a secret's value",
    Fact.STOPS: "if it stops a service",
    Fact.NO_WAY_BACK: "if it cannot be undone, such as a major upgrade",
}


def _verdicts(kind: Mutability, operation: Operation) -> str:
    """The usual verdict, and each fact that alone makes it another one."""
    usual = verdict(kind, operation, Stage.PROD)
    # A weakening is one of an update: everything else is judged as what it is already.
    facts = [each for each in Fact if each is not Fact.WEAKENS or operation is Operation.UPDATE]
    others = {each: verdict(kind, operation, Stage.PROD, {each}) for each in facts}
    differing = [f"{other.value} {_UNDER[fact]}" for fact, other in others.items() if other is not usual]
    return "; ".join([usual.value, *differing])


def policies() -> str:
    """Every rule of the policy pack."""
    rows = [[f"`{rule.id}`", rule.severity.value, rule.sentence, rule.fix] for rule in RULES]
    return render([["rule", "severity", "what holds", "what to do where it does not"], *rows])


def stage_defaults() -> str:
    """What a stage decides."""
    rows = [
        [
            f"`{'.'.join('NAME' if part == EACH else part for part in row.path)}`",
            *(_value(row.of(stage)) for stage in (Stage.DEV, Stage.STAGING, Stage.PROD)),
        ]
        for row in STAGE_TABLE
    ]
    return render([["setting", "dev", "staging", "prod"], *rows])


def settings() -> str:
    """Every setting, a table for each part of a stack file."""
    schema = stack_file_schema()
    config = schema["properties"]["config"]["properties"]
    parts = ["\n".join(["### Top level", "", render(_fields(config))])]
    for name, definition in schema["$defs"].items():
        described = " ".join(definition.get("description", "").split("\n\n")[0].split())
        table = _fields(definition["properties"]) if "properties" in definition else _choices(name)
        parts.append("\n".join([f"### {name}", "", described, "", render(table)]))
    return "\n\n".join(parts)


def _choices(name: str) -> Table:
    """The values of an enum of the settings.

    Raises:
        LookupError: no enum of that name, or a value of it, is documented.
    """
    ours = [each for each in StrEnum.__subclasses__() if each.__module__.startswith("strata")]
    kinds = [each for each in ours if each.__name__ == name]
    if len(kinds) != 1:
        raise LookupError(f"{name} is the name of {len(kinds)} enums")
    rows = [[f"`{value.value}`", text] for value, text in _documented(kinds[0])]
    if len(rows) != len(kinds[0]):
        raise LookupError(f"a value of {name} has no text below it")
    return [["value", "what it means"], *rows]


def _fields(properties: Mapping[str, Any]) -> Table:
    rows = [[f"`{name}`", _kind(value), value.get("description", "")] for name, value in properties.items()]
    return [["setting", "type", "what it is"], *rows]


def _kind(value: Mapping[str, Any]) -> str:
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(each) for each in value["anyOf"]))
    if "enum" in value or "const" in value:
        return "one of " + ", ".join(f"`{each}`" for each in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        return f"list of {_kind(value.get('items', {}))}"
    if value.get("type") == "object":
        values = value.get("additionalProperties") or next(iter(value.get("patternProperties", {"": {}}).values()))
        return f"by name: {_kind(values)}"
    return str(value.get("type", "any"))


def _value(value: Any) -> str:
    return "none" if value is None else str(value).lower()


def _documented(kind: Any) -> Iterator[tuple[Any, str]]:
    """Members of an enum with the text written under each."""
    import ast
    import inspect
    import textwrap

    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{kind} is not a class")
    for node, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(node, ast.Assign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            name = node.targets[0]
            if isinstance(name, ast.Name):
                yield kind[name.id], " ".join(str(after.value.value).split())


def pitfalls() -> str:
    """The rows as they are, each with links to the tests that carry its number."""
    page = (ROOT / "docs" / "pitfalls.md").read_text(encoding="utf-8")
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")
    ]
    return render([head, *([*row[:-1], ", ".join(_tests_of(int(row[0])))] for row in rows)])


_NUMBERED = re.compile(r"def test_(?:pitfall|rows?)_(\d+)(?:_and_(\d+))?_")


def _tests_of(number: int) -> Iterator[str]:
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        found = _NUMBERED.findall(file.read_text(encoding="utf-8"))
        if number in {int(each) for pair in found for each in pair if each}:
            yield f"[{file.stem}](../{file.relative_to(ROOT).as_posix()})"


TABLES = {
    "commands": commands,
    "documents": documents,
    "exit codes": exit_codes,
    "faults": faults,
    "drift kinds": drift_kinds,
    "task drift kinds": task_drift_kinds,
    "delegated": delegated,
    "delegated tasks": delegated_tasks,
    "assess codes": assess_codes,
    "assess unseen": assess_unseen,
    "spectrum": spectrum,
    "policies": policies,
    "pitfalls": pitfalls,
    "stage defaults": stage_defaults,
    "settings": settings,
}


def fresh(text: str) -> str:
    """A page with its tables written again.

    Raises:
        KeyError: it has a marker for a table that is not there.
    """

    def table(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- begin {name} -->\n{TABLES[name]()}\n<!-- end {name} -->"

    return re.sub(r"<!-- begin (?P<name>[a-z ]+) -->.*?<!-- end (?P=name) -->", table, text, flags=re.DOTALL)


def main() -> int:
    """Rewrite what is stale; say what it was."""
    for name in FILES:
        page = ROOT / name
        before = page.read_text(encoding="utf-8")
        after = fresh(before)
        if before != after:
            page.write_text(after, encoding="utf-8")
            sys.stdout.write(f"rewrote the tables of {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
