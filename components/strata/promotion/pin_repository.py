"""The repository in which the container images of a pin are, by the stack file or by a release record."""

from strata.errors import RefusedError
from strata.images.pin_file import PinKind
from strata.promotion.pinned_stack import PinnedStack
from strata.rollout.absent_record import AbsentRecordError, absent_record
from strata.rollout.aws_calls import BaseDriver

__all__ = ["repository_of", "without_tag"]


def repository_of(stack: PinnedStack, name: str) -> str:
    """Where the container images of a pin are.

    Raises:
        RefusedError: the stack makes the repository itself, and nothing is known to be released from it.
    """
    pin = stack.container_pin(name)
    if pin.reference is not None:
        return without_tag(pin.reference)
    if pin.repository is not None:
        return pin.repository
    setting = f"set strata:container_images.{name}.repository to the one that has the images."
    records = stack.recorded()
    for each in records.of(name):
        return each.image.id.partition("@")[0]
    for why in records.unread(stack.services_of(name, PinKind.CONTAINER)).values():
        raise RefusedError(
            f"the repository of {name} is made by {stack.title}, and {why}, which would name it",
            fix=f"Run `pulumi up --refresh` in {stack.stack}, which writes the record again; or {setting}",
        )
    if (gone := _gone_record(stack, name)) is not None:
        raise RefusedError(
            f"the repository of {name} is made by {stack.title}, and what would name it is gone: {gone.message}",
            fix=f"{gone.fix} Or {setting}",
        )
    raise RefusedError(
        f"the repository of {name} is made by {stack.title}, and no release record names it yet",
        fix=f"{setting[0].upper()}{setting[1:]}",
    )


def without_tag(reference: str) -> str:
    """The repository of a reference."""
    repository = reference.partition("@")[0]
    last = repository.rpartition("/")[2]
    return repository.removesuffix(f":{last.partition(':')[2]}") if ":" in last else repository


def _gone_record(stack: PinnedStack, name: str) -> AbsentRecordError | None:
    """That a service which the pin is for has no release record, although something of it runs or was rolled out."""
    records = {stack.record(each): each for each in stack.services_of(name, PinKind.CONTAINER)}
    written = BaseDriver(stack.clients).parameters(sorted(records))
    absent = (absent_record(stack.place, each, stack.stack) for it, each in records.items() if it not in written)
    return next((each for each in absent if each.traced), None)
