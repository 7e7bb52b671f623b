"""An execution of a pipeline, as Image Builder reports it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from strata.images import image_tags
from strata.images.catalogue import PACKED_BY

__all__ = ["Execution", "ExecutionState"]


class ExecutionState(StrEnum):
    """How far it is."""

    RUNNING = "running"
    """Image Builder works on it."""
    AVAILABLE = "available"
    """Image Builder has made images."""
    FAILED = "failed"
    """It failed."""
    CANCELLED = "cancelled"
    """Somebody cancelled it."""
    GONE = "gone"
    """Its images were deprecated, disabled or deleted."""


_STATES = {
    **dict.fromkeys(
        ("PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"), ExecutionState.RUNNING
    ),
    "AVAILABLE": ExecutionState.AVAILABLE,
    "FAILED": ExecutionState.FAILED,
    "CANCELLED": ExecutionState.CANCELLED,
}


@dataclass(frozen=True)
class Execution:
    """One execution.

    Args:
        arn: the build version, as `image/NAME/1.2.3/4`.
        status: Image Builder's own word.
        version: the version that is baked; empty if it was started by other means.
        order: the order it was started for; empty likewise.
        git_sha: the commit that is baked.
        refused: why what came out was refused; empty where it was not.
        created: when it was started, as RFC 3339.
        reason: what Image Builder says of a failure.
        failure: where it failed, in words; empty where it did not.
        images: image ids by region.
        recipe: version of the recipe that it is built by; None where it is not known.
    """

    arn: str
    status: str
    version: str = ""
    order: str = ""
    git_sha: str = ""
    refused: str = ""
    created: str = ""
    reason: str = ""
    failure: str = ""
    images: tuple[tuple[str, str], ...] = ()
    recipe: str | None = None

    @property
    def state(self) -> ExecutionState:
        """How far it is."""
        return _STATES.get(self.status, ExecutionState.GONE)

    @property
    def packed(self) -> bool:
        """Whether Packer has made it, and not Image Builder."""
        return self.arn.startswith(PACKED_BY)

    @property
    def log_stream(self) -> str:
        """The log stream of its build: version and build number."""
        return "/".join(self.arn.split("/")[-2:])

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Execution":
        """An execution of an image, or of the summary of one, as Image Builder describes it.

        Args:
            found: the description.
        """
        tags, state = found.get("tags") or {}, found.get("state") or {}
        amis = (found.get("outputResources") or {}).get("amis") or ()
        return cls(
            arn=found["arn"],
            # an image is a build of the version of its recipe: image/NAME/RECIPE/BUILD
            recipe=found["arn"].split("/")[-2],
            status=state.get("status", ""),
            version=tags.get(image_tags.VERSION, ""),
            order=tags.get(image_tags.ORDER, ""),
            git_sha=tags.get(image_tags.COMMIT, ""),
            refused=tags.get(image_tags.REFUSED, ""),
            created=str(found.get("dateCreated", "")),
            reason=str(state.get("reason") or ""),
            failure=", ".join(_failure(state.get("failureContext") or {})),
            images=tuple(sorted((each["region"], each["image"]) for each in amis if each.get("image"))),
        )


def _failure(context: Mapping[str, Any]) -> Iterator[str]:
    """Where a build failed: the phase, the step, and what it says."""
    if component := context.get("componentFailure"):
        yield f"phase {component.get('phaseName', '?')}, step {component.get('stepName', '?')}"
        if said := component.get("errorMessage"):
            yield str(said)
    elif step := context.get("failedStep"):
        yield f"step {step} while {str(context.get('imageStatus', 'it was built')).lower()}"
    if distribution := context.get("distributionFailure"):
        yield str(distribution.get("errorMessage") or "distribution")
        for region in distribution.get("regionFailures") or ():
            yield f"{region.get('region')}: {region.get('errorMessage') or region.get('status')}"
