"""Writes docs/permissions.md from the table of permissions.

`python docs/permission_page.py` rewrites the page; the contract tests fail when it is stale.
"""

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from permission_grant import Grant, Part
from permission_roles import COMMANDS, ROLES, Role, policy_of
from permission_table import FREE, PARTS
from tables import Table, render

WIDTH = 130
PAGE = Path(__file__).resolve().parent / "permissions.md"

INTRO = """\
# Permissions

What Strata asks of AWS, who needs it, and the policies to give them. The page is written by `make docs` from one
table, `docs/permission_table.py`. A test runs every command, and every call that a gate can make: it fails on a call
that the table does not allow to who makes it, and on a row that no call has used.

- [Roles](#roles): who runs what, each with a policy to copy
- [Commands](#commands): what each does
- [What each part needs](#what-each-part-needs): every action, on what, and why
- [What is not in it](#what-is-not-in-it)

## Use them

Copy the policy of a role into a managed policy of IAM. Write the name of the bucket for `REPORTS-BUCKET`, or leave out
the statements that name it. Where an account holds more than one project, narrow `/strata/*` to `/strata/<project>/*`
and `/strata/images/*`, and the condition on the tag `strata:project`, which is that it is there, to its value. Narrow
`role/*` to the roles of your services, if they have names of their own. In GovCloud and in China an ARN begins with
`arn:aws-us-gov` and `arn:aws-cn`.

The policies of several roles add up, and a person may have them. A job should have one: what checks a pull request has
no reason to be able to deploy.
"""

LEFT_OUT: Table = [
    ["what", "who needs it"],
    ["what the provider needs to make, change and delete the resources of a stack", "deployer"],
    ["what the provider reads in a preview: images, zones, networks, and what is refreshed", "reader, deployer"],
    [
        "Pulumi's backend and the key of its secrets, such as `s3:GetObject` and `kms:Decrypt`",
        "whoever runs the engine: `pulumi`, `strata guard`, and `strata rollout rollback` without `--now`",
    ],
    ["the policy of a key: one that does not delegate to IAM has to name the role as well", "whoever uses the key"],
    ["`sts:AssumeRole` on the roles of `aws:assumeRoles`", "whoever works in another account than their own"],
    ["what servers and tasks do: their roles are made with them, and `uses` adds to these", "nobody"],
    ["what Image Builder's servers do: their role is made by the `ImagePipeline`", "nobody"],
]


def page() -> str:
    """The whole page."""
    return (
        "\n".join([INTRO, *_roles(), *_commands(), *_parts(), "## What is not in it\n", render(LEFT_OUT)]).rstrip()
        + "\n"
    )


def _roles() -> Iterator[str]:
    yield "## Roles\n"
    for role in ROLES.values():
        yield f"### {role.title}\n"
        yield f"{role.who[0].upper()}{role.who[1:]}. Runs {_listed(role)}.\n"
        yield f"```json\n{_text(policy_of(role))}\n```\n"


def _listed(role: Role) -> str:
    return ", ".join(_named(each) for each in role.commands if COMMANDS[each])


def _named(command: str) -> str:
    return f"`{command}`" if command.startswith("pulumi") else f"`strata {command}`"


def _text(policy: Mapping[str, Any]) -> str:
    """A policy as JSON, with the actions of a statement beside each other."""
    statements = ",\n".join(f"    {{\n{_statement(each)}\n    }}" for each in policy["Statement"])
    return f'{{\n  "Version": "{policy["Version"]}",\n  "Statement": [\n{statements}\n  ]\n}}'


def _statement(statement: Mapping[str, Any]) -> str:
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in statement.items())
    found = [textwrap.wrap(each, WIDTH, subsequent_indent="  ", break_long_words=False) for each in lines.splitlines()]
    return textwrap.indent("\n".join(line for each in found for line in each), " " * 6)


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    rows = [
        [_named(name), ", ".join(_linked(part) for part in parts), ", ".join(_who_runs(name))]
        for name, parts in COMMANDS.items()
        if parts
    ]
    yield render([["command", "does", "run by"], *rows]) + "\n"
    idle = ", ".join(_named(name) for name, parts in COMMANDS.items() if not parts)
    yield f"{idle} ask AWS for nothing that needs a permission: {_free()}\n"


def _free() -> str:
    return " ".join(f"`{action}`, as `strata doctor --aws` asks it, is free. {why}" for action, why in FREE.items())


def _who_runs(command: str) -> list[str]:
    return [role.title.lower() for role in ROLES.values() if command in role.commands]


def _linked(part: str) -> str:
    title = PARTS[part].title
    anchor = "".join(each for each in title.lower() if each.isalnum() or each in " -").replace(" ", "-")
    return f"[{title[0].lower()}{title[1:]}](#{anchor})"


def _parts() -> Iterator[str]:
    yield "## What each part needs\n"
    yield "An action with no call of its own names the call in which AWS asks for it.\n"
    for part in PARTS.values():
        yield f"### {part.title}\n"
        yield _rows(part) + "\n"


def _rows(part: Part) -> str:
    rows = [[f"`{each.action}`", _resources(each), _why(each)] for each in part.grants]
    return render([["action", "on", "for"], *rows])


def _resources(grant: Grant) -> str:
    where = "; ".join(_condition(*each) for each in grant.where.items())
    named = ", ".join(f"`{each.removeprefix('arn:aws:')}`" if each != "*" else "everything" for each in grant.on)
    return f"{named}, {where}" if where else named


def _condition(operator: str, keys: Mapping[str, str | list[str]]) -> str:
    said = {key: value if isinstance(value, str) else ", ".join(value) for key, value in keys.items()}
    if operator == "Null":
        return "; ".join(f"with the tag `{key.partition('/')[2]}`" for key in said)
    return "; ".join(f"`{key}` is `{value}`" for key, value in said.items())


def _why(grant: Grant) -> str:
    return f"{grant.why} (within `{grant.within}`)" if grant.within else grant.why


def main() -> int:
    """Rewrite the page if it is stale; say so."""
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    if before != page():
        PAGE.write_text(page(), encoding="utf-8")
        sys.stdout.write("rewrote docs/permissions.md\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
