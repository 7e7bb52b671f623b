"""What the components cost a preview: the reference stack against a flat program with the same resources."""

import runpy
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.flat import Outputs, flat_program
from bench.rounds import Pair, in_turns
from bench.row import Measured, Plan, Row, Topic
from bench.site import Site, copy_reference, done, open_site, write_project
from strata.project.stack_file import find_stack_file, read_stack_file
from strata.settings.load import load
from strata.testing import Registered, images_pinned_by, run
from strata_rehearsal.run.rehearsed_settings import images_of
from strata_rehearsal.workspace.stack_engine import StackEngine

__all__ = ["TOPIC"]

STACK, FLAT = "staging", "flat"

FIRST = Row("preview", "first preview of the reference stack, against a flat program", "times as long", goal=1.2)
AGAIN = Row("preview-unchanged", "preview of it with nothing to change, against the same", "times as long", goal=1.2)


def measure(plan: Plan) -> Mapping[str, Measured]:
    project = copy_reference(plan.folder / "reference")
    file = read_stack_file(find_stack_file(project, STACK))
    settings = load(file.settings, source=STACK, region=file.region).settings
    with open_site(plan.folder / "site", images=images_of(settings)) as site:
        ours, flat = site.engine(project, STACK), site.engine(_flat_project(plan.folder / "flat", project), FLAT)
        found = {}
        if FIRST.key in plan.wanted:
            found[FIRST.key] = _measured(_compare(plan, ours, flat))
        if AGAIN.key in plan.wanted:
            _apply(site, ours, flat)
            found[AGAIN.key] = _measured(_compare(plan, ours, flat, "--expect-no-changes"))
        return found


def _compare(plan: Plan, ours: StackEngine, flat: StackEngine, *arguments: str) -> Pair:
    return in_turns(plan.rounds, partial(_preview, ours, *arguments), partial(_preview, flat, *arguments))


def _preview(engine: StackEngine, *arguments: str) -> None:
    done(engine.preview(*arguments))


def _measured(pair: Pair) -> Measured:
    ours, flat = pair.seconds()
    busy, flat_busy = pair.cpu()
    return Measured(
        pair.ratio,
        f"{ours:.2f} s against {flat:.2f} s; processor {busy:.2f} s against {flat_busy:.2f} s ({pair.cpu_ratio:.2f})",
    )


def _apply(site: Site, *engines: StackEngine) -> None:
    for engine in engines:
        done(engine.up())
    if not site.cloud.state():
        raise RuntimeError("the local AWS is empty")


def _flat_project(folder: Path, reference: Path) -> Path:
    """A project whose program makes the reference stack's resources one by one."""
    file = read_stack_file(find_stack_file(reference, STACK))
    config = {f"strata:{key}": value for key, value in file.settings.items()}
    mocks = Outputs(images=images_pinned_by(config))

    def program() -> None:
        runpy.run_path(str(reference / "__main__.py"))

    # under another stack name, so that no fixed name is taken by the reference stack itself
    graph = run(program, config=config, mocks=mocks, project="shop", stack=FLAT)
    text = flat_program(replace(graph, resources=[_without_hooks(each) for each in graph]), mocks)
    return write_project(folder, name=FLAT, stack=FLAT, program=text, config={"aws:region": file.region})


def _without_hooks(resource: Registered) -> Registered:
    """The resource as a program without hooks has it: nothing there takes a password over that RDS manages."""
    managed = resource.inputs.get("manageMasterUserPassword")
    inputs = {key: value for key, value in resource.inputs.items() if key != "manageMasterUserPassword"}
    return replace(resource, inputs={**inputs, "password": "not-a-secret"}) if managed else resource


TOPIC = Topic((FIRST, AGAIN), measure)
