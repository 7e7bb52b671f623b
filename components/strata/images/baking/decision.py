"""What is to be done about a version: start an execution, continue one, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from strata.errors import BusyError, RefusedError
from strata.images.baking.execution import Execution, ExecutionState
from strata.images.baking.order import Order
from strata.images.pipeline_record import PipelineRecord

__all__ = ["Adopt", "Baked", "Decision", "Start", "decide", "describe_other_commit", "require_recipe"]


@dataclass(frozen=True)
class Start:
    """Start an execution for an order.

    Args:
        order: the order.
        written: whether the parameter holds it already, left by somebody who was stopped before the execution began.
    """

    order: Order
    written: bool


@dataclass(frozen=True)
class Adopt:
    """Continue with an execution that somebody else has started; it may be over by now."""

    execution: Execution


@dataclass(frozen=True)
class Baked:
    """Nothing is left to do."""

    image: str


Decision = Start | Adopt | Baked


def require_recipe(record: PipelineRecord, version: str, what: str, recipe: str | None) -> None:
    """Let only what the recipe of the pipeline has baked be a version of it.

    That is so for what is in the catalogue, is built, was built, or was baked by Packer, whatever has changed.

    Args:
        record: the pipeline.
        version: the version.
        what: what the version is.
        recipe: the recipe that baked it; None where it is not known.

    Raises:
        RefusedError: it was another recipe.
    """
    if recipe is not None and recipe != record.recipe:
        raise RefusedError(
            f"{record.app} {version} is {what}, baked by recipe {recipe}; the pipeline has {record.recipe} now",
            fix="A version names one image for good: bake a new version.",
        )


def describe_other_commit(record: PipelineRecord, version: str, commit: str | None, wanted: Order) -> str:
    """What a person should know where a version that is there already was ordered of another commit; empty if not.

    It is refused only where the recipe is another one: all that is in an image comes from the recipe, and a pipeline
    that asks for its version again after every commit is right to.

    Args:
        record: the pipeline.
        version: the version.
        commit: of which it was ordered; None or empty where that is not known.
        wanted: the order of now.
    """
    asked = wanted.git_sha
    if not commit or not asked or commit.startswith(asked) or asked.startswith(commit):
        return ""
    return (
        f"{record.app} {version} was ordered for commit {commit}, and that is what its image and the catalogue say. "
        f"It does not become one of {asked}: for that commit, bake a new version."
    )


def decide(
    record: PipelineRecord,
    wanted: Order,
    *,
    known: tuple[str, str | None] | None,
    executions: Iterable[Execution],
    last: Order | None,
) -> Decision:
    """What to do so that a version is baked.

    Args:
        record: the pipeline.
        wanted: the order that is written if a new one is needed.
        known: id and recipe of the version in the catalogue; None where it is not there.
        executions: every execution of the pipeline.
        last: the order that was written last, if there is one.

    Raises:
        RefusedError: the version was baked, or is being baked, by another recipe.
        BusyError: another version is being baked.
    """
    version = wanted.version
    if known is not None:
        image, recipe = known
        require_recipe(record, version, image, recipe)
        return Baked(image)
    newest_first = sorted(executions, key=lambda each: (each.created, each.arn), reverse=True)
    for each in newest_first:
        if each.state is ExecutionState.RUNNING:
            if each.version == version:
                return _adopt(record, each)
            raise BusyError(
                f"{record.name} bakes {each.version or 'something'} now ({each.status.lower()})",
                fix="Wait until it is over: one order at a time says what a pipeline bakes.",
            )
    for each in newest_first:
        if each.version == version and each.state is ExecutionState.AVAILABLE and not each.refused:
            return _adopt(record, each)
    if last is not None and last.version == version and last.id not in {each.order for each in newest_first}:
        return Start(last, written=True)
    return Start(wanted, written=False)


def _adopt(record: PipelineRecord, execution: Execution) -> Adopt:
    what = f"{execution.arn} ({execution.status.lower()})"
    require_recipe(record, execution.version, what, execution.recipe)
    return Adopt(execution)
