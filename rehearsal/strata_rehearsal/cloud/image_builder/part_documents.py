"""How the Image Builder API shows parts."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.arns import PartKind, PartName
from strata_rehearsal.cloud.image_builder.shelf import BuilderPart, Shelf, moment

__all__ = ["latest_references", "part_document", "part_summary", "without_gaps"]

_SUMMARIES: Final[Mapping[PartKind, tuple[str, ...]]] = MappingProxyType(
    {
        PartKind.COMPONENT: (
            *("arn", "name", "version", "platform", "supportedOsVersions", "state", "type", "owner"),
            *("description", "changeDescription", "dateCreated", "tags"),
        ),
        PartKind.RECIPE: ("arn", "name", "platform", "owner", "parentImage", "dateCreated", "tags"),
        PartKind.INFRASTRUCTURE: (
            *("arn", "name", "description", "dateCreated", "dateUpdated", "resourceTags", "tags"),
            *("instanceTypes", "instanceProfileName", "placement"),
        ),
        PartKind.DISTRIBUTION: ("arn", "name", "description", "dateCreated", "dateUpdated", "tags", "regions"),
        PartKind.LIFECYCLE: (
            *("arn", "name", "description", "status", "executionRole", "resourceType"),
            *("dateCreated", "dateUpdated", "tags"),
        ),
    }
)
"""What a list shows of each; where nothing is said, all of it."""


def part_document(part: BuilderPart, shelf: Shelf) -> dict[str, Any]:
    """A part as its Get operation shows it."""
    shown = {
        **part.settings,
        "arn": part.arn,
        "name": part.label,
        "dateCreated": moment(part.created_at),
        "dateUpdated": None if part.updated_at is None else moment(part.updated_at),
        "tags": part.tags or None,
    }
    more = _MORE.get(part.id.kind)
    return without_gaps({**shown, **(more(part, shelf) if more else {})})


def part_summary(part: BuilderPart, shelf: Shelf) -> dict[str, Any]:
    """A part as lists show it."""
    shown, wanted = part_document(part, shelf), _SUMMARIES.get(part.id.kind)
    if part.id.kind is PartKind.DISTRIBUTION:
        shown["regions"] = [each["region"] for each in part.settings["distributions"]]
    return shown if wanted is None else {name: shown[name] for name in wanted if name in shown}


def latest_references(part: BuilderPart, shelf: Shelf) -> dict[str, str]:
    """The ARNs by which the newest of a recipe or a component can be selected."""
    name, (major, minor, _) = part.id, str(part.id.version).split(".")
    selections = {
        "latestVersionArn": "x.x.x",
        "latestMajorVersionArn": f"{major}.x.x",
        "latestMinorVersionArn": f"{major}.{minor}.x",
        "latestPatchVersionArn": str(name.version),
    }
    return {key: str(shelf.named(name.kind, name.name, selection)) for key, selection in selections.items()}


def without_gaps(shown: Mapping[str, Any]) -> dict[str, Any]:
    """What has a value."""
    return {name: value for name, value in shown.items() if value is not None}


def _component(part: BuilderPart, _shelf: Shelf) -> dict[str, Any]:
    document = part.document
    declared = document.parameters if document else {}
    return {
        "version": part.id.version,
        "type": "TEST" if document and document.for_tests else "BUILD",
        "state": {"status": "ACTIVE"},
        "owner": part.id.owner,
        "encrypted": True,
        "parameters": [
            without_gaps({"name": name, "type": "string", "defaultValue": None if unset is None else [str(unset)]})
            for name, unset in declared.items()
        ]
        or None,
    }


def _recipe(part: BuilderPart, _shelf: Shelf) -> dict[str, Any]:
    return {"version": part.id.version, "type": "AMI", "owner": part.id.owner}


def _pipeline(part: BuilderPart, shelf: Shelf) -> dict[str, Any]:
    recipe = next(iter(_selected(shelf, part.settings["imageRecipeArn"])), None)
    return {
        "platform": recipe.settings.get("platform") if recipe else None,
        "status": part.settings.get("status", "ENABLED"),
        "imageTestsConfiguration": {
            "imageTestsEnabled": True,
            "timeoutMinutes": 720,
            **part.settings.get("imageTestsConfiguration", {}),
        },
        "enhancedImageMetadataEnabled": part.settings.get("enhancedImageMetadataEnabled", True),
        **part.runs,
    }


def _distribution(_part: BuilderPart, _shelf: Shelf) -> dict[str, Any]:
    return {"timeoutMinutes": 720}


def _infrastructure(part: BuilderPart, _shelf: Shelf) -> dict[str, Any]:
    return {"terminateInstanceOnFailure": part.settings.get("terminateInstanceOnFailure", True)}


def _lifecycle(part: BuilderPart, _shelf: Shelf) -> dict[str, Any]:
    return {
        "status": part.settings.get("status", "ENABLED"),
        "dateCreated": part.created_at,
        "dateUpdated": part.updated_at or part.created_at,
    }


_MORE: Final[Mapping[PartKind, Callable[[BuilderPart, Shelf], dict[str, Any]]]] = MappingProxyType(
    {
        PartKind.COMPONENT: _component,
        PartKind.RECIPE: _recipe,
        PartKind.PIPELINE: _pipeline,
        PartKind.DISTRIBUTION: _distribution,
        PartKind.INFRASTRUCTURE: _infrastructure,
        PartKind.LIFECYCLE: _lifecycle,
    }
)


def _selected(shelf: Shelf, arn: str) -> list[BuilderPart]:
    return list(shelf.selected(PartName.parse(arn)))
