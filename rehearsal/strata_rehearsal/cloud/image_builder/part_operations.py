"""Creating, reading, changing and deleting the parts of Image Builder: one row for each kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from moto.s3.models import s3_backends

from strata_rehearsal.cloud.image_builder.answers import DRY_RUN, listed
from strata_rehearsal.cloud.image_builder.arns import PartKind, next_version, slug
from strata_rehearsal.cloud.image_builder.component_document import ComponentDocument, DocumentProblem
from strata_rehearsal.cloud.image_builder.definition_checks import (
    check_distribution,
    check_infrastructure,
    check_lifecycle,
    check_pipeline,
    check_recipe,
    check_version,
)
from strata_rehearsal.cloud.image_builder.dependents import dependents
from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.part_documents import latest_references, part_document, part_summary
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, invalid
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart

__all__ = ["PART_OPERATIONS", "Operation"]

Operation = Callable[[Desk], Mapping[str, Any]]
_NOT_SETTINGS: Final = frozenset({"name", "semanticVersion", "tags", "clientToken", "dryRun"})


def _anything(_desk: Desk) -> None:
    """Nothing more is looked at."""


@dataclass(frozen=True)
class KindRow:
    """A kind of part, and how the API names what belongs to it.

    Args:
        kind: the kind.
        noun: its name in the names of operations.
        plural: the same, of many.
        arn: the parameter that names one.
        shown: where an answer has one.
        listed: where an answer has many.
        check: what is looked at before one is created or changed.
        changes: whether it can be changed.
    """

    kind: PartKind
    noun: str
    plural: str
    arn: str
    shown: str
    listed: str
    check: Callable[[Desk], None] = _anything
    changes: bool = True


ROWS: Final = (
    KindRow(
        PartKind.COMPONENT,
        "Component",
        "Components",
        "componentBuildVersionArn",
        "component",
        "componentVersionList",
        changes=False,
    ),
    KindRow(
        PartKind.RECIPE,
        "ImageRecipe",
        "ImageRecipes",
        "imageRecipeArn",
        "imageRecipe",
        "imageRecipeSummaryList",
        check_recipe,
        changes=False,
    ),
    KindRow(
        PartKind.INFRASTRUCTURE,
        "InfrastructureConfiguration",
        "InfrastructureConfigurations",
        "infrastructureConfigurationArn",
        "infrastructureConfiguration",
        "infrastructureConfigurationSummaryList",
        check_infrastructure,
    ),
    KindRow(
        PartKind.DISTRIBUTION,
        "DistributionConfiguration",
        "DistributionConfigurations",
        "distributionConfigurationArn",
        "distributionConfiguration",
        "distributionConfigurationSummaryList",
        check_distribution,
    ),
    KindRow(
        PartKind.PIPELINE,
        "ImagePipeline",
        "ImagePipelines",
        "imagePipelineArn",
        "imagePipeline",
        "imagePipelineList",
        check_pipeline,
    ),
    KindRow(
        PartKind.LIFECYCLE,
        "LifecyclePolicy",
        "LifecyclePolicies",
        "lifecyclePolicyArn",
        "lifecyclePolicy",
        "lifecyclePolicySummaryList",
        check_lifecycle,
    ),
)


def _creating(row: KindRow) -> Operation:
    def create(desk: Desk) -> Mapping[str, Any]:
        row.check(desk)
        part = _component(desk) if row.kind is PartKind.COMPONENT else _part(desk, row)
        if desk.asked.get("dryRun"):
            raise ApiRefusal("DryRunOperationException", DRY_RUN)
        desk.shelf.put(part)
        desk.world.record("image-part", part.arn, "created")
        answer: dict[str, Any] = {row.arn: part.arn}
        if not row.changes:
            answer["latestVersionReferences"] = latest_references(part, desk.shelf)
        return answer

    return create


def _part(desk: Desk, row: KindRow) -> BuilderPart:
    asked, shelf = desk.asked, desk.shelf
    name = slug(asked["name"])
    version = asked.get("semanticVersion")
    if version is not None:
        taken = [str(each.id.version) for each in shelf.of(row.kind) if each.id.name == name]
        version = next_version(version, taken)
    arn = shelf.named(row.kind, name, version)
    if shelf.get(str(arn)) is not None:
        raise ApiRefusal(
            "ResourceAlreadyExistsException", f"The following resource '{row.noun}' already exists: '{arn}'."
        )
    settings = _settings(asked)
    if row.kind is PartKind.RECIPE:
        settings["platform"] = "Linux"
    return BuilderPart(arn, asked["name"], settings, dict(asked.get("tags", {})), desk.world.now)


def _component(desk: Desk) -> BuilderPart:
    asked, shelf = desk.asked, desk.shelf
    check_version(asked["semanticVersion"])
    if ("data" in asked) == ("uri" in asked):
        raise ApiRefusal("InvalidParameterCombinationException", "Exactly one of data and uri must be given.")
    text = asked["data"] if "data" in asked else _read(desk, asked["uri"])
    try:
        document = ComponentDocument.parse(text)
    except DocumentProblem as problem:
        raise invalid("data" if "data" in asked else "uri", str(problem)) from problem
    name, version = slug(asked["name"]), asked["semanticVersion"]
    builds = [each.id.build or 0 for each in shelf.selected(shelf.named(PartKind.COMPONENT, name, version))]
    arn = shelf.named(PartKind.COMPONENT, name, version, max(builds, default=0) + 1)
    settings = {**_settings(asked), "data": text}
    settings.pop("uri", None)
    return BuilderPart(arn, asked["name"], settings, dict(asked.get("tags", {})), desk.world.now, document=document)


def _read(desk: Desk, uri: str) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    stored: Any = s3_backends[desk.shelf.account][desk.shelf.partition]
    found = stored.buckets[bucket].keys.get(key) if bucket in stored.buckets else None
    if not uri.startswith("s3://") or found is None:
        raise invalid("uri", f"There is no object {uri}.")
    return bytes(found.value).decode()


def _getting(row: KindRow) -> Operation:
    def get(desk: Desk) -> Mapping[str, Any]:
        part = desk.shelf.resolve(desk.asked[row.arn])
        answer: dict[str, Any] = {row.shown: part_document(part, desk.shelf)}
        if not row.changes:
            answer["latestVersionReferences"] = latest_references(part, desk.shelf)
        return answer

    return get


def _updating(row: KindRow) -> Operation:
    def update(desk: Desk) -> Mapping[str, Any]:
        part = desk.shelf.exact(desk.asked[row.arn])
        row.check(desk)
        part.settings = {name: value for name, value in _settings(desk.asked).items() if name != row.arn}
        part.updated_at = desk.world.now
        desk.world.record("image-part", part.arn, "updated")
        return {row.arn: part.arn}

    return update


def _deleting(row: KindRow) -> Operation:
    def delete(desk: Desk) -> Mapping[str, Any]:
        part = desk.shelf.exact(desk.asked[row.arn])
        if next(dependents(desk, part), None) is not None:
            raise ApiRefusal(
                "ResourceDependencyException",
                f"Resource dependency error: The resource ARN '{part.arn}' has other resources depended on it.",
            )
        desk.shelf.drop(part)
        desk.world.record("image-part", part.arn, "deleted")
        return {row.arn: part.arn}

    return delete


def _listing(row: KindRow) -> Operation:
    def list_parts(desk: Desk) -> Mapping[str, Any]:
        if desk.asked.get("owner", "Self") not in ("Self", "Shared"):
            return {row.listed: []}
        found = desk.shelf.of(row.kind) if desk.asked.get("owner", "Self") == "Self" else []
        if row.kind is PartKind.COMPONENT:
            return listed(desk, row.listed, [_component_version(desk, each) for each in _newest_builds(found)])
        return listed(desk, row.listed, [part_summary(each, desk.shelf) for each in found])

    return list_parts


def _newest_builds(components: list[BuilderPart]) -> list[BuilderPart]:
    newest: dict[tuple[str, str | None], BuilderPart] = {}
    for each in components:
        newest[each.id.name, each.id.version] = each
    return list(newest.values())


def _component_version(desk: Desk, part: BuilderPart) -> dict[str, Any]:
    shown = part_summary(part, desk.shelf)
    wanted = ("name", "version", "description", "platform", "supportedOsVersions", "type", "owner", "dateCreated")
    arn = desk.shelf.named(PartKind.COMPONENT, part.id.name, part.id.version)
    return {"arn": str(arn), "status": "ACTIVE", **{name: shown[name] for name in wanted if name in shown}}


def list_component_build_versions(desk: Desk) -> Mapping[str, Any]:
    """All builds of a version of a component."""
    arn = desk.asked.get("componentVersionArn")
    found = [
        each
        for each in desk.shelf.of(PartKind.COMPONENT)
        if arn in (None, str(desk.shelf.named(PartKind.COMPONENT, each.id.name, each.id.version)))
    ]
    return listed(desk, "componentSummaryList", [part_summary(each, desk.shelf) for each in found])


def _settings(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in _NOT_SETTINGS}


PART_OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        **{f"Create{row.noun}": _creating(row) for row in ROWS},
        **{f"Get{row.noun}": _getting(row) for row in ROWS},
        **{f"Update{row.noun}": _updating(row) for row in ROWS if row.changes},
        **{f"Delete{row.noun}": _deleting(row) for row in ROWS},
        **{f"List{row.plural}": _listing(row) for row in ROWS},
        "ListComponentBuildVersions": list_component_build_versions,
    }
)
