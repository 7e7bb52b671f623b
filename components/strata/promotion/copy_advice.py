"""How a machine image is copied into the region of a stack, encrypted as an image has to be there."""

from strata.images.key_use import keys_of_snapshots, managed_by_aws
from strata.promotion.pinned_stack import PinnedStack
from strata.rollout.denials import is_denied

__all__ = ["copy_advice"]


def copy_advice(stack: PinnedStack, source: PinnedStack, name: str, image_id: str, version: str) -> str:
    """The command that copies an image, as full sentences.

    AWS encrypts a copy of what is encrypted with its own key for EBS unless another one is named, and a key is of one
    region.

    Args:
        stack: where it is to be pinned, in another region.
        source: where it runs.
        name: the pin.
        image_id: the image.
        version: its version.
    """
    there, region = source.finder.region(), stack.finder.region()
    key, why = _key_of_pipeline(stack, source, name, region), ""
    if key is None and _has_key_of_yours(source, image_id):
        key = "KEY"
        why = (
            f", where KEY is a key of yours in {region}: the image is encrypted with one, and without it the copy "
            "would be with AWS's own"
        )
    encrypted = f" --encrypted --kms-key-id {key}" if key is not None else ""
    return (
        f"Copy it: `aws ec2 copy-image --region {region} --source-region {there} --source-image-id {image_id} "
        f"--name {name}-{version} --copy-image-tags{encrypted}`{why}."
    )


def _key_of_pipeline(stack: PinnedStack, source: PinnedStack, name: str, region: str) -> str | None:
    """The key that a pipeline of either stack names for the images of a region."""
    called = {name, stack.app(name), source.app(name)}
    for each in (stack, source):
        for pipeline, settings in each.settings.image_pipelines.items():
            if (settings.app or pipeline) in called:
                copy = settings.copies.get(region)
                named = (copy.kms_key_arn if copy is not None else None, settings.kms_key_arn)
                if (key := next((key for key in named if key and key.split(":")[3] == region), None)) is not None:
                    return key
    return None


def _has_key_of_yours(source: PinnedStack, image_id: str) -> bool:
    """Whether an image is encrypted with another key than AWS's own, as far as that is shown."""
    image = next(iter(source.finder.machines_by_id(image_id)), None)
    if image is None or not image.snapshots:
        return False
    # of what another account shares no key is shown, and it could not be AWS's own
    keys = keys_of_snapshots(source.clients, image.snapshots)
    return not keys or any(not _is_of_aws(source, key) for key in keys)


def _is_of_aws(source: PinnedStack, key: str) -> bool:
    try:
        return managed_by_aws(source.clients("kms").describe_key(KeyId=key)["KeyMetadata"])
    except Exception as error:
        if not is_denied(error):
            raise
        return False
