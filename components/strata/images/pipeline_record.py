"""What a pipeline leaves for the command line: where it is, and what its images must look like."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strata.aws.facts.architecture import architecture_of
from strata.errors import UsageError
from strata.naming import pipeline_record_name, stack_path
from strata.settings.models import ImagePipelineSettings

__all__ = ["PipelineRecord", "pipelines_in", "pipelines_path"]


def pipelines_path(project: str, stack: str) -> str:
    """Below it is what the pipelines of a stack leave."""
    return stack_path(project, stack, "images")


def pipelines_in(project: str, stack: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """The records among what is below `pipelines_path`, by the names of their pipelines.

    Args:
        project: the project.
        stack: the stack.
        parameters: the values of parameters, by their names.
    """
    names = {each.rpartition("/")[0].rpartition("/")[2] for each in parameters}
    records = {name: pipeline_record_name(project, stack, name) for name in sorted(names)}
    return {name: parameters[record] for name, record in records.items() if record in parameters}


@dataclass(frozen=True)
class PipelineRecord:
    """The value of the parameter beside a pipeline.

    Args:
        name: the pipeline.
        app: value of the tag `app`.
        pipeline: its ARN.
        recipe: version of its recipe.
        base: what its images are baked from.
        architecture: what they are for.
        region: where they are baked.
        copies: where else they are.
        accounts: who may launch them.
        encrypted_by: the customer key of each region that has one.
        log_group: where its builds write their logs.
        artifact: the application in S3, with {version} in its key; empty for none.
        reports: folder in S3 with the manifest and the bill of materials of each version; empty for none.
    """

    name: str
    app: str
    pipeline: str
    recipe: str
    base: str
    architecture: str
    region: str
    copies: tuple[str, ...]
    accounts: tuple[str, ...]
    encrypted_by: Mapping[str, str]
    log_group: str
    artifact: str = ""
    reports: str = ""

    @classmethod
    def described(cls, name: str, settings: ImagePipelineSettings, *, recipe: str) -> dict[str, Any]:
        """What of the value is known before anything is made.

        Args:
            name: the pipeline.
            settings: its settings.
            recipe: version of its recipe.
        """
        keys = {region: copy.kms_key_arn for region, copy in settings.copies.items()}
        return {
            "name": name,
            "app": settings.app or name,
            "recipe": recipe,
            "base": settings.parent,
            "architecture": architecture_of(settings.instance_types[0]).value,
            "copies": sorted(settings.copies),
            "accounts": sorted(settings.accounts),
            "encrypted_by": {region: key for region, key in keys.items() if key}
            | ({"": settings.kms_key_arn} if settings.kms_key_arn else {}),
            "artifact": settings.artifact or "",
            "reports": settings.reports or "",
        }

    @classmethod
    def parse(cls, text: str, *, source: str) -> "PipelineRecord":
        """Read a value.

        Args:
            text: the value.
            source: the parameter, for messages.

        Raises:
            UsageError: it is no record of a pipeline.
        """
        try:
            found: dict[str, Any] = json.loads(text)
            listed: Any = {key: tuple(found[key]) for key in ("copies", "accounts")}
            return cls(**{**found, **listed})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(
                f"{source} is no record of an image pipeline: {error}", fix="Run `pulumi up`, which writes it."
            ) from error

    def key_of(self, region: str) -> str | None:
        """The customer key of a region; None where AWS's own is used.

        Args:
            region: one of its regions.
        """
        return self.encrypted_by.get("" if region == self.region else region)

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region that has the images, that in which they are baked first."""
        return (self.region, *self.copies)
