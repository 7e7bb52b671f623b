"""The steps by which an image is baked, in the phases of Image Builder."""

import base64
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from strata.images.recipe.definition import Definition, SourceFile

__all__ = ["BAKE_FOLDER", "DESCRIBED_FOLDER", "BakePhase", "BakeStage", "BakeStep", "content_step", "stages"]

BAKE_FOLDER: Final = "/var/lib/strata-bake"
"""Where a build keeps what only it needs; the cleanup removes it."""
DESCRIBED_FOLDER: Final = "/usr/share/strata-image"
"""Where an image says what is in it."""
_CHUNK: Final = 7_500
"""Bytes of a file that one step writes, so that it fits into a document with others."""
# Sorted by bytes on every machine, and in UTF-8, which Ansible requires.
_START: Final = f"set -eu\nexport HOME=${{HOME:-/root}} LC_ALL=C.UTF-8\nbake={BAKE_FOLDER}\n"
_ORDERED: Final = f"{_START}set -a\n. $bake/order.env\nset +a\n"
_MEANT_BY_SHELL: Final = re.compile(r'[$`"\\]')
"""What bash reads as more than a character within double quotes."""
_PYTHON: Final = "python=$(command -v python3 || echo /usr/libexec/platform-python)\n"


class BakePhase(StrEnum):
    """When a step runs."""

    BUILD = "build"
    """On the server that builds."""
    VALIDATE = "validate"
    """On the server that builds, after every build step of every document."""
    TEST = "test"
    """On a server that was launched from the image."""


@dataclass(frozen=True)
class BakeStep:
    """One step.

    Args:
        name: unique in its stage.
        script: what bash runs.
        source: the file of the project it comes from. None: one of Strata's own.
    """

    name: str
    script: str
    source: str | None = None


@dataclass(frozen=True)
class BakeStage:
    """Steps that belong together.

    Args:
        name: such as provision.
        phase: when they run.
        steps: in their order.
    """

    name: str
    phase: BakePhase
    steps: tuple[BakeStep, ...]


def stages(definition: Definition, recipe: str) -> tuple[BakeStage, ...]:
    """Every stage of a definition, in the order in which they run.

    Args:
        definition: what is baked.
        recipe: version of the recipe, for the manifest.
    """
    return (
        BakeStage("provision", BakePhase.BUILD, tuple(_provision(definition))),
        *_hardening(definition),
        BakeStage("verify", BakePhase.VALIDATE, tuple(_verify(definition))),
        # A check may leave traces, so that what cleans up comes last of all.
        BakeStage("finish", BakePhase.VALIDATE, tuple(_finish(definition, recipe))),
        BakeStage("test", BakePhase.TEST, tuple(_test(definition))),
    )


def _hardening(definition: Definition) -> Iterator[BakeStage]:
    if steps := tuple(_harden(definition)):
        yield BakeStage("harden", BakePhase.BUILD, steps)


def _harden(definition: Definition) -> Iterator[BakeStep]:
    if definition.baseline:
        yield BakeStep("baseline", f"{_START}root=\n{_inside('harden.sh')}")
    yield from _written("harden", definition.harden)


def content_step(step: BakeStep) -> str:
    """The text of a step that decides what it does, for a hash of it."""
    return f"{step.name}\n{step.script}"


def _provision(definition: Definition) -> Iterator[BakeStep]:
    yield _order(definition)
    if definition.artifact is not None:
        source = definition.artifact.replace("{version}", "${STRATA_VERSION}")
        yield BakeStep("artifact", f'{_ORDERED}aws s3 cp --only-show-errors "{source}" "$STRATA_ARTIFACT"\n')
    if definition.packages:
        lock = "".join(f"{each.name}={each.version}\n" for each in definition.packages)
        yield from _file_steps("lock", SourceFile("packages.lock", lock.encode()), "packages.lock")
        yield BakeStep("packages", _ORDERED + _inside("packages.sh"))
    yield from _written("provision", definition.provision)
    yield from _playbook(definition)


