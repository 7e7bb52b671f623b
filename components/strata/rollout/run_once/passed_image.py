"""Whether an image can still run: not after what a later release has run once, and no earlier one can run after."""

from collections.abc import Mapping
from typing import Final

from strata.clock import parse_moment
from strata.naming import recorded_service, rollback_name
from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.begun_rollback import read_begun
from strata.rollout.denials import is_denied
from strata.rollout.once_note import OnceNote, read_once
from strata.rollout.preflight_findings import PreflightFinding, PreflightSeverity, refuse, warn
from strata.rollout.record import ImageRef, Release, readable
from strata.rollout.run_once.once_parameters import OnceParameters
from strata.rollout.spec import RolloutSpec

__all__ = ["find_passed", "last_run_of", "look_for_passed", "say_passed"]

_ALLOW: Final = "Allow ssm:GetParametersByPath and ssm:GetParameterHistory on /strata/* to whoever asks."


def look_for_passed(
    driver: OnceParameters, record: str, image: ImageRef, digest: str | None = None
) -> tuple[PreflightFinding, ...]:
    """As `find_passed`; a warning where the caller may not look.

    Args:
        driver: AWS.
        record: name of the release record of the service.
        image: the image to roll out.
        digest: of the release; None where only a preview can tell.
    """
    try:
        notes = driver.once_values(record)
        return find_passed(driver, record, image, digest, notes) if notes else ()
    except Exception as error:
        if not is_denied(error):
            raise
        return (warn(f"whether {image} can run after what ran once since was not checked: it is not allowed", _ALLOW),)


async def say_passed(
    aws: AsyncAws,
    console: Console,
    spec: RolloutSpec,
    recorded: Release | None,
    image: ImageRef | None,
    digest: str | None,
) -> None:
    """Say, before the plan of a rollout, that `up` will refuse it, since the image cannot run after what ran once.

    Args:
        aws: AWS.
        console: where it is said.
        spec: how the service is rolled.
        recorded: the release before, if there is one.
        image: the image asked for, None while unknown.
        digest: the release digest asked for, None while unknown.
    """
    if recorded is None or image is None or image.content == recorded.image.content:
        return
    for each in await aws(look_for_passed, aws.driver, spec.record, image, digest):
        refused = "`pulumi up` will refuse it: " if each.severity is PreflightSeverity.REFUSE else ""
        console.warn(f"{spec.service}: {refused}{each}")


def last_run_of(driver: OnceParameters, record: str, task: str, image: ImageRef) -> OnceNote | None:
    """The newest note of what ran once for releases of an image; None where there is none, or the caller may not look.

    Args:
        driver: AWS.
        record: name of the release record of the service.
        task: what ran.
        image: of the releases.
    """
    try:
        values = driver.once_values(record)
    except Exception as error:
        if not is_denied(error):
            raise
        return None
    notes = [note for each in values.values() if (note := read_once(each)) is not None]
    own = [each for each in notes if each.task == task and each.image.content == image.content]
    return max(own, key=lambda each: parse_moment(each.began), default=None)


def find_passed(
    driver: OnceParameters, record: str, image: ImageRef, digest: str | None, values: Mapping[str, str]
) -> tuple[PreflightFinding, ...]:
    """That an image was released before what it cannot run after, as far as it is not on its way back by a rollback.

    Args:
        driver: AWS.
        record: name of the release record of the service.
        image: the image to roll out.
        digest: of the release; None where only a preview can tell.
        values: the notes of what ran once, by the names of their parameters.
    """
    notes = {name: read_once(value) for name, value in values.items()}
    barring = [each for each in notes.values() if each and each.blocks_way_back and each.image.content != image.content]
    spoilt = [name for name, each in notes.items() if each is None]
    if not barring and not spoilt:
        return ()
    known = [(readable(Release, value), at) for value, at in driver.dated_history(record)]
    released = [(each, at) for each, at in known if each is not None]
    ran = [at for each, at in released if each.image.content == image.content]
    if not ran or released[-1][0].image.content == image.content:
        return ()
    name = rollback_name(record)
    begun = read_begun(driver.parameters([name]).get(name))
    if begun is not None and digest is not None and begun.to == digest:
        # it has refused that, or was forced to
        return ()
    named = " ".join(recorded_service(record) or ("STACK", "SERVICE"))
    back = (
        f"`strata rollout rollback {named} --to {image.version} --force` goes back all the same, such as after a "
        "restored backup."
    )
    return (
        *(
            refuse(
                f"{image} cannot run after {each.task} of {each.image.version}, which has run at {each.began}: no "
                "release before that can (`compatible: none`)",
                f"Pin {each.image.version}, a later release or a new one. {back}",
            )
            for each in barring
            if each.bars(max(ran))
        ),
        *(
            warn(
                f"{each} is no note of what runs once, so nobody knows whether {image}, which ran before, can run",
                "Look at the history of the parameter, which has its earlier values.",
            )
            for each in spoilt
        ),
    )
