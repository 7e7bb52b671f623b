"""The parts of Image Builder in one account and region: what exists, and which part a selection means."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from strata_rehearsal.cloud.image_builder.arns import PartKind, PartName, is_selection, numbers, selects
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument
from strata_rehearsal.cloud.image_builder.managed_parts import managed_component
from strata_rehearsal.cloud.image_builder.refusal import not_here

__all__ = ["BuilderPart", "Shelf", "moment"]


def moment(at: float) -> str:
    """A time as the API shows most of them."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(eq=False)
class BuilderPart:
    """A component, a recipe, a configuration, a pipeline or a policy.

    Args:
        id: its ARN.
        label: its name as its author wrote it.
        settings: what its author asked for.
        tags: its tags.
        created_at: when.
        updated_at: when last; None for never.
        document: of a component, its document.
    """

    id: PartName
    label: str
    settings: dict[str, Any]
    tags: dict[str, str]
    created_at: float
    updated_at: float | None = None
    document: ComponentDocument | None = None
    runs: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of a pipeline: how its builds went, as the API shows it."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.id)


class Shelf:
    """What one account has in one region.

    Args:
        account: the account.
        region: the region.
        partition: such as `aws`.
    """

    def __init__(self, account: str, region: str, partition: str) -> None:
        self.account = account
        self.region = region
        self.partition = partition
        self._parts: dict[str, BuilderPart] = {}
        self.answers: dict[tuple[str, str], tuple[str, Mapping[str, Any]]] = {}
        """What was answered to a client token: a digest of what was asked, and the answer."""

    def named(self, kind: PartKind, name: str, version: str | None = None, build: int | None = None) -> PartName:
        """The ARN of a part of this account and region."""
        prefix = f"arn:{self.partition}:imagebuilder:{self.region}:{self.account}"
        return PartName(prefix, kind, name, version, build)

    def put(self, part: BuilderPart) -> None:
        """Keep a new part."""
        self._parts[part.arn] = part

    def drop(self, part: BuilderPart) -> None:
        """Forget a part."""
        del self._parts[part.arn]

    def of(self, kind: PartKind) -> list[BuilderPart]:
        """All parts of a kind, in order of creation."""
        return [each for each in self._parts.values() if each.id.kind is kind]

    def get(self, arn: str) -> BuilderPart | None:
        """The part with exactly this ARN."""
        return self._parts.get(arn)

    def exact(self, arn: str) -> BuilderPart:
        """The part with exactly this ARN.

        Raises:
            ApiRefusal: there is none.
        """
        found = self.get(arn)
        if found is None:
            raise not_here(arn)
        return found

    def resolve(self, arn: str) -> BuilderPart:
        """The newest part that an ARN selects.

        Raises:
            ApiRefusal: there is none.
        """
        asked = PartName.parse(arn)
        if asked.owner == "aws" and asked.kind is PartKind.COMPONENT:
            managed = managed_component(asked)
            if managed is None:
                raise not_here(arn)
            name, document = managed
            return BuilderPart(name, asked.name, {"platform": "Linux", "data": ""}, {}, 0.0, document=document)
        found = max(self.selected(asked), key=_order, default=None)
        if found is None:
            raise not_here(arn)
        return found

    def selected(self, asked: PartName) -> Iterator[BuilderPart]:
        """The parts that an ARN selects: all builds of a version, all versions of an `x`."""
        for part in self.of(asked.kind):
            has = part.id
            if (has.prefix, has.name) != (asked.prefix, asked.name):
                continue
            if asked.version is not None and (has.version is None or not selects(asked.version, has.version)):
                continue
            if asked.build in (None, has.build):
                yield part

    def depends_on(self, arn: str, part: BuilderPart) -> bool:
        """Whether what refers to `arn` needs this part: no other that it selects is left without it."""
        asked = PartName.parse(arn)
        found = list(self.selected(asked))
        if part not in found:
            return False
        open_ended = asked.version is not None and is_selection(asked.version)
        return not open_ended or found == [part]


def _order(part: BuilderPart) -> tuple[tuple[int, ...], int]:
    return numbers(part.id.version) if part.id.version else (), part.id.build or 0
