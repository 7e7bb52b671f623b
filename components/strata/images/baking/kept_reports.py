"""The manifest and the bill of materials of a version, which its build has put into S3, or `strata image add`."""

from collections.abc import Callable
from typing import Any

from strata.aws.clients import error_code
from strata.errors import ImageError, UsageError
from strata.images.baking.packed_reports import PackedReports
from strata.images.image_contents import ImageContents
from strata.images.pipeline_record import PipelineRecord

__all__ = ["keep_contents", "read_contents"]


def read_contents(client: Callable[[str], Any], record: PipelineRecord, version: str) -> ImageContents:
    """What is in a version.

    Args:
        client: gives the boto3 client of a service.
        record: the pipeline.
        version: the version.

    Raises:
        ImageError: nothing was kept of it.
        UsageError: the stack file says nowhere to keep it.
    """
    if not record.reports:
        raise UsageError(
            f"image pipeline {record.name!r} keeps no reports, so that nobody knows what is in {version}",
            fix=f"Set strata:image_pipelines.{record.name}.reports, run `pulumi up`, and bake a new version.",
        )
    bucket, prefix = _place(record, version)

    def read(name: str) -> str:
        try:
            found = client("s3").get_object(Bucket=bucket, Key=f"{prefix}/{name}")
        except Exception as error:
            if error_code(error) not in {"NoSuchKey", "404"}:
                raise
            raise ImageError(
                f"nothing was kept of {record.app} {version}: there is no s3://{bucket}/{prefix}/{name}",
                fix="Compare versions that were baked since the pipeline keeps reports.",
            ) from error
        return found["Body"].read().decode("utf-8")

    try:
        return ImageContents.parse(read("manifest.json"), read("sbom.cdx.json"))
    except ValueError as error:
        raise ImageError(f"what was kept of {record.app} {version} cannot be read: {error}") from error


def keep_contents(client: Callable[[str], Any], record: PipelineRecord, version: str, reports: PackedReports) -> None:
    """Put what is in a version where the builds of the pipeline put it.

    Args:
        client: gives the boto3 client of a service.
        record: the pipeline, which keeps reports.
        version: the version.
        reports: what is in it.
    """
    bucket, prefix = _place(record, version)
    for name, text in (("manifest.json", reports.manifest), ("sbom.cdx.json", reports.bill)):
        client("s3").put_object(
            Bucket=bucket, Key=f"{prefix}/{name}", Body=text.encode(), ContentType="application/json"
        )


def _place(record: PipelineRecord, version: str) -> tuple[str, str]:
    """The bucket, and the prefix in it."""
    bucket, _, folder = record.reports.removeprefix("s3://").partition("/")
    return bucket, "/".join(filter(None, (folder, record.app, version)))
