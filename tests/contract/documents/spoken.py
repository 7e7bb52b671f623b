"""What every command prints with `--json`: each run of it on the account, and those that need no AWS."""

import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from strata.cli.run import run
from tests.contract.command_leaves import LEAVES
from tests.contract.permissions.account import Account
from tests.contract.permissions.runs import RUNS
from tests.unit.guard.plans import of_stack, printed, step

__all__ = ["Spoken", "leaf_of", "local_lines", "make_local_projects", "spoken_by_runs", "spoken_locally", "told"]

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Spoken:
    """A document, and what printed it.

    Args:
        leaf: the command, as `image diff`.
        line: what was typed after `strata`.
        ended: the exit code.
        document: what was printed.
        err: what went to stderr beside it.
    """

    leaf: str
    line: str
    ended: int
    document: Any
    err: str = ""


@dataclass(frozen=True)
class LocalRun:
    """A command that asks no AWS.

    Args:
        leaf: the command.
        line: what is typed after `strata`; {folder} is the project.
        ends_with: its exit code.
        project: which one of the projects of `make_local_projects` it is run in; empty where it takes none.
    """

    leaf: str
    line: str
    ends_with: int = 0
    project: str = "shop"


LOCAL_RUNS = (
    LocalRun("guard", "guard staging --plan {folder}/plan.json", 3),
    LocalRun("spectrum", "spectrum staging"),
    LocalRun("explain", "explain staging services.web"),
    LocalRun("doctor", "doctor staging"),
    LocalRun("image packer", "image packer dev web-image", project="pipeline"),
    LocalRun("init", "init {folder}/new", project=""),
    LocalRun("init", "init {folder}/another --dry-run --containers", project=""),
    LocalRun("error", "init {folder}/new", 2, project=""),
    LocalRun("schema", "schema", project=""),
    LocalRun("rehearse", "rehearse staging --stop"),
    LocalRun("error", "explain broken", 2),
    LocalRun("error", "explain nowhere", 2),
    LocalRun("error", "image promote staging", 2),
)


def local_lines() -> list[str]:
    """What is typed to run the commands that need no AWS."""
    return [each.line for each in LOCAL_RUNS if each.leaf != "error"]


def leaf_of(line: str) -> str:
    """The command that a line begins with."""
    words, leaves = line.split(), dict(LEAVES)
    found = [" ".join(words[:count]) for count in (2, 1) if " ".join(words[:count]) in leaves]
    assert found, f"{line} begins with no command"
    return found[0]


def told(words: list[str]) -> tuple[int, str, str]:
    """Run a command with `--json`; gives what it ends with, and what is on stdout and on stderr."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        ended = run([*words, "--json"])
    return ended, out.getvalue(), err.getvalue()


def spoken_by_runs(account: Account) -> list[Spoken]:
    """Every run of the permissions table, in its order."""
    found: list[Spoken] = []
    for each in RUNS:
        each.before(account)
        ended, out, err = account.told(each.line, "--json")
        assert ended == each.ends_with, f"strata {each.line} --json ended with {ended}:\n{out}{err}"
        document = json.loads(out)
        leaf = "error" if "error" in document else leaf_of(each.line)
        found.append(Spoken(leaf, each.line, ended, document, err))
    return found


def make_local_projects(folder: Path) -> dict[str, Path]:
    """Projects for commands that need no AWS: the reference stack, with a plan and a broken stack, and a pipeline."""
    shop = folder / "shop"
    shop.mkdir()
    for name in ("Pulumi.yaml", "Pulumi.staging.yaml", "__main__.py"):
        shutil.copy(ROOT / name, shop / name)
    plan = of_stack("staging", printed(step("replace", "database", "orders", reasons=("dbName",))))
    (shop / "plan.json").write_text(plan)
    (shop / "Pulumi.broken.yaml").write_text("config:\n  strata:stage: prd\n")
    pipeline = folder / "pipeline"
    shutil.copytree(ROOT / "examples" / "image_pipeline", pipeline)
    file, yaml = pipeline / "Pulumi.dev.yaml", YAML()
    document = yaml.load(file)
    document["config"]["strata:image_pipelines"]["web-image"]["parent"] = "ami-0123456789abcdef0"
    with file.open("w") as stream:
        yaml.dump(document, stream)
    return {"shop": shop, "pipeline": pipeline}


def spoken_locally(folder: Path) -> list[Spoken]:
    """Every command that asks no AWS, and what is printed where one fails."""
    projects = make_local_projects(folder)
    found: list[Spoken] = []
    for each in LOCAL_RUNS:
        place = projects.get(each.project)
        words = each.line.format(folder=place or folder).split()
        ended, out, err = told([*words, *(("-C", str(place)) if place else ())])
        found.append(Spoken(each.leaf, each.line, ended, json.loads(out), err))
        assert ended == each.ends_with, f"strata {each.line} --json ended with {ended}:\n{out}"
    return found
