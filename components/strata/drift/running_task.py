"""A task as ECS describes it, as far as it may differ from what was released (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from strata.rollout.tasks.image_lookup import digest_of
from strata.rollout.tasks.task_views import TaskView

__all__ = ["RunningTask"]

_OF_A_SERVICE: Final = "service:"


@dataclass(frozen=True)
class RunningTask:
    """A task that runs or is about to.

    Args:
        view: it, as a rollout sees it.
        group: what it belongs to, in AWS's words; of a task of a service only ECS can set it.
        images: digest of what each of its containers runs, by name; None where AWS does not know it.
        tags: its tags.
    """

    view: TaskView
    group: str
    images: Mapping[str, str | None]
    tags: Mapping[str, str]

    @property
    def family(self) -> str:
        """Family of its task definition."""
        return self.view.task_definition.rpartition("/")[2].rpartition(":")[0]

    @property
    def service(self) -> str | None:
        """Name of the service that started it; None where none did."""
        return self.group.removeprefix(_OF_A_SERVICE) if self.group.startswith(_OF_A_SERVICE) else None

    @classmethod
    def from_api(cls, found: Mapping[str, Any]) -> "RunningTask":
        """Read one task of DescribeTasks."""
        return cls(
            view=TaskView.from_api(found),
            group=found.get("group", ""),
            images={each["name"]: _digest(each) for each in found.get("containers") or ()},
            tags={each.get("key", ""): each.get("value", "") for each in found.get("tags") or ()},
        )


def _digest(container: Mapping[str, Any]) -> str | None:
    """What a container runs.

    A reference with a digest can have brought nothing else. What AWS reports beside it may be the digest of the
    processor's own image where the reference is that of an index.
    """
    return digest_of(container.get("image") or "") or container.get("imageDigest")
