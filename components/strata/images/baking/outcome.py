"""What came out of an execution, held against what the pipeline is to make."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strata.images import image_tags
from strata.images.baking.execution import Execution
from strata.images.baking.order import Order
from strata.images.image_origin import Watermark
from strata.images.pipeline_record import PipelineRecord

__all__ = ["MadeImage", "lost_problems", "outcome_problems", "version_tags"]


@dataclass(frozen=True)
class MadeImage:
    """An image as EC2 describes it.

    Args:
        region: where it is.
        id: its id.
        state: such as available.
        architecture: what it is for.
        tags: its tags.
        snapshots: ids of its snapshots.
        keys: the key of each snapshot by its id; empty for one that is not encrypted.
        accounts: who else may launch it.
        marks: its watermarks.
    """

    region: str
    id: str
    state: str
    architecture: str
    tags: Mapping[str, str]
    snapshots: tuple[str, ...]
    keys: Mapping[str, str]
    accounts: tuple[str, ...] = ()
    marks: tuple[Watermark, ...] = ()


def outcome_problems(
    record: PipelineRecord,
    execution: Execution,
    last: Order | None,
    images: Sequence[MadeImage],
    inherited: Collection[Watermark] | None,
) -> Iterator[str]:
    """What is wrong with what came out; nothing if it may be tagged with its version.

    Args:
        record: the pipeline.
        execution: the execution, which Image Builder calls available.
        last: the order that the build read, if there still is one.
        images: what EC2 says of its images.
        inherited: the watermarks of what the pipeline bakes from; None where that is not there any more.
    """
    if last is None or not _is_of(last, execution):
        yield (
            f"the order was overwritten while it was built, by one for {last.version if last else 'nothing'}: "
            "nobody knows which version is in the image"
        )
    named = dict(execution.images)
    if execution.packed:
        more = sorted(set(named) - set(record.regions))
        yield from (f"{named[each]} is in {each}, where the pipeline has no images" for each in more)
    for region in record.regions:
        here = [each for each in images if each.region == region]
        if not here and region in named:
            yield f"{region} has no image {named[region]}, which came out of it"
        elif len(here) != 1:
            yield f"{region} has {len(here)} images of it, expected one"
        for each in here:
            yield from (f"{each.id} in {region} {problem}" for problem in _problems(record, execution, each))
            for problem in _marked(record, execution, each, inherited):
                yield f"{each.id} in {region} {problem}"


def _is_of(order: Order, execution: Execution) -> bool:
    """Whether what an order says is what an execution was started for: two orders of one version bake the same."""
    same = (order.version, order.git_sha) == (execution.version, execution.git_sha)
    return order.id == execution.order or same


def _problems(record: PipelineRecord, execution: Execution, image: MadeImage) -> Iterator[str]:
    if image.state != "available":
        yield f"is {image.state}, not available"
    if image.architecture != record.architecture:
        yield f"is for {image.architecture}, not for {record.architecture}"
    for key, expected in (
        (image_tags.APP, record.app),
        (image_tags.BASE, record.base),
        # `up` writes it while something is built, too: then it is not what baked the image
        (image_tags.RECIPE, record.recipe),
    ):
        if image.tags.get(key) != expected:
            yield f"has {image.tags.get(key)!r} as tag {key}, expected {expected!r}"
    if (other := image.tags.get(image_tags.VERSION)) not in (None, execution.version):
        yield f"is tagged as version {other} already"
    if missing := sorted(set(record.accounts) - set(image.accounts)):
        yield f"cannot be launched by {', '.join(missing)}"
    yield from _unencrypted(record, image)


def _marked(
    record: PipelineRecord, execution: Execution, image: MadeImage, inherited: Collection[Watermark] | None
) -> Iterator[str]:
    """What its watermarks show that it is: they pass to whatever is made of an image, also of a server that ran it."""
    own = {each for _, each in execution.images}
    of_parent = {(each.account, each.image, each.version) for each in inherited or ()}
    for mark in image.marks:
        other = mark.image == record.app and mark.version != execution.version
        if mark.source in own:
            if other:
                yield f"has the watermark of version {mark.version} already"
        elif (mark.account, mark.image, mark.version) in of_parent:
            # a watermark of the parent says nothing of what was made of it
            continue
        elif inherited is not None or mark.image == record.app:
            yield (
                f"has the watermark {mark.account}:{mark.image}/{mark.version} of {mark.source}, which its parent "
                f"{record.base} {'does not have' if inherited is not None else 'cannot be asked for any more'}: it was "
                f"made of {mark.image} {mark.version}, by a copy or from a server"
            )


def _unencrypted(record: PipelineRecord, image: MadeImage) -> Iterator[str]:
    if not image.snapshots:
        yield "has no snapshot"
    wanted = record.key_of(image.region)
    for snapshot in image.snapshots:
        key = image.keys.get(snapshot, "")
        if not key:
            yield f"is not encrypted: {snapshot}"
        elif wanted is not None and key != wanted:
            yield f"is encrypted by {key}, expected {wanted}: {snapshot}"


def lost_problems(execution: Execution, images: Sequence[MadeImage]) -> Iterator[str]:
    """What has become of the images of a claimed version, so that it cannot be finished; nothing if it can.

    Args:
        execution: the execution.
        images: what EC2 says of its images.
    """
    seen = {each.id: each for each in images}
    for region, image in execution.images:
        found = seen.get(image)
        if found is None:
            yield f"{region} does not have {image} any more"
        elif found.state != "available":
            yield f"{image} in {region} is {found.state}"
        elif (other := found.tags.get(image_tags.VERSION)) not in (None, execution.version):
            yield f"{image} in {region} is tagged as version {other}"


def version_tags(execution: Execution, image: MadeImage) -> dict[str, str]:
    """What makes an image a version, on itself and on its snapshots.

    Args:
        execution: the execution it came out of.
        image: the image, whose other tags its snapshots get.
    """
    said = {
        image_tags.VERSION: execution.version,
        image_tags.BUILT: execution.created,
        image_tags.ORDER: execution.order,
    }
    if execution.git_sha:
        said[image_tags.COMMIT] = execution.git_sha
    own = {key: value for key, value in image.tags.items() if not key.startswith("aws:")}
    return {**own, **said}
