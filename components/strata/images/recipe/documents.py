"""A definition as the component documents of EC2 Image Builder, and the versions that follow from them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from strata.images.recipe.content_version import content_version
from strata.images.recipe.definition import Definition
from strata.images.recipe.file_finding import FileFinding, require_none
from strata.images.recipe.steps import BakePhase, BakeStage, BakeStep, content_step, stages

__all__ = ["DOCUMENT_LIMIT", "Recipe", "StepDocument", "recipe_of"]

DOCUMENT_LIMIT: Final = 16_000
"""CreateComponent, `data`: characters at most."""
_DOCUMENTS_LIMIT: Final = 20
"""Documents in one recipe: a quota of Image Builder."""
_STEP_SECONDS: Final = 3600
_UNKNOWN: Final = "0.0.0"


@dataclass(frozen=True)
class StepDocument:
    """One component document.

    Args:
        name: unique in the recipe, such as provision or provision-2.
        text: the document, in YAML.
    """

    name: str
    text: str

    @property
    def version(self) -> str:
        """A hash of the document, as a version."""
        return content_version(self.name, self.text)


@dataclass(frozen=True)
class Recipe:
    """A definition as Image Builder knows it.

    Args:
        version: a hash of everything that decides what is in the image, as a version.
        documents: in the order in which they run.
    """

    version: str
    documents: tuple[StepDocument, ...]


def recipe_of(definition: Definition) -> Recipe:
    """The documents of a definition, and its version.

    Args:
        definition: what is baked.

    Raises:
        DefinitionError: a step is longer than a document may be, or there are too many documents.
    """
    version = _version(definition)
    documents: list[StepDocument] = []
    findings: list[FileFinding] = []
    for stage in stages(definition, version):
        made, wrong = _packed(definition, stage)
        documents += made
        findings += wrong
    if len(documents) > _DOCUMENTS_LIMIT:
        findings.append(
            FileFinding(
                definition.playbook_entry or "its steps",
                0,
                f"{len(documents)} documents, and a recipe of Image Builder has {_DOCUMENTS_LIMIT} at most",
                "Put large files into the artifact in S3, and keep what configures in the playbook.",
            )
        )
    require_none(definition.name, findings)
    return Recipe(version, tuple(documents))


def _version(definition: Definition) -> str:
    """The hash of a definition. The manifest repeats it, so that what it is made of is rendered without it."""
    volume = f"{definition.volume.size_gib} {definition.volume.type}"
    steps = [
        f"{stage.name} {stage.phase}\n{content_step(step)}"
        for stage in stages(definition, _UNKNOWN)
        for step in stage.steps
    ]
    return content_version(definition.app, definition.parent, definition.architecture, volume, *steps)


def _packed(definition: Definition, stage: BakeStage) -> tuple[list[StepDocument], list[FileFinding]]:
    """The steps of a stage in as few documents as hold them."""
    documents: list[StepDocument] = []
    findings: list[FileFinding] = []
    held: list[BakeStep] = []

    def name() -> str:
        return f"{stage.name}-{len(documents) + 1}" if documents else stage.name

    def text(steps: list[BakeStep]) -> str:
        return "".join(_lines(definition, name(), stage.phase, steps))

    for step in stage.steps:
        if (size := len(text([step]))) > DOCUMENT_LIMIT:
            findings.append(_too_long(step, size))
            continue
        if held and len(text([*held, step])) > DOCUMENT_LIMIT:
            documents.append(StepDocument(name(), text(held)))
            held = []
        held.append(step)
    if held:
        documents.append(StepDocument(name(), text(held)))
    return documents, findings


def _too_long(step: BakeStep, size: int) -> FileFinding:
    return FileFinding(
        step.source or step.name,
        0,
        f"{size} characters as a document of Image Builder, which accepts {DOCUMENT_LIMIT}",
        "Make several steps of it, or a file of the playbook, which is sent in parts.",
    )


def _lines(definition: Definition, name: str, phase: BakePhase, steps: list[BakeStep]) -> Iterator[str]:
    """A document. Written by hand: what a YAML library makes of the same values changes with its version."""
    yield f"name: {_quoted(f'{definition.name}-{name}')}\n"
    yield f"description: {_quoted(f'{name} of {definition.app}')}\n"
    yield "schemaVersion: 1.0\nphases:\n"
    yield f"  - name: {phase}\n    steps:\n"
    for step in steps:
        yield f"      - name: {_quoted(step.name)}\n        action: ExecuteBash\n"
        yield f"        timeoutSeconds: {_STEP_SECONDS}\n        inputs:\n          commands:\n            - |\n"
        for line in step.script.removesuffix("\n").split("\n"):
            yield f"              {line}\n" if line else "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)
