"""How the steps of components go, and how long everything takes, as plain values.

The times are those of a small Linux image; nobody should learn from a rehearsal how long a real build takes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from strata_rehearsal.cloud.image_builder.build_faults import BuildFault, BuildFaultKind
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument, ComponentStep, OnFailure

__all__ = ["DocumentFailed", "StepEnd", "run_documents"]

PENDING_SECONDS: Final = 5.0
CREATING_SECONDS: Final = 20.0
LAUNCH_SECONDS: Final = 60.0
STEP_SECONDS: Final = 15.0
SANITIZE_SECONDS: Final = 10.0
INVENTORY_SECONDS: Final = 10.0
SNAPSHOT_SECONDS: Final = 150.0
TERMINATE_SECONDS: Final = 15.0
COPY_SECONDS: Final = 60.0
INTEGRATE_SECONDS: Final = 10.0
UNREACHABLE_SECONDS: Final = 3600.0
"""How long Image Builder waits for an instance that does not report."""

FindFault = Callable[[BuildFaultKind, str, str, str], BuildFault | None]
"""The fault of a kind that hits a component, a phase and a step."""


@dataclass(frozen=True)
class StepEnd:
    """How a step of a document ended."""

    component: str
    phase: str
    step: ComponentStep
    seconds: float
    failed: str | None = None
    """What it said when it failed."""
    timed_out: bool = False


@dataclass(frozen=True)
class DocumentFailed:
    """The first failure that counts: the component, and how its step ended."""

    component: str
    at: StepEnd


def run_documents(
    documents: Sequence[tuple[str, ComponentDocument]], phases: Sequence[str], fault_of: FindFault
) -> Iterator[StepEnd | DocumentFailed]:
    """All steps of some phases, one after the other.

    Args:
        documents: the name of each component and its document, in the order of the recipe.
        phases: the phases that run; each of all components before the next one.
        fault_of: what makes a step fail.

    Yields:
        Each step as it ends, and last the failure that ends the run, if there is one.
    """
    for phase in phases:
        for component, document in documents:
            counted: DocumentFailed | None = None
            for step in document.steps(phase):
                end = _step(component, phase, step, fault_of)
                yield end
                if end.failed is not None and step.on_failure is not OnFailure.IGNORE:
                    counted = counted or DocumentFailed(component, end)
                    if step.on_failure is OnFailure.ABORT:
                        break
            if counted is not None:
                yield counted
                return


def _step(component: str, phase: str, step: ComponentStep, fault_of: FindFault) -> StepEnd:
    hangs = fault_of(BuildFaultKind.STEP_HANGS, component, phase, step.name)
    if hangs is not None and step.timeout_seconds is not None:
        said = hangs.message or f"Step timed out after {step.timeout_seconds:g} seconds"
        return StepEnd(component, phase, step, step.timeout_seconds, said, timed_out=True)
    fails = fault_of(BuildFaultKind.STEP_FAILS, component, phase, step.name)
    if fails is not None:
        return StepEnd(
            component, phase, step, STEP_SECONDS, fails.message or "Command execution has resulted in an error"
        )
    return StepEnd(component, phase, step, STEP_SECONDS)
