"""The stacks of a project with their accounts and regions: whatever any of them needs must stay.

What cannot be read needs an unknown image, so nothing may be removed then.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from strata.aws.parameters import read_parameters
from strata.aws.target import plain_errors
from strata.errors import RefusedError, StrataError
from strata.project.location import project_file
from strata.project.stack_file import look_for, unread_files
from strata.promotion.pinned_stack import PinnedStack, open_stack
from strata.pruning.keep_reasons import Claim, KeepReason, KeepWhy
from strata.rollout.tasks.image_lookup import digest_of

__all__ = ["ProjectPlace", "certainly", "pins_of", "places_of", "stacks_of"]

T = TypeVar("T")

_NOTHING: Final = "Nothing was removed. Put it right, and run the command again."


@dataclass(frozen=True)
class ProjectPlace:
    """An account and region in which stacks of the project are.

    Args:
        account: the account.
        region: the region.
        stack: one of the stacks there, through which AWS is asked.
        own: whether the stack that was asked about is there.
    """

    account: str
    region: str
    stack: PinnedStack
    own: bool

    @property
    def label(self) -> str:
        """As it follows the name of what is there; empty for the place that was asked about."""
        return "" if self.own else f" in account {self.account}, {self.region}"


def certainly(what: str, ask: Callable[[], T]) -> T:
    """The answer to a question that decides over what stays.

    Args:
        what: what is to be known, as a clause after "which images".
        ask: asks it.

    Raises:
        RefusedError: there is no answer.
    """
    try:
        with plain_errors():
            return ask()
    except StrataError as error:
        raise RefusedError(
            f"which images {what} is not known, so none can be called unneeded: {error.message}",
            fix=f"{error.fix} {_NOTHING}" if error.fix else _NOTHING,
        ) from error


def stacks_of(asked: PinnedStack, *, local: bool) -> list[PinnedStack]:
    """All stacks of the project that have a file, the one that was asked about first.

    Args:
        asked: that one.
        local: use the local AWS of the last rehearsal.

    Raises:
        RefusedError: the file of another one cannot be read, or Pulumi would not read it.
    """
    _, names = look_for(asked.folder, asked.stack)
    if unread := [each.name for each in unread_files(asked.folder)]:
        ending = project_file(asked.folder).suffix
        raise RefusedError(
            f"what {' and '.join(unread)} pins is not known, so no image can be called unneeded: Pulumi reads stack "
            f"files that end like {project_file(asked.folder).name}",
            fix=f"Let the file of a stack end with {ending}, and move away what is none. {_NOTHING}",
        )
    found = [asked]
    for name in names:
        if name != asked.stack:
            what = f"the stack {name} pins"
            found.append(certainly(what, lambda name=name: open_stack(asked.folder, name, local=local)))
    return found


def places_of(stacks: Sequence[PinnedStack]) -> list[ProjectPlace]:
    """The accounts and regions of stacks, each once, that of the first one first.

    Raises:
        RefusedError: AWS does not answer for one of the others.
    """
    first, *others = stacks
    found = {(first.finder.account(), first.finder.region()): first}
    for each in others:
        account = certainly(f"{each.title} needs", each.finder.account)
        found.setdefault((account, each.finder.region()), each)
    return [ProjectPlace(account, region, stack, stack is first) for (account, region), stack in found.items()]


def pins_of(stack: PinnedStack) -> Iterator[Claim]:
    """What a stack file names: pins, parents of pipelines, and images whose layers a build reuses.

    Raises:
        RefusedError: a pin is in a parameter, and that is not there.
    """
    for name, pin in stack.settings.images.items():
        reason = KeepReason(KeepWhy.PINNED, f"{stack.title} pins it")
        identity = pin.id or (_in_parameter(stack, pin.parameter) if pin.parameter else "")
        yield Claim(reason, identity=identity, version=pin.version or "", name=pin.app or name)
    for name, image in stack.settings.container_images.items():
        reason = KeepReason(KeepWhy.PINNED, f"{stack.title} pins it")
        digest = image.digest or (digest_of(image.reference) if image.reference else None)
        if digest:
            yield Claim(reason, identity=digest)
        for reference in image.build.cache_from if image.build is not None else ():
            reused = KeepReason(KeepWhy.PINNED, f"{stack.title} reuses its layers in the build of {name}")
            yield Claim(reused, identity=digest_of(reference) or "", version=_tag(reference))
    for name, pipeline in stack.settings.image_pipelines.items():
        baked = KeepReason(KeepWhy.PINNED, f"the pipeline {name} of {stack.title} starts from it")
        if pipeline.parent.startswith("ami-"):
            yield Claim(baked, identity=pipeline.parent)


def _tag(reference: str) -> str:
    """The tag of a reference that may have no digest."""
    last = reference.partition("@")[0].rpartition("/")[2]
    return last.partition(":")[2] or "latest"


def _in_parameter(stack: PinnedStack, parameter: str) -> str:
    found = certainly(f"{stack.title} pins", lambda: read_parameters(stack.clients, [parameter])).get(parameter)
    if found is None:
        raise RefusedError(
            f"{stack.title} pins what the parameter {parameter} holds, and that is not there", fix=_NOTHING
        )
    return found
