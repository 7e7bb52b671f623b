"""The calls of Image Builder, EC2 and SSM by which a version is baked."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from strata.aws.clients import Clients, error_code
from strata.aws.log_events import last_log_lines
from strata.aws.parameters import read_parameters
from strata.aws.portions import portions
from strata.errors import BusyError, UsageError
from strata.images import image_tags
from strata.images.baking.execution import Execution
from strata.images.baking.key_sharing import KeyFinding, key_findings
from strata.images.baking.order import Order
from strata.images.baking.outcome import MadeImage
from strata.images.image_finder import AVAILABLE, DISABLED, FILTER_VALUES
from strata.images.image_origin import ImageOrigin, Watermark, attach_watermark
from strata.images.pipeline_record import PipelineRecord
from strata.naming import bake_order_name, pipeline_record_name

__all__ = ["LivePipeline"]

_LOG_LINES = 10
_NAMESAKES = (AVAILABLE, DISABLED)
_ALL = {"IncludeDeprecated": True, "IncludeDisabled": True}


class LivePipeline:
    """One pipeline in AWS.

    Args:
        clients: clients for the stack's AWS.
        project: the project.
        stack: the stack.
        name: the pipeline.
    """

    def __init__(self, clients: Clients, project: str, stack: str, name: str) -> None:
        self._clients = clients
        self._project, self._stack, self._name = project, stack, name

    def record(self) -> PipelineRecord:
        """What the pipeline left.

        Raises:
            UsageError: there is no such pipeline.
        """
        place = pipeline_record_name(self._project, self._stack, self._name)
        text = self._parameter(place)
        if text is None:
            raise UsageError(
                f"{self._stack} has no image pipeline {self._name!r}: there is no parameter {place}",
                fix="Make an ImagePipeline of that name in the program, and run `pulumi up`.",
            )
        return PipelineRecord.parse(text, source=place)

    def order(self) -> Order | None:
        """The order that was written last; None where there is none."""
        return Order.parse(self._parameter(bake_order_name(self._project, self._stack, self._name)) or "")

    def put_order(self, order: Order) -> None:
        """Say which version the next build bakes."""
        place = bake_order_name(self._project, self._stack, self._name)
        self._clients("ssm").put_parameter(Name=place, Value=order.text, Type="String", Overwrite=True)

    def executions(self, record: PipelineRecord) -> list[Execution]:
        """Every execution of the pipeline."""
        builder, more = self._clients("imagebuilder"), {}
        found: list[Execution] = []
        while True:
            page = builder.list_image_pipeline_images(imagePipelineArn=record.pipeline, **more)
            found += [Execution.of(each) for each in page.get("imageSummaryList", ())]
            if not page.get("nextToken"):
                return found
            more = {"nextToken": page["nextToken"]}

    def execution(self, arn: str) -> Execution:
        """One execution, with where it failed."""
        return Execution.of(self._clients("imagebuilder").get_image(imageBuildVersionArn=arn)["image"])

    def start(self, record: PipelineRecord, order: Order, tags: Mapping[str, str]) -> str:
        """Start the execution of an order; asked twice, it is the same one.

        Returns:
            its ARN.

        Raises:
            BusyError: somebody else was faster.
        """
        said = {**tags, image_tags.APP: order.app, image_tags.VERSION: order.version, image_tags.ORDER: order.id}
        if order.git_sha:
            said[image_tags.COMMIT] = order.git_sha
        builder = self._clients("imagebuilder")
        try:
            answer = builder.start_image_pipeline_execution(
                imagePipelineArn=record.pipeline, clientToken=order.id, tags=said
            )
        except Exception as error:
            if error_code(error) != "ResourceInUseException":
                raise
            raise BusyError(
                f"somebody else has started {record.name} at the same moment",
                fix="Run the command again: it continues what is built, or waits for it.",
            ) from error
        return answer["imageBuildVersionArn"]

    def refuse(self, execution: Execution, why: str) -> None:
        """Note on an execution that what came out of it was refused, so that the version is built again."""
        self._clients("imagebuilder").tag_resource(
            resourceArn=execution.arn, tags={image_tags.REFUSED: "".join(_tag_text(why))[:256]}
        )

    def last_lines(self, record: PipelineRecord, execution: Execution) -> list[str]:
        """The end of the log of a build; nothing where there is none."""
        return [*last_log_lines(self._clients("logs"), record.log_group, execution.log_stream, _LOG_LINES)]

    def images(self, execution: Execution) -> Iterator[MadeImage]:
        """What EC2 says of the images of an execution."""
        for region, image in execution.images:
            ec2 = self._clients.in_region(region)("ec2")
            yield from (_made(ec2, region, each) for each in _described(ec2, image))

    def parent_marks(self, record: PipelineRecord) -> tuple[Watermark, ...] | None:
        """The watermarks of what a pipeline bakes from; None where that is not there any more."""
        found = _described(self._clients.in_region(record.region)("ec2"), record.base)
        return ImageOrigin.of(found[0]).watermarks if found else None

    def existing(self, region: str, images: Collection[str]) -> dict[str, tuple[str, Mapping[str, str]]]:
        """State and tags of those of so many images that are there, by id."""
        found: dict[str, tuple[str, Mapping[str, str]]] = {}
        for some in portions(sorted(images), FILTER_VALUES):
            filters = [{"Name": "image-id", "Values": some}]
            pages = self._clients.in_region(region)("ec2").get_paginator("describe_images")
            for page in pages.paginate(Filters=filters, **_ALL):
                found |= {each["ImageId"]: (each["State"], _tags(each)) for each in page["Images"]}
        return found

    def namesakes(self, region: str, app: str, version: str) -> list[str]:
        """The images of the account that have the tags of a version; one that is disabled can be enabled again."""
        tags = {f"tag:{image_tags.APP}": [app], f"tag:{image_tags.VERSION}": [version], "state": list(_NAMESAKES)}
        filters = [{"Name": name, "Values": values} for name, values in tags.items()]
        pages = self._clients.in_region(region)("ec2").get_paginator("describe_images")
        found = pages.paginate(Owners=["self"], Filters=filters, **_ALL)
        return sorted(each["ImageId"] for page in found for each in page["Images"])

    def key_findings(self, record: PipelineRecord) -> Iterator[KeyFinding]:
        """What is wrong with the keys of the pipeline, or cannot be known of them."""
        for region in record.regions:
            if key := record.key_of(region):
                yield from key_findings(self._clients.in_region(region), region, key, record.accounts)

    def tag(self, image: MadeImage, tags: Mapping[str, str]) -> None:
        """Tag an image and its snapshots."""
        self._clients.in_region(image.region)("ec2").create_tags(
            Resources=[image.id, *image.snapshots], Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
        )

    def mark(self, image: MadeImage, name: str, version: str) -> str:
        """Write the watermark of a version on an image; gives why there is none, or nothing.

        Args:
            image: the image.
            name: what it is.
            version: its version.
        """
        return attach_watermark(self._clients.in_region(image.region)("ec2"), image.id, name, version)

    def clients_in(self, region: str) -> Clients:
        """Clients for another region."""
        return self._clients.in_region(region)

    @property
    def renew(self) -> Callable[[], None]:
        """Forgets the credentials in use."""
        return self._clients.renew

    def _parameter(self, name: str) -> str | None:
        return read_parameters(self._clients, [name]).get(name)


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in found.get("Tags", ())}


def _described(ec2: Any, image: str) -> list[Mapping[str, Any]]:
    """An image, if it is there: by a filter, since EC2 refuses to describe one that is not."""
    return ec2.describe_images(Filters=[{"Name": "image-id", "Values": [image]}], **_ALL)["Images"]


def _made(ec2: Any, region: str, found: Mapping[str, Any]) -> MadeImage:
    disks = [each["Ebs"] for each in found.get("BlockDeviceMappings", ()) if "Ebs" in each]
    snapshots = tuple(each["SnapshotId"] for each in disks if each.get("SnapshotId"))
    described = ec2.describe_snapshots(SnapshotIds=list(snapshots))["Snapshots"] if snapshots else []
    permissions = ec2.describe_image_attribute(ImageId=found["ImageId"], Attribute="launchPermission")
    return MadeImage(
        region=region,
        id=found["ImageId"],
        state=found["State"],
        architecture=found["Architecture"],
        tags=_tags(found),
        snapshots=snapshots,
        keys={
            each["SnapshotId"]: each.get("KmsKeyId") or "aws/ebs" if each.get("Encrypted") else "" for each in described
        },
        accounts=tuple(
            each["UserId"] for each in permissions.get("LaunchPermissions", ()) if each.get("UserId") is not None
        ),
        marks=ImageOrigin.of(found).watermarks,
    )


def _tag_text(text: str) -> Iterator[str]:
    """The characters that a tag may have; of the others those that part words leave a dash or a blank."""
    for each in text:
        if each.isalnum() or each in " .:/=+-@_":
            yield each
        elif each in ",;":
            yield " -"
        elif each.isspace():
            yield " "