def _order(definition: Definition) -> BakeStep:
    parameter = f"order_parameter={shlex.quote(definition.order_parameter)}\n"
    return BakeStep("order", _START + parameter + _inside("order.sh"))


def _playbook(definition: Definition) -> Iterator[BakeStep]:
    if definition.playbook_entry is None:
        return
    for number, file in enumerate(definition.playbook, start=1):
        yield from _file_steps(f"playbook-{number}", file, f"project/{file.path}")
    folder, _, entry = definition.playbook_entry.rpartition("/")
    yield BakeStep(
        "playbook",
        f"{_ORDERED}cd $bake/project/{shlex.quote(folder)}\n"
        "ansible-playbook --connection local --inventory localhost, "
        f'--extra-vars "app_version=$STRATA_VERSION" {shlex.quote(entry)}\n',
        definition.playbook_entry,
    )


def _verify(definition: Definition) -> Iterator[BakeStep]:
    if definition.packages:
        yield BakeStep("lock", _ORDERED + _inside("lock_check.sh"))
    yield from _written("verify", definition.verify)


def _finish(definition: Definition, recipe: str) -> Iterator[BakeStep]:
    arguments = f'"$(date -u +%Y-%m-%dT%H:%M:%SZ)" {recipe} {shlex.quote(definition.parent)}'
    yield BakeStep(
        "describe",
        f"{_ORDERED}{_PYTHON}\"$python\" - {arguments} <<'DESCRIBE'\n{_inside('describe.py')}DESCRIBE\n",
    )
    if definition.reports is not None:
        place = f"{definition.reports}/$STRATA_APP/$STRATA_VERSION/"
        copy = f'aws s3 cp --recursive --exclude order --only-show-errors {DESCRIBED_FOLDER}/ "{place}"'
        yield BakeStep("reports", f"{_ORDERED}{copy}\n")
    yield BakeStep("cleanup", f"{_START}root=\n{_inside('cleanup.sh')}")


def _test(definition: Definition) -> Iterator[BakeStep]:
    yield _order(definition)
    yield BakeStep("fresh", f"{_ORDERED}{_PYTHON}root=\n{_inside('fresh.sh')}")
    yield from _written("test", definition.test)
    yield BakeStep("done", f"{_START}rm -rf $bake\n")


def _written(stage: str, steps: tuple[SourceFile, ...]) -> Iterator[BakeStep]:
    for number, file in enumerate(steps, start=1):
        stem = file.path.rpartition("/")[2].partition(".")[0]
        script = (_ORDERED + file.text).rstrip("\n") + "\n"
        yield BakeStep(f"{stage}-{number}-{stem}", script, file.path)


def _file_steps(name: str, file: SourceFile, target: str) -> Iterator[BakeStep]:
    """Steps that write a file. As base64, because Image Builder replaces what is in double braces."""
    # The name of a file is whatever somebody has called it, and must be no command of the shell of root.
    named = _MEANT_BY_SHELL.sub(r"\\\g<0>", target)
    at = f'"$bake/{named}"'
    chunks = [file.content[start : start + _CHUNK] for start in range(0, len(file.content), _CHUNK)] or [b""]
    for number, chunk in enumerate(chunks):
        encoded = base64.b64encode(chunk).decode()
        lines = "\n".join(encoded[start : start + 100] for start in range(0, len(encoded), 100))
        new = f'mkdir -p "$(dirname {at})"\n: > {at}\n' if number == 0 else ""
        script = f"{_START}{new}base64 --decode >> {at} <<'CONTENT'\n{lines}\nCONTENT\n"
        yield BakeStep(f"{name}-{number}", script, file.path)


def _inside(name: str) -> str:
    """A script that runs inside the image."""
    return (files("strata.images.recipe") / "inside" / name).read_text(encoding="utf-8")
